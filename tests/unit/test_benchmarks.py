"""The benchmarks: what they read is what it is said to be, and the command line passes options that are there."""

import importlib
import inspect
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks import gpu
from benchmarks.__main__ import BENCHMARKS
from benchmarks.ceilings import Ceilings
from benchmarks.fresh_process import Work, least_spent, spent
from benchmarks.kernels import Row, measured, write
from benchmarks.recordings import write_archive, write_crowd, write_millions, write_three_people
from benchmarks.run_memory import memory_of_mb
from benchmarks.screening import row_of
from benchmarks.workloads import WORKLOADS

from scoliogait.errors import DataError
from scoliogait.io.read import format_of, read_walk
from scoliogait.models.config import ScoNetConfig


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_takes_the_options_that_it_is_given(name: str) -> None:
    run = importlib.import_module(f"benchmarks.{name}").run
    inspect.signature(run).bind(**dict.fromkeys(BENCHMARKS[name]))


def test_three_people_of_whom_one_walks(tmp_path: Path) -> None:
    walk = read_walk(write_three_people(tmp_path / "walk", 90))
    assert walk.people is not None
    assert (walk.people.n_people, walk.people.walker, walk.people.walker_frames) == (3, 2, 90)


@pytest.mark.parametrize("on_a_grid", [True, False])
def test_everybody_of_a_crowd_is_followed(tmp_path: Path, on_a_grid: bool) -> None:
    walk = read_walk(write_crowd(tmp_path / "walk", 40, 20, on_a_grid=on_a_grid), person=1)
    assert walk.people is not None
    assert 40 <= walk.people.n_people <= 42
    assert walk.n_frames == 20


def test_an_archive_full_of_silhouettes(tmp_path: Path) -> None:
    walk = read_walk(write_archive(tmp_path / "a.npz", 7))
    assert walk.silhouettes is not None
    assert walk.silhouettes.shape == (7, 256, 256)
    assert read_walk(write_archive(tmp_path / "b.npz", 0)).silhouettes is None


def test_crowds_in_every_form_of_json_are_known_and_refused(tmp_path: Path) -> None:
    formats = []
    for _, path in write_millions(tmp_path, n_people=6_000):
        formats.append(format_of(path).name)
        with pytest.raises(DataError):
            read_walk(path)
    assert set(formats) == {"openpose-json", "coco-results", "mmpose", "mmpose-folder"}


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
def test_what_a_process_takes_is_its_own() -> None:
    filling = np.ones(30_000_000)  # 240 MB here are none of the child's
    works = {
        "little": Work("kept = bytes(1)", "import os"),
        "much": Work("kept = bytearray(100_000_000)", "kept = b'before'"),
    }
    taken = least_spent(works, 2)
    assert taken["little"].peak_mb < 100 < taken["much"].peak_mb < 200 < filling.nbytes / 1e6
    assert 0 <= taken["little"].cpu_s <= taken["little"].process_cpu_s


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
def test_memory_of_a_call_is_not_hidden_by_what_was_there_before() -> None:
    larger = np.ones(30_000_000)
    del larger
    assert 75 < memory_of_mb(lambda: np.ones(10_000_000).sum()) < 120


def test_an_error_in_what_is_measured_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="ValueError: no"):
        spent(Work("raise ValueError('no')"))


def test_the_floor_is_the_longer_of_arithmetic_and_memory() -> None:
    ceilings = Ceilings(fp32=1e9, bf16=2e9, int8=4e9, read=1e6)
    assert ceilings.floor_s(flops=2e9, n_bytes=1e6) == 2.0
    assert ceilings.floor_s(flops=8e9, n_bytes=1e6, precision="int8") == 2.0
    assert ceilings.floor_s(flops=1e9, n_bytes=3e6) == 3.0


