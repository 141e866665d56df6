"""What follows from a ROC area divided by a column, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CHANCE = 0.5
# Less than this share of what is above chance is left within strata: most of it lies between them.
_MOST = 0.5

BETWEEN, PARTLY, INSEPARABLE = "mostly-between-strata", "partly-between-strata", "cannot-be-separated"


def judge(column: str, group: str, divided: Mapping[str, Any]) -> dict[str, str | None]:
    """``verdict`` (a fixed word, or None) and ``sentence`` for ``pooled``, ``within`` and ``lost`` of one group.

    ``cannot-be-separated``: no stratum holds both sides. Otherwise something is lost when the interval of pooled less
    within lies above 0 while the pooled area is above chance: ``mostly-between-strata`` when less than half of what the
    pooled area is above 0.5 is left within strata, else ``partly-between-strata``. None where no loss is shown.
    """
    pooled, within, lost = (divided[name] for name in ("pooled", "within", "lost"))
    if within["value"] is None:
        return {
            "verdict": INSEPARABLE,
            "sentence": f"no value of {column} has both {group} and other walks: the pooled {group} ROC AUC of "
            f"{pooled['value']:.3f} may be the model's or that of {column}; these walks cannot tell",
        }
    figures = (
        f"ROC AUC {_words(pooled)} over all {group} and other walks, {_words(within)} within one value of {column}"
    )
    above, left = pooled["value"] - CHANCE, within["value"] - CHANCE
    if above <= 0 or pooled["interval"] is None or pooled["interval"][0] <= CHANCE:
        return {"verdict": None, "sentence": f"{figures}; the pooled area is not shown to be above chance"}
    if lost["interval"] is None or lost["interval"][0] <= 0:
        return {"verdict": None, "sentence": f"{figures}; {_no_loss(column, above, lost)}"}
    kept = max(left, 0) / above
    if kept < _MOST:
        sentence = (
            f"most of the {group} result lies between values of {column}: {figures}, so {1 - kept:.0%} of what is "
            f"above chance comes from telling {column} apart"
        )
        return {"verdict": BETWEEN, "sentence": sentence}
    return {
        "verdict": PARTLY,
        "sentence": f"part of the {group} result lies between values of {column}: {figures}, {1 - kept:.0%} of what is "
        "above chance is lost",
    }


def _no_loss(column: str, above: float, lost: Mapping[str, Any]) -> str:
    if lost["interval"] is None or lost["interval"][1] > _MOST * above:
        return f"too few walks to tell whether {column} matters"
    return f"no loss within {column} is shown"


def _words(figure: Mapping[str, Any]) -> str:
    span = figure["interval"]
    return f"{figure['value']:.3f}" + (f" ({span[0]:.3f} to {span[1]:.3f})" if span else " (no interval)")
