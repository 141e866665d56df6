"""Every sentence that the program can refuse or doubt a recording with is of a kind that has plain words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import scoliogait.measurement
from scoliogait.screening_report.causes import reason_of

SAID = {
    "side view: the shoulders appear 0.17 trunk lengths wide, at least 0.35 is needed; record it": "side_view",
    "too short: 9 frames (0.3 s); at least 15 frames and 1 s are needed; record some seconds": "too_short",
    "no joint is visible in any frame; check that the pose estimator found the person": "no_person",
    "never seen: left_ankle; trunk and legs are needed, so record the whole body": "out_of_picture",
    "only 8 of 90 frames show both shoulders, hips, knees and ankles inside the picture; record": "out_of_picture",
    "the person is not upright in the picture; turn the video the right way up": "upside_down",
    "no walking seen: the feet do not rise in turn at one pace (swing 0.1 %)": "no_walking",
    "At 4 frames a second it cannot be judged whether the person walks.": "no_walking",
    "Only 1.5 strides were seen; 2 or more are wanted.": "few_strides",
    "The view is oblique, or the picture stretched: the shoulders appear 0.45 trunk lengths wide.": "oblique",
    "Only 12 of 90 usable frames show the head, from which the height of a body is measured": "head_not_seen",
    "The person is only 40 px tall; 64 px or more are wanted.": "too_small",
    "In 30% of the frames the pose estimator exchanged left and right; above 20% it is not certain.": "sides",
    "The camera looks down on the walker: it stands 3.7 times as high as the shoulders": "camera_high",
    "The camera is rolled by +7.6 ± 1.4 degrees; this was taken out of every tilt.": "camera_tilted",
    "The passes disagree: height difference of the hips is +1.0 % in pass 1 and -2.0 %": "passes_disagree",
    "The most probable class differs between the passes: negative in pass 1, positive in pass 2.": "passes_disagree",
    "No class reaches a probability of 0.467 (highest 0.345).": "unclear_answer",
    "Never seen: left_wrist; without them this model often calls another class.": "hidden_joints",
    "The line through the hips is tilted by +20.0 degrees, more than bodies are (15)": "impossible_tilt",
    "All coordinates lie between 0 and 100, as percentages of a picture do": "percentages",
    "Something nobody has thought of.": "other",
}


@pytest.mark.parametrize("sentence", SAID)
def test_a_sentence_is_of_its_kind(sentence: str) -> None:
    assert reason_of(sentence).cause == SAID[sentence]
    assert reason_of(sentence).text == sentence


def test_no_caution_of_the_measurements_is_of_no_kind() -> None:
    """Read from the code: the sentences that ``measurement/`` gives as cautions."""
    found = set()
    for path in Path(str(scoliogait.measurement.__path__[0])).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and re.search(r"caution|doubt|repet|shape|disagree|moved", node.name):
                found |= {text for inner in ast.walk(node) for text in given(inner)}
    assert len(found) >= 15
    assert {text for text in found if reason_of(text).cause == "other"} == set()


def given(node: ast.AST) -> Iterator[str]:
    """Sentences that are yielded or returned, with 0 in place of each value."""
    if not isinstance(node, ast.Yield | ast.Return) or node.value is None:
        return
    joined = [inner for inner in ast.walk(node.value) if isinstance(inner, ast.JoinedStr)]
    pieces = {id(part) for one in joined for part in one.values}
    for inner in ast.walk(node.value):
        if id(inner) in pieces:
            continue
        parts = inner.values if isinstance(inner, ast.JoinedStr) else [inner]
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in parts)
        if re.match(r"[A-Z]\S* \S+ \S+ \S+", text):
            yield text
