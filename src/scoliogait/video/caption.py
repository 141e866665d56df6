"""One picture of an overlay in words: what was seen in it, and what to doubt."""

from __future__ import annotations

from collections.abc import Iterator

from scoliogait.measurement.body import MIN_CONFIDENCE
from scoliogait.skeleton import JOINT_NAMES, PAIR_NAMES, PAIRS, TRUNK_AND_LEG_JOINTS
from scoliogait.video.marks import Walker

# A box that ends so near to the edge of the picture, as a share of its height, is cut off there.
_AT_EDGE = 0.02


def facts_of(walker: Walker | None, time_s: float, frame: int, n_frames: int) -> str:
    """One picture in numbers; the first one is frame 0, as in all words of the package."""
    facts = [f"frame {frame} of {n_frames}", f"{time_s:.2f} s"]
    if walker is not None:
        facts += [f"confidence {confidence_of(walker):.2f}", f"box {walker.box_height_px:.0f} px high"]
    return "  ·  ".join(facts)


def confidence_of(walker: Walker) -> float:
    """Mean over trunk and legs, 0..1."""
    return float(walker.pose[list(TRUNK_AND_LEG_JOINTS), 2].mean())


def doubts_of(walker: Walker | None, size_px: tuple[int, int]) -> str:
    """What to doubt in one picture of this width and height; empty without a doubt."""
    if walker is None:
        return "the walker is not seen in this picture"
    return "; ".join((*_guessed(walker), *_cut_off(walker, size_px)))


def _guessed(walker: Walker) -> Iterator[str]:
    """Which joints of trunk and legs are below the least confidence, such as ``guessed: knees, left ankle``."""
    unsure = walker.pose[:, 2] < MIN_CONFIDENCE
    words = []
    for name, (left, right) in zip(PAIR_NAMES, PAIRS, strict=True):
        if left not in TRUNK_AND_LEG_JOINTS:
            continue
        one = left if unsure[left] else right
        if unsure[left] and unsure[right]:
            words.append(name)
        elif unsure[one]:
            words.append(JOINT_NAMES[one].replace("_", " "))
    if words:
        yield "guessed: " + ", ".join(words)


def _cut_off(walker: Walker, size_px: tuple[int, int]) -> Iterator[str]:
    left, top, right, bottom = walker.box.tolist()
    margin = _AT_EDGE * walker.box_height_px
    width, height = size_px
    reached = {
        "left": left <= margin,
        "top": top <= margin,
        "right": right >= width - margin,
        "bottom": bottom >= height - margin,
    }
    sides = [side for side, is_reached in reached.items() if is_reached]
    if sides:
        yield f"cut off at the {' and '.join(sides)}"
