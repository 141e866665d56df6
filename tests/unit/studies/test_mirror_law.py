"""The study finds a network that prefers a side, and none in our chain on a mannequin."""

from pathlib import Path

import numpy as np
import pytest
from studies.mirror_law import Compared, back, compare, table

from mannequin import draw_mannequin
from scoliogait.skeleton import JOINT
from scoliogait.video.detect import Detections, Detector
from scoliogait.video.estimate import Estimate, Estimator, square_of
from videos import write_video
from walker import draw_walker

pytest.importorskip("av")
SIZE_PX = 320, 256
POSE = draw_walker(1, height_px=180)[0]
POSE[:, :2] -= POSE[:, :2].mean(axis=0)


def find(rgb: np.ndarray) -> Detections:
    """The one bright thing."""
    rows, columns = np.nonzero(rgb[..., 0] > 128)
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    return Detections(np.array([box], np.float64), np.ones(1))


class Prefers:
    """A pose around the middle of each box; the left hip so much too low."""

    def __init__(self, lower_px: float) -> None:
        self.lower_px = lower_px

    def __call__(self, rgb: np.ndarray, box: np.ndarray) -> Estimate:
        pose = POSE.copy()
        pose[:, :2] += (box[:2] + box[2:]) / 2
        pose[JOINT["left_hip"], 1] += self.lower_px
        return Estimate(pose, np.zeros((17, 2), np.float32), np.full((256, 256), 255, np.uint8), square_of(box))


def write_bright(path: Path, n: int = 20) -> Path:
    pictures = []
    for number in range(n):
        picture = np.full((SIZE_PX[1], SIZE_PX[0], 3), 20, np.uint8)
        picture[30:220, 100 + number : 140 + number] = 230
        pictures.append(picture)
    return write_video(path, pictures)


@pytest.mark.parametrize(
    ("lower_px", "left_over_deg"), [(0.0, 0.0), (2.0, 2 * np.degrees(np.arctan(2 / (0.12 * 180))))]
)
def test_a_preferred_side_is_found(tmp_path: Path, lower_px: float, left_over_deg: float) -> None:
    (one,) = compare(write_bright(tmp_path / "a.mp4"), find, Prefers(lower_px))
    assert (one.n_pictures, one.n_pictures_mirrored) == (20, 20)
    assert one.worst_measured_deg == pytest.approx(left_over_deg, abs=0.05)
    assert one.worst_median_deg == pytest.approx(left_over_deg, abs=0.05)
    assert "| a.mp4 | 1 | 20 | 20 |" in table([one])


def test_poses_are_laid_back() -> None:
    poses = draw_walker(3, shoulder_tilt_deg=4)
    np.testing.assert_allclose(back(back(poses, 640), 640), poses, atol=1e-4)
    poses[1] = 0
    assert not back(poses, 640)[1].any()


def test_what_is_left_over_is_the_sum() -> None:
    one = Compared(
        "a", 1, 9, 9, 0.0, {"shoulder": (1.0, -1.5), "hip": (2.0, -2.0)}, {"shoulder": (3.0, -2.9), "hip": None}
    )
    assert one.worst_median_deg == pytest.approx(0.5)
    assert one.worst_measured_deg == pytest.approx(0.1)


@pytest.mark.slow
def test_a_mannequin_and_its_mirror_image(tmp_path: Path) -> None:
    drawn = draw_walker(40, rate_hz=15, height_px=190, from_the_front=False, shoulder_tilt_deg=6)
    drawn[..., :2] -= 160, 70
    pictures = [draw_mannequin(pose, SIZE_PX) for pose in drawn]
    made = write_video(tmp_path / "a.mp4", pictures, [round(1000 * t / 15) for t in range(40)])
    (one,) = compare(made, Detector("opencv"), Estimator("opencv"))
    assert one.n_pictures == one.n_pictures_mirrored > 20
    assert one.worst_median_deg < 0.1
    assert abs(one.median_deg["shoulder"][0]) > 2  # there was something to mirror
