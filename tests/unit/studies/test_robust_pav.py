"""The study of the robust PAV: it runs, compares like with like, and its conditions are what they say."""

import json
from pathlib import Path

import numpy as np
import pytest
from studies import robust_pav as study

from scoliogait.simulation.config import CohortConfig

# Those of the picture.
DRAWN = tuple(c for c in study.CONDITIONS if c.name in ("clean", "usual", "rolled", "front only"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "CONDITIONS", DRAWN)
        patch.setattr(study, "N_REPEATS", 1)
        patch.setattr(study, "N_RESAMPLES", 50)
        study.main(["--out", str(out), "--walks", "24", "--seed", "1"])
    return out


@pytest.mark.slow
def test_it_writes_every_figure_a_table_and_a_picture(folder: Path) -> None:
    results = json.loads((folder / "results.json").read_text())
    assert results["simulated"]
    assert list(results["conditions"]) == [condition.name for condition in DRAWN]
    assert all(len(condition["entries"]) == 24 for condition in results["conditions"].values())
    assert "| ankles angular |" in (folder / "tables.md").read_text()
    assert (folder / "robust-pav.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_clean_recordings_give_the_truth(folder: Path) -> None:
    clean = json.loads((folder / "results.json").read_text())["conditions"]["clean"]["entries"]
    for name in ("shoulders vertical", "shoulders angular", "hips midline", "wrists vertical"):
        value, low, high = clean[name]["signed"]["correlation"]
        assert low <= value <= high
        assert value > 0.98


@pytest.mark.slow
def test_each_form_is_compared_with_what_it_measures() -> None:
    truth, measured = study.measure(CohortConfig(n_walks=6, n_frames=150, silhouettes=False, seed=2))
    hips, shoulders = 5, 2
    assert (truth.of("literal")[:, hips, study.MIDLINE] == 0).all()
    assert (truth.of("robust")[:, hips, study.MIDLINE] > 0).all()
    np.testing.assert_array_equal(truth.of("literal")[..., 0], truth.of("robust")[..., 0])
    error = np.abs(measured["clean"].literal - truth.of("literal"))[:, shoulders, study.MIDLINE]
    assert error.max() < 1.0


@pytest.mark.slow
def test_the_calibration_has_not_seen_the_person() -> None:
    people = np.repeat(np.arange(20), 2)
    estimate = np.random.default_rng(0).normal(size=40)
    truth = 2 * estimate + 1
    truth[:2] += 100
    calibrated = study._calibrated(estimate, truth, people)
    assert calibrated[:2] == pytest.approx(2 * estimate[:2] + 1)


def test_a_tenth_of_the_frames_is_lost_and_the_rest_untouched() -> None:
    poses = np.ones((20_000, 17, 3), np.float32)
    holed = study.lose_joints(np.random.default_rng(1), poses)
    lost = (holed == 0).all(axis=-1)
    assert np.median(lost.mean(axis=0)) == pytest.approx(0.10, abs=0.01)
    assert (holed[~lost] == 1).all()
    assert (poses == 1).all()
