"""What is hidden cannot be computed back: different faces with the same few means give the same picture."""

import numpy as np

from scoliogait.video.hide_faces import hide_faces

HEAD = np.array([[20.0, 10.0, 80.0, 70.0]])


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (100, 120, 3), dtype=np.uint8)


def test_a_few_colours_remain() -> None:
    hidden = hide_faces(noise(0), HEAD)[10:70, 20:80]
    assert len(np.unique(hidden.reshape(-1, 3), axis=0)) <= 9
    assert (hidden == hidden[10, 10]).all(axis=-1)[:20, :20].all()


def test_all_else_is_left_and_the_given_picture_too() -> None:
    given = noise(1)
    before = given.copy()
    hidden = hide_faces(given, HEAD)
    np.testing.assert_array_equal(given, before)
    hidden[10:70, 20:80] = given[10:70, 20:80]
    np.testing.assert_array_equal(hidden, given)


def test_the_order_of_what_is_in_a_square_leaves_no_trace() -> None:
    face = noise(2)
    other = face.copy()
    rng = np.random.default_rng(3)
    for top in range(10, 70, 20):
        for left in range(20, 80, 20):
            square = other[top : top + 20, left : left + 20].reshape(-1, 3)
            other[top : top + 20, left : left + 20] = rng.permutation(square).reshape(20, 20, 3)
    assert (face != other).any()
    np.testing.assert_array_equal(hide_faces(face, HEAD), hide_faces(other, HEAD))


def test_heads_that_reach_outside_or_lie_there() -> None:
    given = noise(4)
    heads = np.array([[-30.0, -30.0, 15.0, 15.0], [110, 90, 200, 200], [500, 500, 600, 600], [-90, -90, -10, -10]])
    hidden = hide_faces(given, heads)
    assert len(np.unique(hidden[:15, :15].reshape(-1, 3), axis=0)) <= 4
    assert len(np.unique(hidden[90:, 110:].reshape(-1, 3), axis=0)) <= 4
    np.testing.assert_array_equal(hidden[20:85, 20:105], given[20:85, 20:105])


def test_a_head_of_a_pixel_is_hidden() -> None:
    given = noise(5)
    hidden = hide_faces(given, np.array([[50.4, 50.4, 50.6, 50.6]]))
    assert (hidden != given).any(axis=-1).sum() <= 1
