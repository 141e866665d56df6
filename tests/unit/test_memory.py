"""Out of memory, whatever library runs out, is one line with what to lower."""

import errno
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import scoliogait as sg
from bundles import untrained_bundle
from scoliogait import cli
from scoliogait.data.importing import import_walks
from scoliogait.errors import DataError, ModelError
from scoliogait.memory import memory_that_ran_out, out_of_memory_in_one_line
from scoliogait.screening import Screener
from scoliogait.walk import Walk
from training_fixtures import tiny_store

OF_TORCH = RuntimeError("[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you")
ERRORS = [
    (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "GPU memory"),
    (OF_TORCH, "memory"),
    (MemoryError(), "memory"),
    (OSError(errno.ENOMEM, "Cannot allocate memory"), "memory"),
    (cv2.error("OpenCV(5.0.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 9 bytes"), "memory"),
    (DataError("a file named 'not enough memory' is missing"), None),
    (OSError(errno.ENOENT, "No such file", "not enough memory"), None),
    (RuntimeError("shape mismatch"), None),
]


@pytest.mark.parametrize(("error", "which"), ERRORS)
def test_what_ran_out_is_read_from_the_exception(error: Exception, which: str | None) -> None:
    assert memory_that_ran_out(error) == which
    expected = type(error) if which is None else ModelError
    with pytest.raises(expected, match=None if which is None else f"^{which}$"), out_of_memory_in_one_line(ModelError):
        raise error


def test_libraries_still_say_it_so() -> None:
    for allocate in (lambda: torch.empty(1 << 60, dtype=torch.uint8), lambda: np.empty(1 << 60, dtype=np.uint8)):
        with pytest.raises(ModelError, match=r"^memory$"), out_of_memory_in_one_line(ModelError):
            allocate()


def fail(*_: object, **__: object) -> None:
    raise OF_TORCH


def test_each_command_says_what_to_lower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tiny_store(tmp_path / "store")
    bundle = untrained_bundle(tmp_path / "model")
    monkeypatch.setattr("scoliogait.data.importing.prepare_walk", fail)
    monkeypatch.setattr("scoliogait.results.evaluate.predict_walks", fail)
    monkeypatch.setattr("scoliogait.simulation.cohort_store.of_every_walk", fail)
    monkeypatch.setattr(Screener, "screen", fail)
    with pytest.raises(DataError, match=r"store: evaluation ran out of memory; .* lower --resamples"):
        sg.evaluate(bundle, store.path, out=tmp_path / "e", subset="train", partition=store.path / "partition.json")
    with pytest.raises(DataError, match=r"ran out of memory with 30 walks of 9 frames; lower --frames \(9\) or --work"):
        sg.simulate(tmp_path / "cohort", walks=30, frames=9)
    with pytest.raises(DataError, match=r"screening walk .* ran out of memory; it has .* frames; give a shorter part"):
        sg.screen(store.walk(0), bundle)
    sg.write_walk(tmp_path / "w.npz", Walk("w", poses=store.walk(0).poses))
    with pytest.raises(DataError, match=r"w\.npz: importing ran out of memory; give shorter recordings"):
        import_walks([tmp_path / "w.npz"], tmp_path / "imported")


def test_any_other_command_says_it_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "error: ran out of memory; close other programs, or give less at a time\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its address space")
def test_a_process_whose_memory_really_ends(tmp_path: Path) -> None:
    import resource

    np.savez_compressed(tmp_path / "long.npz", silhouettes=np.zeros((200_000, 64, 64), dtype=np.uint8))
    gib = 1 << 30
    done = subprocess.run(
        [sys.executable, "-m", "scoliogait", "data", "import", tmp_path / "long.npz", "--out", tmp_path / "store"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (gib, gib)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "long.npz: takes more memory than there is; give a shorter part" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
