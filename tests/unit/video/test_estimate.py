"""Laws of the networks' use: a picture and its mirror image give the same people, mirrored; no box of noise is one."""

import numpy as np
import pytest

from mannequin import draw_mannequin
from scoliogait.skeleton import JOINT, MIRROR
from scoliogait.video import detect, estimate
from scoliogait.video.detect import Detections, Detector, overlaps
from scoliogait.video.estimate import Estimator, square_of
from scoliogait.video.networks import Network
from walker import draw_walker

WIDTH, HEIGHT = 320, 240
POSE = draw_walker(1, height_px=180, from_the_front=False, shoulder_tilt_deg=4)[0]
POSE[:, :2] -= 180, 85
BOX = np.array([95.0, 12.0, 185.0, 225.0])


def figure() -> np.ndarray:
    return draw_mannequin(POSE, (WIDTH, HEIGHT))


def mirrored(boxes: np.ndarray) -> np.ndarray:
    return boxes[..., [2, 1, 0, 3]] * [-1, 1, -1, 1] + [WIDTH, 0, WIDTH, 0]


@pytest.mark.parametrize("engine", ["opencv", "onnxruntime"])
def test_a_mirrored_picture_gives_the_mirrored_pose(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine == "onnxruntime":
        pytest.importorskip("onnxruntime")
    monkeypatch.setattr(estimate, "MIN_PRESENCE", 0.0)
    estimator = Estimator(engine)  # type: ignore[arg-type]
    picture = figure()
    one, other = estimator(picture, BOX), estimator(np.ascontiguousarray(picture[:, ::-1]), mirrored(BOX))
    assert one is not None
    assert other is not None
    back = other.pose[list(MIRROR)] * [-1, 1, 1] + [WIDTH, 0, 0]
    np.testing.assert_allclose(back[:, :2], one.pose[:, :2], atol=0.05)
    np.testing.assert_allclose(back[:, 2], one.pose[:, 2], atol=1e-3)
    assert (other.outline[:, ::-1] == one.outline).mean() > 0.999
    assert not np.allclose(one.side_px, 0, atol=0.1), "the network alone prefers a side"


def test_the_figure_is_found_where_it_was_drawn() -> None:
    (box,) = Detector("opencv")(figure()).boxes
    assert overlaps(box[None], BOX[None])[0, 0] > 0.7
    found = Estimator("opencv")(figure(), box)
    assert found is not None
    distance = np.linalg.norm(found.pose[:, :2] - POSE[:, :2], axis=1)
    body = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "hip", "knee", "ankle")]
    assert distance[body].max() < 0.08 * 180
    left, top, side = found.square_px
    assert (left, top, side) == square_of(box)
    rows, columns = np.nonzero(found.outline)
    drawn = np.abs(figure().astype(int) - 150).max(axis=2) > 20
    seen = np.zeros_like(drawn)
    y, x = (np.round(start + side * at / 256).astype(int) for start, at in ((top, rows), (left, columns)))
    inside = (y >= 0) & (y < HEIGHT) & (x >= 0) & (x < WIDTH)
    seen[y[inside], x[inside]] = True
    assert (seen & drawn).sum() / (seen | drawn).sum() > 0.7


def test_a_mirrored_picture_gives_the_mirrored_boxes() -> None:
    detector = Detector("opencv")
    picture = figure()
    one, other = detector(picture), detector(np.ascontiguousarray(picture[:, ::-1]))
    assert len(one.boxes) == len(other.boxes)
    np.testing.assert_allclose(mirrored(other.boxes), one.boxes, atol=0.05)
    np.testing.assert_allclose(other.scores, one.scores, atol=1e-3)


def test_nobody_is_in_noise() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    assert len(Detector("opencv")(noise).sure(np.empty((0, 4)))) == 0
    assert Estimator("opencv")(noise, BOX) is None


def test_a_weak_box_counts_where_somebody_was_before() -> None:
    found = Detections(np.array([[0.0, 0, 10, 20], [50, 0, 60, 20], [90, 0, 100, 20]]), np.array([0.6, 0.25, 0.25]))
    assert found.sure(np.empty((0, 4))).tolist() == [[0, 0, 10, 20]]
    assert found.sure(np.array([[52.0, 0, 62, 20]])).tolist() == [[0, 0, 10, 20], [50, 0, 60, 20]]