@pytest.mark.slow
def test_rows_of_kernels_are_above_their_floor_and_are_kept(tmp_path: Path) -> None:
    ceilings = Ceilings(fp32=1e15, bf16=1e15, int8=1e15, read=1e15)
    rows = [measured(workload, workload.sizes[0], None, ceilings) for workload in WORKLOADS[:2]]
    assert all(0 < row.floor_s < row.ours_s for row in rows)
    assert all(row.plain_s is not None and row.original_s is row.ratio is None for row in rows)
    write(tmp_path, rows, ceilings)
    kept = json.loads((tmp_path / "kernels.json").read_text())
    assert [row["ours_s"] for row in kept["rows"]] == [row.ours_s for row in rows]
    assert "skeleton maps" in (tmp_path / "kernels.svg").read_text()


def test_a_precision_is_shown_with_what_it_changes_beside_the_other_checkout() -> None:
    def answers(*walks: tuple[float, float, float]) -> dict[str, object]:
        named = [dict(zip(("negative", "neutral", "positive"), walk, strict=True)) for walk in walks]
        return {"runtime": "engine, bf16", "chances": named}

    found = {
        "bf16": answers((0.5, 0.3, 0.2), (0.46, 0.28, 0.26), (0.1, 0.1, 0.8)),
        "there": answers((0.5, 0.3, 0.2), (0.44, 0.30, 0.26), (0.1, 0.1, 0.8)),
    }
    row = row_of("bf16", {"bf16": 50.0, "there": 200.0}, found, threshold=0.45)
    assert (row["runtime"], row["ratio"], row["changed_calls"]) == ("engine, bf16", 4.0, 1)
    assert (row["moved_mean"], row["moved_at_most"]) == pytest.approx((0.02 / 3, 0.02))
    assert set(row_of("bf16", {"bf16": 50.0}, found, threshold=0.45)) == {"runtime", "here"}


def test_the_ratio_is_of_the_original_to_ours() -> None:
    assert Row("w", "frames", 1, ours_s=2.0, plain_s=None, original_s=6.0, floor_s=1.0, target=2.0).ratio == 3.0


@pytest.mark.skipif(torch.cuda.is_available(), reason="is about machines without a GPU")
def test_gpu_without_one_ends_in_one_line() -> None:
    with pytest.raises(SystemExit, match=r"^benchmarks.gpu: torch finds no CUDA GPU here; run it on .*$"):
        gpu.main()


def test_gpu_figures_by_hand() -> None:
    step = gpu.Step(maps_s=0.05, train_s=0.15, backbone_s=0.1, host_s=0.01, backbone_flops=4e12, ceiling=1e14)
    lines = gpu.report(step)
    assert "200.0 ms" in lines[0]
    assert "1.11 hours" in lines[0]  # 20,000 times 0.2 s
    assert "maps: 25.0%" in lines[1]
    assert "50.0% of a step, at 40.0%" in lines[2]
    assert "25.0% of a step" in lines[3]
    assert "batch norms" in lines[4]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"host_s": 0.099}, "the processor"),
        ({"maps_s": 0.2}, "drawing of maps"),
        ({"backbone_flops": 6e12}, "arithmetic"),
        ({"backbone_s": 0.06}, "heads, losses"),
    ],
)
def test_what_limits_a_gpu_step(changed: dict[str, float], words: str) -> None:
    facts = {"maps_s": 0.05, "train_s": 0.15, "backbone_s": 0.1, "host_s": 0.01, "backbone_flops": 4e12}
    assert gpu.limit(gpu.Step(**(facts | {"ceiling": 1e14} | changed))).startswith(words)


@pytest.mark.slow
def test_the_gpu_benchmark_runs_on_a_cpu_in_small() -> None:
    config = ScoNetConfig(in_channels=2, channels=(4, 4, 8, 8), embedding=8)
    step = gpu.measure(torch.device("cpu"), config, n_walks=6, n_frames=2, product_size=64, least_s=0.0)
    # Two passes back for each pass forward, less the pass back to the pixels.
    stem = 2 * 12 * 64 * 44 * 4 * 2 * 9
    assert step.backbone_flops > 10 * stem
    assert min(step.maps_s, step.train_s, step.backbone_s, step.host_s, step.ceiling) > 0
    assert len(gpu.report(step)) == 5
