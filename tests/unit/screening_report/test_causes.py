"""A sentence of the program is of the kind that it complains about; several in one text are told apart."""

import pytest

from scoliogait.screening_report.causes import reason_of, reasons_of

SAID = {
    "side view: the shoulders appear 0.17 trunk lengths wide, at least 0.35 is needed; record it": "side_view",
    "too short: 9 frames (0.3 s); at least 15 frames and 1 s are needed; record some seconds": "too_short",
    "no joint is visible in any frame; check that the pose estimator found the person": "no_person",
    "never seen: left_ankle; trunk and legs are needed, so record the whole body": "out_of_picture",
    "only 8 of 90 frames show both shoulders, hips, knees and ankles inside the picture; record": "out_of_picture",
    "the person is not upright in the picture; turn the video the right way up": "upside_down",
    "no walking seen: the feet do not rise in turn at one pace (swing 0.1 %)": "no_walking",
    "At 4 frames a second it cannot be judged whether the person walks.": "slow_film",
    "Only 1.5 strides were seen; 2 or more are wanted.": "few_strides",
    "The view is oblique, or the picture stretched: the shoulders appear 0.45 trunk lengths wide.": "oblique",
    "The body appears 1.33 times as wide for its height as bodies are: the picture is stretched sideways": "stretched",
    "The file states the view '090' (side), but the poses show the front: another recording": "stated_view",
    "Only 12 of 90 usable frames show the head, from which the height of a body is measured": "head_not_seen",
    "The person is only 40 px tall; 71 px or more are wanted.": "too_small",
    "Another person walks at the same time, nearly as large (person 2: around x = 9 px, 80 px tall)": "other_person",
    "In 30% of the frames the pose estimator exchanged left and right; above 20% it is not certain.": "exchanged",
    "Before the passes were cut: the pose estimator exchanged left and right in 9 of 90 frames": "exchanged",
    "The person grows in the picture while seen from behind, or shrinks while seen from the front: they": "sides",
    "The camera looks down on the walker: it stands 3.7 times as high as the shoulders": "camera_high",
    "The camera is rolled by +7.6 ± 1.4 degrees; this was taken out of every tilt.": "camera_tilted",
    "the walker is blurred: edges are smeared over 2.0 % of the body's height": "blurred",
    "the walker is dark: half of the body is darker than 4 of 255": "dark",
    "12 of 24 silhouettes that were looked at are outlines that are not filled.": "silhouettes",
    "The passes disagree: height difference of the hips is +1.0 % in pass 1 and -2.0 %": "passes_disagree",
    "The most probable class differs between the passes: negative in pass 1, positive in pass 2.": "passes_disagree",
    "No class reaches a probability of 0.467 (highest 0.345).": "unclear_answer",
    "Never seen: left_wrist; without them this model often calls another class.": "hidden_joints",
    "The line through the hips is tilted by +20.0 degrees, more than bodies are (15)": "impossible_tilt",
    "All coordinates lie between 0 and 100, as percentages of a picture do": "percentages",
    "cannot be opened as a video (Invalid data); it may be cut off or still being written, copy it again": "unreadable",
    "The file states 4.7 s, and 4.7 s are missing: it was cut off or is damaged.": "film",
    "Something nobody has thought of.": "other",
}


@pytest.mark.parametrize("sentence", SAID)
def test_a_sentence_is_of_its_kind(sentence: str) -> None:
    assert reason_of(sentence).cause == SAID[sentence]
    assert reason_of(sentence).text == sentence


@pytest.mark.parametrize("order", [1, -1])
def test_sentences_of_one_text_are_reasons_of_their_own(order: int) -> None:
    """As a cell of a table of results holds them; what to do stays with what it is about."""
    rolled = "The camera is rolled by +7.6 ± 1.4 degrees; this was taken out of all. Set it level, and record it."
    said = ["No class reaches a probability of 0.467 (highest 0.345).", rolled, "Only 1.5 strides were seen."][::order]
    found = reasons_of(" ".join(said))
    assert [one.cause for one in found] == ["unclear_answer", "camera_tilted", "few_strides"][::order]
    assert [one.text for one in found] == said


def test_a_text_that_nothing_recognises_is_one_reason() -> None:
    text = "Something nobody has thought of. Nor this."
    assert [(one.cause, one.text) for one in reasons_of(text)] == [("other", text)]
