"""maskify.tfrecord: TensorFlow's framing byte for byte, and no damage goes unseen."""

import pickle
from pathlib import Path

import pytest

from maskify.tfrecord import OVERHEAD, CorruptShard, crc32c, frame, iterate_frames, read_frame_at, read_frames

# What TensorFlow 2.21 writes: with tf.io.TFRecordWriter(path) as writer: writer.write(b"hello")
TENSORFLOW_FRAME = bytes.fromhex("0500000000000000eab2043e68656c6c6fbb1f1c19")


def test_checksum_is_crc32c() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C in every catalogue


def test_a_frame_is_what_tensorflow_writes(tmp_path: Path) -> None:
    assert frame(b"hello") == TENSORFLOW_FRAME
    (tmp_path / "one").write_bytes(TENSORFLOW_FRAME)
    assert list(read_frames(tmp_path / "one")) == [b"hello"]


def test_frames_come_back_in_order_and_by_their_offset(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    payloads = [b"", b"a", bytes(range(256)) * 10]
    path.write_bytes(b"".join(map(frame, payloads)))
    assert list(read_frames(path)) == payloads
    assert [offset for offset, _ in iterate_frames(path)] == [0, OVERHEAD, 2 * OVERHEAD + 1]
    assert [read_frame_at(path, offset) for offset, _ in iterate_frames(path)] == payloads
    with pytest.raises(CorruptShard, match="ends before"):
        read_frame_at(path, path.stat().st_size)


def test_every_flipped_bit_is_found_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    first, second = frame(b"first record"), frame(b"second")
    sound = first + second
    for position in range(len(sound)):
        flipped = bytearray(sound)
        flipped[position] ^= 1 << position % 8
        path.write_bytes(flipped)
        with pytest.raises(CorruptShard, match="checksum") as caught:
            list(read_frames(path))
        assert caught.value.offset == (0 if position < len(first) else len(first))
        assert str(path) in caught.value.message


def test_every_truncation_within_a_frame_is_found(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    first, second = frame(b"first record"), frame(b"second")
    for length in range(len(first) + 1, len(first + second)):
        path.write_bytes((first + second)[:length])
        reader = read_frames(path)
        assert next(reader) == b"first record"
        with pytest.raises(CorruptShard, match="the file ends") as caught:
            next(reader)
        assert caught.value.offset == len(first)


def test_corrupt_shard_survives_the_way_back_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(CorruptShard("file", 7, "why")))
    assert (error.path, error.offset, error.why) == ("file", 7, "why")
