"""A recording with a turn becomes one walk a pass, and nothing is lost in silence."""

import numpy as np
import pytest
from studies.there_and_back import ThereAndBack

import scoliogait as sg
from scoliogait.measurement.side_swaps import exchange_pairs
from scoliogait.measurement.turns import find_passes
from scoliogait.skeleton import PAIR_NAMES


@pytest.fixture(scope="module")
def walk() -> sg.Walk:
    film = next(ThereAndBack().films(6, 151))
    return film.walk.with_changes(
        subject_id="s1",
        label=sg.ScreeningClass.NEUTRAL,
        notes=("from a phone",),
        mirror_difference=np.linspace(0, 4, 16).reshape(8, 2),
    )


def test_each_pass_is_a_stretch_of_the_walk(walk: sg.Walk) -> None:
    spans = find_passes(walk.poses, walk.frame_rate_hz)
    passes = sg.passes_of(walk)
    assert len(passes) == len(spans) == 2
    for number, (one, span) in enumerate(zip(passes, spans, strict=True), start=1):
        np.testing.assert_array_equal(one.poses, walk.poses[span.first : span.stop])
        assert one.walk_id == f"{walk.walk_id} pass {number}"
        assert one.source == f"{walk.source}, pass {number}"
        assert (one.subject_id, one.label, one.frame_rate_hz) == ("s1", walk.label, walk.frame_rate_hz)
        np.testing.assert_array_equal(one.mirror_difference, walk.mirror_difference)
        way = "towards" if number == 1 else "away from"
        assert one.notes[0] == "from a phone"
        assert one.notes[-1].startswith(f"Pass {number} of 2 of walk {walk.walk_id!r}: {way} the camera in frames ")
        assert one.notes[-1].endswith(f"{span.first} to {span.stop - 1}.")


def test_a_pass_is_not_cut_again(walk: sg.Walk) -> None:
    for one in sg.passes_of(walk):
        assert sg.passes_of(one) == (one,)


def test_what_shows_no_turn_is_given_back() -> None:
    for walk in (sg.sample("cmu_06_01_front"), sg.Walk(silhouettes=np.ones((30, 8, 8), np.uint8))):
        assert sg.passes_of(walk) == (walk,)


def test_silhouettes_are_cut_with_the_poses_or_left_out_with_a_word(walk: sg.Walk) -> None:
    numbered = np.arange(walk.n_frames, dtype=np.uint8)[:, None, None].repeat(4, axis=1).repeat(4, axis=2)
    beside = walk.with_changes(silhouettes=numbered, silhouettes_aligned=True, asymmetry=np.zeros((8, 3), np.float32))
    spans = find_passes(walk.poses, walk.frame_rate_hz)
    for one, span in zip(sg.passes_of(beside), spans, strict=True):
        assert one.silhouettes[:, 0, 0].tolist() == list(range(span.first, span.stop))
        assert one.silhouettes_aligned
        assert one.asymmetry is None
        assert "The exported PAV was left out of the passes" in one.notes[1]
    for one in sg.passes_of(walk.with_changes(silhouettes=numbered[5:], silhouettes_aligned=True)):
        assert one.silhouettes is None
        assert not one.silhouettes_aligned
        assert f"they are {walk.n_frames - 5} frames, not one for each of the {walk.n_frames} poses" in one.notes[1]


@pytest.mark.parametrize(("n_frames", "doubted"), [(8, False), (40, True)])
def test_exchanged_sides_are_put_right_first_and_counted(walk: sg.Walk, n_frames: int, doubted: bool) -> None:
    frames = np.arange(walk.n_frames)
    stretch = (frames >= 10) & (frames < 10 + n_frames)
    exchanged = exchange_pairs(walk.poses, stretch[:, None].repeat(len(PAIR_NAMES), axis=1))
    for one, whole in zip(sg.passes_of(walk.with_changes(poses=exchanged)), sg.passes_of(walk), strict=True):
        np.testing.assert_array_equal(one.poses, whole.poses)
        assert f"exchanged left and right in {n_frames} of {walk.n_frames} frames" in one.notes[1]
        assert bool(one.doubts) == doubted
