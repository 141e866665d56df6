"""One walk through the screener: probabilities, doubts, refusals, and what is said about the model."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bundles import OPENGAIT_SILHOUETTE, OPENGAIT_SKELETON, untrained_bundle
from scoliogait.answer_threshold import AnswerThreshold
from scoliogait.api.samples import sample
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.errors import DataError, ModelError
from scoliogait.io.native import write_walk
from scoliogait.labels import CLASS_NAMES
from scoliogait.provenance import SIMULATED_STATEMENT
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.representation.contract import InputContract
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.screening import (
    Screener,
    WalkRefusedError,
    load_model,
)
from scoliogait.skeleton import JOINT
from scoliogait.walk import Walk
from walker import draw_walker


@pytest.fixture(scope="module")
def bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes", data="nothing")


@pytest.fixture(scope="module")
def screener(bundle_path: Path) -> Screener:
    return load_model(bundle_path, device="cpu")


@pytest.fixture
def confident(tmp_path: Path) -> Screener:
    """Temperature 0.05 makes some class of an untrained model certain."""
    return load_model(untrained_bundle(tmp_path / "model", temperature=0.05, simulated="no"), device="cpu")


def test_a_run_folder_stands_for_the_model_in_it(bundle_path: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle_path, tmp_path / "run" / "model")
    of_run, alone = (load_model(path, device="cpu").facts for path in (tmp_path / "run", bundle_path))
    assert (of_run["name"], alone["name"]) == ("run", bundle_path.parent.name)
    assert of_run == alone | {"name": "run"}


def some_walk(**changes: object) -> Walk:
    return Walk(walk_id="w", poses=draw_walker(120, shoulder_tilt_deg=2), frame_rate_hz=30.0).with_changes(**changes)


def test_probabilities_are_the_models_own(screener: Screener, bundle_path: Path) -> None:
    result = screener.screen(some_walk())
    bundle = load_bundle(bundle_path)
    with torch.no_grad():
        logits = bundle.module(bundle.contract.model_input(some_walk())["frames"][None]).logits.mean(dim=2)[0].double()
    expected = torch.softmax(16 * logits, dim=0).numpy()
    assert tuple(result.probabilities) == CLASS_NAMES
    np.testing.assert_allclose(list(result.probabilities.values()), expected, atol=1e-9)
    assert result.predicted == CLASS_NAMES[int(expected.argmax())]
    assert sum(result.probabilities.values()) == pytest.approx(1)


@pytest.mark.slow
def test_a_fresh_process_gives_the_same_probabilities(screener: Screener, bundle_path: Path, tmp_path: Path) -> None:
    write_walk(tmp_path / "w.npz", some_walk())
    code = (
        "import sys, scoliogait as sg; "
        "print(sg.load_model(sys.argv[1], 'cpu').screen(sg.read_walk(sys.argv[2])).to_json())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(bundle_path), str(tmp_path / "w.npz")], capture_output=True, check=True
    )
    there = json.loads(told.stdout)
    assert there["probabilities"] == pytest.approx(dict(screener.screen(some_walk()).probabilities), abs=1e-6)


def test_measured_asymmetries_come_along(screener: Screener) -> None:
    result = screener.screen(some_walk())
    tilt = result.asymmetry["shoulders"].tilt_deg
    assert tilt is not None
    assert tilt.value == pytest.approx(2, abs=1e-2)
    assert tilt.standard_error is not None
    walk = some_walk()
    assert walk.poses is not None
    np.testing.assert_array_equal(np.array(result.pav, dtype=np.float32), postural_asymmetry(walk.poses))


def test_the_json_is_plain_and_whole(screener: Screener) -> None:
    result = screener.screen(some_walk())
    content = json.loads(result.to_json())
    assert content["outcome"] == ("inconclusive" if content["inconclusive"] else "screened")
    assert content["probabilities"] == dict(result.probabilities)
    assert content["quality"]["view"] == "front"
    assert content["asymmetry"]["hips"]["midline_offset_percent"]["value"] == pytest.approx(0, abs=1e-3)
    assert content["camera_roll_deg"]["value"] == pytest.approx(0, abs=1e-2)
    assert not content["camera_roll_deg"]["from_both_directions"]
    assert content["model"]["digest"] == screener.bundle.digest
    assert SIMULATED_STATEMENT in content["statements"]


def test_no_clear_class_is_inconclusive(screener: Screener, confident: Screener) -> None:
    unsure = screener.screen(some_walk())
    assert max(unsure.probabilities.values()) < 0.5
    assert unsure.inconclusive
    assert unsure.to_dict()["outcome"] == "inconclusive"
    assert "No class reaches a probability of 0.5" in unsure.reasons[0]
    sure = confident.screen(some_walk())
    assert max(sure.probabilities.values()) > 0.5
    assert not sure.inconclusive
    assert sure.to_dict()["outcome"] == "screened"
    assert sure.reasons == ()


def test_a_class_is_called_by_the_threshold_of_the_bundle(screener: Screener) -> None:
    unsure = screener.screen(some_walk())
    highest = max(unsure.probabilities.values())
    assert "0.5 on, chosen on no walks" in unsure.statements[-1]
    for value, called in ((highest - 1e-6, True), (highest + 1e-6, False)):
        chosen = AnswerThreshold(value=value, n_walks=40, n_answered=20, n_right=15)
        found = Screener(replace(screener.bundle, answer_threshold=chosen)).screen(some_walk())
        assert found.inconclusive is not called
        assert found.to_dict()["answer_threshold"]["value"] == value
        assert "40 validation walks" in found.statements[-1]


def test_a_caution_makes_a_clear_class_inconclusive(confident: Screener) -> None:
    result = confident.screen(some_walk(poses=draw_walker(50)))
    assert result.inconclusive
    assert result.reasons == result.quality.cautions
    assert len(result.reasons) == 1


def test_a_refusal_names_file_reason_and_remedy(screener: Screener) -> None:
    with pytest.raises(WalkRefusedError, match=r"a/b\.npz: walk 'w' cannot be screened: side view.*record") as caught:
        screener.screen(some_walk(poses=draw_walker(120, yaw_deg=85), source="a/b.npz"))
    assert isinstance(caught.value, DataError)
    assert caught.value.quality.view == "side"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("poses", "reason"),
    [
        (draw_walker(1), "too short: 1 frame"),
        (np.zeros((100, 17, 3)), "no joint is visible"),
        (draw_walker(300, roll_deg=180), "not upright"),
    ],
)
def test_unusable_walks_are_refused(screener: Screener, poses: np.ndarray, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        screener.screen(some_walk(poses=poses))


def without(joint: str) -> np.ndarray:
    poses = draw_walker(120)
    poses[:, JOINT[joint]] = 0
    return poses


def test_a_leg_never_seen_is_refused(screener: Screener) -> None:
    with pytest.raises(DataError, match="never seen: left_knee"):
        screener.screen(some_walk(poses=without("left_knee")))


def test_a_face_never_seen_casts_doubt_on_published_maps_only(screener: Screener, tmp_path: Path) -> None:
    walk = some_walk(poses=without("left_eye"))
    assert any("left_eye" in reason for reason in screener.screen(walk).reasons)
    repairing = InputContract(representation="skeleton-map", skeleton_map=SkeletonMapConfig(missing="repair"))
    ours = load_model(untrained_bundle(tmp_path / "model", repairing), device="cpu").screen(walk)
    assert not any("left_eye" in reason for reason in ours.reasons)
    assert any("left_eye" in note for note in ours.quality.notes)


@pytest.mark.parametrize("joint", ["left_ear", "right_wrist"])
def test_a_joint_never_seen_casts_doubt_on_coordinates(joint: str) -> None:
    """Simulated walkers, from which it learned, show all joints; without wrists it calls 35 of 100 otherwise."""
    ours = load_model("builtin:pose-set", device="cpu")
    found = ours.screen(some_walk(poses=without(joint)))
    assert any(reason.startswith(f"Never seen: {joint}; without them") for reason in found.reasons)
    assert not any("Never seen" in reason for reason in ours.screen(some_walk()).reasons)


def test_a_silhouette_model_needs_silhouettes_and_takes_them(tmp_path: Path) -> None:
    silhouettes = load_model(untrained_bundle(tmp_path / "model", OPENGAIT_SILHOUETTE), device="cpu")
    with pytest.raises(DataError, match=r"has poses but the contract .* needs silhouettes"):
        silhouettes.screen(some_walk())
    frames = np.zeros((40, 80, 60), np.uint8)
    frames[:, 5:75, 20:40] = 255
    result = silhouettes.screen(Walk(walk_id="s", silhouettes=frames, frame_rate_hz=15))
    assert result.asymmetry == {}
    assert result.pav is None
    assert json.loads(result.to_json())["pav"] is None


def test_an_unstated_origin_is_not_taken_for_real_data(tmp_path: Path) -> None:
    for number, (provenance, walks) in enumerate(
        [({}, "unknown"), ({"simulated": "yes"}, "simulated"), ({"simulated": "no"}, "recorded")]
    ):
        model = load_model(untrained_bundle(tmp_path / str(number), OPENGAIT_SKELETON, **provenance), device="cpu")
        assert model.training_walks == walks
        assert len(model.statements) == (2 if walks == "recorded" else 3)
        assert model.screen(some_walk()).statements == model.statements


@pytest.mark.parametrize("more", [0, 1])
def test_frames_that_the_model_does_not_look_at_are_said(more: int, screener: Screener) -> None:
    model = screener.model
    short = replace(model, contract=model.contract.model_copy(update={"max_frames": 120 - more}))
    said = Screener(short).screen(some_walk()).notes
    told = "The model scores the first 119 of the walk's 120 frames; asymmetries are of all of them."
    assert (told in said) is bool(more)


def test_the_walk_is_not_changed(screener: Screener) -> None:
    walk = some_walk()
    assert walk.poses is not None
    before = walk.poses.copy()
    screener.screen(walk)
    np.testing.assert_array_equal(walk.poses, before)


@pytest.mark.parametrize("name", ["builtin:nothing", "builtin:", "builtin:../samples"])
def test_an_unknown_builtin_model_is_named(name: str) -> None:
    with pytest.raises(ModelError, match="no such model comes with this package"):
        load_model(name)


def test_a_missing_bundle_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere"):
        load_model(tmp_path / "nowhere")


def with_legs_exchanged(walk: Walk, frames: list[int]) -> Walk:
    assert walk.poses is not None
    poses = walk.poses.copy()
    for part in ("hip", "knee", "ankle"):
        left, right = JOINT[f"left_{part}"], JOINT[f"right_{part}"]
        poses[frames, left], poses[frames, right] = walk.poses[frames, right], walk.poses[frames, left]
    return walk.with_changes(poses=poses)


def test_exchanged_legs_are_put_right_and_counted(screener: Screener) -> None:
    """Without the repair the result of this recording was another one, without a word."""
    walk = sample("cmu_35_08_front")
    as_recorded = screener.screen(walk)
    result = screener.screen(with_legs_exchanged(walk, [10, 22, 23, 51, 77, 90]))
    assert result.probabilities == as_recorded.probabilities
    assert result.asymmetry == as_recorded.asymmetry
    assert (as_recorded.quality.n_frames_exchanged, result.quality.n_frames_exchanged) == (0, 6)
    assert any("left and right in 6 of 112 frames (legs 6)" in note for note in result.quality.notes)
    assert result.reasons == as_recorded.reasons


def test_many_exchanged_frames_are_a_caution(confident: Screener) -> None:
    assert not confident.screen(some_walk()).inconclusive
    result = confident.screen(with_legs_exchanged(some_walk(), list(range(20, 45))))
    assert result.inconclusive
    assert "exchanged left and right" in result.reasons[0]
    assert "21%" in result.reasons[0]
