"""Layouts recognised from simulated walkers, and what is refused; the rates are measured in the study of layouts."""

import numpy as np
import pytest
from studies.layouts_scenes import in_layout, permuted, scaled, simulated_recordings, y_up

from scoliogait.errors import DataError
from scoliogait.io.layouts import LAYOUTS
from scoliogait.io.plausible_poses import are_pixels, extent_px
from scoliogait.io.recognise_layout import check_plausible_poses, recognise_layout
from scoliogait.samples import sample_paths
from scoliogait.skeleton import JOINT
from walker import draw_walker

RECORDINGS = list(simulated_recordings(16, seed=40))
WAYS = pytest.mark.parametrize("poses", [r.poses for r in RECORDINGS], ids=[r.kind for r in RECORDINGS])
WALK = RECORDINGS[0].poses


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@WAYS
@pytest.mark.parametrize("name", LAYOUTS)
def test_people_are_recognised_in_every_layout(poses: np.ndarray, name: str) -> None:
    layout, _ = recognise_layout(in_layout(poses, LAYOUTS[name], rng()), "x")
    assert layout.name == name


def test_what_is_not_the_first_guess_is_said() -> None:
    assert recognise_layout(in_layout(WALK, LAYOUTS["BODY_25"], rng()), "x")[1] == ()
    (note,) = recognise_layout(in_layout(WALK, LAYOUTS["BODY_25B"], rng()), "x")[1]
    assert note == "The joints were recognised as BODY_25B, and not BODY_25."


@WAYS
def test_right_poses_pass(poses: np.ndarray) -> None:
    check_plausible_poses(poses, "x")


@pytest.mark.parametrize("path", sample_paths(), ids=lambda path: path.stem)
def test_the_samples_pass(path) -> None:  # type: ignore[no-untyped-def]
    with np.load(path) as archive:
        check_plausible_poses(archive["poses" if "poses" in archive else "keypoints"], "x")


FAULTS = {
    "x and y are exchanged": lambda p: p[..., [1, 0, 2]],
    "y points up": y_up,
    "coordinates are not pixels": lambda p: scaled(p, 0),
    "not pixels; multiply": lambda p: scaled(p, -1),
    "order of Human3.6M-17; expected COCO-17": lambda p: in_layout(p, LAYOUTS["Human3.6M-17"], rng()),
    "may stand in another order": lambda p: permuted(p, rng()),
    "may stand": lambda p: p[:17].transpose(1, 0, 2),
}


@pytest.mark.parametrize("words", FAULTS)
def test_planted_faults_are_named(words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        check_plausible_poses(FAULTS[words](WALK), "walk.pkl")
    assert str(caught.value).startswith("walk.pkl: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pair", [("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"), ("shoulder", "hip")])
def test_exchanged_neighbours_are_found(pair: tuple[str, str]) -> None:
    first, second = ([JOINT[f"left_{part}"], JOINT[f"right_{part}"]] for part in pair)
    poses = WALK.copy()
    poses[:, first], poses[:, second] = WALK[:, second], WALK[:, first]
    with pytest.raises(DataError, match="do not look like people as COCO-17"):
        check_plausible_poses(poses, "x")


@pytest.mark.parametrize("part", ["elbow", "hip", "knee"])
def test_a_part_with_exchanged_sides_is_found(part: str) -> None:
    left, right = JOINT[f"left_{part}"], JOINT[f"right_{part}"]
    poses = draw_walker(20)
    poses[:, [left, right]] = poses[:, [right, left]]
    with pytest.raises(DataError, match=rf"{part}s exchanged|far from"):
        check_plausible_poses(poses, "x")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("hip", "knee", "ankle"), "legs"),
        (("knee", "ankle"), "knees and ankles"),
        (("shoulder", "elbow", "wrist"), "arms"),
        (("elbow", "wrist"), "elbows and wrists"),
    ],
)
def test_sides_exchanged_in_most_frames_are_named(parts: tuple[str, ...], words: str) -> None:
    poses = WALK.copy()
    most = slice(0, round(0.6 * len(poses)))
    for part in parts:
        pair = [JOINT[f"left_{part}"], JOINT[f"right_{part}"]]
        poses[most, pair[0]], poses[most, pair[1]] = WALK[most, pair[1]], WALK[most, pair[0]]
    with pytest.raises(DataError, match=rf"with left and right of the .*{words}.* exchanged they do .*run it again"):
        check_plausible_poses(poses, "x")


