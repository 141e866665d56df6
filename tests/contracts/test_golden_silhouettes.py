"""Silhouette alignment against recordings of OpenGait's pretreatment, all 18 cases."""

import cv2
import numpy as np
import pytest

from recorded import recorded_arrays, recorded_facts
from scoliogait.representation.silhouette import align_silhouettes

CASES = recorded_facts("silhouettes.json")["cases"]
RECORDED = recorded_arrays("silhouettes.npz")


def frames_in_processing_order(case: dict) -> np.ndarray:
    frames = RECORDED[f"{case['frames']}/frames"]
    if frames.ndim == 4:
        # The original reads PNG files as grey; the decoder's weights are not those of cvtColor.
        files = [cv2.imencode(".png", frame)[1] for frame in frames]
        frames = np.stack([cv2.imdecode(file, cv2.IMREAD_GRAYSCALE) for file in files])
    return frames[case["processing_order"]]


@pytest.mark.parametrize("name", CASES)
def test_aligned_frames(name: str) -> None:
    case = CASES[name]
    frames = frames_in_processing_order(case)
    before = frames.copy()
    aligned, kept = align_silhouettes(frames, case["img_size"])
    assert [case["processing_order"][index] for index in kept] == case["kept_input_index"]
    assert aligned.dtype == np.uint8
    if case["out_shape"] is None:
        assert len(aligned) == 0
    else:
        assert aligned.shape == tuple(case["out_shape"])
        np.testing.assert_array_equal(aligned, RECORDED[f"{name}/out"])
    np.testing.assert_array_equal(frames, before)


def test_every_case_is_compared() -> None:
    assert len(CASES) == 18
