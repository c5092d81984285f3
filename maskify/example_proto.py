"""The protobuf message tf.train.Example, built without TensorFlow and apart from TensorFlow's own registration.

Field names and numbers are those of tensorflow/core/example/example.proto and feature.proto.
"""

from functools import lru_cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "maskify"
_Field = descriptor_pb2.FieldDescriptorProto


@lru_cache(maxsize=1)
def example_class() -> Any:
    """Returns the message class. Its descriptor pool is private, so that it never clashes with TensorFlow's."""
    file = descriptor_pb2.FileDescriptorProto(name="maskify/example.proto", package=_PACKAGE, syntax="proto3")
    scalars = {"BytesList": _Field.TYPE_BYTES, "FloatList": _Field.TYPE_FLOAT, "Int64List": _Field.TYPE_INT64}
    for name, kind in scalars.items():
        file.message_type.add(name=name).field.add(name="value", number=1, type=kind, label=_Field.LABEL_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, message) in enumerate(
        (("bytes_list", "BytesList"), ("float_list", "FloatList"), ("int64_list", "Int64List")), start=1
    ):
        _add_message_field(feature, name, number, message).oneof_index = 0
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")  # what `map<string, Feature> feature = 1` stands for
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    _add_message_field(entry, "value", 2, "Feature")
    _add_message_field(features, "feature", 1, "Features.FeatureEntry").label = _Field.LABEL_REPEATED
    _add_message_field(file.message_type.add(name="Example"), "features", 1, "Features")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))


def _add_message_field(message: Any, name: str, number: int, type_name: str) -> Any:
    return message.field.add(
        name=name,
        number=number,
        type=_Field.TYPE_MESSAGE,
        type_name=f".{_PACKAGE}.{type_name}",
        label=_Field.LABEL_OPTIONAL,
    )
