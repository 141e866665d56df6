"""Results as plain values, as screenings give them, from which the tests make reports: no walk and no network."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from scoliogait.screening_report.build import About, build_report
from scoliogait.screening_report.content import Report
from scoliogait.screening_report.figure import body_figure
from walk_fixtures import drawn_walks

DIGEST = "3f2a" * 16
MADE_AT = datetime(2026, 11, 28, 10, 14, tzinfo=UTC)
PAIRS = ("eyes", "ears", "shoulders", "elbows", "wrists", "hips", "knees", "ankles")


def about(**changes: Any) -> About:
    """What a report knows beside its result; every field that is given is replaced."""
    known: dict[str, Any] = {"made_at": MADE_AT, "version": "0.2.0", "walk_date": date(2026, 11, 20)}
    return About(**known | changes)


def measurement(value: float, half: float, sd: float, strides: int = 6) -> dict[str, Any]:
    return {
        "value": value,
        "interval": [value - half, value + half],
        "standard_error": half / 2,
        "statistical_error": half / 3,
        "systematic_error": half / 3,
        "sd_of_pass": sd,
        "mdc95": 2.7718 * sd,
        "n_strides": strides,
    }


def unsure(value: float) -> dict[str, Any]:
    """A value of too few strides."""
    names = ("interval", "standard_error", "statistical_error", "systematic_error", "sd_of_pass", "mdc95")
    return {"value": value, **dict.fromkeys(names), "n_strides": 1}


def quality(**changes: Any) -> dict[str, Any]:
    return {
        "n_frames": 180,
        "frame_rate_hz": 30.0,
        "usable_share": 0.95,
        "view": "front",
        "frontal_width": 0.7134,
        "height_px": 312.4,
        "camera_height": 1.24,
        "n_strides": 6.04,
        "n_frames_exchanged": 3,
        "notes": [],
    } | changes


def result(chances: tuple[float, float, float] = (0.1312, 0.2087, 0.6601), **changes: Any) -> dict[str, Any]:
    """A screened walk of a model that learned from recorded walks; changes replace keys."""
    pairs = {
        pair: {
            "height_difference_percent": measurement(0.87, 0.61, 0.35),
            "tilt_deg": measurement(0.5, 2.0, 0.9),
            "midline_offset_percent": measurement(-0.18, 0.8, 0.42),
        }
        for pair in PAIRS
    }
    pairs["shoulders"]["tilt_deg"] = measurement(2.643, 1.5, 1.31)
    pairs["hips"]["tilt_deg"] = measurement(-0.412, 1.02, 0.88)
    names = ("negative", "neutral", "positive")
    return {
        "outcome": "screened",
        "walk_id": "walk-7",
        "source": "films/somebody/anna/walk-7.npz",
        "predicted": names[int(np.argmax(chances))],
        "headline": names[int(np.argmax(chances))],
        "probabilities": dict(zip(names, chances, strict=True)),
        "probability_intervals": {
            name: [0.7 * chance, min(1.3 * chance, 1.0)] for name, chance in zip(names, chances, strict=True)
        },
        "answer_threshold": {"value": 0.4673, "chosen_on": "1350 validation walks of this model"},
        "inconclusive": False,
        "reasons": [],
        "statements": ["Screening aid, research software, not a medical device."],
        "model_notes": [],
        "asymmetry": pairs,
        "camera_roll_deg": {"value": -0.31, "interval": [-1.6, 1.0], "from_both_directions": False},
        "shoulders_minus_hips_deg": measurement(3.055, 1.81, 1.58),
        "quality": quality(),
        "model": {"name": "school-a", "digest": DIGEST, "contract": "poses", "data": "Scoliosis1K", "simulated": "no"}
        | {"selection": "validation"},
        "training_walks": "recorded",
    } | changes


def refused(reason: str, **changes: Any) -> dict[str, Any]:
    """A walk that cannot be screened, as the entry of a file of results."""
    known = {"file": "films/somebody/anna.mp4", "walk_id": "anna", "outcome": "not usable", "quality": quality()}
    return known | {"reason": f"films/somebody/anna.mp4: walk 'anna' cannot be screened: {reason}"} | changes


def session(passes: int = 3, **changes: Any) -> dict[str, Any]:
    """Several passes of one person as one result."""
    whole = result()
    for key in ("walk_id", "source", "quality", "model", "training_walks", "answer_threshold", "model_notes"):
        del whole[key]
    ones = [result(source=f"films/somebody/anna-{number}.npz") for number in range(1, passes + 1)]
    return whole | {"n_passes": passes, "notes": [], "passes": ones} | changes


def simulated(**changes: Any) -> dict[str, Any]:
    """Of a model that learned from simulated walkers."""
    return result(training_walks="simulated", **changes)


def metrics(**facts: Any) -> dict[str, Any]:
    """``metrics.json`` of a test on recorded walks: 80 of 100 positive walks found, 540 of 600 others spared."""
    table = [[420, 60, 20], [30, 30, 40], [10, 10, 80]]
    share = {"interval": [0.7, 0.9], "wilson": [0.711, 0.867]}
    return {
        "facts": {"model_digest": DIGEST, "subset": "test", "simulated": "no", "data": "school-b"} | facts,
        "counts": {"n_walks": 700, "n_people": 350},
        "confusion_matrix": {"counts": table},
        "metrics": {
            "sensitivity_positive": share | {"value": 0.8, "n_right": 80, "n": 100},
            "specificity_positive": {"value": 0.9, "wilson": [0.873, 0.922], "n_right": 540, "n": 600},
        },
    }


def every_report() -> dict[str, Report]:
    """A report of each kind, by name; all hold all that their kind can hold."""
    figure = body_figure(next(drawn_walks(1)).poses)
    known = about(person_code="K-0173", recordings=("ab" * 32,), figure=figure, calibrated=True, test=metrics())
    earlier = build_report(
        result(source="other", walk_id="walk-1"), about(person_code="K-0173", recordings=("cd" * 32,))
    )
    doubts = [
        "No class reaches a probability of 0.467 (highest 0.345).",
        "Only 1.5 strides were seen; 2 or more are wanted.",
        "The view is oblique, or the picture stretched: the shoulders appear 0.45 trunk lengths wide.",
    ]
    without = about(person_code="K-0173", figure=figure)
    side = "side view: the shoulders appear 0.17 trunk lengths wide, at least 0.35 is needed; record from the front"
    return {
        "positive": build_report(result(), known),
        "neutral": build_report(result((0.2, 0.6, 0.2)), known),
        "negative": build_report(result((0.7, 0.2, 0.1)), about(figure=figure, test=metrics())),
        "session": build_report(session(), About(**vars(known) | {"earlier": earlier})),
        "simulated": build_report(simulated(), without),
        "unknown": build_report(result(training_walks="unknown"), without),
        "inconclusive": build_report(result(outcome="inconclusive", reasons=doubts), without),
        "refused": build_report(refused(side, quality=quality(frontal_width=0.171, view="side")), without, MODEL),
        "unreadable": build_report(refused("is empty", outcome="unreadable"), without, MODEL),
        "bare": build_report(refused("holds no poses", quality={}), about(walk_date=None), MODEL),
    }


MODEL = {"name": "school-a", "digest": DIGEST, "training_walks": "recorded"}
