"""Reports with made-up numbers, for tests of what is written from them."""

from datetime import UTC, date, datetime
from typing import Any

from scoliogait.screening_report.content import (
    CameraRoll,
    Change,
    Check,
    EarlierSession,
    Measured,
    ModelFacts,
    Pass,
    Probability,
    Reason,
    Record,
    Report,
    Result,
    Threshold,
)

DIGEST, RECORDING = "3f" * 32, "a1" * 32


def model_facts(**changes: Any) -> ModelFacts:
    known: dict[str, Any] = {"name": "school-model", "digest": DIGEST, "contract": "maps", "training_walks": "recorded"}
    known |= {"trained_on": "a school", "selection": "validation", "calibrated": True, "test": None}
    return ModelFacts(**known | changes)


def screened_report(**changes: Any) -> Report:
    """Of a walk that is called positive by a model of recorded walks, with every part that a bundle can hold."""
    tilts = [
        Measured(measure="shoulder_tilt", unit="deg", value=2.6, interval=(1.1, 4.1), sd_of_pass=0.8, mdc95=2.1,
                 n_strides=7, reading="beyond_error"),
        Measured(measure="hip_tilt", unit="deg", value=-0.4, interval=(-1.4, 0.6), sd_of_pass=0.5, mdc95=1.4,
                 n_strides=7, reading="within_error"),
        Measured(measure="hip_midline", unit="percent", value=-0.12, interval=None, sd_of_pass=None, mdc95=None,
                 n_strides=None, reading="not_judged"),
    ]  # fmt: skip
    passes = [
        Pass(number=1, view="front", strides=3.5, shoulder_tilt=2.4, hip_tilt=-0.3, shoulders_minus_hips=2.7,
             top_class="positive", top_probability=0.701),
        Pass(number=2, view="back", strides=None, shoulder_tilt=None, hip_tilt=None, shoulders_minus_hips=None,
             top_class=None, top_probability=None),
    ]  # fmt: skip
    checks = [
        Check(name="strides", measured=3.5, limit=3.0, kind="at_least", refused_at=None, verdict="good"),
        Check(name="view_width", measured=0.52, limit=0.5, kind="at_least", refused_at=0.35, verdict="good"),
        Check(name="camera_roll", measured=None, limit=5.0, kind="at_most", refused_at=None, verdict="not_known"),
    ]
    change = Change(measure="hip_tilt", unit="deg", earlier=-1.9, now=-0.4, change=1.5, mdc95=1.7,
                    reading="within_error")  # fmt: skip
    known: dict[str, Any] = {
        "person_code": "K-0173",
        "walk_date": date(2026, 11, 20),
        "made_at": datetime(2026, 11, 28, 10, 14, tzinfo=UTC),
        "n_passes": 2,
        "result": Result(state="screened", called="positive", advice=("examine", "pain_or_curve", "nothing_excluded")),
        "model": model_facts(),
        "probabilities": (
            Probability(name="negative", value=0.128, interval=(0.07, 0.24)),
            Probability(name="neutral", value=0.21, interval=(0.12, 0.33)),
            Probability(name="positive", value=0.662, interval=(0.52, 0.78)),
        ),
        "threshold": Threshold(value=0.467, chosen_on="900 validation walks"),
        "asymmetries": tuple(tilts),
        "camera_roll": CameraRoll(value=1.3, interval=(0.6, 1.9), from_both_directions=True),
        "passes": tuple(passes),
        "checks": tuple(checks),
        "earlier": EarlierSession(walk_date=date(2026, 5, 2), n_passes=3, same_model=True, changes=(change,)),
        "record": Record(recordings=(RECORDING,), scoliogait_version="0.2.0", code="0badcafe"),
        "statements": ("Research software.",),
    }
    return Report(**known | changes)


def refused_report(**changes: Any) -> Report:
    """Of a recording that shows the walker from the side; what was measured of it is told to no system."""
    reason = Reason(cause="side_view", text="the recording shows a side view; film from the front")
    known: dict[str, Any] = {
        "n_passes": 1,
        "result": Result(state="not usable", reasons=(reason,), advice=("record_again", "nothing_excluded")),
        "probabilities": (),
        "threshold": None,
        "asymmetries": (),
        "camera_roll": None,
        "earlier": None,
        "statements": (),
    }
    return screened_report(**known | changes)


def simulated_report(**changes: Any) -> Report:
    """Of a model of simulated walkers: measurements, and no class."""
    result = Result(state="screened", advice=("answer_is_not_for_people", "nothing_excluded"))
    return screened_report(**{"result": result, "model": model_facts(training_walks="simulated")} | changes)


def inconclusive_report(**changes: Any) -> Report:
    """Of a doubtful recording."""
    reason = Reason(cause="few_strides", text="only 1.2 strides were seen")
    result = Result(state="inconclusive", reasons=(reason,), advice=("record_again", "nothing_excluded"))
    return screened_report(**{"result": result} | changes)


def bare_report(**changes: Any) -> Report:
    """With as little as a report can hold."""
    known: dict[str, Any] = {"person_code": None, "walk_date": None, "n_passes": 1, "model": None}
    known |= {"passes": (), "checks": (), "record": Record(recordings=(), scoliogait_version="0.2.0", code="00000000")}
    return refused_report(**known | changes)
