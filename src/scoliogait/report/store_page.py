"""The page on a store: what is in it, how well it was seen, how the classes differ, and which walks to look at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.evaluation.headline import METRIC_WORDS
from scoliogait.labels import CLASS_NAMES
from scoliogait.report.page import write_page
from scoliogait.report.page_pictures import page_figure
from scoliogait.report.store_figures import asymmetry_by_class_figure, effect_figure, joint_table_figure
from scoliogait.report.walk_pictures import skeleton_figure
from scoliogait.survey.asymmetry_tests import EntryTest
from scoliogait.survey.cohort_check import SUPPORT_THRESHOLD, PublishedComparison
from scoliogait.survey.description import NotableWalk, StoreDescription
from scoliogait.survey.hazards import Hazard

SIGNIFICANCE = 0.05


def write_store_page(
    path: Path,
    store: WalkStore,
    description: StoreDescription,
    version: str,
    partition: Partition | None = None,
    hazards: Sequence[Hazard] = (),
    published: Sequence[PublishedComparison] = (),
    why_not_published: str = "",
) -> None:
    """Write the page as one HTML file with its pictures inside. Raises DataError when it cannot be written.

    hazards: of the partition. published: rows of published statistics beside ours, or why_not_published; neither for a
    store of real walks.
    """
    write_page(
        path,
        "store.html",
        version=version,
        name=store.path.name,
        digest=store.digest[:12],
        modalities=" and ".join(sorted(store.modalities)) or "no modality in all walks",
        simulated=store.simulated,
        partition=None if partition is None else partition.name,
        class_names=CLASS_NAMES,
        sides=_sides(description),
        n_unknown_people=description.n_unknown_people,
        n_walks=len(store),
        lengths=description.lengths,
        hazards=hazards,
        missing=[
            *_missing_parts(description),
            *([f"No published statistics beside ours: {why_not_published}."] if why_not_published else ()),
        ],
        joints=_joint_section(store, description),
        asymmetry=_asymmetry_section(store, description),
        maps=_map_section(description),
        walks=[_picture_of(store, walk) for walk in description.notable],
        published=[_published_row(row) for row in published],
    )


def _sides(description: StoreDescription) -> list[dict[str, Any]]:
    return [
        {
            "name": side,
            "walks": sum(counts.values()),
            "people": description.people[side],
            "classes": [counts[name] for name in CLASS_NAMES],
            "unknown": counts.get("unknown", 0),
        }
        for side, counts in description.counts.items()
    ]


def _missing_parts(description: StoreDescription) -> list[str]:
    """What this page cannot show, and why."""
    if description.measures is None:
        return [
            "No walk has poses that show a person. Without poses this page cannot show confidence, missing "
            "joints, asymmetries (PAV), their tests and probe, skeleton maps, or pictures of walks. Import the pose "
            "tree of these walks to see them."
        ]
    parts = []
    if description.n_unmeasured:
        parts.append(f"{description.n_unmeasured} walks with poses show no person and are left out of all measures.")
    if not len(description.compared):
        parts.append("No walk with poses has a class (among those that may be looked at), so classes are not compared.")
    elif description.probe is None:
        parts.append("A class has walks of fewer than two people, so the linear probe cannot be cross-validated.")
    return parts


def _joint_section(store: WalkStore, description: StoreDescription) -> list[dict[str, str]]:
    measures = description.measures
    if measures is None:
        return []
    rows = {"all": np.arange(len(measures.indices))}
    for class_, name in enumerate(CLASS_NAMES):
        of_class = description.compared[store.labels[measures.indices[description.compared]] == class_]
        rows |= {name: of_class} if len(of_class) else {}
    confidence = np.array([measures.confidence[chosen].mean(axis=0) for chosen in rows.values()])
    missing = np.array([measures.missing[chosen].mean(axis=0) for chosen in rows.values()])
    names = [f"{name} ({len(chosen)})" for name, chosen in rows.items()]
    return [
        _picture(
            joint_table_figure(confidence, names, "Mean confidence", percent=False),
            "Mean confidence of each joint over all frames, averaged over as many walks as stand in brackets.",
        ),
        _picture(
            joint_table_figure(missing, names, "Missing joints, % of frames", percent=True),
            "Frames in which the joint was not seen (confidence 0), in %, averaged over the same walks.",
        ),
    ]


def _asymmetry_section(store: WalkStore, description: StoreDescription) -> dict[str, Any] | None:
    measures = description.measures
    if measures is None or not len(description.compared):
        return None
    labels = store.labels[measures.indices[description.compared]]
    pictures = [
        _picture(
            asymmetry_by_class_figure(measures.asymmetry[description.compared], labels, "Asymmetry by class"),
            "Dot: median of the walks. Thick line: the middle half. Thin line: from the 5th to the 95th percentile.",
        )
    ]
    if any(test.pairs for test in description.tests):
        figure = effect_figure(description.tests, SIGNIFICANCE, "How far two classes lie apart: Cliff's delta")
        caption = (
            "Above 0: the second class has the larger asymmetry more often (1: always). A star: adjusted p below "
            f"{SIGNIFICANCE:g}."
        )
        pictures.append(_picture(figure, caption))
    means = () if description.normalised_means is None else description.normalised_means
    return {
        "n_walks": len(labels),
        "means": [
            {"name": name, "value": "no walk" if math.isnan(mean) else f"{mean:.3f}", "n": int((labels == c).sum())}
            for c, (name, mean) in enumerate(zip(CLASS_NAMES, means, strict=True))
        ],
        "pictures": pictures,
        "tests": [_test_row(test) for test in sorted(description.tests, key=lambda test: test.p_value)],
        "n_tests": len(description.tests),
        "n_different": sum(test.p_adjusted < SIGNIFICANCE for test in description.tests),
        "level": SIGNIFICANCE,
        "n_people": _people_tested(description.tests),
        "probe": _probe(description),
    }


def _people_tested(tests: Sequence[EntryTest]) -> str:
    if not tests:
        return ""
    most = np.max([test.n_people for test in tests], axis=0)
    return ", ".join(f"{n} {name}" for n, name in zip(most.tolist(), CLASS_NAMES, strict=True))


def _test_row(test: EntryTest) -> dict[str, Any]:
    deltas = {pair.classes: f"{pair.cliffs_delta:+.2f}" for pair in test.pairs}
    return {
        "name": test.name,
        "medians": ["–" if math.isnan(m) else f"{m:.2f}" for m in test.medians],
        "effect": f"{test.epsilon_squared:.3f}",
        "p": _p_value(test.p_value),
        "p_adjusted": _p_value(test.p_adjusted),
        "different": test.p_adjusted < SIGNIFICANCE,
        "deltas": [deltas.get(pair, "–") for pair in ((0, 1), (0, 2), (1, 2))],
    }


def _probe(description: StoreDescription) -> dict[str, Any] | None:
    probe = description.probe
    if probe is None:
        return None
    rows = [
        {"name": label, "value": _percent(value), "interval": f"{_percent(low)} to {_percent(high)}"}
        for label, (value, low, high) in ((label, probe.figures[name]) for name, label in METRIC_WORDS.items())
    ]
    return {"rows": rows, "n_folds": probe.n_folds, "n_walks": probe.n_walks, "n_people": probe.n_people}


def _map_section(description: StoreDescription) -> dict[str, Any] | None:
    support = description.support
    if support is None:
        return None
    rows: Mapping[str, str] = {
        "width of the lit part, px of 64": f"{support.width:.1f}",
        "height of the lit part, px of 64": f"{support.height:.1f}",
        "share of pixels that are lit": f"{support.active_fraction:.3f}",
        "jitter of the centre, x, px": f"{support.jitter_centre_x:.2f}",
        "jitter of the centre, y, px": f"{support.jitter_centre_y:.2f}",
        "jitter of the width, px": f"{support.jitter_width:.2f}",
        "jitter of the height, px": f"{support.jitter_height:.2f}",
        "grey mass in the columns that models cut away": f"{100 * support.clipped_share:.4f} %",
    }
    return {"rows": rows.items(), "n_walks": description.n_support_walks, "threshold": SUPPORT_THRESHOLD}


def _picture_of(store: WalkStore, notable: NotableWalk) -> dict[str, Any]:
    walk = store.walk(notable.index, ("poses",))
    label = "class unknown" if walk.label is None else str(CLASS_NAMES[int(store.labels[notable.index])])
    caption = f"{walk.walk_id} ({label}, {len(store.frames('poses', notable.index))} frames): {notable.reason}."
    return _picture(skeleton_figure(walk), caption)


def _published_row(row: PublishedComparison) -> dict[str, Any]:
    quantity, published, simulated, allowed, verdict = row.cells()
    return {
        "quantity": quantity,
        "published": published,
        "simulated": simulated,
        "allowed": allowed,
        "verdict": verdict,
        "met": row.met,
    }


def _picture(figure: Any, caption: str) -> dict[str, Any]:
    return {"picture": page_figure(figure), "caption": caption}


def _percent(share: float) -> str:
    return "undefined" if math.isnan(share) else f"{100 * share:.1f} %"


def _p_value(p: float) -> str:
    return "below 0.0001" if p < 1e-4 else f"{p:.4f}"
