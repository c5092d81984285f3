"""per_image.csv: one row for each record and method."""

import csv
import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from unmask.errors import UnmaskError
from unmask.files import whole_file


@dataclass(frozen=True, slots=True)
class Row:
    """What one method makes of one record. None stands where a row has no such value.

    Attributes:
      key: the record's.
      template: its mask.
      yaw: of the head in degrees, signed.
      area: of the true map, as a share of the image.
      identity: CelebA's; -1 where unknown.
      method: name of the method.
      iou, f1, precision, recall, boundary_f1: of Mask G's map, in the networks' row alone.
      l1, psnr, ssim: of the whole image, against the clean one.
      l1_in_map, psnr_in_map, ssim_in_map: inside the true map.
      identity_similarity: cosine of the face embeddings of image and clean photo.
    """

    key: str
    template: str
    yaw: float
    area: float
    identity: int
    method: str
    iou: float | None = None
    f1: float | None = None
    precision: float | None = None
    recall: float | None = None
    boundary_f1: float | None = None
    l1: float | None = None
    psnr: float | None = None
    ssim: float | None = None
    l1_in_map: float | None = None
    psnr_in_map: float | None = None
    ssim_in_map: float | None = None
    identity_similarity: float | None = None

    def value(self, metric: str) -> float | None:
        """A metric by its name in metrics.json, where identity similarity is called "identity"."""
        value: float | None = getattr(self, "identity_similarity" if metric == "identity" else metric)
        return value


COLUMNS = tuple(field.name for field in fields(Row))
_TEXTS = {"key", "template", "method"}


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Writes per_image.csv whole or not at all, every number with all its digits."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8", errors="surrogatepass") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow(["" if value is None else value for value in astuple(row)])


def read_rows(path: Path) -> list[Row]:
    """Reads a per_image.csv.

    Raises:
      UnmaskError: it is missing or damaged.
    """
    rows: list[Row] = []
    try:
        with open(path, encoding="utf-8", errors="surrogatepass", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            if reader.fieldnames is None:
                raise UnmaskError(f"{path} is empty. Make it anew with unmask evaluate.")
            if tuple(reader.fieldnames) != COLUMNS:
                raise ValueError(f"its columns are {', '.join(reader.fieldnames)}")
            for texts in reader:
                rows.append(_row(texts))
    except OSError as error:
        raise UnmaskError(f"{path} cannot be read: {error.strerror}. unmask evaluate writes it.") from error
    except (ValueError, TypeError, csv.Error) as error:
        raise UnmaskError(
            f"{path} is damaged in row {len(rows) + 1}: {error}. Make it anew with unmask evaluate."
        ) from error
    return rows


def _row(texts: dict[str, str]) -> Row:
    if None in texts or None in texts.values():  # as DictReader fills them up
        raise ValueError(f"it has not {len(COLUMNS)} columns")
    values = {name: text if name in _TEXTS else _number(text) for name, text in texts.items()}
    if missing := [name for name in ("yaw", "area") if values[name] is None]:
        raise ValueError(f"{missing[0]} is missing")
    return Row(**{**values, "identity": int(texts["identity"])})  # type: ignore[arg-type]


def _number(text: str) -> float | None:
    if text and not math.isfinite(float(text)):
        raise ValueError(f"{text!r} is no finite number")
    return float(text) if text else None
