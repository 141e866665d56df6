"""How much a crowd is compared: against counting by hand and against one call for all pairs."""

import numpy as np
import pytest

from scoliogait.io import follow as following
from scoliogait.io.neighbours import N_NEAREST, nearest_at, pair_by_pair
from scoliogait.io.people import people_of_frames
from walker import draw_walker


def crowd(n_people: int, n_frames: int, *, on_a_grid: bool) -> list[np.ndarray]:
    """Standing people 60 px tall, as dense whatever their number."""
    columns = int(np.ceil(np.sqrt(1.5 * n_people)))
    number = np.arange(n_people)
    rng = np.random.default_rng(n_people)
    places = np.stack([number % columns, number // columns], axis=1) if on_a_grid else rng.random((n_people, 2))
    places = places * ((60, 90) if on_a_grid else (60 * columns, 90 * n_people / columns))
    frames = np.repeat(draw_walker(n_frames, height_px=60, step_height=0.0)[:, None], n_people, axis=1)
    frames[..., :2] += places[:, None]
    return list(frames)


def n_comparisons(frames: list[np.ndarray], monkeypatch: pytest.MonkeyPatch) -> int:
    counted: list[int] = []
    link_costs = following.link_costs

    def counting(*arguments):
        counted.append(len(arguments[3]))
        return link_costs(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(following, "link_costs", counting)
        following.follow(people_of_frames(frames, "here"))
    return sum(counted)


@pytest.mark.parametrize("on_a_grid", [True, False])
def test_comparisons_grow_with_the_people_and_not_with_their_square(
    monkeypatch: pytest.MonkeyPatch, on_a_grid: bool
) -> None:
    few, many = (n_comparisons(crowd(n, 6, on_a_grid=on_a_grid), monkeypatch) for n in (100, 800))
    assert few > 0
    assert many <= 8 * 1.2 * few


def test_pairs_of_a_point_are_its_nearest() -> None:
    rng = np.random.default_rng(0)
    points, time = rng.random((300, 2)), rng.integers(0, 3, 300)
    a, b = nearest_at(points, time, points, time)
    assert (time[a] == time[b]).all()
    distance = np.where(time[:, None] == time, np.linalg.norm(points[:, None] - points, axis=2), np.inf)
    expected = {(row, int(column)) for row in range(300) for column in np.argsort(distance[row])[:N_NEAREST]}
    assert set(zip(a.tolist(), b.tolist(), strict=True)) == expected


@pytest.mark.parametrize("n", [0, 1, 4_096, 4_097, 9_000])
def test_pieces_give_what_one_call_gives(n: int) -> None:
    a, b = np.arange(n), np.arange(n) ** 2
    sizes: list[int] = []

    def difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        sizes.append(len(first))
        return (first - second).astype(np.float64)

    np.testing.assert_array_equal(pair_by_pair(difference, a, b), a - b)
    assert max(sizes) <= 4_096
