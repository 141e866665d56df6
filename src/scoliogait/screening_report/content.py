"""What a report says, as one frozen object: every output is written from it, so none can say another number.

Numbers are rounded once, when the object is built, to the digits that readers see. Words are not in it: they are in
the catalogues of ``texts/``, under the keys that stand here.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from scoliogait.plain_text import escaped, is_plain
from scoliogait.provenance import WalkOrigin
from scoliogait.result_states import ResultState, has_answer

ClassName = Literal["negative", "neutral", "positive"]
# Of a value: whether its 95 % interval leaves 0 out, holds 0, or is not known.
Reading = Literal["beyond_error", "within_error", "not_judged"]
Verdict = Literal["good", "doubtful", "refused", "not_known"]
Unit = Literal["deg", "percent"]
Measure = Literal[
    "shoulder_tilt",
    "hip_tilt",
    "shoulders_minus_hips",
    "shoulder_height",
    "hip_height",
    "shoulder_midline",
    "hip_midline",
    "camera_roll",
]
MeasuredCheck = Literal[
    "strides",
    "usable_frames",
    "view_width",
    "body_height",
    "frame_rate",
    "camera_height",
    "exchanged_sides",
    "camera_roll",
]
# What only a reason tells of: there is no line of them where nothing is doubted.
DoubtedCheck = Literal[
    "length",
    "walking",
    "upright",
    "head",
    "joints",
    "one_person",
    "sides",
    "picture_shape",
    "light",
    "outline",
    "film",
    "passes_agree",
    "file",
    "something_else",
]
CheckName = Literal[MeasuredCheck, DoubtedCheck]
Advice = Literal[
    "examine",  # see a doctor and have the back examined
    "examine_if_worried",  # no signs: whoever is worried is examined all the same
    "check_again",  # borderline
    "record_again",  # the recording was doubtful, not usable or unreadable
    "answer_is_not_for_people",  # a model without recorded walks behind it
    "pain_or_curve",  # in any case
    "nothing_excluded",  # no result excludes a curve
]
LONGEST_CODE = 40  # of the widest letters so many stand in a line


def _plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError(f"the text '{escaped(text)[:LONGEST_CODE]}' holds control characters; expected none")
    return text


PlainText = Annotated[str, AfterValidator(_plain)]
Share = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Range = tuple[float, float]  # low and high, 95 %


class Part(BaseModel):
    """A piece of a report: frozen, finite, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Reason(Part):
    """Why there is no answer, or a doubtful one. cause: a key of the catalogue; text: the sentence of the program."""

    cause: str
    text: PlainText


class Result(Part):
    """What came of the recording. called: the class, only of a screened walk and a model that learned from recorded
    walks. reasons: for a doubt or a refusal, at least one."""

    state: ResultState
    called: ClassName | None = None
    reasons: tuple[Reason, ...] = ()
    advice: tuple[Advice, ...] = ()

    @property
    def has_answer(self) -> bool:
        """Whether anything that was measured means something: not of a recording that is not usable or unreadable."""
        return has_answer(self.state)


class Probability(Part):
    """Of one class, 0..1; interval: where 95 of 100 repeat recordings come out, None where whole walks are scored."""

    name: ClassName
    value: Share
    interval: tuple[Share, Share] | None


class Threshold(Part):
    """From which probability on a class is called, and what chose it."""

    value: Share
    chosen_on: PlainText


class StatedShare(Part):
    """A share of walks, 0..1, with its 95 % interval and what it was counted on."""

    value: Share
    interval: tuple[Share, Share]
    n_right: int
    n: int


class ModelTest(Part):
    """A test of the model on recorded walks that had no part in it.

    sensitivity, specificity: of calling ``positive``. called_if_affected, called_if_not: share of the positive walks,
    and of all others, that were called what this walk was called; None where it was called nothing.
    """

    data: PlainText
    n_walks: int
    n_people: int
    sensitivity: StatedShare
    specificity: StatedShare
    called_if_affected: StatedShare | None = None
    called_if_not: StatedShare | None = None


class ModelFacts(Part):
    """Which model. trained_on, selection: as its provenance says, None where it does not. calibrated: whether its
    probabilities were set by walks held back from training; None where that is not known. test: None where no test on
    recorded walks is stated."""

    name: PlainText
    digest: Sha256
    contract: PlainText | None
    training_walks: WalkOrigin
    trained_on: PlainText | None
    selection: PlainText | None
    calibrated: bool | None
    test: ModelTest | None


