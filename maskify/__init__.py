"""maskify: photos of faces become training data for mask segmentation and face unmasking."""

__version__ = "0.1.0"
