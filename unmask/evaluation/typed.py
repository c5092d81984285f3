"""Whether dataclasses read from a file hold values of the types that they declare."""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

_NAMES = {str: "text", int: "a whole number", float: "a finite number", type(None): "null"}


def check_types(value: Any, name: str = "") -> None:
    """Looks through a dataclass, and all that is in it, for a value of another type than its field's.

    A field may be a str, an int, a float, None, a dict with text as keys, a dataclass, or a union of these. NaN and
    infinity are no floats here, and a bool is no int.

    Args:
      value: an instance of a dataclass.
      name: under which it is spoken of.

    Raises:
      TypeError: names the first such field and its value.
    """
    hints = get_type_hints(type(value))
    for field in fields(value):
        _check(getattr(value, field.name), hints[field.name], f"{name}.{field.name}".lstrip("."))


def _check(value: Any, hint: Any, name: str) -> None:
    kinds = list(_kinds(hint))
    for kind in kinds:
        if get_origin(kind) is dict and isinstance(value, dict):
            for key, one in value.items():
                _check(one, get_args(kind)[1], f"{name}.{key}")
            return
        if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, kind):
            return check_types(value, name)
        if _is_plain(value, kind):
            return
    wanted = " or ".join(dict.fromkeys(_NAMES.get(kind, "an object") for kind in kinds))
    raise TypeError(f"{name} is {str(value)[:40]!r}, not {wanted}")


def _kinds(hint: Any) -> Iterator[Any]:
    """The parts of a union, or the one type."""
    yield from get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _is_plain(value: Any, kind: Any) -> bool:
    if isinstance(value, bool):
        return False
    if kind is float:
        return isinstance(value, (int, float)) and math.isfinite(value)
    return kind in _NAMES and isinstance(value, kind)
