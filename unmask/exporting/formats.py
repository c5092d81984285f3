"""The formats of an export: how each is written, what it needs, and how it is used and where its card lies."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from unmask.errors import UnmaskError


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
      title: its name for people.
      module: of this package, that writes it.
      ending: of the file; "" for a folder.
      batch: how many photos it takes at once, "N" for any number.
      tensorflow: whether it is made with TensorFlow, so that Keras must run on it.
      needs: modules that writing it takes besides.
      runs: the package that it is run with.
      extras: of this distribution, that bring all of it along.
      usage: three lines of Python. `{path}` stands for the file; they take `photos` and make `outputs`, by name.
    """

    title: str
    module: str
    ending: str
    batch: str
    tensorflow: bool
    needs: tuple[str, ...]
    runs: str
    extras: str
    usage: tuple[str, str, str]

    @property
    def writer(self) -> Callable[[Any, Any], None]:
        """Writes a network to a path: `write(network, path)` of its module."""
        write: Callable[[Any, Any], None] = import_module(f"unmask.exporting.{self.module}").write
        return write

    def check_installed(self, check: bool) -> None:
        """Raises UnmaskError where something is missing; `check` also looks for what runs it."""
        wanted = (*self.needs, self.runs) if check else self.needs
        missing = [name for name in wanted if find_spec(name) is None]
        if missing:
            raise UnmaskError(f"{self.title} needs {', '.join(missing)}: pip install 'maskify[{self.extras}]'")


FORMATS = {
    "saved_model": Format(
        "SavedModel", "saved_model", "", "N", True, (), "tensorflow", "train",
        (
            "import tensorflow as tf",
            "network = tf.saved_model.load({path})",
            "outputs = network.serve(photos)",
        ),
    ),
    "onnx": Format(
        "ONNX", "onnx_file", ".onnx", "N", True, ("onnx", "tf2onnx"), "onnxruntime", "train,onnx",
        (
            "import onnxruntime",
            "session = onnxruntime.InferenceSession({path})",
            'outputs = dict(zip(["restored", "map"], session.run(["restored", "map"], {{"photo": photos}})))',
        ),
    ),
    "litert": Format(
        "LiteRT", "litert_file", ".tflite", "1", True, (), "ai_edge_litert", "train,litert",
        (
            "from ai_edge_litert.interpreter import Interpreter",
            "run = Interpreter({path}).get_signature_runner()",
            "outputs = run(photo=photos)",
        ),
    ),
    "keras": Format(
        "Keras", "keras_file", ".keras", "N", False, (), "keras", "train",
        (
            "import keras",
            "network = keras.saving.load_model({path}, compile=False)",
            "outputs = network.predict_on_batch(photos)",
        ),
    ),
}  # fmt: skip


def card_path(out: Path) -> Path:
    """Where the model card of an export lies: beside it."""
    return out.with_name(f"{out.name}.md")