class OfHundred(Part):
    """Of 100 people with this result, how many have the condition, where ``prevalence`` of all have it."""

    prevalence: Share
    affected: int = Field(ge=0, le=100)
    interval: tuple[int, int]


class Measured(Part):
    """A signed asymmetry: positive where the walker's left is higher, or towards the walker's left.

    interval: 95 %, of the true value of this walk. sd_of_pass: of repeated recordings like this one; mdc95: the
    smallest change between two of them that is more than chance. None where too few strides were seen. n_strides: None
    where a table of results does not hold it.
    """

    measure: Measure
    unit: Unit
    value: float
    interval: Range | None
    sd_of_pass: float | None
    mdc95: float | None
    n_strides: int | None
    reading: Reading


class CameraRoll(Part):
    """How far the camera is turned in the picture, deg, positive clockwise as seen; taken out of every value.

    from_both_directions: whether front and back strides separated it from a lean; None where a table does not hold it.
    """

    value: float
    interval: Range
    from_both_directions: bool | None


class Pass(Part):
    """One pass of the session, or the only one. Tilts in deg, None where not measured; top class with its probability,
    None where the pass was not screened."""

    number: int = Field(ge=1)
    view: PlainText
    strides: float | None
    shoulder_tilt: float | None
    hip_tilt: float | None
    shoulders_minus_hips: float | None
    top_class: ClassName | None
    top_probability: Share | None


class Check(Part):
    """One rule of the recording. measured: None where it is not known. limit: of a good recording, at least or at
    most (``kind``), None where a doubt itself is the rule; refused_at: beyond which there is no result at all, None
    where the rule only raises a doubt."""

    name: CheckName
    measured: float | None
    limit: float | None
    kind: Literal["at_least", "at_most", "no_doubt"]
    refused_at: float | None
    verdict: Verdict


class Change(Part):
    """A measure now and in an earlier session. mdc95: of the difference of these two; reading: of the change."""

    measure: Measure
    unit: Unit
    earlier: float
    now: float
    change: float
    mdc95: float | None
    reading: Reading


class EarlierSession(Part):
    """What changed since an earlier report of the same person."""

    walk_date: date | None
    n_passes: int
    same_model: bool
    changes: tuple[Change, ...]


class BodyFigure(Part):
    """The mean standing skeleton of the walk without a face, as seen in the picture.

    points: by joint name, (x, y) in body heights, x to the right and y down in the picture, from the topmost seen point
    of the trunk. seen_from: front or back.
    """

    seen_from: Literal["front", "back"]
    points: dict[str, tuple[float, float]]


class Record(Part):
    """What makes the report traceable. recordings: sha256 of each file as it was read, where it was one file."""

    recordings: tuple[Sha256, ...]
    scoliogait_version: PlainText
    code: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]  # short name of this result, on every page


class Report(Part):
    """All that a report says.

    person_code: as given, None where none was: then the page leaves room to write one. walk_date: day of the
    recording. made_at: when the report was made, with its zone. walk_is_simulated: nobody was filmed. statements,
    notes: sentences of the program that must be said along with the result.
    """

    person_code: Annotated[str, Field(min_length=1, max_length=LONGEST_CODE), AfterValidator(_plain)] | None
    walk_date: date | None
    made_at: AwareDatetime
    n_passes: int = Field(ge=1)
    walk_is_simulated: bool = False
    result: Result
    model: ModelFacts | None
    probabilities: tuple[Probability, ...] = ()
    threshold: Threshold | None = None
    of_hundred: OfHundred | None = None
    asymmetries: tuple[Measured, ...] = ()
    camera_roll: CameraRoll | None = None
    passes: tuple[Pass, ...] = ()
    checks: tuple[Check, ...] = ()
    earlier: EarlierSession | None = None
    figure: BodyFigure | None = None
    record: Record
    statements: tuple[PlainText, ...] = ()
    notes: tuple[PlainText, ...] = ()

    def measured(self, measure: Measure) -> Measured | None:
        """The value of one measure; None where it was not measured."""
        return next((one for one in self.asymmetries if one.measure == measure), None)
