"""The record: the one contract between maskify, which writes it, and training, which reads it.

A record is a serialized `tf.train.Example` in a TFRecord file. `FEATURES` is its writer, its reader and its
documentation. Nothing here imports TensorFlow.
"""

import json
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import cv2
import numpy as np
from google.protobuf.message import DecodeError

from maskify.errors import MaskifyError
from maskify.example_proto import example_class
from maskify.tfrecord import CorruptShard, Frame, frame, iterate_frames, read_frame_at, read_frames

__all__ = [
    "FEATURES", "SCHEMA_VERSION", "CorruptShard", "Feature", "Frame", "Record", "decode_map", "decode_photo",
    "decode_record", "encode_record", "frame", "iterate_frames", "parse_features", "read_frame_at", "read_frames",
]  # fmt: skip

SCHEMA_VERSION = 1
JPEG_QUALITY = 95
_JPEG = [
    cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
]  # fmt: skip
_PNG_OF_MAP = [
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_NONE,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_RLE,
]
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class Feature(NamedTuple):
    """One column of the record.

    Attributes:
      name: the key in the Example.
      kind: "bytes", "int64" or "float32": which list of the Example holds it.
      shape: () for one value; (68, 2) is stored as 136 values, row by row.
      meaning: for people.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    meaning: str


FEATURES: tuple[Feature, ...] = (
    Feature("key", "bytes", (), "stable name: path below --src without its ending; #2, #3 for more faces of a photo"),
    Feature("masked", "bytes", (), "encoded uint8 [S, S, 3] RGB, with the mask on: JPEG q95 4:4:4, or PNG (lossless)"),
    Feature("clean", "bytes", (), "encoded uint8 [S, S, 3] RGB, the same crop without a mask: JPEG q95 4:4:4, or PNG"),
    Feature("binary_map", "bytes", (), "PNG uint8 [S, S, 1] in {0, 255}: 255 where the garment covers the photo"),
    Feature("landmarks", "float32", (68, 2), "x, y in crop pixels, in the order of the 68-point scheme"),
    Feature("pose", "float32", (3,), "yaw, pitch, roll in degrees; yaw > 0 turns to the person's left"),
    Feature("template", "bytes", (), "name of the mask template"),
    Feature("params", "bytes", (), "JSON of what was drawn at random: colour, pattern, wear, light"),
    Feature("identity", "int64", (), "CelebA identity, -1 where unknown"),
    Feature("schema_version", "int64", (), f"{SCHEMA_VERSION}"),
)

_LISTS = {"bytes": "bytes_list", "int64": "int64_list", "float32": "float_list"}


@dataclass(frozen=True)
class Record:
    """One training example.

    Attributes:
      key: stable name of the photo (and face) it was made from.
      masked: uint8 [S, S, 3] RGB.
      clean: uint8 [S, S, 3] RGB.
      binary_map: uint8 [S, S] in {0, 255}.
      landmarks: float32 [68, 2], x and y in crop pixels.
      pose: yaw, pitch and roll in degrees.
      template: name of the mask template.
      params: what was drawn at random; JSON-able.
      identity: CelebA identity, -1 where unknown.
    """

    key: str
    masked: np.ndarray
    clean: np.ndarray
    binary_map: np.ndarray
    landmarks: np.ndarray
    pose: tuple[float, float, float]
    template: str
    params: dict[str, Any]
    identity: int = -1


def encode_record(record: Record, image_format: str = "jpeg") -> bytes:
    """Serializes a record; the same record always gives the same bytes.

    Args:
      record: what to write.
      image_format: "jpeg" (quality 95, no chroma subsampling) or "png" (lossless) for the two photos.

    Returns:
      A serialized `tf.train.Example`, not framed yet.

    Raises:
      ValueError: an array has another shape, dtype or range than FEATURES says.
    """
    _check_arrays(record)
    values: dict[str, Any] = {
        "key": record.key.encode("utf-8", "surrogatepass"),  # file names need not be valid UTF-8
        "masked": _encode_photo(record.masked, image_format),
        "clean": _encode_photo(record.clean, image_format),
        "binary_map": _encode_image(".png", record.binary_map, _PNG_OF_MAP),
        "landmarks": record.landmarks,
        "pose": np.asarray(record.pose, np.float32),
        "template": record.template.encode(),
        "params": _JSON.encode(record.params).encode(),
        "identity": record.identity,
        "schema_version": SCHEMA_VERSION,
    }
    example = example_class()()
    for feature in FEATURES:
        value = values[feature.name]
        items = [value] if feature.shape == () else np.asarray(value).ravel().tolist()
        getattr(example.features.feature[feature.name], _LISTS[feature.kind]).value.extend(items)
    return bytes(example.SerializeToString(deterministic=True))


def decode_record(payload: bytes) -> Record:
    """Reads back what `encode_record` wrote (photos within JPEG's loss).

    Raises:
      MaskifyError: the payload is no record of this schema version.
    """
    values = parse_features(payload)
    yaw, pitch, roll = values["pose"].tolist()
    return Record(
        key=values["key"].decode("utf-8", "surrogatepass"),
        masked=decode_photo(values["masked"]),
        clean=decode_photo(values["clean"]),
        binary_map=decode_map(values["binary_map"]),
        landmarks=values["landmarks"],
        pose=(yaw, pitch, roll),
        template=values["template"].decode(),
        params=json.loads(values["params"]),
        identity=values["identity"],
    )


def parse_features(payload: bytes) -> dict[str, Any]:
    """Parses a payload by FEATURES without decoding its images.

    Returns:
      By name: bytes, int, or float32 [shape].

    Raises:
      MaskifyError: it is no Example, lacks a feature, or has another schema version.
    """
    try:
        features = example_class().FromString(payload).features.feature
    except DecodeError as error:
        raise MaskifyError(f"A record of {len(payload)} bytes is not a tf.train.Example: {error}") from error
    values: dict[str, Any] = {}
    for feature in FEATURES:
        present = feature.name in features
        items = list(getattr(features[feature.name], _LISTS[feature.kind]).value) if present else []
        if len(items) != prod(feature.shape):
            raise MaskifyError(f"A record's `{feature.name}` has {len(items)} values, not {prod(feature.shape)}.")
        values[feature.name] = items[0] if feature.shape == () else np.array(items, np.float32).reshape(feature.shape)
    if values["schema_version"] != SCHEMA_VERSION:
        raise MaskifyError(f"A record has schema version {values['schema_version']}; this is for {SCHEMA_VERSION}.")
    return values


def decode_photo(data: bytes) -> np.ndarray:
    """A record's photo, uint8 [S, S, 3] RGB; MaskifyError where it cannot be decoded."""
    return cv2.cvtColor(_decode_image(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def decode_map(data: bytes) -> np.ndarray:
    """A record's binary map, uint8 [S, S] in {0, 255}; MaskifyError where it cannot be decoded."""
    return _decode_image(data, cv2.IMREAD_GRAYSCALE)


def _check_arrays(record: Record) -> None:
    size = record.clean.shape[0]
    wanted: dict[str, tuple[tuple[int, ...], type]] = {
        "masked": ((size, size, 3), np.uint8),
        "clean": ((size, size, 3), np.uint8),
        "binary_map": ((size, size), np.uint8),
        "landmarks": ((68, 2), np.float32),
    }
    for name, (shape, dtype) in wanted.items():
        array = getattr(record, name)
        if array.shape != shape or array.dtype != dtype:
            raise ValueError(f"{name} is {array.dtype} {array.shape}, not {np.dtype(dtype)} {shape}")
    if cv2.countNonZero(cv2.inRange(record.binary_map, 1, 254)):
        raise ValueError("binary_map has values other than 0 and 255")
    if not (np.isfinite(record.landmarks).all() and np.isfinite(record.pose).all()):
        raise ValueError("landmarks or pose are not finite")


def _encode_photo(rgb: np.ndarray, image_format: str) -> bytes:
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    if image_format == "png":
        return _encode_image(".png", bgr, [])
    if image_format != "jpeg":
        raise ValueError(f"image_format is {image_format!r}, not 'jpeg' or 'png'")
    return _encode_image(".jpg", bgr, _JPEG)


def _encode_image(ending: str, image: np.ndarray, parameters: list[int]) -> bytes:
    done, data = cv2.imencode(ending, image, parameters)
    if not done:
        raise ValueError(f"OpenCV could not encode an image of shape {image.shape} as {ending}")
    return data.tobytes()


def _decode_image(data: bytes, flags: int) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if image is None:
        raise MaskifyError(f"A record holds an image of {len(data)} bytes that OpenCV cannot decode.")
    return image
