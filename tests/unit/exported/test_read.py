"""Exported files that are damaged, foreign, edited or of another version are refused in one line before they run."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import onnx_files
from scoliogait.checkpoints.config_file import config_digest
from scoliogait.checkpoints.model_folder import exported_file, model_folder
from scoliogait.errors import ModelError
from scoliogait.exported.form import EXPORT
from scoliogait.exported.read import load_exported
from scoliogait.exported.sealed_onnx import GRAPH, digest_of, seal, unseal
from scoliogait.exported.stated import stated_model
from scoliogait.limits import MAX_NETWORK_BYTES

SHIPPED = exported_file(model_folder("builtin:pose-set"))


def parts() -> tuple[bytes, dict[str, object]]:
    graph, form = unseal(SHIPPED.read_bytes(), SHIPPED)
    return graph, json.loads(form)


def written(path: Path, graph: bytes, form: dict[str, object], honest: bool = True) -> Path:
    """A file of these two. honest: with digests that fit them, as one would write who means harm."""
    if honest:
        form = form | {"files": {GRAPH: digest_of(graph)}}
        form["digest"] = config_digest(form)
    path.write_bytes(seal(graph, json.dumps(form).encode()))
    return path


def small_graph(*, more: bytes = b"", external: bool = False, kind: str = "Relu") -> bytes:
    weights = onnx_files.tensor("w", np.ones(1, np.float32))
    if external:
        weights = onnx_files.part(1, 1) + onnx_files.part(2, 1) + onnx_files.part(8, "w") + onnx_files.part(14, 1)
    poses = onnx_files.port("poses", ["n", 17, 3])
    return onnx_files.model(
        [poses], [onnx_files.node(kind, ["poses"], ["logits"])], [onnx_files.port("logits", [1, 3])], [weights], more
    )


def test_the_shipped_file_is_read() -> None:
    model = load_exported(SHIPPED)
    assert model.form.precision == "fp32"
    assert model.digest == stated_model("builtin:pose-set").digest
    assert model.facts == stated_model(SHIPPED).facts == stated_model("builtin:pose-set").facts


def test_a_file_written_from_its_parts_is_the_file(tmp_path: Path) -> None:
    graph, form = parts()
    load_exported(written(tmp_path / "again.onnx", graph, form))


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "is no model that 'scoliogait model export' wrote, or is cut off"),
    "foreign": (lambda content: unseal(content, SHIPPED)[0], "is no model that 'scoliogait model export' wrote"),
    "cut off": (lambda content: content[:-1], "or is cut off"),
    "half": (lambda content: content[: len(content) // 2], "or is cut off"),
    "beginning lost": (lambda content: content[1000:], "graph was changed"),
    "another byte": (lambda content: content[:9000] + bytes([content[9000] ^ 1]) + content[9001:], "graph was changed"),
    "another temperature": (lambda c: c.replace(b'"temperature": ', b'"temperature":1', 1), "was edited"),
    "size beyond the file": (lambda content: content[:-12] + b"000009999999", "holds no form"),
    "sign in the size": (lambda content: content[:-12] + b"-00000000001", "or is cut off"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused(damage: str, tmp_path: Path) -> None:
    change, words = DAMAGES[damage]
    path = tmp_path / "model.onnx"
    path.write_bytes(change(SHIPPED.read_bytes()))
    with pytest.raises(ModelError, match=words) as caught:
        load_exported(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_version_of_the_form_is_refused(tmp_path: Path) -> None:
    graph, form = parts()
    with pytest.raises(ModelError, match="is of version 2, this program reads version 1"):
        load_exported(written(tmp_path / "m.onnx", graph, form | {EXPORT.version_key: 2}))


def test_another_contract_version_is_refused(tmp_path: Path) -> None:
    graph, form = parts()
    config = json.loads(json.dumps(form["config"]))
    config["contract"]["version"] = 2
    config["digest"] = config_digest(config)
    with pytest.raises(ModelError, match="version"):
        load_exported(written(tmp_path / "m.onnx", graph, form | {"config": config}))


def test_a_contract_that_does_not_fit_the_graph_is_refused(tmp_path: Path) -> None:
    graph, form = parts()
    other = json.loads(unseal(exported_file(model_folder("builtin:demo")).read_bytes(), SHIPPED)[1])
    with pytest.raises(ModelError, match="inputs are"):
        load_exported(written(tmp_path / "m.onnx", graph, form | {"config": other["config"]}))


def test_the_graph_of_another_model_is_refused(tmp_path: Path) -> None:
    _, form = parts()
    graph, _ = unseal(exported_file(model_folder("builtin:demo")).read_bytes(), SHIPPED)
    with pytest.raises(ModelError, match="its graph has the inputs"):
        load_exported(written(tmp_path / "m.onnx", graph, form))


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (small_graph(external=True), "in another file, which is not opened"),
        (small_graph(kind="Loop"), "holds a loop"),
        (small_graph(more=onnx_files.part(25, b"")), "holds functions of its own"),
        (small_graph(kind="NoSuchOperator"), "cannot take its graph"),
    ],
)
def test_unsafe_graphs_are_refused_even_with_fitting_digests(graph: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        load_exported(written(tmp_path / "m.onnx", graph, parts()[1]))
    assert "\n" not in str(caught.value)


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    with path.open("wb") as stream:
        stream.truncate(MAX_NETWORK_BYTES + 1)
    with pytest.raises(ModelError, match="is larger than"):
        load_exported(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.onnx: cannot be read"):
        load_exported(tmp_path / "none.onnx")


def test_of_a_missing_openvino_file_the_one_that_was_named_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.xml: cannot be read"):
        load_exported(tmp_path / "model.xml")
    (tmp_path / "model.xml").touch()
    with pytest.raises(ModelError, match=r"model\.bin: is not there; an OpenVINO export is three files of one name"):
        load_exported(tmp_path / "model.xml")


def test_files_of_torch_export_are_never_read(tmp_path: Path) -> None:
    path = tmp_path / "model.pt2"
    shutil.copy(SHIPPED, path)
    with pytest.raises(ModelError, match="never read here, because torch's loader may execute"):
        load_exported(path)
