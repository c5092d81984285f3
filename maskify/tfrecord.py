"""TFRecord framing: TensorFlow's file format, checksums included, without TensorFlow."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import google_crc32c

from maskify.errors import MaskifyError

OVERHEAD = 16  # bytes a frame adds to its payload: 8 length, 4 checksum of the length, 4 checksum of the payload


class CorruptShard(MaskifyError):
    """A TFRecord file is not what was written: a bit flipped, or the end is missing.

    Attributes:
      path: the file.
      offset: byte at which the first bad frame starts.
      why: what is wrong there.
    """

    def __init__(self, path: str, offset: int, why: str):
        super().__init__(f"{path} is damaged at byte {offset}: {why}")
        self.path = path
        self.offset = offset
        self.why = why

    def __reduce__(self) -> tuple[type, tuple[str, int, str]]:
        return type(self), (self.path, self.offset, self.why)


class Frame(NamedTuple):
    """One payload and the byte at which its frame starts."""

    offset: int
    payload: bytes


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli) of the bytes, unmasked."""
    return int(google_crc32c.value(data))


def masked_crc32c(data: bytes) -> int:
    """The checksum as TFRecord stores it: CRC-32C rotated right by 15 bits plus a constant (tensorflow's crc32c.h)."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def frame(payload: bytes) -> bytes:
    """Returns the payload with its length and both checksums around it: OVERHEAD bytes more."""
    length = struct.pack("<Q", len(payload))
    return b"".join(
        (length, struct.pack("<I", masked_crc32c(length)), payload, struct.pack("<I", masked_crc32c(payload)))
    )


def iterate_frames(path: str | Path) -> Iterator[Frame]:
    """Yields every frame of a TFRecord file in order, with both checksums verified.

    Raises:
      CorruptShard: at the first frame with a wrong checksum or a missing end.
    """
    offset = 0
    with open(path, "rb") as stream:
        while (payload := _read_payload(stream, str(path), offset)) is not None:
            yield Frame(offset, payload)
            offset += len(payload) + OVERHEAD


def read_frames(path: str | Path) -> Iterator[bytes]:
    """Yields the payloads of a TFRecord file in order; raises CorruptShard as `iterate_frames` does."""
    for item in iterate_frames(path):
        yield item.payload


def read_frame_at(path: str | Path, offset: int) -> bytes:
    """Returns the payload of the frame that starts at byte `offset` (a manifest row has it); raises CorruptShard."""
    with open(path, "rb") as stream:
        stream.seek(offset)
        payload = _read_payload(stream, str(path), offset)
    if payload is None:
        raise CorruptShard(str(path), offset, "the file ends before this frame")
    return payload


def _read_payload(stream: BinaryIO, path: str, offset: int) -> bytes | None:
    """Reads one frame; None at the end of the file."""
    head = stream.read(12)
    if not head:
        return None
    if len(head) < 12:
        raise CorruptShard(path, offset, "the file ends within a frame's length")
    length, length_crc = struct.unpack("<QI", head)
    if masked_crc32c(head[:8]) != length_crc:
        raise CorruptShard(path, offset, "the checksum of the length is wrong")
    body = stream.read(length + 4)  # the length is safe to trust: its checksum was right
    if len(body) < length + 4:
        raise CorruptShard(path, offset, f"the file ends within a record of {length} bytes")
    payload = body[:length]
    if masked_crc32c(payload) != struct.unpack("<I", body[length:])[0]:
        raise CorruptShard(path, offset, "the checksum of the record is wrong")
    return payload
