"""The export as an ONNX file."""

import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import keras

from unmask.exporting.network import MAP, RESTORED


def write(network: keras.Model, path: Path) -> None:
    """Writes the network, for batches of any size.

    Keras' export keeps tf2onnx going with the NumPy of today, which tf2onnx by itself does not.
    """
    import onnx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of that
        network.export(path, format="onnx", verbose=False, input_signature=[network.input])
    model = onnx.load(path)
    model.graph.CopyFrom(_in_order(model.graph))
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _in_order(graph: Any) -> Any:
    """The graph with nodes and tensors named by their place in it: tf2onnx' names change from run to run."""
    from onnx.helper import make_graph

    outputs = sorted(graph.output, key=lambda output: (RESTORED, MAP).index(output.name))
    for value in (*graph.input, *outputs):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    names = {value.name: value.name for value in (*graph.input, *outputs)}
    count: Counter[str] = Counter()

    def name_of(old: str, kind: str) -> str:
        if old not in names:
            names[old] = f"{kind}_{count[kind]}"
            count[kind] += 1
        return names[old]

    for node in graph.node:
        node.input[:] = [old and name_of(old, "weight") for old in node.input]  # "" is an input left out
        node.output[:] = [name_of(old, node.op_type) for old in node.output]
        node.name = node.output[0]
    places = {old: place for place, old in enumerate(names)}
    weights = sorted(graph.initializer, key=lambda weight: places[weight.name])
    for weight in weights:
        weight.name = names[weight.name]
    return make_graph(graph.node, "unmask", graph.input, outputs, weights)
