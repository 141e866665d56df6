"""Files of torch.save that are damaged, lie about themselves, or hold tensors that no checkpoint has."""

import os
import pickle
import tomllib
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from recorded import recording
from scoliogait.checkpoints.opengait import load_checkpoint, read_state_dict
from scoliogait.checkpoints.torch_file import SAFE_TORCH, beside_weights, read_torch_file, without_prefixes
from scoliogait.errors import ModelError

ORIGINAL = recording("sconet_small_c2.pt")
HEAD = "BNNecks.fc_bin"


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (
            torch.zeros(1).expand(100_000, 100_000, 3),
            "claims the shape (100000, 100000, 3), but the file holds 4 bytes",
        ),
        (torch.empty(16, 32, 3, device="meta"), "a tensor without numbers"),
        (torch.zeros(16, 32, 3).to_sparse(), "of float32, sparse_coo"),
        (torch.zeros(16, 32, 3, dtype=torch.complex64), "of complex64"),
        (torch.zeros(16, 32, 3, dtype=torch.float8_e4m3fn), "of float8_e4m3fn"),
        (torch.zeros(16, 32, 3, dtype=torch.int64), "whole numbers where weights belong: BNNecks.fc_bin;"),
        (torch.full((16, 32, 3), 1e300, dtype=torch.float64), "BNNecks.fc_bin holds NaN or infinite values"),
    ],
)
def test_tensors_that_no_checkpoint_has(head: torch.Tensor, message: str, tmp_path: Path) -> None:
    torch.save(torch.load(ORIGINAL, weights_only=True) | {HEAD: head}, tmp_path / "x.pt")
    assert message in refusal(tmp_path / "x.pt")


def test_prefixes_may_be_mixed_but_not_doubled(tmp_path: Path) -> None:
    state = torch.load(ORIGINAL, weights_only=True)
    mixed = {f"module.{name}" if index % 2 else name: value for index, (name, value) in enumerate(state.items())}
    torch.save({"model": mixed}, tmp_path / "mixed.pt")
    assert read_state_dict(tmp_path / "mixed.pt").keys() == state.keys()
    torch.save(state | {f"module.{HEAD}": state[HEAD] + 1}, tmp_path / "twice.pt")
    assert "has BNNecks.fc_bin twice" in refusal(tmp_path / "twice.pt")


@pytest.mark.parametrize(
    "prefix",
    ["module.", "_orig_mod.", "model.", "module.module.", "module._orig_mod.", "_orig_mod.module.", "model._orig_mod."],
)
def test_prefixes_of_wrappers(prefix: str, tmp_path: Path) -> None:
    state = torch.load(ORIGINAL, weights_only=True)
    torch.save({"state_dict": {prefix + name: value for name, value in state.items()}}, tmp_path / "x.pt")
    read = read_state_dict(tmp_path / "x.pt")
    assert read.keys() == state.keys()
    assert all(torch.equal(read[name], value) for name, value in state.items())


def test_what_the_wrappers_themselves_write(tmp_path: Path) -> None:
    """Names as torch makes them: a compiled model, a compiled part, and a wrapper of several GPUs between them."""
    inner = torch.nn.ModuleDict({"Backbone": torch.nn.Linear(2, 3), "Head": torch.nn.Linear(3, 1)})
    plain = set(inner.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own modules, when the compiler is first asked for
        inner["Backbone"] = torch.compile(inner["Backbone"])
        wrapped = torch.compile(torch.nn.DataParallel(inner))
    stored = wrapped.state_dict()
    assert all("_orig_mod." in name and "module." in name for name in stored)
    assert set(without_prefixes(stored, "x.pt")) == plain


def test_bytes_that_changed_on_the_way(tmp_path: Path) -> None:
    content = bytearray(ORIGINAL.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "flipped.pt").write_bytes(content)
    assert "is damaged (the checksum of its part" in refusal(tmp_path / "flipped.pt")


@pytest.mark.parametrize("name", ["archive/data.pkl", "archive/data/0"])
def test_an_archive_that_grows_while_it_is_read(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, bytes(10_000_000))
    assert "compressed archive" in refusal(tmp_path / "bomb.pt")


def test_programs(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated
        torch.jit.script(torch.nn.Linear(2, 2)).save(tmp_path / "script.pt")
    assert "would run code from the file (a TorchScript program)" in refusal(tmp_path / "script.pt")
    (tmp_path / "raw.pt").write_bytes(pickle.dumps(Path("x"), protocol=4))
    assert "would run code" in refusal(tmp_path / "raw.pt")
    (tmp_path / "path.pt").write_bytes(pickle.dumps(Path("x"), protocol=2))
    assert "would run code from the file (pathlib." in refusal(tmp_path / "path.pt")


@pytest.mark.parametrize("content", [b"version https://git-lfs.github.com/spec/v1", b"<html>", bytes(100)])
def test_bytes_of_another_kind_are_not_called_code(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(content)
    assert "code" not in refusal(tmp_path / "x.pt")


def test_paths_that_are_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pt")
    assert "no ordinary file" in refusal(tmp_path / "pipe.pt")
    (tmp_path / "loop.pt").symlink_to("loop.pt")
    assert "cannot be read (Too many levels" in refusal(tmp_path / "loop.pt")
    assert "cannot be read (File name too long)" in refusal(tmp_path / ("x" * 300))


@pytest.mark.parametrize("legacy", [False, True])
def test_whole_files_are_read(legacy: bool, tmp_path: Path) -> None:
    save: Callable[..., None] = torch.save
    save({"iteration": 3}, tmp_path / "x.pt", _use_new_zipfile_serialization=not legacy)
    assert read_torch_file(tmp_path / "x.pt") == {"iteration": 3}


def lowest_torch_allowed() -> tuple[int, ...]:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (required,) = [text for text in project["optional-dependencies"]["train"] if text.startswith("torch>=")]
    return tuple(int(part) for part in required.removeprefix("torch>=").split("."))


def test_no_torch_is_allowed_whose_reader_can_be_turned_against_the_machine() -> None:
    assert lowest_torch_allowed() == SAFE_TORCH >= (2, 10)


@pytest.mark.parametrize("version", ["2.9.1+cu128", "2.6.0", "1.13", "unknown"])
def test_an_older_torch_reads_no_file(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "a.pt")
    assert read_torch_file(tmp_path / "a.pt").keys() == {"a"}
    monkeypatch.setattr(torch, "__version__", version)
    with pytest.raises(ModelError, match=r"CVE-2026-24747\); install torch 2\.10 or newer$"):
        read_torch_file(tmp_path / "a.pt")


def test_the_counter_of_averaged_weights_is_no_weight(tmp_path: Path) -> None:
    inner = torch.nn.Linear(2, 3)
    averaged = torch.optim.swa_utils.AveragedModel(inner)
    averaged.update_parameters(inner)
    content = {"model": averaged.state_dict()}
    assert "n_averaged" in content["model"]
    torch.save(content, tmp_path / "x.pt")
    assert read_state_dict(tmp_path / "x.pt").keys() == inner.state_dict().keys()
    assert beside_weights(content, "model") == ("model.n_averaged",)
