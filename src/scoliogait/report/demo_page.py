"""The page that the demo writes: the test result with its intervals, and what the model says of real walks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scoliogait.class_words import CLASS_NOTE
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions
from scoliogait.measurement.posture import PairPosture
from scoliogait.report.charts import LearningCurve, confusion_matrix_figure, learning_curve_figure
from scoliogait.report.page import write_page
from scoliogait.report.page_pictures import page_figure, page_picture
from scoliogait.report.walk_pictures import asymmetry_figure, coordinates_figure, map_montage_figure, skeleton_figure
from scoliogait.representation.contract import InputContract
from scoliogait.result_states import NOT_USABLE, SCREENED
from scoliogait.screening import Screening
from scoliogait.walk import Walk

# The figures that a reader should see first, with what they mean in words.
_HEADLINE = {
    "macro_f1": ("macro-F1", "balance of precision and recall, averaged over the three classes"),
    "accuracy": ("accuracy", "share of walks in the right class"),
    "sensitivity_abnormal": ("sensitivity", "neutral or positive walks called neutral or positive"),
    "specificity_abnormal": ("specificity", "negative walks called negative"),
}
_CREDITS = (
    "Captured walks: mocap.cs.cmu.edu, created with funding from NSF EIA-0196217. Office and hall scenes: Intel sample "
    "videos, CC-BY-4.0. Side view: Sports2D, BSD-3-Clause. Origin and licence of each file come with the package."
)


@dataclass(frozen=True)
class DemoStep:
    """One step of the demo: what it did, in words, and how long it took."""

    name: str
    detail: str
    seconds: float


@dataclass(frozen=True)
class WalkOutcome:
    """A real walk and what came of it: a result, or the error that says why there is none."""

    walk: Walk
    outcome: Screening | DataError


@dataclass(frozen=True)
class ReportFiles:
    """A report. title: of whom. paths: from the page, HTML first; no_pdf: why there is none, in one line."""

    title: str
    state: str
    paths: Sequence[str]
    no_pdf: str | None


@dataclass(frozen=True)
class KnownValue:
    """What was planted into a drawn figure, and what was measured. holds: whether the interval holds the first."""

    name: str
    planted: str
    measured: str
    interval: str
    holds: bool | None


@dataclass(frozen=True)
class DemoResult:
    """All that the page shows. delivered: see ``summarise_delivered``; risk_coverage: its picture, PNG."""

    version: str
    contract: InputContract
    curve: LearningCurve
    predictions: Predictions
    summary: Mapping[str, Any]
    walks: Sequence[WalkOutcome]
    steps: Sequence[DemoStep] = field(default_factory=tuple)
    delivered: Mapping[str, Any] | None = None
    risk_coverage: bytes | None = None
    reports: Sequence[ReportFiles] = ()
    known: Sequence[KnownValue] = ()


def write_demo_page(path: Path, result: DemoResult) -> None:
    """Write the page as one HTML file with its pictures inside. Raises DataError when it cannot be written."""
    confusion = confusion_matrix_figure(
        result.summary["confusion_matrix"]["counts"], note=f"{len(result.predictions)} held-out simulated walks"
    )
    write_page(
        path,
        "demo.html",
        version=result.version,
        total=_duration(sum(step.seconds for step in result.steps)),
        test=_test_section(result.summary),
        delivered=_delivered_section(result),
        pictures={
            "confusion": page_figure(confusion),
            "learning_curve": page_figure(learning_curve_figure(result.curve)),
        },
        banner=next((one.outcome.banner for one in result.walks if isinstance(one.outcome, Screening)), ""),
        class_note=CLASS_NOTE,
        reports=result.reports,
        known=result.known,
        walks=[_walk_section(screened, result.contract) for screened in result.walks],
        steps=[{"name": s.name, "detail": s.detail, "duration": _duration(s.seconds)} for s in result.steps],
        contract=result.contract.describe(),
        credits=_CREDITS,
    )


def _test_section(summary: Mapping[str, Any]) -> dict[str, Any]:
    counts, facts = summary["counts"], summary["facts"]
    per_class = ", ".join(f"{counts[f'n_true_{name}']} {name}" for name in summary["confusion_matrix"]["classes"])
    return {
        "statement": (
            f"{counts['n_walks']} walks of {counts['n_people']} simulated people whom the training never saw "
            f"({per_class}). The checkpoint was selected by {facts['selection']}; the test walks had no part in it."
        ),
        "headline": [
            {
                "name": name,
                "meaning": meaning,
                "value": _figure(summary["metrics"][key]["value"]),
                "interval": f"95 % interval {_span(summary['metrics'][key]['interval'])}",
            }
            for key, (name, meaning) in _HEADLINE.items()
        ],
        "rows": [
            {"name": name.replace("_", " "), "value": _figure(entry["value"]), "interval": _span(entry["interval"])}
            for name, entry in summary["metrics"].items()
        ],
        "interval_note": f"Intervals: {summary['interval_method']['interval']}.",
    }


def _delivered_section(result: DemoResult) -> dict[str, Any] | None:
    """What screening would deliver of the test walks; None where that is not known."""
    found = result.delivered
    if found is None:
        return None
    shares = {"answered": found["outcomes"][SCREENED], **found["among_answered"]}
    names = {"accuracy": "accuracy", "sensitivity_abnormal": "sensitivity", "specificity_abnormal": "specificity"}
    reasons = [(outcome, kind, n) for outcome, kinds in found["reasons"].items() for kind, n in kinds.items()]
    return {
        "cards": [
            {
                "name": names.get(key, "answered"),
                "value": _figure(one["value"]),
                "interval": f"95 % interval {_span(one['interval'])}",
                "counted": f"{one['n_right']} of {one['n']} {'walks' if key == 'answered' else 'answered ones'}",
            }
            for key, one in shares.items()
        ],
        "threshold": f"{found['threshold']['value']:.3g}",
        "chosen_on": found["threshold"]["chosen_on"],
        "reasons": [{"outcome": outcome, "kind": kind, "n_walks": n} for outcome, kind, n in reasons],
        "picture": None if result.risk_coverage is None else page_picture(result.risk_coverage),
    }


def _walk_section(screened: WalkOutcome, contract: InputContract) -> dict[str, Any]:
    walk, outcome = screened.walk, screened.outcome
    section: dict[str, Any] = {
        "title": walk.origin.get("title", walk.walk_id),
        "origin": f"{walk.walk_id}: {walk.origin['source']} ({walk.origin['licence']})",
        "reason": "",
        "probabilities": [],
        "pictures": _walk_pictures(walk, outcome, contract),
        "notes": [],
    }
    if isinstance(outcome, DataError):
        reason = str(outcome).removeprefix(f"{walk.source}: ")  # where it lies on this machine is of no use to a reader
        return section | {"outcome": NOT_USABLE, "outcome_label": NOT_USABLE, "reason": reason}
    bars = [{"name": name, "percent": round(100 * chance)} for name, chance in outcome.probabilities.items()]
    notes = [*outcome.reasons, *outcome.notes]
    return section | {
        "outcome": outcome.outcome,
        "outcome_label": outcome.headline,
        "probabilities": bars,
        "notes": notes,
    }


def _walk_pictures(walk: Walk, outcome: Screening | DataError, contract: InputContract) -> list[dict[str, Any]]:
    """tall: higher than wide, so that it stands beside the others."""
    pictures = []
    if walk.poses is not None:
        shown = ", and the silhouettes" if walk.silhouettes is not None else ""
        pictures.append((skeleton_figure(walk), f"The measured skeleton over one stride{shown}."))
    if isinstance(outcome, Screening) and contract.representation == "skeleton-map":
        maps = contract.model_input(walk)["frames"].numpy()
        pictures.append((map_montage_figure(maps), "Skeleton maps: what the model is fed."))
    if isinstance(outcome, Screening) and contract.representation == "coordinates":
        joints = contract.model_input(walk)["poses"].numpy()
        pictures.append((coordinates_figure(joints), "Coordinates of all frames: what the model is fed."))
    measured = _asymmetry_of(outcome)
    if measured:
        caption = "Measured asymmetries, with 95 % intervals where enough strides were seen."
        pictures.append((asymmetry_figure(measured), caption))
    return [
        {
            "picture": page_figure(figure),
            "caption": caption,
            "tall": figure.get_figheight() > figure.get_figwidth(),
        }
        for figure, caption in pictures
    ]


def _asymmetry_of(outcome: Screening | DataError) -> Mapping[str, PairPosture]:
    # A walk that is not usable may be measurable all the same, but a number without a result invites a wrong reading.
    return {} if isinstance(outcome, DataError) else outcome.asymmetry


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{100 * value:.1f} %"


def _span(interval: Sequence[float] | None) -> str:
    return (
        "not available"
        if interval is None
        else f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}\N{NO-BREAK SPACE}%"
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