def test_overlap_is_the_share_of_the_joint_area() -> None:
    boxes = np.array([[0.0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6], [0, 0, 0, 0]])
    np.testing.assert_allclose(overlaps(boxes[:1], boxes), [[1, 1 / 3, 0, 0]])


def test_what_is_hidden_hides_nobody() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10], [40, 0, 50, 10]])
    kept = detect._suppressed(Detections(boxes, np.array([0.9, 0.8, 0.7, 0.95])))
    np.testing.assert_array_equal(kept.boxes, boxes[[3, 0, 2]])
    np.testing.assert_array_equal(kept.scores, [0.95, 0.9, 0.7])
    assert len(detect._suppressed(Detections(boxes[:0], np.empty(0))).boxes) == 0


def test_pairs_that_share_most_in_all() -> None:
    shared = np.array([[0.6, 0.55], [0.58, 0.1], [0.0, 0.3]])
    rows, columns = detect.matched(shared, 0.5)
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 0])
    rows, columns = detect.matched(shared[[0, 2]], 0.5)
    assert (rows.tolist(), columns.tolist()) == ([0], [0])


def test_boxes_that_share_nothing_are_not_assigned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many boxes few overlap, and few are assigned without SciPy, which takes half a second to load."""
    shared = np.zeros((9, 8))
    shared[[2, 2, 7], [0, 5, 5]] = 0.6, 0.7, 0.55
    asked: list[tuple[int, ...]] = []
    assign = detect.best_assignment

    def noted(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(table.shape)
        return assign(table)

    monkeypatch.setattr(detect, "best_assignment", noted)
    rows, columns = detect.matched(shared, 0.5)
    assert (rows.tolist(), columns.tolist()) == ([2, 7], [0, 5])
    assert [found.size for found in detect.matched(np.zeros((9, 8)), 0.5)] == [0, 0]
    assert asked == [(2, 2), (0, 0)]


def test_few_overlaps_among_many_boxes_are_assigned_as_by_scipy() -> None:
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(0)
    for _ in range(200):
        shared = rng.random((rng.integers(1, 9), rng.integers(1, 9)))
        shared *= rng.random(shared.shape) < 0.2
        a, b = linear_sum_assignment(shared, maximize=True)
        wanted = {pair for pair in zip(a.tolist(), b.tolist(), strict=True) if shared[pair] >= 0.3}
        rows, columns = detect.matched(shared, 0.3)
        assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == wanted


def test_a_box_that_holds_nobody_costs_one_run_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = Estimator("opencv")
    runs: list[str] = []

    def counted(name: str, network: Network) -> Network:
        return lambda *inputs: runs.append(name) or network(*inputs)  # type: ignore[func-returns-value]

    for name in ("_network", "_maps"):
        monkeypatch.setattr(estimator, name, counted(name, getattr(estimator, name)))
    assert estimator(np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8), BOX) is None
    assert runs == ["_network"]
    runs.clear()
    monkeypatch.setattr(estimate, "MIN_PRESENCE", 0.0)
    assert estimator(figure(), BOX) is not None
    assert runs == ["_network", "_network", "_maps"]


def test_a_landmark_that_moves_a_little_is_refined_a_little() -> None:
    """Else rounding decides, and a picture and its mirror image differ by tenths of a pixel."""
    rng = np.random.default_rng(3)
    heat = rng.normal(1.0, 2.0, (1, 64, 64)).astype(np.float32)
    across = np.arange(100.0, 140.0, 0.01)
    refined = np.array([estimate._refined(np.array([[x, 120.3]]), heat)[0] for x in across])
    assert np.ptp(refined[:, 0]) > 5
    assert np.abs(np.diff(refined, axis=0)).max() < 0.03


def test_refining_prefers_no_side() -> None:
    rng = np.random.default_rng(4)
    heat = rng.normal(1.0, 2.0, (1, 64, 64)).astype(np.float32)
    mirrored = np.roll(heat[:, :, ::-1], 1, axis=2)  # place j stands for 4 j: its partner is 64 - j
    for x in (100.0, 100.7, 102.0, 141.3):
        one = estimate._refined(np.array([[x, 120.3]]), heat)[0]
        other = estimate._refined(np.array([[256 - x, 120.3]]), mirrored)[0]
        np.testing.assert_allclose([256 - other[0], other[1]], one, atol=1e-9)
