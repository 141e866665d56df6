"""The colours of the walker's left and right, the same in every picture of the package.

People with any of the common colour blindnesses can distinguish them (Okabe & Ito, 2008).
"""

from __future__ import annotations

from scoliogait.skeleton import JOINT_NAMES

LEFT_COLOUR = "#0072B2"
RIGHT_COLOUR = "#D55E00"
MIDDLE_COLOUR = "#4D4D4D"


def colour_of_joint(joint: int) -> str:
    """As ``#RRGGBB``; the nose has that of the middle."""
    name = JOINT_NAMES[joint]
    if name.startswith("left"):
        return LEFT_COLOUR
    return RIGHT_COLOUR if name.startswith("right") else MIDDLE_COLOUR


def colour_of_limb(first: int, second: int) -> str:
    """A limb has the colour of its side; one that joins the sides is neutral, and a neck line has its shoulder's."""
    colours = {colour_of_joint(first), colour_of_joint(second)} - {MIDDLE_COLOUR}
    return colours.pop() if len(colours) == 1 else MIDDLE_COLOUR
