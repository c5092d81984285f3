"""The export as an ONNX file."""

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
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
    """The same graph, its nodes and tensors in an order and with names that follow from it alone.

    Those of tf2onnx change from run to run.
    """
    from onnx.helper import make_graph

    outputs = sorted(graph.output, key=lambda output: (RESTORED, MAP).index(output.name))
    for value in (*graph.input, *outputs):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    nodes = _needed_first(graph.node, [output.name for output in outputs])
    names = {value.name: value.name for value in (*graph.input, *outputs)}
    count: Counter[str] = Counter()

    def name_of(old: str, kind: str) -> str:
        if old not in names:
            names[old] = f"{kind}_{count[kind]}"
            count[kind] += 1
        return names[old]

    for node in nodes:
        node.input[:] = [old and name_of(old, "weight") for old in node.input]  # "" is an input left out
        node.output[:] = [name_of(old, node.op_type) for old in node.output]
        node.name = node.output[0]
    weights = {weight.name: weight for weight in graph.initializer}
    ordered = [weights[old] for old in names if old in weights]
    for weight in ordered:
        weight.name = names[weight.name]
    return make_graph(nodes, "unmask", graph.input, outputs, ordered)


def _needed_first(nodes: Iterable[Any], outputs: Sequence[str]) -> list[Any]:
    """The nodes that the outputs need, each after those that it needs itself: depth first."""
    makers = {name: node for node in nodes for name in node.output}
    ordered: list[Any] = []
    made: set[str] = set()
    wanted = list(outputs[::-1])
    while wanted:
        node = makers[wanted[-1]]
        missing = [name for name in node.input if name in makers and name not in made]
        if missing:
            wanted += missing[::-1]
        elif wanted.pop() not in made:
            ordered.append(node)
            made.update(node.output)
    return ordered
