"""The study of videos against truth, with poses in place of the networks: it writes its tables, and they can fail."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from studies import filmed_truth, rendered_walkers, video_truth, video_truth_frames, video_truth_sizes

from scoliogait.simulation.filming import FilmedPass
from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.skeleton import PAIR_NAMES

HIPS = PAIR_NAMES.index("hips")


def seen_as(filmed: FilmedPass, read: object = None, hip_px: float = 0.0) -> rendered_walkers.ReadPass:
    """True joints with a little noise; the left hip is marked so much too low."""
    rng = np.random.default_rng(filmed.seed)
    poses = observe(rng, filmed.pixels, np.cos(np.deg2rad(filmed.path.heading_deg)), NoiseLevel().scaled(0.2))
    poses[:, 11, 1] += hip_px
    sides = rng.normal(0, 1.0, (len(poses), 17, 2)).astype(np.float32)
    return rendered_walkers.ReadPass(poses, sides, filmed.pixels, rendered_walkers.RATE_HZ)


def test_walkers_are_those_of_their_seed_and_every_other_is_captured() -> None:
    first, second = (rendered_walkers.rendered_walker(5, number) for number in (0, 1))
    assert first.loop is None
    assert second.loop is not None
    assert rendered_walkers.rendered_walker(5, 1).traits == second.traits
    assert abs(first.traits["shoulder_tilt_deg"]) <= rendered_walkers.LARGEST_SHOULDER_TILT_DEG
    assert first.camera != second.camera


@pytest.mark.slow
def test_it_writes_both_files_and_looks_at_each_pass_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    monkeypatch.setattr(rendered_walkers, "look_at_pass", lambda *given: looked.append(1) or seen_as(*given))
    arguments = ["--out", str(tmp_path / "out"), "--kept", str(tmp_path / "kept"), "--walkers", "4"]
    video_truth.main(arguments)
    n_looked = len(looked)
    assert n_looked == 2 * 7 * 4  # fitted of two seeds, reported of four, repeated
    video_truth.main(arguments)
    assert len(looked) == n_looked
    content = json.loads((tmp_path / "out" / "video_truth.json").read_text())
    assert content["seen"]["refused"] == 0
    row = next(r for r in content["coverage"] if r["passes"] == "both" and r["least errors"])
    assert row["inside"][0]["share"] > 0.9
    old, new = "302, 304, 305", "306"
    assert set(content["captured"]) == {
        *(f"seed {seed}" for seed in (302, 304, 305, 306)),
        *(f"{seeds}: {truths} truths" for seeds in (old, new) for truths in ("large", "other")),
    }
    hips = content["expected"][new]["hips"]  # true joints: about all are expected inside, and held
    assert hips["held"]["n"] == 4
    assert min(hips["of all"], hips["of theirs"], hips["held"]["share"], hips["held of all"]) > 0.9
    knees = content["sizes"]["knees"]  # true joints are not drawn to level: what is left is the same for all truths
    assert knees["response"][0] == pytest.approx(1, abs=0.15)
    assert knees["error of all"][0] == pytest.approx(knees["error"][0], abs=0.15)
    assert content["followed"]["knees"]["slope"] == pytest.approx(1, abs=0.1)
    assert content["errors"]["shoulders"]["response"][2] == pytest.approx(1, abs=0.15)
    assert content["roll"]["both"]["error"] < 0.5
    text = (tmp_path / "out" / "video_truth.md").read_text()
    assert "| shoulders |" in text
    assert "nan" not in text.split("| pair | halves")[0]


def test_a_hip_that_is_marked_too_low_leaves_the_interval_unless_least_errors_are_known() -> None:
    walker = rendered_walkers.rendered_walker(5, 0)
    passes = [seen_as(walker.film(towards, 15.0, 3), hip_px=-9.0) for towards in (True, False)]
    truth = walker.truth * filmed_truth.UNITS
    found = filmed_truth.measure(passes, scale=0.0)
    assert found is not None
    assert abs(found.values - truth)[HIPS, 0] > found.half_widths[HIPS, 0]
    wider = filmed_truth.measure(passes)
    assert wider is not None
    np.testing.assert_array_equal(wider.values, found.values)
    assert wider.half_widths[HIPS, 0] > found.half_widths[HIPS, 0]


def test_sizes_are_those_of_all_truths_where_fitted_walkers_are_milder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that shows half of every height, on walkers of whom half of the others' truths are known."""

    def measure(passes: tuple[SimpleNamespace, ...], scale: float = 1.0) -> filmed_truth.Found:
        return filmed_truth.Found(0.5 * passes[0].truth * filmed_truth.UNITS, np.ones((8, 3)), 0.0, 0.0, 0.0)

    monkeypatch.setattr(video_truth_sizes, "measure", measure)
    monkeypatch.setattr(video_truth_sizes, "placed_by_pass", lambda passes: np.zeros((2, 8, 2)))
    monkeypatch.setattr(video_truth_sizes, "mirror_difference", lambda poses, sides_px: np.full((8, 2), poses))
    walkers = [rendered_walkers.rendered_walker(5, number) for number in range(4)]
    filmed = [
        filmed_truth.Filmed(
            one, (SimpleNamespace(poses=n + 1.0, sides_px=None, truth=one.truth),), one.loop is not None
        )
        for n, one in enumerate(walkers)
    ]
    twice = 2 * np.array([one.truth[:, :2] for one in walkers])
    for row in video_truth_sizes.sizes(filmed, twice).values():
        assert row["response"] == pytest.approx([0.5, 0.5])
        np.testing.assert_allclose(row["error of all"], 2 * np.array(row["error"]))
    shares = video_truth_sizes.calibration(filmed, twice)["height"]
    assert all(row["captured walks"] == shares[0]["captured walks"] for row in shares)
    lost = np.abs(0.5 * twice[1::2, :, 0]) * filmed_truth.UNITS[0]
    assert shares[0]["captured walks"] == pytest.approx(np.mean(lost <= 1.0))
    large = np.abs(twice[..., 0]) >= np.quantile(np.abs(twice[..., 0]), 2 / 3, axis=0)
    by_pair = [np.mean(lost[large[1::2, pair], pair] <= 1.0) for pair in range(8)]
    assert shares[0]["captured walks, large truths"] == pytest.approx(np.mean(by_pair))
    np.testing.assert_allclose(video_truth_sizes.expected(filmed, twice[1::2])[:, 0], np.mean(lost <= 1.0, axis=0))


