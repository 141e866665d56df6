"""The study of a second pose network, with errors and poses that are made up."""

import json
from pathlib import Path

import numpy as np
import pytest
from studies import rendered_walkers, second_opinion
from studies.second_opinion import Opinions, compared

from scoliogait.io.video_file import read_video
from scoliogait.simulation.filming import FilmedPass
from scoliogait.simulation.noise import NoiseLevel, observe


def walkers(other_is_right: bool, n: int = 40, seed: int = 0) -> list[Opinions]:
    rng = np.random.default_rng(seed)
    own, other = rng.normal(size=(2, n, 8, 3))
    wide, narrow = np.full((8, 3), 2.0), np.full((8, 3), 0.5)
    return [Opinions(a, 0 * b if other_is_right else b, wide, narrow) for a, b in zip(own, other, strict=True)]


@pytest.mark.parametrize(("other_is_right", "rank", "of_mean"), [(True, 1.0, 0.5), (False, 0.5, 0.7)])
def test_only_a_second_network_that_is_right_shows_who_is_measured_worse(
    other_is_right: bool, rank: float, of_mean: float
) -> None:
    content = compared(walkers(other_is_right, seed=1), walkers(other_is_right, seed=2))
    assert content["rank correlation of error and disagreement"] == pytest.approx([rank] * 3, abs=0.2)
    assert content["errors"]["mean of both"] == pytest.approx([of_mean] * 3, abs=0.1)
    ways = content["ways"]
    as_it_is = ways["the package's network, as it is"]
    assert as_it_is["inside"] == pytest.approx([0.954] * 3, abs=0.04)
    assert as_it_is["half width"] == pytest.approx([2.0] * 3)
    added = ways["with half of the disagreement added"]
    assert (np.array(added["inside"]) >= as_it_is["inside"]).all()
    assert (np.array(added["half width"]) > 2.0).all()
    assert (np.array(ways["mean of both networks"]["half width"]) < 2.0).all()
    assert "nan" not in second_opinion.table(content)


@pytest.mark.slow
def test_it_writes_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen_as(filmed: FilmedPass, read: object) -> rendered_walkers.ReadPass:
        rng = np.random.default_rng([filmed.seed, read is read_video])
        poses = observe(rng, filmed.pixels, np.cos(np.deg2rad(filmed.path.heading_deg)), NoiseLevel().scaled(0.2))
        sides = rng.normal(0, 1.0, (len(poses), 17, 2)).astype(np.float32)
        return rendered_walkers.ReadPass(poses, sides, filmed.pixels, rendered_walkers.RATE_HZ)

    monkeypatch.setattr(rendered_walkers, "look_at_pass", seen_as)
    monkeypatch.setattr(second_opinion, "backend_named", lambda given: None)
    folders = [f"--{name}={tmp_path / name}" for name in ("kept", "second", "out")]
    second_opinion.main(["--backend", "onnx:other.onnx", *folders, "--walkers", "3"])
    content = json.loads((tmp_path / "out" / "second_opinion.json").read_text())
    assert content["walkers"] == 3
    assert min(content["errors"]["the second network"]) > 0
    assert "| network |" in (tmp_path / "out" / "second_opinion.md").read_text()
