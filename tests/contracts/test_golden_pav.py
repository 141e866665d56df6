"""The literal PAV against recordings of the public code."""

import numpy as np
import pytest

from recorded import recorded_arrays
from scoliogait.representation.asymmetry import PavStatistics, frame_asymmetry, postural_asymmetry

RECORDED = recorded_arrays("drf/pav.npz")
WALKS = sorted({key.split("/")[0] for key in RECORDED if key.startswith("seq")})
TOLERANCE = {"atol": 1e-4, "rtol": 1e-5}


@pytest.mark.parametrize("walk", WALKS)
def test_frame_metrics(walk: str) -> None:
    recorded = RECORDED[f"{walk}/frame_metrics"]
    np.testing.assert_allclose(frame_asymmetry(RECORDED[f"{walk}/poses"]), recorded, **TOLERANCE)


@pytest.mark.parametrize("walk", WALKS)
def test_vector(walk: str) -> None:
    np.testing.assert_allclose(postural_asymmetry(RECORDED[f"{walk}/poses"]), RECORDED[f"{walk}/pav"], **TOLERANCE)


def test_all_six_walks_are_compared() -> None:
    assert len(WALKS) == 6


def test_statistics_and_normalisation() -> None:
    vectors = np.stack([postural_asymmetry(RECORDED[f"{walk}/poses"]) for walk in WALKS])
    statistics = PavStatistics.of(vectors, which="dataset")
    np.testing.assert_allclose(statistics.minimum, RECORDED["stats/min"], **TOLERANCE)
    np.testing.assert_allclose(statistics.maximum, RECORDED["stats/max"], **TOLERANCE)
    recorded = PavStatistics(RECORDED["stats/min"], RECORDED["stats/max"], "dataset")
    np.testing.assert_allclose(recorded.normalise(vectors), RECORDED["normalised"], **TOLERANCE)