def test_a_network_that_puts_knees_between_hips_and_ankles_is_told_from_one_that_sees_them() -> None:
    walker = rendered_walkers.rendered_walker(5, 1)
    films = [walker.film(towards, 15.0, 3) for towards in (True, False)]
    sides = np.zeros((0, 17, 2), np.float32)

    def filmed(between: bool) -> filmed_truth.Filmed:
        passes = []
        for film in films:
            poses = np.concatenate([film.pixels, np.ones((*film.pixels.shape[:2], 1))], axis=-1)
            if between:
                poses[:, [13, 14], :2] = 0.75 * poses[:, [11, 12], :2] + 0.25 * poses[:, [15, 16], :2]
            passes.append(rendered_walkers.ReadPass(poses.astype(np.float32), sides, film.pixels, 15.0))
        return filmed_truth.Filmed(walker, (passes[0], passes[1]), True)

    sees, guesses = (video_truth_frames.followed([filmed(between)]) for between in (False, True))
    assert sees["knees"]["slope"] == pytest.approx(1.0, abs=1e-3)
    assert guesses["knees"]["slope"] < 0.9
    assert guesses["ankles"]["slope"] == pytest.approx(1.0, abs=1e-3)
    knees = video_truth_frames.knees_between([filmed(True)])
    assert knees["hips as seen"] == pytest.approx(0.75, abs=1e-3)
    assert knees["ankles as seen"] == pytest.approx(0.25, abs=1e-3)
    assert knees["knees as they are"] == pytest.approx(0.0, abs=1e-3)
    assert knees["explained"] == pytest.approx(1.0, abs=1e-4)
