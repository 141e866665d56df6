"""What an ONNX file from outside must not hold is found in its bytes, before anything runs it."""

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.inliner import inline_local_functions

import dot_networks
from onnx_files import INT64, model, node, part, port, tensor, varint
from scoliogait.errors import ModelError
from scoliogait.video import onnx_file
from scoliogait.video.networks import BLAZEPOSE, BLAZEPOSE_MAPS, NANODET
from scoliogait.video.onnx_file import network_ports

PATH = Path("pose.onnx")
PICTURE, HEAT = port("picture", (1, 3, "height", 48)), port("heat", (1, 17, 16, 12))
ONE = tensor("one", np.ones(1, np.float32))
# A tensor whose numbers lie at a place in another file.
ELSEWHERE = part(8, "weights") + part(13, part(1, "location") + part(2, "/etc/passwd")) + part(14, 1)


def network(*nodes: bytes, tensors: tuple[bytes, ...] = (ONE,), more: bytes = b"") -> bytes:
    return model([PICTURE], nodes or [node("Add", ["picture", "one"], ["heat"])], [HEAT], tensors, more)


def with_attribute(field: int, content: bytes) -> bytes:
    return network(node("Constant", [], ["heat"], {"value": part(field, content)}))


def test_inputs_and_outputs() -> None:
    found = network_ports(network(), PATH)
    assert [str(port) for port in found.inputs] == ["'picture' (float32, 1 x 3 x ? x 48)"]
    assert found.inputs[0].shape == (1, 3, None, 48)
    assert [str(port) for port in found.outputs] == ["'heat' (float32, 1 x 17 x 16 x 12)"]


def test_constants_that_are_listed_as_inputs_are_none() -> None:
    inputs = [PICTURE, port("one", (1,)), port("ids", (), INT64)]
    content = model(inputs, [node("Add", ["picture", "one"], ["heat"])], [HEAT], [ONE])
    assert [port.name for port in network_ports(content, PATH).inputs] == ["picture", "ids"]


@pytest.mark.parametrize("file", [BLAZEPOSE, BLAZEPOSE_MAPS, NANODET], ids=lambda file: file.name)
def test_networks_of_the_package_pass_without_the_layers_of_opencv(file: object) -> None:
    name = file.name  # type: ignore[attr-defined]
    content = (files("scoliogait.video") / "weights" / name).read_bytes()
    with pytest.raises(ModelError, match=f"{name}: uses the operator '.*' of 'opencv'; expected operators of ONNX"):
        network_ports(content, Path(name))
    plain = inline_local_functions(onnx.load_model_from_string(content)).SerializeToString()
    found = network_ports(plain, Path(name))
    assert {port.name for port in found.outputs} == set(file.outputs)  # type: ignore[attr-defined]
    assert tuple(port.name for port in found.inputs) == file.inputs  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "content",
    [
        network(tensors=(ELSEWHERE,)),
        network(tensors=(part(8, "weights") + part(14, 1),)),
        network(tensors=(part(8, "weights") + part(14, 1 << 32 | 1),)),  # an enumeration is the lower 32 bits of it
        with_attribute(5, ELSEWHERE),
        with_attribute(10, ELSEWHERE),
        with_attribute(22, part(1, ELSEWHERE)),
        with_attribute(6, part(5, ELSEWHERE)),
        with_attribute(11, part(1, node("Constant", [], ["x"], {"value": part(5, ELSEWHERE)}))),
        # A second graph in the same field is merged into the first one.
        network(more=part(7, part(5, ELSEWHERE))),
    ],
)
def test_numbers_in_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"pose\.onnx: keeps the numbers of 'weights' in another file, which"):
        network_ports(content, PATH)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no ONNX file, or an empty one"),
        (b"\x00" * 100, "is no ONNX file, or cut off"),
        (b"PK\x03\x04 a zip archive", "is no ONNX file, or cut off"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is no ONNX file"),
        (network()[:-40], "it ends in the middle of a field"),
        (part(1, 8) + varint(7 << 3 | 2) + b"\xff" * 12, "a number of more than ten bytes"),
        (part(1, 8) + varint(7 << 3 | 2) + b"\xff", "it ends in the middle of a number"),
        (network(more=varint((7 | 1 << 32) << 3 | 2) + varint(0)), "a field of number"),
        (b"    ORTM" + bytes(40), "is a file in onnxruntime's own format"),
        (network(node("Cheat", ["picture"], ["heat"], domain="com.example")), "operator 'Cheat' of 'com.example'"),
        (network(node("Loop", ["picture"], ["heat"])), "holds a loop (Loop)"),
        (with_attribute(6, part(1, node("Scan", [], []))), "holds a loop (Scan)"),
        (with_attribute(6, part(1, node("Cheat", [], [], domain="x\ny"))), "of 'x\\ny'"),
        (network(node("Sqrt", ["pictures"], ["heat"])), "is damaged: 'Sqrt' takes 'pictures', which nothing before it"),
        (network(node("Sqrt", ["later"], ["heat"]), node("Sqrt", ["picture"], ["later"])), "'Sqrt' takes 'later'"),
        (network(node("Sqrt", ["picture"], ["heat"]).replace(b"heat", b"\xffeat")), "a name that is not UTF-8"),
        (network(more=part(25, part(1, "f"))), "holds functions of its own"),
        (network(more=part(20, b"")), "holds a training"),
        (network(more=part(7, part(11, port("deep", [1] * 17)))), "a shape of 17 sides"),
    ],
)
def test_other_content_is_refused_in_one_line(content: bytes, words: str) -> None:
    with pytest.raises(ModelError) as error:
        network_ports(content, PATH)
    assert words in str(error.value)
    assert str(error.value).startswith("pose.onnx: ")
    assert "\n" not in str(error.value)


def test_graphs_in_graphs_take_what_is_given_around_them() -> None:
    inner = part(1, node("Sqrt", ["picture"], ["root"])) + part(12, port("root", (1,)))
    found = network_ports(network(node("If", ["one"], ["heat"], {"then_branch": part(6, inner)})), PATH)
    assert [port.name for port in found.outputs] == ["heat"]
    lost = part(1, node("Sqrt", ["heat"], ["root"]))
    with pytest.raises(ModelError, match="takes 'heat', which nothing before it gives"):
        network_ports(network(node("If", ["one"], ["heat"], {"then_branch": part(6, lost)})), PATH)


def test_graphs_in_graphs_end(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = b""
    for _ in range(60):
        graph = part(1, node("If", [], [], {"then": part(6, graph)}))
    with pytest.raises(ModelError, match="graphs in graphs, more than 50 deep"):
        network_ports(network(more=part(7, graph)), PATH)


def test_more_parts_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "MAX_NETWORK_PARTS", 1_000)
    network_ports(network(), PATH)
    with pytest.raises(ModelError, match="has more than 1,000 parts"):
        network_ports(network(more=part(3, 1) * 2_000), PATH)


def test_any_damage_is_a_refusal_or_nothing() -> None:
    content = dot_networks.simcc_network()
    rng = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(content)
        for at in rng.integers(0, 400, 3):
            damaged[at] = rng.integers(256)
        with suppress(ModelError):
            network_ports(bytes(damaged), PATH)
