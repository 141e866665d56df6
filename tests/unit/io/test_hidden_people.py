"""Two people cross, and one hides the other: nobody is taken for the same person before and after."""

import numpy as np

from scoliogait.io.choose_walker import choose_walker
from scoliogait.io.follow import Tracks, follow
from scoliogait.io.hidden_people import cut_where_one_hides
from scoliogait.io.people import people_of_frames
from walker import draw_walker

T, HIDDEN = 90, range(40, 50)


def along(poses: np.ndarray, x_px: float, px_per_frame: float) -> np.ndarray:
    moved = poses.copy()
    moved[..., 0] += x_px + px_per_frame * np.arange(len(poses))[:, None]
    return moved


def tracks_of(frames: list[list[np.ndarray]]) -> Tracks:
    return follow(people_of_frames([np.array(people, np.float32).reshape(-1, 17, 3) for people in frames], "here"))


def spans(tracks: Tracks) -> list[tuple[int, int]]:
    frames = [tracks.people.frame[tracks.track == number] for number in range(tracks.n_tracks)]
    return sorted((int(frame[0]), int(frame[-1])) for frame in frames)


FIRST = along(draw_walker(T), -220, 5)
SECOND = along(draw_walker(T), 220, -5)


def bounced() -> list[list[np.ndarray]]:
    """The one box of both goes over from the first to the second person while one is hidden, as detectors do."""
    frames = [[FIRST[t], SECOND[t]] for t in range(T)]
    for number, t in enumerate(HIDDEN):
        share = number / (len(HIDDEN) - 1)
        frames[t] = [(1 - share) * FIRST[t] + share * SECOND[t]]
    return frames


def test_nobody_is_followed_through_another_person() -> None:
    before = tracks_of(bounced())
    assert any(first < HIDDEN[0] and last > HIDDEN[-1] for first, last in spans(before)), "the follower alone is sure"
    tracks = cut_where_one_hides(before)
    assert spans(tracks) == [(0, 39), (0, 39), (40, 49), (50, 89), (50, 89)]
    assert {tuple(pair) for pair in tracks.continued.tolist()} >= {
        (end, start)
        for end in np.unique(tracks.track[tracks.people.frame == 39]).tolist()
        for start in np.unique(tracks.track[tracks.people.frame == 50]).tolist()
    }
    _, seen = choose_walker(tracks, "here", 1)
    assert any("not certain who is who" in doubt for doubt in seen.doubts)


def test_who_walks_alone_or_far_from_others_is_not_cut() -> None:
    far = along(draw_walker(T), 600, 0)
    frames = [[far[t]] if t in HIDDEN else [FIRST[t], far[t]] for t in range(T)]
    tracks = tracks_of(frames)
    assert cut_where_one_hides(tracks) is tracks
    alone = tracks_of([[FIRST[t]] for t in range(T)])
    assert cut_where_one_hides(alone) is alone
    nobody = tracks_of([[] for _ in range(T)])
    assert cut_where_one_hides(nobody) is nobody


def test_a_ghost_that_comes_and_goes_beside_the_walker_cuts_nothing() -> None:
    ghost = along(draw_walker(T, step_height=0.0, height_px=190), 0, 0)
    frames = [[FIRST[t], ghost[t]] if t in (30, 31, 44, 45, 46) else [FIRST[t]] for t in range(T)]
    tracks = tracks_of(frames)
    assert cut_where_one_hides(tracks) is tracks


def test_two_side_by_side_stay_who_they_are_when_one_is_missed() -> None:
    beside = along(draw_walker(T, stride_hz=1.1, height_px=180), -220 + 80, 5)
    frames = [[FIRST[t]] if t in HIDDEN else [FIRST[t], beside[t]] for t in range(T)]
    tracks = tracks_of(frames)
    assert cut_where_one_hides(tracks) is tracks
