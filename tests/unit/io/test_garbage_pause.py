"""The garbage collector is off while files are parsed, and afterwards as it was."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from scoliogait.errors import DataError
from scoliogait.io import json_text, openpose_json
from scoliogait.io.coco_json import read_coco_results
from scoliogait.io.garbage_pause import no_garbage_collection
from scoliogait.io.openpose_json import read_people


@pytest.fixture(params=[True, False], ids=["on before", "off before"])
def before(request: pytest.FixtureRequest) -> Iterator[bool]:
    was_on = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if was_on else gc.disable)()


def test_it_is_off_inside_and_as_before_afterwards(before: bool) -> None:
    with no_garbage_collection():
        assert not gc.isenabled()
        with no_garbage_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled() == before


def test_an_error_restores_it(before: bool) -> None:
    with pytest.raises(KeyError), no_garbage_collection():
        raise KeyError
    assert gc.isenabled() == before


@pytest.mark.parametrize("content", ['{"people": [{"pose_keypoints_2d": [' + ", ".join(["9"] * 75) + "]}]}", "{"])
def test_frames_are_parsed_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool, content: str
) -> None:
    seen = []
    load = openpose_json.load_frame_json
    monkeypatch.setattr(openpose_json, "load_frame_json", lambda *a: (seen.append(gc.isenabled()), load(*a))[1])
    (tmp_path / "0_keypoints.json").write_text(content)
    if content == "{":
        with pytest.raises(DataError):
            read_people([tmp_path / "0_keypoints.json"])
    else:
        assert len(read_people([tmp_path / "0_keypoints.json"])) == 1
    assert seen == [False]
    assert gc.isenabled() == before


def test_results_are_parsed_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    seen = []
    loads = json_text.orjson.loads
    monkeypatch.setattr(json_text.orjson, "loads", lambda data: (seen.append(gc.isenabled()), loads(data))[1])
    (tmp_path / "results.json").write_text('[{"image_id": 1}]')
    with pytest.raises(DataError, match="lacks a field"):
        read_coco_results(tmp_path / "results.json")
    assert seen == [False]
    assert gc.isenabled() == before