def test_other_counts_and_orders_are_refused_with_the_candidates_named() -> None:
    with pytest.raises(
        DataError, match=r"a folder: has 19 joints a person; expected 17 \(COCO-17 or Human3.6M-17\), 18"
    ):
        recognise_layout(rng().uniform(1, 400, (9, 19, 3)), "a folder")
    shuffled = permuted(in_layout(WALK, LAYOUTS["BODY_25"], rng()), rng())
    with pytest.raises(DataError, match=r"as BODY_25 or BODY_25B .*state the layout"):
        recognise_layout(shuffled, "x")


def test_the_user_has_the_last_word_and_hears_a_doubt() -> None:
    points = in_layout(WALK, LAYOUTS["BODY_25B"], rng())
    assert recognise_layout(points, "x", "body25b") == (LAYOUTS["BODY_25B"], ())
    layout, (note,) = recognise_layout(points, "x", "BODY_25")
    assert layout.name == "BODY_25"
    assert note.startswith("Joints were read as BODY_25, as stated, but do not look like it: ")
    with pytest.raises(DataError, match="has 25 joints a person; HALPE-26 has 26"):
        recognise_layout(points, "x", "HALPE-26")


def test_a_few_frames_are_no_ground_for_a_refusal() -> None:
    noise = np.random.default_rng(2).uniform(10, 400, (3, 25, 3)).astype(np.float32)
    layout, (note,) = recognise_layout(noise, "x")
    assert layout.name == "BODY_25"
    assert note == "Too few poses show a body to tell BODY_25 from BODY_25B; BODY_25 was taken."
    check_plausible_poses(noise[:, :17], "x")
    points = in_layout(WALK[:2], LAYOUTS["BODY_25B"], rng())
    assert recognise_layout(points, "x")[0].name == "BODY_25B"


def test_human_36m_with_the_left_leg_first_is_refused_where_the_shoulders_tell() -> None:
    points = in_layout(WALK, LAYOUTS["Human3.6M-17"], rng())
    left_first = points[:, [0, 4, 5, 6, 1, 2, 3, *range(7, 17)]]
    with pytest.raises(DataError, match="hips exchanged"):
        recognise_layout(left_first, "x")


def test_a_joint_that_is_hardly_ever_seen_is_no_ground_for_a_refusal() -> None:
    poses = draw_walker(60)
    poses[:, JOINT["left_wrist"]] = 0
    poses[[10, 40], JOINT["left_wrist"]] = (900, 40, 1)
    check_plausible_poses(poses, "x")


@pytest.mark.parametrize("size", [1e-3, 4.9, 5.0, 5.1, 300.0])
def test_pixels_are_known_with_and_without_the_quantile(size: float) -> None:
    """One person larger than the others decides nothing, and nobody seen is no reason to refuse."""
    poses = draw_walker(40)
    poses[..., :2] *= size / extent_px(poses)
    poses[3, :, :2] *= 0.5
    poses[5] = 0
    assert are_pixels(poses) == (extent_px(poses) >= 5)
    seen = poses[..., 2:] > 0
    box = np.where(seen, poses[..., :2], -np.inf).max(axis=1) - np.where(seen, poses[..., :2], np.inf).min(axis=1)
    assert extent_px(poses) == np.quantile(box.max(axis=1)[seen.any(axis=(1, 2))], 0.95)
    assert are_pixels(np.zeros_like(poses))
