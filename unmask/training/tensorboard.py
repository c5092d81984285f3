"""Writes what TensorBoard shows, with TensorBoard's own writer: the same on every backend."""

import io
import time
from pathlib import Path

import numpy as np
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter


class TensorBoardLog:
    """Scalars and images by global step, in one folder."""

    def __init__(self, folder: Path):
        self._writer = EventFileWriter(str(folder))

    def scalars(self, step: int, values: dict[str, float]) -> None:
        self._write(step, [Summary.Value(tag=name, simple_value=value) for name, value in values.items()])

    def image(self, step: int, name: str, pixels: np.ndarray) -> None:
        """Adds an image, uint8 [H, W, 3] RGB."""
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "PNG")
        height, width, _ = pixels.shape
        image = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=stream.getvalue())
        self._write(step, [Summary.Value(tag=name, image=image)])

    def close(self) -> None:
        self._writer.close()

    def _write(self, step: int, values: list[Summary.Value]) -> None:
        self._writer.add_event(Event(step=step, wall_time=time.time(), summary=Summary(value=values)))
