"""The same networks with less to do: what `convert_video_networks.py` does to a graph after its conversion.

    pip install onnx==1.23.2 numpy==2.4.6

Each step leaves the numbers as they are but for rounding. ``in_two`` parts what says whether somebody is there from
what is asked of people only, ``as_pair`` takes a picture and its mirror image at once, ``in_sixths`` gives an
activation that both engines run as a part of a convolution, ``padded_by_convolutions`` spares copies, ``four_at_once``
fills the lanes of a processor, and ``only_rows`` and ``person_grids`` leave out what is not read.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
from onnx import helper, numpy_helper

_INSIDE = ("Conv", "Clip", "Add", "Resize", "Pad", "MaxPool")  # give a sixth where they take a sixth
_BLOCKED = 16  # channels that are computed together by processors of today


def as_pair(model: onnx.ModelProto, outline: str) -> None:
    """A batch of two, whose few channels of the outline are computed side by side as channels of one picture.

    The outline is made at full size with 8 channels, and engines compute 16 at once: two cost as much as one.
    outline: the name of that output, afterwards of shape (1, 2, H, W).
    """
    graph = model.graph
    own = _leading_only_to(graph, outline)
    joint = next(node for node in own if node.op_type == "Add")
    shape = _shape_of(model, joint.output[0])
    both = 2 * shape[1]
    if both != _BLOCKED:
        raise SystemExit(f"the outline is made of {shape[1]} channels; expected {_BLOCKED // 2}")
    for port in (*graph.input, *graph.output):
        port.type.tensor_type.shape.dim[0].dim_value = 2
    last = own[-1]  # gives the outline the shape of a picture, which it has already
    final = next(node for node in own if node.output[0] == last.input[0])
    for node in own[own.index(joint) + 1 :]:
        if node.op_type == "Conv":
            _doubled(graph, node)
    final.output[0] = outline
    graph.node.remove(last)
    _set_shape(graph, outline, (1, 2, shape[2] * 2, shape[3] * 2))
    apart = f"{joint.output[0]}_apart"
    _set(graph, "beside", np.array([1, both, *shape[2:]]))
    # The largest of one number is that number: a step that engines run on channels in blocks, as those after it.
    beside = helper.make_node("Reshape", [apart, "beside"], [f"{apart}_beside"])
    blocked = helper.make_node("MaxPool", beside.output, joint.output, kernel_shape=[1, 1])
    joint.output[0] = apart
    at = list(graph.node).index(joint) + 1
    graph.node.insert(at, blocked)
    graph.node.insert(at, beside)


def in_two(model: onnx.ModelProto, later: tuple[str, ...]) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """The network without the outputs ``later``, and another one that makes these from what the first one hands on.

    What is handed on is named kept0, kept1 and so on.
    """
    graph = model.graph
    first = _needed(graph, {port.name for port in graph.output} - set(later))
    rest = _needed(graph, set(later)) - first
    second = [node for node in graph.node if rest & set(node.output)]
    constants = {tensor.name for tensor in graph.initializer}
    kept = [name for name in dict.fromkeys(name for node in second for name in node.input) if name in first - constants]
    names = {name: f"kept{number}" for number, name in enumerate(kept)}
    ports = [
        helper.make_tensor_value_info(names[name], onnx.TensorProto.FLOAT, _shape_of(model, name)) for name in kept
    ]
    for node in graph.node:
        for side in (node.input, node.output):
            side[:] = [names.get(name, name) for name in side]
    parts = onnx.ModelProto.FromString(model.SerializeToString()), onnx.ModelProto.FromString(model.SerializeToString())
    outputs = [[port for port in graph.output if (port.name in later) == bool(part)] for part in range(2)]
    for part, given, made in zip(parts, ([*graph.input], ports), ([*outputs[0], *ports], outputs[1]), strict=True):
        needed = _needed(part.graph, {port.name for port in made}, {port.name for port in given})
        nodes = [node for node in part.graph.node if set(node.output) <= needed - {port.name for port in given}]
        _replace(part.graph, nodes)
        for old, new in ((part.graph.input, given), (part.graph.output, made)):
            copies = [onnx.ValueInfoProto.FromString(port.SerializeToString()) for port in new]
            del old[:]
            old.extend(copies)
    return parts


def four_at_once(model: onnx.ModelProto, output: str) -> None:
    """The last convolution, 3 x 3 with few channels, makes each 2 x 2 pixels of its output as channels of one.

    Engines compute channels in blocks of 8 or 16: two channels cost as much as eight.
    """
    graph = model.graph
    last = next(node for node in graph.node if node.output[0] == output)
    weights, bias = (_constant(graph, name) for name in last.input[1:])
    n_out, n_in, *size = weights.shape
    if size != [3, 3]:
        raise SystemExit(f"{last.name}: is {size}; expected 3 x 3")
    blocks = np.zeros((2, 2, n_out, n_in, 4, 4), weights.dtype)
    for row, column in np.ndindex(2, 2):
        blocks[row, column, :, :, row : row + 3, column : column + 3] = weights
    _set(graph, last.input[1], blocks.reshape(4 * n_out, n_in, 4, 4))
    _set(graph, last.input[2], np.tile(bias, 4))
    last.output[0] = f"{output}_blocks"
    del last.attribute[:]
    for name, values in (("kernel_shape", [4, 4]), ("strides", [2, 2]), ("pads", [1, 1, 1, 1])):
        last.attribute.append(helper.make_attribute(name, values))
    graph.node.append(helper.make_node("DepthToSpace", last.output, [output], blocksize=2, mode="DCR"))


def only_rows(model: onnx.ModelProto, output: str, rows: Iterable[int]) -> None:
    """Of an output that a convolution makes only some channels, in the given order."""
    graph = model.graph
    maker = next(node for node in graph.node if node.output[0] == output)
    wanted = list(rows)
    for name in maker.input[1:]:
        _set(graph, name, _constant(graph, name)[wanted])
    shape = _shape_of(model, output)
    _set_shape(graph, output, (shape[0], len(wanted), *shape[2:]))


def in_sixths(model: onnx.ModelProto) -> None:
    """A sixth of every value inside: what was cut to 0..6 is cut to 0..1, which is a hard sigmoid.

    Engines run that together with the convolution before it; OpenCV 5 takes a cut to 0..6 for a layer of its own and
    changes the order of the numbers before and after each. Biases and the first weights become a sixth, the last
    weights six times.
    """
    graph = model.graph
    given = {port.name for port in graph.input}
    moved = {node.output[0] for node in graph.node if node.op_type in ("Pad", "Transpose") and node.input[0] in given}
    moved |= {n.output[0] for n in graph.node if n.op_type in ("Pad", "Transpose") and n.input[0] in moved}
    inner = {name for node in graph.node if node.op_type in _INSIDE for name in node.input}
    for node in graph.node:
        if node.op_type == "Clip":
            if [float(_constant(graph, name)) for name in node.input[1:]] != [0, 6]:
                raise SystemExit(f"{node.name}: is not cut to 0..6")
            node.op_type, node.input[:] = "HardSigmoid", node.input[:1]
            node.attribute.extend([helper.make_attribute("alpha", 1.0), helper.make_attribute("beta", 0.0)])
        elif node.op_type == "Conv":
            weights, bias = (_constant(graph, name) for name in node.input[1:])
            six = np.float32(6)
            if node.input[0] in moved:
                _set(graph, node.input[1], weights / six)
            if node.output[0] in inner:
                _set(graph, node.input[2], bias / six)
            else:  # its numbers leave the network
                _set(graph, node.input[1], weights * six)


def takes_bytes(model: onnx.ModelProto) -> None:
    """The input is 0..255 instead of 0..1."""
    first = next(node for node in model.graph.node if node.op_type == "Conv")
    _set(model.graph, first.input[1], _constant(model.graph, first.input[1]) / np.float32(255))


def padded_by_convolutions(model: onnx.ModelProto) -> None:
    """Margins of zeros before a convolution become a property of it."""
    graph = model.graph
    padded = {node.output[0]: node for node in graph.node if node.op_type == "Pad" and len(node.input) == 2}
    for node in graph.node:
        pad = padded.get(node.input[0])
        if node.op_type != "Conv" or pad is None:
            continue
        if any(attribute.name in ("pads", "auto_pad") for attribute in node.attribute):
            raise SystemExit(f"{node.name}: has margins of two kinds")
        around = _constant(graph, pad.input[1]).tolist()
        node.attribute.append(helper.make_attribute("pads", [around[2], around[3], around[6], around[7]]))
        node.input[0] = pad.input[0]


def channels_first(model: onnx.ModelProto, heat: str) -> None:
    """The input is padded after its channels were put first, and an output stays as it was computed."""
    graph = model.graph
    pad, turn = (next(node for node in graph.node if node.op_type == kind) for kind in ("Pad", "Transpose"))
    if (turn.input[0], pad.input[0]) != (pad.output[0], graph.input[0].name):
        raise SystemExit("the input is not padded first and then turned")
    around = _constant(graph, pad.input[1])[[0, 3, 1, 2, 4, 7, 5, 6]]
    _set(graph, pad.input[1], around)
    between = pad.output[0]
    turn.input[0], turn.output[0], pad.input[0], pad.output[0] = pad.input[0], between, between, turn.output[0]
    first, second = list(graph.node).index(pad), list(graph.node).index(turn)
    nodes = list(graph.node)
    nodes[first], nodes[second] = turn, pad
    _replace(graph, nodes)
    last = next(node for node in graph.node if node.output[0] == heat)
    maker = next(node for node in graph.node if node.output[0] == last.input[0])
    maker.output[0] = heat
    graph.node.remove(last)
    _set_shape(graph, heat, tuple(_shape_of(model, heat)[axis] for axis in (0, 3, 1, 2)))


def person_grids(model: onnx.ModelProto, n_classes: int, person: int) -> None:
    """Of each grid the logit of a person and the sides of its box, (1, 1 + S, H, W), as they were computed."""
    graph = model.graph
    grids = [node for node in graph.node if node.op_type == "Split"]
    outputs = []
    for number, split in enumerate(grids):
        head = next(node for node in graph.node if node.output[0] == split.input[0])
        weights, bias = (_constant(graph, name) for name in head.input[1:])
        rows = [person, *range(n_classes, len(bias))]
        for name, values in zip(head.input[1:], (weights, bias), strict=True):
            _set(graph, name, values[rows])
        shape = (1, len(rows), *_shape_of(model, head.output[0])[2:])
        head.output[0] = f"grid{number}"
        outputs.append(helper.make_tensor_value_info(head.output[0], onnx.TensorProto.FLOAT, shape))
    del graph.output[:]
    graph.output.extend(outputs)


def _leading_only_to(graph: onnx.GraphProto, output: str) -> list[onnx.NodeProto]:
    """The nodes in their order that no other output needs."""
    others = _needed(graph, {port.name for port in graph.output if port.name != output})
    return [node for node in graph.node if node.output[0] in _needed(graph, {output}) - others]


def _needed(graph: onnx.GraphProto, names: set[str], given: Iterable[str] = ()) -> set[str]:
    """These values and all that they are made from, back to the inputs or to values that are ``given``."""
    needed = set(names)
    for node in reversed(graph.node):  # each stands after what it takes
        if needed - set(given) & set(node.output):
            needed |= set(node.input)
    return needed


def _doubled(graph: onnx.GraphProto, node: onnx.NodeProto) -> None:
    """The same convolution of two pictures whose channels stand one after the other."""
    weights, bias = (_constant(graph, name) for name in node.input[1:])
    group = next(attribute for attribute in node.attribute if attribute.name == "group")
    if group.i > 1:
        group.i *= 2
        both = np.concatenate([weights, weights])
    else:
        n_out, n_in = weights.shape[:2]
        both = np.zeros((2 * n_out, 2 * n_in, *weights.shape[2:]), weights.dtype)
        both[:n_out, :n_in] = both[n_out:, n_in:] = weights
    _set(graph, node.input[1], both)
    _set(graph, node.input[2], np.concatenate([bias, bias]))


def _constant(graph: onnx.GraphProto, name: str) -> np.ndarray:
    return numpy_helper.to_array(next(tensor for tensor in graph.initializer if tensor.name == name))


def _set(graph: onnx.GraphProto, name: str, values: np.ndarray) -> None:
    tensor = next((tensor for tensor in graph.initializer if tensor.name == name), None)
    (tensor if tensor is not None else graph.initializer.add()).CopyFrom(numpy_helper.from_array(values, name))


def _shape_of(model: onnx.ModelProto, name: str) -> list[int]:
    known = onnx.shape_inference.infer_shapes(model).graph
    port = next(port for port in (*known.value_info, *known.output) if port.name == name)
    return [size.dim_value for size in port.type.tensor_type.shape.dim]


def _set_shape(graph: onnx.GraphProto, output: str, shape: Iterable[int]) -> None:
    port = next(port for port in graph.output if port.name == output)
    port.CopyFrom(helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, list(shape)))


def _replace(graph: onnx.GraphProto, nodes: Iterable[onnx.NodeProto]) -> None:
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)
