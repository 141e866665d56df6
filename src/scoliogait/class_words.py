"""What a class means, and how a screening is headed: by a class only where recorded walks stand behind it.

A model that learned from simulated walkers, or from walks that are not stated, computes probabilities like any other.
What it computed is shown, under a banner, and never as the result of a person.
"""

from __future__ import annotations

from collections.abc import Mapping

from scoliogait.provenance import WalkOrigin

CLASS_NOTE = (
    "Classes of school screening, no findings: negative = walks like people without scoliosis, neutral = borderline, "
    "positive = walks like people with scoliosis."
)
# Above everything that such a model computed.
_BANNERS: dict[WalkOrigin, str] = {
    "recorded": "",
    "simulated": (
        "What follows shows that the software runs; the model learned from simulated walkers and says nothing about a "
        "real person."
    ),
    "unknown": (
        "What follows shows what the model computed; it is not recorded on which walks it learned, so it says nothing "
        "about a real person that could be relied on."
    ),
}


def banner(training_walks: WalkOrigin) -> str:
    """What stands above everything that a model computed; empty for one that learned from recorded walks."""
    return _BANNERS[training_walks]


def headline(probabilities: Mapping[str, float], inconclusive: bool, training_walks: WalkOrigin) -> str:
    """``inconclusive``, a class, or ``highest probability: positive (0.51)`` of a model without recorded walks.

    probabilities: by class name.
    """
    if inconclusive:
        return "inconclusive"
    name = max(probabilities, key=probabilities.__getitem__)
    return name if training_walks == "recorded" else f"highest probability: {name} ({probabilities[name]:.2f})"


def short_headline(probabilities: Mapping[str, float], inconclusive: bool, training_walks: WalkOrigin) -> str:
    """The same in few cells, for a line of which the probabilities are a part."""
    if inconclusive or training_walks == "recorded":
        return headline(probabilities, inconclusive, training_walks)
    return f"highest: {max(probabilities, key=probabilities.__getitem__)}"
