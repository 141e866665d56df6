"""What needs code beside the weights is left unread and named; nothing of it ever runs."""

import argparse
import datetime
import io
import os
import pickle
import pickletools
import zipfile
from collections import OrderedDict, defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
import torch

from recorded import recording
from scoliogait.checkpoints.inert_pickle import Unread, read_inert
from scoliogait.checkpoints.inspect import inspect_checkpoint
from scoliogait.checkpoints.opengait import read_state_dict
from scoliogait.checkpoints.torch_file import read_torch_file
from scoliogait.errors import ModelError

ORIGINAL = recording("sconet_small_c2.pt")


class Payload:
    """Whoever unpickles this by the book makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def weights() -> dict[str, torch.Tensor]:
    return dict(torch.load(ORIGINAL, weights_only=True))


def saved(content: Any, tmp_path: Path) -> Path:
    torch.save(content, tmp_path / "x.pt")
    return tmp_path / "x.pt"


FACTS: dict[str, Any] = {
    "numpy number": np.float64(0.8),
    "numpy array": np.arange(3),
    "day": datetime.date(2026, 1, 1),
    "settings": argparse.Namespace(lr=0.1),
    "nested": {"path": [PurePosixPath("x")]},
}


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_beside_the_weights_is_named_and_not_read(name: str, tmp_path: Path) -> None:
    path = saved({"model": OrderedDict(weights()), name: FACTS[name], "iteration": 3}, tmp_path)
    facts = inspect_checkpoint(path)
    assert facts.architecture == "sconet"
    assert facts.iteration == 3
    (listed,) = [entry for entry in facts.beside if entry.startswith(name)]
    assert "not read, it would run" in listed
    assert "iteration" in facts.beside
    read = read_state_dict(path)
    assert read.keys() == weights().keys()
    assert all(torch.equal(read[key], value) for key, value in weights().items())


@pytest.mark.parametrize("where", ["beside", "among", "alone", "nested"])
def test_no_payload_runs(where: str, tmp_path: Path) -> None:
    folder = tmp_path / "made by the payload"
    payload = Payload(folder)
    contents = {
        "beside": {"model": weights(), "note": payload},
        "among": weights() | {"note": payload},
        "nested": {"model": weights(), "state": {"deep": [(payload,)]}},
        "alone": payload,
    }
    path = saved(contents[where], tmp_path)
    if where == "alone":
        with pytest.raises(ModelError, match=r"would run code from the file \(posix.mkdir\)"):
            inspect_checkpoint(path)
    else:
        assert any("mkdir" in entry for entry in inspect_checkpoint(path).beside)
        assert read_state_dict(path).keys() == weights().keys()
    assert not folder.exists()
    torch.load(path, weights_only=False)
    assert folder.exists()  # so the payload is one


def test_a_pickled_network_is_refused_as_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"would run code from the file \(torch.nn.modules.linear.Linear\)"):
        inspect_checkpoint(saved(torch.nn.Linear(2, 2), tmp_path))
    with pytest.raises(ModelError, match=r"code from the file \(torch.nn.modules.linear.Linear, in its entry model\)"):
        inspect_checkpoint(saved({"model": torch.nn.Linear(2, 2)}, tmp_path))


def test_tensors_are_those_that_torch_reads(tmp_path: Path) -> None:
    """Views, shared numbers, empty and single ones, of every type, against torch's own reader."""
    numbers = torch.arange(24.0)
    held: dict[str, Any] = {
        "view": numbers.reshape(4, 6)[1:, ::2].T,
        "shared": numbers[3:9],
        "empty": torch.zeros(0, 3),
        "single": torch.tensor(7),
        "parameter": torch.nn.Parameter(torch.ones(2, 2)),
    }
    kinds = (torch.float64, torch.float16, torch.bfloat16, torch.int32, torch.int16, torch.int8, torch.uint8)
    held |= {str(kind): torch.arange(5).to(kind) for kind in kinds}
    held["truth"] = torch.tensor([True, False])
    expected = torch.load(saved(held, tmp_path), weights_only=True)
    found = read_torch_file(saved(held | {"fact": np.float32(1)}, tmp_path))
    assert found.pop("fact") == Unread("numpy._core.multiarray.scalar")
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        assert torch.equal(found[name], value.detach())
    assert found["shared"].untyped_storage().data_ptr() == found["view"].untyped_storage().data_ptr()


PLAIN: list[Any] = [1, -(2**70), 1.5, "x\u00e9", None, True, (1, 2, 3, 4), [1, [2]], {"a": {"b": (3,)}}]


@pytest.mark.parametrize(
    ("content", "protocol"),
    # Lower protocols write bytes and sets as calls.
    [(content, protocol) for content in PLAIN for protocol in (2, 3, 4)] + [(b"bytes", 3), (b"bytes", 4), ({1, 2}, 4)],
)
def test_plain_values_are_those_that_pickle_reads(content: Any, protocol: int) -> None:
    assert read_inert(pickle.dumps(content, protocol), lambda *_: None) == content


def test_mappings_of_the_library_are_mappings() -> None:
    kept = defaultdict(list, {"a": [1]})
    for content in (OrderedDict(b=1), kept, {"x": OrderedDict(), "y": kept}):
        assert read_inert(pickle.dumps(content, 2), lambda *_: None) == content


def test_a_cut_pickle_is_an_error_at_every_byte() -> None:
    content = pickle.dumps({"a": [1, (2, "x")], "b": OrderedDict(c=np.float64(1))}, 2)
    assert pickletools.genops(content)
    for end in range(len(content)):
        with pytest.raises(ValueError, match=r"."):
            read_inert(content[:end], lambda *_: None)


def edited(path: Path, edit: Any) -> Path:
    """The archive with its pickle changed, and the checksums right."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, edit(content) if name.endswith("/data.pkl") else content)
    path.write_bytes(changed.getvalue())
    return path


def test_a_tensor_beyond_its_numbers_is_refused(tmp_path: Path) -> None:
    path = saved({"fact": np.float64(1), "w": torch.zeros(7, 11)}, tmp_path)
    shape = b"K\x07K\x0b\x86"
    edited(path, lambda content: content.replace(shape, b"K\x09K\x0b\x86"))
    with pytest.raises(ModelError, match=r"a tensor of shape \(9, 11\) does not lie within its 77 numbers"):
        read_torch_file(path)


def test_names_from_a_file_never_steer_a_terminal(tmp_path: Path) -> None:
    path = saved({"model": weights(), "\x1b[2Jgone": np.float64(1)}, tmp_path)
    assert all(entry.isprintable() for entry in inspect_checkpoint(path).beside)
