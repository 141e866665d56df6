"""The mean probabilities of several passes, with an interval for another session of the same person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from scoliogait.repeat_interval import session_interval

Chances = Mapping[str, float]
Intervals = Mapping[str, tuple[float, float]]


def mean_probabilities(
    passes: Sequence[Chances], intervals: Sequence[Intervals | None]
) -> tuple[Chances, Intervals | None]:
    """Mean over passes, at least one, and its 95 % interval, by class name.

    intervals: of each pass, by ``repeat_interval``. The interval of the session says where the mean of another session
    of as many passes of this person lies, not how often the model is right; None where a pass has none.
    """
    names = list(passes[0])
    chances = np.array([[chances[name] for name in names] for chances in passes])
    means = MappingProxyType(dict(zip(names, chances.mean(axis=0).tolist(), strict=True)))
    known = [one for one in intervals if one is not None]
    if len(known) < len(passes):
        return means, None
    ends = session_interval(chances, np.array([[one[name] for name in names] for one in known])).tolist()
    return means, MappingProxyType({name: (low, high) for name, (low, high) in zip(names, ends, strict=True)})
