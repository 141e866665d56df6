"""What kind of thing a sentence of the program complains about, so that a page can say it in plain words.

The sentences of ``measurement/``, ``io/``, ``video/`` and ``screening.py`` name numbers and joints, for the examiner.
Here each gets a key; the catalogues have plain words for it, and what to do. Each key belongs to a check of the
recording, so that a page that doubts one shows where; only what lies in the answer itself belongs to none. A sentence
that nothing recognises is of the kind ``other``.
"""

from __future__ import annotations

import re

from scoliogait.screening_report.content import CheckName, Reason

# Key, check, and the words it is known by. The first that is found decides: the particular stands before the general.
_CAUSES: tuple[tuple[str, CheckName | None, str], ...] = (
    ("unclear_answer", None, r"No class reaches a probability"),
    ("side_view", "view_width", r"\bside view\b"),
    ("too_short", "length", r"\btoo short\b|is no stride|holds 1 picture"),
    ("no_person", "one_person", r"no joint is visible|no frame shows a person"),
    (
        "out_of_picture",
        "usable_frames",
        r"never seen: .*trunk and legs are needed|only \d+ of \d+ frames show|from head to feet; film the whole|"
        r"fills the picture",
    ),
    ("upside_down", "upright", r"not upright|wider than high"),
    ("no_walking", "walking", r"no walking seen"),
    ("slow_film", "frame_rate", r"cannot be judged whether the person walks"),
    ("no_poses", "file", r"holds? no poses|needs poses"),
    ("few_strides", "strides", r"strides were seen"),
    ("frame_rate", "frame_rate", r"frame rate is unknown|states \S+ frames a second"),
    ("stretched", "picture_shape", r"picture is stretched|oblique turn of its pictures|pictures that are stretched"),
    ("oblique", "view_width", r"view is oblique"),
    ("stated_view", "file", r"states the view"),
    ("head_not_seen", "head", r"show the head"),
    (
        "other_person",
        "one_person",
        r"another person|other people|several people|people were seen|is person \d|hardly passes of one person|"
        r"cannot be told apart|who is who",
    ),
    ("too_small", "body_height", r"px tall"),
    ("exchanged", "exchanged_sides", r"of the frames the pose estimator exchanged|estimator exchanged left and right"),
    ("sides", "sides", r"left and right|while seen from behind|seen from the same side"),
    ("camera_high", "camera_height", r"looks down on the walker"),
    ("camera_tilted", "camera_roll", r"camera is rolled"),
    ("camera_moved", "passes_agree", r"camera was moved"),
    ("blurred", "light", r"walker is blurred"),
    ("dark", "light", r"walker is dark"),
    ("hardly_stands_out", "light", r"walker hardly stands out"),
    ("grainy", "light", r"walker is grainy"),
    ("unsure_joints", "joints", r"with a mean confidence of|Confidences range|do not look like it|lie outside of the"),
    ("silhouettes", "outline", r"silhouettes (?:that were looked at|were inverted|have a white border)"),
    ("passes_disagree", "passes_agree", r"passes disagree|differs between the passes"),
    ("unreadable", "file", r"cannot be (?:read|opened)"),  # it may be cut off, which is advice there
    (
        "film",
        "film",
        r"repeat|skeleton jumps|cut off|copies of|was read in part|could not be decoded|file is damaged|"
        r"changed while it was read|camera stopped after|joined behind the first|goes in steps of",
    ),
    ("hidden_joints", "joints", r"never seen:"),
    ("impossible_tilt", "joints", r"more than bodies are"),
    ("percentages", "file", r"percentages of a picture"),
)
OTHER = "other"
CAUSES: tuple[str, ...] = (*(name for name, _, _ in _CAUSES), OTHER)
_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, _, pattern in _CAUSES)
_CHECKS: dict[str, CheckName | None] = {name: check for name, check, _ in _CAUSES} | {OTHER: "something_else"}
# Where one sentence ends and another begins.
_BETWEEN = re.compile(r"(?<=[.!?]) (?=\S)")


def reason_of(text: str) -> Reason:
    """A sentence of the program with the kind it is of."""
    found = (name for name, pattern in _PATTERNS if pattern.search(text))
    return Reason(cause=next(found, OTHER), text=text)


def reasons_of(text: str) -> tuple[Reason, ...]:
    """Several sentences, as a table of results and a refusal join them: one reason for each that is of another kind.

    A sentence that says what to do, or goes on, is recognised by nothing and stays with the one before it.
    """
    found: list[Reason] = []
    for sentence in _BETWEEN.split(text):
        reason = reason_of(sentence)
        if found and reason.cause in (OTHER, found[-1].cause):
            found[-1] = found[-1].model_copy(update={"text": f"{found[-1].text} {sentence}"})
        else:
            found.append(reason)
    return tuple(found)


def check_of(cause: str) -> CheckName | None:
    """The check of the recording that a kind of reason belongs to; None for a doubt about the answer alone."""
    return _CHECKS.get(cause, "something_else")
