"""Places of missing joints against a plain loop over poses and places."""

import numpy as np
import pytest

from scoliogait.io.marked_places import marked_places


def by_a_plain_loop(points: np.ndarray) -> list[tuple[float, float]]:
    """The rule as it is written in the docstring, one joint at a time."""
    found: dict[tuple[float, float], list[tuple[int, float]]] = {}
    sure: set[tuple[float, float]] = set()
    for whole in points.reshape(-1, points.shape[-2], 3):
        pose = whole[:, :2]
        seen = [joint for joint in range(len(pose)) if pose[joint].any()]
        if not seen:
            continue
        middle = np.array([sorted(pose[seen, axis])[len(seen) // 2] for axis in (0, 1)])
        away = {joint: float(np.sqrt(((pose[joint] - middle) ** 2).sum())) for joint in seen}
        usual = sorted(away.values())[len(seen) // 2]
        for joint in seen:
            if usual > 0 and away[joint] / usual > 2.5:
                found.setdefault(tuple(pose[joint].tolist()), []).append((joint, away[joint] / usual))
                if whole[joint, 2] > 0.1:
                    sure.add(tuple(pose[joint].tolist()))
    marks = []
    for place in sorted(found):
        joints = {joint for joint, _ in found[place]}
        outside = np.median([distance for _, distance in found[place]]) > 6
        enough = len(joints) >= (2 if outside else points.shape[-2] / 3) or place not in sure
        if len(found[place]) >= 5 and enough:
            marks.append(place)
    return marks


def recording(
    rng: np.random.Generator, n_poses: int, n_joints: int, mark: tuple[float, float], share: float
) -> np.ndarray:
    points = rng.normal(300, 80, (n_poses, n_joints, 3)).round(1)
    points[rng.random((n_poses, n_joints)) < 0.1] = 0
    points[rng.random((n_poses, n_joints)) < share, :2] = mark
    return points


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.4])
@pytest.mark.parametrize("mark", [(9999, 9999), (0.5, 0.5), (-1, 640), (640, 0), (300, 20)])
def test_marks_are_those_of_a_plain_loop(mark: tuple[float, float], share: float) -> None:
    rng = np.random.default_rng(11)
    for n_poses, n_joints in ((1, 17), (40, 17), (1_100, 5), (600, 25)):
        points = recording(rng, n_poses, n_joints, mark, share)
        found = marked_places(points)
        assert [tuple(place.tolist()) for place in found] == by_a_plain_loop(points)


def test_several_marks_come_in_the_order_of_x_then_y() -> None:
    points = recording(np.random.default_rng(12), 200, 17, (9999, 9999), 0.1)
    points[::3, [2, 9], :2] = (9999, -9999)
    points[1::3, [2, 9], :2] = (-9999, 0)
    assert [tuple(place.tolist()) for place in marked_places(points)] == [(-9999, 0), (9999, -9999), (9999, 9999)]


@pytest.mark.parametrize("confidence", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("mark", [(-100, -100), (640, 480), (3e38, 3e38)])
def test_one_joint_without_confidence_is_marked_by_its_place(mark: tuple[float, float], confidence: float) -> None:
    points = np.random.default_rng(13).normal(300, 40, (1_200, 17, 3)).astype(np.float32)
    points[600:650:2, 15] = (*mark, confidence)
    found = [tuple(place.tolist()) for place in marked_places(points)]
    assert found == ([tuple(np.float32(mark).tolist())] if confidence < 0.1 else [])
    points[610, 15, 2] = 0.9  # the program is sure of this place once
    assert marked_places(points) == []


def test_nothing_is_marked_in_an_empty_recording() -> None:
    assert marked_places(np.zeros((0, 17, 3))) == []
    assert marked_places(np.zeros((9, 17, 3))) == []
