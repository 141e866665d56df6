"""The study of exchanged sides: it runs in small, and what it plants is what it says."""

import json
from pathlib import Path

import numpy as np
import pytest
from studies import side_swaps as study


@pytest.mark.slow
def test_it_writes_counts_and_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "N_FRAMES", 60)
    study.main(["--out", str(tmp_path), "--walks", "6", "--untouched-walks", "6", "--seed", "4"])
    content = json.loads((tmp_path / "side_swaps.json").read_text())
    assert len(content["planted"]) == len(study.WHERE) * len(study.SHARES) * len(study.RUNS) * len(study.VIEWS)
    for count in content["planted"]:
        assert 0 <= count["found"] <= count["planted"]
        assert 0 <= count["touched"] <= count["others"]
    assert sum(c["planted"] + c["others"] for c in content["planted"][: len(study.VIEWS)]) == 6 * 60
    assert [row["frames"] for row in content["untouched"]] == 6 * [6 * 60]
    assert (tmp_path / "side_swaps.md").read_text().count("\n| whole body |") == 1 + len(study.SHARES) * len(study.RUNS)


@pytest.mark.parametrize("run", [1, 5, 20])
def test_frames_are_drawn_in_runs_up_to_the_share(run: int) -> None:
    chosen = study.draw_frames(np.random.default_rng(0), 200, 0.1, run)
    assert chosen.sum() == 20
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(int), [0]])))
    assert len(edges) / 2 <= 20 / run + 1
    assert (edges[1::2] - edges[::2]).max() >= min(run, 20)
