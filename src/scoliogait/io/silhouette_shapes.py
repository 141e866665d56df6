"""Do silhouettes look like one person? Black and white pixels alone do not say so.

An outline that was not filled, frames that are white all over, two bodies and noise have the right values and mislead
everything that crops to the person. What a single frame shows: ``mask_look``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.mask_look import BRIGHT, MOST_SPECKS, Mask, Sight, sights_of
from scoliogait.long_frames import each, of_frames
from scoliogait.walk import DOUBT

# Frames that are looked at, evenly spread.
_MOST_FRAMES = 24
# Share of the frames that show anything: beyond the first a doubt, beyond the second a refusal.
_DOUBTFUL_SHARE, _REFUSED_SHARE = 0.1, 0.5
_WORDS: dict[Sight, str] = {
    "outline": "are outlines that are not filled",
    "lines": "are lines, nowhere as thick as a trunk",
    "specks": f"hold more than {MOST_SPECKS} scattered specks or holes",
    "several": "show a second body beside the first",
    "stray": "hold small white parts far above or below the person, which a crop to the person takes in",
    "strip": "are white from edge to edge in some rows, as a floor or a bar is",
    "text": "hold small parts in a row, as the letters of a text",
    "box": "are filled boxes",
    "lying": "are wider than high: the person lies, or the picture does",
}
# Exact copies of other frames: coarse masks repeat now and then, a still picture always.
_MOST_COPIES = 0.9


def shape_doubts(masks: Mask, where: str) -> tuple[str, ...]:
    """A sentence, to be kept as a doubt, for each thing that one person does not look like; masks (T, H, W), 0 to 255.

    Raises DataError, beginning with ``where``, where most frames are white all over or outlines.
    """
    findings = list(_findings(masks))
    for finding in findings:
        if finding.refused:
            raise DataError(f"{where}: {finding.sentence}; expected one filled person, 255 on 0: segment them again")
    return tuple(f"{DOUBT}{finding.sentence}." for finding in findings if finding.doubtful)


@dataclass(frozen=True)
class _Finding:
    """So many of so many frames; least_share, most_share: beyond these a doubt and a refusal."""

    n: int
    of: int
    words: str
    least_share: float = _DOUBTFUL_SHARE
    most_share: float = 1.0

    @property
    def doubtful(self) -> bool:
        return self.n > self.least_share * self.of

    @property
    def refused(self) -> bool:
        return self.n > self.most_share * self.of

    @property
    def sentence(self) -> str:
        return f"{self.n} of {self.of} silhouettes that were looked at {self.words}"


def _findings(masks: Mask) -> Iterator[_Finding]:
    low, high = of_frames(_darkest_and_brightest, masks).T
    white = low >= BRIGHT
    words = "are white all over (every pixel 128 to 255), which shows no person"
    yield _Finding(int(white.sum()), len(masks), words, 0.0, _REFUSED_SHARE)
    shown = ~white & (high >= BRIGHT)
    sights = [sight for sight in sights_of(masks[_some(np.flatnonzero(shown))]) if sight is not None]
    for sight, words in _WORDS.items():
        yield _Finding(
            sights.count(sight), len(sights), words, most_share=_REFUSED_SHARE if sight == "outline" else 1.0
        )
    yield _Finding(_n_copies(masks, shown), int(shown.sum()), "are exact copies of other ones", _MOST_COPIES)


def _some(frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """So many of them, evenly spread."""
    return frames[np.linspace(0, len(frames) - 1, min(len(frames), _MOST_FRAMES)).astype(int)]


def _darkest_and_brightest(masks: Mask) -> Mask:
    """The pixels of each frame, (T, 2)."""
    pixels = masks.reshape(len(masks), -1)
    return np.stack([pixels.min(axis=1), pixels.max(axis=1)], axis=1)


def _n_copies(masks: Mask, shown: NDArray[np.bool_]) -> int:
    """Exact copies among the frames shown (T,); 0 as soon as too many differ for them to be doubtful."""
    n_frames, different = int(shown.sum()), set[int]()
    for mask, counts in zip(each(masks), shown, strict=True):
        if not counts:
            continue
        different.add(hash(mask.tobytes()))
        if len(different) >= (1 - _MOST_COPIES) * n_frames:
            return 0
    return n_frames - len(different)
