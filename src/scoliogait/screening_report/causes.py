"""What kind of thing a sentence of the program complains about, so that a page can say it in plain words.

The sentences of ``measurement/`` and ``screening.py`` name numbers and joints, for the examiner. Here each gets a key;
the catalogues have plain words for it, and what to do. A sentence that nothing recognises is of the kind ``other``.
"""

from __future__ import annotations

import re

from scoliogait.screening_report.content import Reason

# The first that is found decides: the particular stands before the general.
_CAUSES = (
    ("side_view", r"\bside view\b"),
    ("too_short", r"\btoo short\b|is no stride|holds 1 picture"),
    ("no_person", r"no joint is visible|no frame shows a person"),
    ("out_of_picture", r"never seen: .*trunk and legs are needed|only \d+ of \d+ frames show"),
    ("upside_down", r"not upright"),
    ("no_walking", r"no walking seen|cannot be judged whether the person walks"),
    ("no_poses", r"holds? no poses|needs poses"),
    ("few_strides", r"strides were seen"),
    ("frame_rate", r"frame rate is unknown"),
    ("oblique", r"view is oblique|picture is stretched|states the view"),
    ("head_not_seen", r"show the head"),
    ("too_small", r"px tall"),
    ("sides", r"left and right|while seen from behind|seen from the same side|exchanged"),
    ("camera_high", r"looks down on the walker"),
    ("camera_tilted", r"camera is rolled"),
    ("camera_moved", r"camera was moved"),
    (
        "other_person",
        r"another person|other people|several people|is person \d|hardly passes of one person|cannot be told apart",
    ),
    ("film", r"repeat|skeleton jumps|cut off|copies of"),
    ("passes_disagree", r"passes disagree|differs between the passes"),
    ("unclear_answer", r"No class reaches a probability"),
    ("hidden_joints", r"never seen:"),
    ("impossible_tilt", r"more than bodies are"),
    ("percentages", r"percentages of a picture"),
)
CAUSES: tuple[str, ...] = (*(name for name, _ in _CAUSES), "unreadable", "other")
_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _CAUSES)


def reason_of(text: str) -> Reason:
    """A sentence of the program with the kind it is of."""
    found = (name for name, pattern in _PATTERNS if pattern.search(text))
    return Reason(cause=next(found, "other"), text=text)
