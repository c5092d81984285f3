"""maskify.record and maskify.tfrecord: the contract between maskify and training, bit by bit."""

import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import SIZE, fake_photos, fake_record, make_fake
from PIL import Image

from maskify.config import BuildConfig, SynthesisConfig
from maskify.errors import MaskifyError
from maskify.example_proto import example_class
from maskify.manifest import read_manifest
from maskify.pipeline import build
from maskify.record import (
    FEATURES,
    SCHEMA_VERSION,
    decode_record,
    encode_record,
    frame,
    parse_features,
)

HERE = Path(__file__).parent


def assert_same(one: object, other: object) -> None:
    for name, value in vars(one).items():
        np.testing.assert_array_equal(value, getattr(other, name), err_msg=name)


def edited(payload: bytes, name: str, **lists: list) -> bytes:
    example = example_class().FromString(payload)
    del example.features.feature[name]
    for kind, values in lists.items():
        getattr(example.features.feature[name], kind).value.extend(values)
    return example.SerializeToString()


@pytest.mark.parametrize("key", ["a/b", "Zoë/写真#2", "not utf-8 \udcff"])
def test_png_records_come_back_bit_for_bit(key: str) -> None:
    record = replace(fake_record(identity=2**40), key=key)
    decoded = decode_record(encode_record(record, "png"))
    assert_same(replace(record, pose=decoded.pose), decoded)
    np.testing.assert_allclose(decoded.pose, record.pose, rtol=1e-6)
    assert (decoded.landmarks.dtype, decoded.binary_map.dtype) == (np.float32, np.uint8)


def test_jpeg_keeps_photos_nearly_and_the_rest_exactly() -> None:
    record = fake_record()
    decoded = decode_record(encode_record(record))
    assert np.abs(decoded.clean.astype(int) - record.clean).mean() < 2
    exact = {name: getattr(decoded, name) for name in ("masked", "clean", "pose")}
    assert_same(replace(record, **exact), decoded)


def test_photos_are_jpeg_without_chroma_subsampling() -> None:
    with Image.open(io.BytesIO(parse_features(encode_record(fake_record()))["clean"])) as image:
        assert image.format == "JPEG"
        assert [component[1:3] for component in image.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]


def test_the_same_record_gives_the_same_bytes_whatever_the_order_of_its_params() -> None:
    record = fake_record()
    other = replace(record, params=dict(reversed(record.params.items())))
    assert encode_record(record) == encode_record(other)


def test_features_are_exactly_what_is_written() -> None:
    example = example_class().FromString(encode_record(fake_record()))
    assert sorted(example.features.feature) == sorted(feature.name for feature in FEATURES)
    assert list(parse_features(encode_record(fake_record()))) == [feature.name for feature in FEATURES]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("masked", np.zeros((SIZE, SIZE + 1, 3), np.uint8)),
        ("clean", np.zeros((SIZE, SIZE, 3), np.float32)),
        ("binary_map", np.full((SIZE, SIZE), 254, np.uint8)),
        ("binary_map", np.zeros((SIZE, SIZE, 1), np.uint8)),
        ("landmarks", np.zeros((68, 2))),
        ("landmarks", np.full((68, 2), np.nan, np.float32)),
        ("pose", (0.0, float("inf"), 0.0)),
    ],
)
def test_arrays_that_break_the_contract_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        encode_record(replace(fake_record(), **{name: value}))  # type: ignore[arg-type]


def test_what_is_no_record_is_refused() -> None:
    payload = encode_record(fake_record())
    for bad, why in (
        (b"\xff" * 10, "not a tf.train.Example"),
        (edited(payload, "pose"), "`pose` has 0 values, not 3"),
        (edited(payload, "pose", float_list=[1.0, 2.0]), "`pose` has 2 values"),
        (edited(payload, "identity", bytes_list=[b"7"]), "`identity` has 0 values"),
        (edited(payload, "schema_version", int64_list=[SCHEMA_VERSION + 1]), "schema version 2"),
    ):
        with pytest.raises(MaskifyError, match=why):
            decode_record(bad)
    with pytest.raises(MaskifyError, match="cannot decode"):
        decode_record(edited(payload, "clean", bytes_list=[b"no image"]))


def test_reading_records_imports_neither_tensorflow_nor_dlib() -> None:
    code = "import sys, maskify.record; print(sorted({'tensorflow', 'keras', 'dlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HERE.parent)
    assert done.stdout == "[]\n"


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of lossless records; its parent is where the README's reader runs."""
    folder = tmp_path_factory.mktemp("build") / "records"
    config = BuildConfig(SynthesisConfig(image_format="png"), shard_size=16)
    build(fake_photos(48), Path("/photos"), folder, config, make_synthesizer=make_fake, progress=False)
    return folder


def test_tensorflow_parses_every_record_as_decode_record_does(records: Path) -> None:
    tf = pytest.importorskip("tensorflow")  # beside maskify's own classes of the same message
    kinds = {"bytes": tf.string, "int64": tf.int64, "float32": tf.float32}
    spec = {feature.name: tf.io.FixedLenFeature(feature.shape, kinds[feature.kind]) for feature in FEATURES}
    paths = sorted(records.glob("*.tfrecord"))
    count = 0
    for path in paths:
        for raw in tf.data.TFRecordDataset(str(path)):
            row = tf.io.parse_single_example(raw, spec)
            ours = decode_record(raw.numpy())
            for name in ("masked", "clean", "binary_map"):
                image = tf.io.decode_image(row[name]).numpy()
                np.testing.assert_array_equal(image.squeeze(), getattr(ours, name))
            np.testing.assert_array_equal(row["landmarks"], ours.landmarks)
            np.testing.assert_array_equal(row["pose"], ours.pose)
            assert (row["key"].numpy().decode(), int(row["identity"])) == (ours.key, ours.identity)
            count += 1
    manifests = [read_manifest(path) for path in records.glob("*.manifest.jsonl")]
    assert count == sum(row["faces"] for rows in manifests for row in rows) > 40


def test_tensorflow_decodes_our_jpegs_to_the_same_pixels() -> None:
    tf = pytest.importorskip("tensorflow")
    payload = encode_record(fake_record())
    exact = tf.io.decode_jpeg(parse_features(payload)["clean"], dct_method="INTEGER_ACCURATE").numpy()
    assert np.abs(exact.astype(int) - decode_record(payload).clean).max() <= 1


def test_tensorflow_reads_our_bytes_and_we_read_its(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    payload = encode_record(fake_record())
    example = tf.train.Example.FromString(payload)
    assert example.SerializeToString(deterministic=True) == payload
    with tf.io.TFRecordWriter(str(tmp_path / "one")) as writer:
        writer.write(payload)
    assert (tmp_path / "one").read_bytes() == frame(payload)


def readme_reader() -> str:
    """The example in README.md that reads records with TensorFlow."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", (HERE.parent / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    (reader,) = [block for block in blocks if "TFRecordDataset" in block]
    return reader


def test_readme_reads_records_in_six_lines() -> None:
    assert len([line for line in readme_reader().splitlines() if line.strip()]) <= 6


def test_what_readme_shows_runs(records: Path) -> None:
    pytest.importorskip("tensorflow")
    done = subprocess.run([sys.executable, "-c", readme_reader()], capture_output=True, text=True, cwd=records.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"[8, {SIZE}, {SIZE}, 3]") == 2 and f"[8, {SIZE}, {SIZE}, 1]" in done.stdout
