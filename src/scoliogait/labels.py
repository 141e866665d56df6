"""The three screening classes, the spellings they have in the field, and the orders they have in checkpoints.

This is the only place that knows class ids and class names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from scoliogait.errors import DataError


class ScreeningClass(IntEnum):
    """Screening result of a walk. The value is the index of the class in every array of this package."""

    NEGATIVE = 0
    NEUTRAL = 1
    POSITIVE = 2

    @property
    def spelling(self) -> str:
        """Lower-case name, as written in files: ``"negative"``, ``"neutral"`` or ``"positive"``."""
        return self.name.lower()

    @property
    def abnormal(self) -> bool:
        """True for neutral (borderline) and positive."""
        return self is not ScreeningClass.NEGATIVE


# In place of a class id where a walk has no label.
UNKNOWN_LABEL = -1

CLASS_NAMES: tuple[str, ...] = tuple(c.spelling for c in ScreeningClass)

# The first release of Scoliosis1K called the borderline class "critical"; the folders differ in case between releases.
_ACCEPTED = {c.spelling: c for c in ScreeningClass} | {"critical": ScreeningClass.NEUTRAL}


def parse_class(text: str, where: str) -> ScreeningClass:
    """Read a class name in any case; ``critical`` is an early name of neutral.

    ``where`` names the file or field for the error message. Raises DataError for any other spelling: the original code
    counted unknown names as negative, which hides mislabelled folders.
    """
    try:
        return _ACCEPTED[text.strip().lower()]
    except KeyError:
        raise DataError(
            f"{where}: unknown class {text!r}; expected {', '.join(CLASS_NAMES)} (any case; 'critical' means neutral)"
        ) from None


@dataclass(frozen=True)
class LabelOrder:
    """The order in which a checkpoint lists the classes in its logits."""

    classes: tuple[ScreeningClass, ScreeningClass, ScreeningClass]

    @classmethod
    def from_names(cls, names: Sequence[str]) -> LabelOrder:
        """``("negative", "positive", "neutral")`` -> LabelOrder. Raises DataError unless it is a permutation."""
        classes = tuple(parse_class(name, "label order") for name in names)
        if len(classes) != len(ScreeningClass) or set(classes) != set(ScreeningClass):
            raise DataError(f"label order: {list(names)} is not a permutation of {list(CLASS_NAMES)}")
        return cls((classes[0], classes[1], classes[2]))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.spelling for c in self.classes)

    def columns_in_our_order(self) -> list[int]:
        """Column of the checkpoint's logits for each of our classes: ``theirs[..., columns]`` is in our class order."""
        return [self.classes.index(c) for c in ScreeningClass]


OUR_LABEL_ORDER = LabelOrder((ScreeningClass.NEGATIVE, ScreeningClass.NEUTRAL, ScreeningClass.POSITIVE))
# OpenGait before 27 August 2025, and the DRF authors' bundle.
LEGACY_LABEL_ORDER = LabelOrder((ScreeningClass.NEGATIVE, ScreeningClass.POSITIVE, ScreeningClass.NEUTRAL))
