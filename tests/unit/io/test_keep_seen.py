"""What was seen in a video is handed over while its walk is read: one look for the walk and for the overlay."""

from pathlib import Path

import numpy as np
import pytest

from scoliogait.errors import DataError, NotUsableError
from scoliogait.io.native import write_walk
from scoliogait.io.read import read_walk
from scoliogait.video.watched_video import WatchedVideo
from scoliogait.walk import Walk
from seen_people import known_people, write_numbered
from walker import draw_walker

pytest.importorskip("av")
T = 40


def test_the_walker_of_every_picture_and_everybody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walker, other = draw_walker(T, height_px=220), draw_walker(T, height_px=150, step_height=0.0)
    other[..., 0] += 200
    known_people(monkeypatch, [[pose, standing] for pose, standing in zip(walker, other, strict=True)])
    times_ms = [round(1000 * number / 30) for number in range(T)]
    times_ms[20:] = [time + 400 for time in times_ms[20:]]  # the walk is put on an even rate, what was seen is not
    video = write_numbered(tmp_path / "walk.mkv", range(T), times_ms)
    kept: list[WatchedVideo] = []
    walk = read_walk(video, keep_seen=kept.append)
    (watched,) = kept
    assert watched.path == video
    np.testing.assert_allclose(watched.seen.times_s, np.array(times_ms) / 1000, atol=0.002)
    np.testing.assert_array_equal(watched.poses, walker)
    assert walk.n_frames > T
    for boxes, pose, standing in zip(watched.seen.boxes_px, walker, other, strict=True):
        tops = sorted(boxes[:, 1].tolist())
        np.testing.assert_allclose(tops, sorted([pose[:, 1].min(), standing[:, 1].min()]), atol=8)


def test_a_walker_who_is_refused_as_too_small_can_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in draw_walker(T, height_px=60)])
    kept: list[WatchedVideo] = []
    with pytest.raises(DataError, match="px tall"):
        read_walk(write_numbered(tmp_path / "walk.mkv", range(T)), keep_seen=kept.append)
    assert len(kept) == 1


def test_where_nobody_can_be_chosen_everybody_has_the_number_of_the_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = draw_walker(T, height_px=200), draw_walker(T, height_px=210, stride_hz=1.1)
    second[..., 0] += 200
    known_people(monkeypatch, [list(both) for both in zip(second, first, strict=True)])
    video = write_numbered(tmp_path / "walk.mkv", range(T))
    kept: list[WatchedVideo] = []
    with pytest.raises(NotUsableError, match=r"persons 1 and 2 .*; the overlay shows everybody with their number$"):
        read_walk(video, keep_seen=kept.append)
    with pytest.raises(NotUsableError, match=r"; 'scoliogait screen VIDEO --overlay seen.png' shows everybody with"):
        read_walk(video)
    with pytest.raises(DataError, match=r"has no person 3; person 1: .* shows everybody with their number$"):
        read_walk(video, person=3)
    (watched,) = kept
    assert watched.poses is None
    for person in watched.people:
        np.testing.assert_array_equal(read_walk(video, person=person.number).poses, person.poses)


def test_a_walk_without_pictures_is_refused(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz", Walk(poses=draw_walker(T)))
    with pytest.raises(DataError, match="holds no pictures of people"):
        read_walk(tmp_path / "walk.npz", keep_seen=print)
