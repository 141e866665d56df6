"""The study of bad pictures: its steps do what they are called, and what they move is counted."""

import numpy as np
import pytest
from studies.picture_quality import HEADING, STEPS, Scene, Step, measure, page

from scoliogait.video.detect import Detections
from scoliogait.video.estimate import Estimate, square_of
from walker import draw_walker

BOX = np.array([[40.0, 20.0, 160.0, 220.0]])
PICTURE = np.zeros((240, 200, 3), np.uint8)
PICTURE[:, 100:] = 200


def step(kind: str, size: float) -> Step:
    return next(one for one in STEPS if (one.kind, one.size) == (kind, size))


@pytest.mark.parametrize(("kind", "size", "width_px"), [("blur across %", 10.0, 20), ("blur along %", 10.0, 1)])
def test_motion_smears_an_upright_edge_only_across_it(kind: str, size: float, width_px: int) -> None:
    smeared = step(kind, size).worse(PICTURE, 200.0)[120, :, 0]
    assert np.count_nonzero(np.diff(smeared.astype(int))) == width_px


def test_focus_light_contrast_and_size() -> None:
    soft = step("blur of focus %", 2.0).worse(PICTURE, 200.0)[120, :, 0].astype(float)
    slope = np.diff(soft) / 200
    middle = np.average(np.arange(199), weights=slope)
    assert np.sqrt(np.average((np.arange(199) - middle) ** 2, weights=slope)) == pytest.approx(4, abs=0.2)
    assert step("gamma", 2.0).worse(PICTURE, 0)[0, 150, 0] == round(255 * (200 / 255) ** 2)
    assert step("contrast times", 0.1).worse(PICTURE, 0)[0, [50, 150], 0].tolist() == [115, 135]
    assert step("grain of", 20.0).worse(np.full_like(PICTURE, 128), 0).std() == pytest.approx(20, rel=0.05)
    assert step("person of px", 70.0).worse(PICTURE, 200.0).shape == PICTURE.shape


def test_what_moves_is_counted_in_percent_of_the_body() -> None:
    pose = draw_walker(1, height_px=180)[0]

    def find(rgb: np.ndarray) -> Detections:
        return Detections(BOX, np.array([0.9 if rgb is PICTURE else 0.1]))

    def estimate(rgb: np.ndarray, box: np.ndarray) -> Estimate:
        away = np.zeros_like(pose) if rgb is PICTURE else np.full_like(pose, 3.0) * [1, 0, 0]
        outline = np.full((256, 256), 255, np.uint8)
        return Estimate((pose + away).astype(np.float32), np.zeros((17, 2), np.float32), outline, square_of(box))

    scene = Scene([(PICTURE, BOX)])
    cells = measure(scene, step("gamma", 2.0), find, estimate)  # type: ignore[arg-type]
    assert cells[:6] == ["0/1", "1/1", "1.5", "0.0", "0.0", "1.00"]
    table = page([(STEPS[0], [cells, cells])])
    assert table.splitlines()[-1].startswith("| as it is | 0/1 · 0/1 | 1/1 · 1/1 | 1.5 · 1.5 |")
    assert len(cells) == len(HEADING)
