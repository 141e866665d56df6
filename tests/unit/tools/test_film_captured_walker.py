"""The example that the page on videos shows: two files of the rate and length that are said, and the planted truth."""

from pathlib import Path

import numpy as np
import pytest
from tools import film_captured_walker as tool

from scoliogait.io.native import read_native
from scoliogait.samples import rendered_paths
from scoliogait.simulation.filming import FilmedPass
from scoliogait.skeleton import PAIR_NAMES
from scoliogait.video.decode import open_video

pytest.importorskip("av")


def test_the_shoulders_hang_and_the_camera_is_rolled_as_planted() -> None:
    walker = tool.captured_person()
    tilt = np.rad2deg(walker.truth[:, 2])
    assert tilt[PAIR_NAMES.index("shoulders")] == pytest.approx(tool.SHOULDER_TILT_DEG, abs=0.1)
    assert tilt[PAIR_NAMES.index("hips")] == pytest.approx(0, abs=0.1)
    assert walker.camera.roll_deg == tool.ROLL_DEG


def test_it_writes_one_video_a_pass_and_says_what_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    grey = np.full((512, 512, 3), 90, np.uint8)
    monkeypatch.setattr(FilmedPass, "pictures", lambda self: (grey for _ in self.time_s))
    tool.main([str(tmp_path)])
    assert "true tilt of the shoulders: -4.0" in capsys.readouterr().out
    for name in ("there", "back"):
        with open_video(tmp_path / f"{name}.mp4") as video:
            times = [picture.time_s for picture in video]
        assert 4 < times[-1] < 6
        assert len(times) == pytest.approx(times[-1] * tool.RATE_HZ + 1, abs=0.1)


@pytest.mark.slow
def test_the_walks_of_the_package_are_what_it_writes(tmp_path: Path) -> None:
    tool.main([str(tmp_path), "--walks", str(tmp_path / "walks")])
    for shipped_path in rendered_paths():
        shipped, made = (read_native(path) for path in (shipped_path, tmp_path / "walks" / shipped_path.name))
        assert shipped.poses is not None
        assert made.poses is not None
        assert dict(made.origin) == dict(shipped.origin)
        assert (made.walk_id, made.notes) == (shipped.walk_id, shipped.notes)
        both = (made.poses[..., 2] > 0) & (shipped.poses[..., 2] > 0)
        assert both.mean() > 0.78, "the frames in which it is seen are the same, but for some at the edge"
        off_px = np.abs(made.poses - shipped.poses)[both][:, :2]
        assert np.median(off_px) < 0.5
