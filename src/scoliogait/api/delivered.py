"""What ``screen`` would deliver of the walks of an evaluation, beside the figures that force a class on all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scoliogait.api.screen_many import walk_of_store
from scoliogait.api.shown import with_span
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.files import read_json, write_json
from scoliogait.json_file import Format, has_format
from scoliogait.provenance import TEST_GUIDED_TITLE, Selection
from scoliogait.result_states import NOT_USABLE, state_of_result

if TYPE_CHECKING:
    from scoliogait.checkpoints.bundle import Bundle
    from scoliogait.evaluation.delivered import DeliveredWalk
    from scoliogait.evaluation.predictions import Predictions
    from scoliogait.progress import Advance

# In the folder of an evaluation; one that was made before this file existed has none.
DELIVERED_FILE, RISK_COVERAGE = "delivered.json", "risk_coverage.png"
DELIVERED = Format(
    "scoliogait.delivered",
    2,
    "what an evaluation would deliver; expected a file written by 'evaluate'",
    "evaluate again",
)
_MOST_REASONS = 5


def write_delivered(
    folder: Path,
    bundle: Bundle,
    store: WalkStore,
    predictions: Predictions,
    resamples: int,
    seed: int,
    progress: Advance | None = None,
) -> dict[str, Any]:
    """Screen the walks of these predictions, and write what comes of it into the folder of the evaluation.

    bundle: the model that made the predictions; its network is not run again, but for walks whose sides were put right.
    progress: called with the number of walks just done.
    """
    from scoliogait.evaluation.delivered import summarise_delivered
    from scoliogait.report.delivered_figure import write_risk_coverage

    walks = tuple(delivered_walks(bundle, store, predictions, progress))
    summary = summarise_delivered(predictions, walks, bundle.answer_threshold, resamples, seed)
    if summary["risk_coverage"] is not None:
        write_risk_coverage(folder / RISK_COVERAGE, predictions, walks, summary)
    write_json(folder / DELIVERED_FILE, {**DELIVERED.mark, **summary, "walks": [walk.to_dict() for walk in walks]})
    return summary


def delivered_walks(
    bundle: Bundle, store: WalkStore, predictions: Predictions, progress: Advance | None = None
) -> Iterator[DeliveredWalk]:
    """What ``screen`` makes of each walk of the predictions, in their order."""
    from scoliogait.evaluation.delivered import DeliveredWalk
    from scoliogait.screening import Screener, WalkRefusedError

    screener, looked_at = Screener(bundle), bundle.contract.looked_at
    numbers = {walk_id: number for number, walk_id in enumerate(store.walk_ids)}
    for walk_id, chances in zip(predictions.walk_ids, predictions.probabilities, strict=True):
        walk = walk_of_store(store, numbers[walk_id], looked_at)
        try:
            answer, reasons = screener.answer(walk, chances)
        except DataError as error:
            why = error.quality.refusal if isinstance(error, WalkRefusedError) else None
            yield DeliveredWalk(walk_id, NOT_USABLE, None, (why or str(error),))
        else:
            negative, neutral, positive = np.asarray(answer).tolist()
            yield DeliveredWalk(walk_id, state_of_result(bool(reasons)), (negative, neutral, positive), reasons)
        if progress is not None:
            progress(1)


def read_delivered(folder: Path) -> dict[str, Any] | None:
    """What an evaluation says it would deliver; None of one that does not say. Raises DataError for a damaged file."""
    file = folder / DELIVERED_FILE
    if not file.exists():
        return None
    if not has_format(file, DELIVERED):
        raise DataError(f"{file}: is not {DELIVERED.what}; {DELIVERED.remedy}")
    content: dict[str, Any] = read_json(file)
    return content


def delivered_lines(delivered: Mapping[str, Any]) -> Iterator[str]:
    """The answered share, the figures among the answered, the reasons of the others and the area, a line each."""
    outcomes, threshold = delivered["outcomes"], delivered["threshold"]
    shares = [f"{name} {one['n_right']} of {one['n']}, {with_span(one)}" for name, one in outcomes.items()]
    guided = delivered.get("selection") == Selection.TEST_GUIDED
    yield f"screen would deliver{f' ({TEST_GUIDED_TITLE})' if guided else ''}: {'; '.join(shares)}"
    yield f"a class is called from a probability of {threshold['value']:.3g} on, chosen on {threshold['chosen_on']}"
    for base, words in (
        ("among_answered", "among the answered"),
        ("among_all", "of all walks, unanswered ones missed"),
    ):
        figures = [f"{name.removesuffix('_abnormal')} {with_span(one)}" for name, one in delivered[base].items()]
        yield f"{words}: {', '.join(figures)}"
    for outcome, kinds in delivered["reasons"].items():
        most = [f"{count} {kind}" for kind, count in list(kinds.items())[:_MOST_REASONS]]
        if most:
            yield f"why {outcome}: {'; '.join(most)}{'; …' if len(kinds) > len(most) else ''}"
    curve = delivered["risk_coverage"]
    if curve is not None:
        yield (
            f"risk against coverage: area {with_span(curve['area'])}; {curve['risk_of_all']:.3f} without any ranking"
        )
