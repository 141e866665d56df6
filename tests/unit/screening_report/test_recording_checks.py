"""The rules of a recording as a table, with the verdict that the rules themselves give."""

import pytest

from report_results import quality
from scoliogait.io.native import read_native
from scoliogait.measurement.quality import assess_quality
from scoliogait.samples import sample_paths
from scoliogait.screening_report.content import CameraRoll, Check
from scoliogait.screening_report.recording_checks import recording_checks, worst


def by_name(roll: CameraRoll | None = None, **changes: object) -> dict[str, Check]:
    return {check.name: check for check in recording_checks(quality(**changes), roll)}


@pytest.mark.parametrize(
    ("name", "field", "value", "shown", "verdict"),
    [
        ("strides", "n_strides", 2.0, 2.0, "good"),
        ("strides", "n_strides", 1.96, 2.0, "good"),
        ("strides", "n_strides", 1.94, 1.9, "doubtful"),
        ("usable_frames", "usable_share", 0.5, 50.0, "good"),
        ("usable_frames", "usable_share", 0.4999, 49.99, "doubtful"),
        ("view_width", "frontal_width", 0.5, 0.5, "good"),
        ("view_width", "frontal_width", 0.4999, 0.4999, "doubtful"),
        ("view_width", "frontal_width", 0.349, 0.35, "refused"),
        ("body_height", "height_px", 70.7, 70.7, "doubtful"),
        ("camera_height", "camera_height", 1.6, 1.6, "good"),
        ("camera_height", "camera_height", 1.61, 1.61, "doubtful"),
        ("camera_height", "camera_height", -2.0, None, "not_known"),
        ("camera_height", "camera_height", None, None, "not_known"),
        ("frame_rate", "frame_rate_hz", None, None, "not_known"),
        ("exchanged_sides", "n_frames_exchanged", 37, 21.0, "doubtful"),
        ("exchanged_sides", "n_frames_exchanged", None, None, "not_known"),
    ],
)
def test_a_verdict_and_what_is_shown_agree(
    name: str, field: str, value: float | None, shown: float | None, verdict: str
) -> None:
    check = by_name(**{field: value})[name]
    assert (check.measured, check.verdict) == (shown, verdict)


def test_a_rolled_camera_is_doubtful_either_way() -> None:
    for value, verdict in ((3.0, "good"), (-3.1, "doubtful"), (3.1, "doubtful")):
        roll = CameraRoll(value=value, interval=(value - 1, value + 1), from_both_directions=True)
        assert by_name(roll)["camera_roll"].verdict == verdict


def test_nothing_is_shown_of_a_walk_without_poses() -> None:
    assert recording_checks({"usable_share": None}, None) == ()


def test_of_several_passes_the_least_good_counts() -> None:
    good, few = (recording_checks(quality(n_strides=value), None) for value in (5.0, 1.0))
    better = recording_checks(quality(n_strides=3.0), None)
    for passes, expected in (({1: good, 2: few}, 1.0), ({1: good, 2: better}, 3.0), ({1: (), 2: good}, 5.0)):
        assert {check.name: check for check in worst(passes)}["strides"].measured == expected


@pytest.mark.parametrize("path", sample_paths(), ids=lambda path: path.stem)
def test_on_real_walks_the_table_says_what_the_rules_say(path: object) -> None:
    found = assess_quality(read_native(path, modalities=("poses",)))
    verdicts = {check.name: check.verdict for check in recording_checks(found.to_dict(), None)}
    said = " ".join((*found.cautions, found.refusal or ""))
    assert (verdicts["strides"] == "doubtful") == ("strides were seen" in said)
    assert (verdicts["view_width"] == "refused") == ("side view" in said)
    assert (verdicts["body_height"] == "doubtful") == ("px tall" in said)
    assert (verdicts["camera_height"] == "doubtful") == ("looks down" in said)
