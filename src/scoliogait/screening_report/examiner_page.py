"""The second page, for the person who examines: everything in numbers, and a form for the examination by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scoliogait.screening_report.content import Change, Check, Measured, Report, StatedShare
from scoliogait.screening_report.report_file import REPORT
from scoliogait.screening_report.spelling import (
    plain,
    probability,
    probability_range,
    share,
    signed,
    signed_range,
    unsigned,
)
from scoliogait.screening_report.texts import Texts

# So that the page stays one page, whatever comes together on it; the JSON file holds the rest, and the page says so.
_MOST_PASSES, _MOST_RECORDINGS, _MOST_SENTENCES = 6, 3, 3
_LONGEST_SENTENCE, _LONGEST_FACT, _LONGEST_NAME = 200, 60, 40
_NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """headings and rows of words; empty headings: there is no table."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


NO_TABLE = Table((), ())


@dataclass(frozen=True)
class Part:
    """A part of the page: a heading, a table, sentences below it."""

    title: str
    table: Table = NO_TABLE
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """The examination by hand. Each line: a name, then boxes to tick and units to write before."""

    title: str
    bend_test: str
    bend_options: tuple[str, ...]
    scoliometer: str
    levels: tuple[str, ...]
    lengths: tuple[str, ...]
    pain: str
    pain_options: tuple[str, ...]
    growth: str
    next_step: str
    next_options: tuple[str, ...]
    date: str
    examiner: str


@dataclass(frozen=True)
class ExaminerPage:
    """All of the page; earlier, reasons: None where there are none. said: sentences of the program, in English."""

    title: str
    subtitle: str
    output: Part
    model: Part
    asymmetries: Part
    passes: Part
    earlier: Part | None
    recording: Part
    reasons: Part | None
    form: Form
    limits: Part


def examiner_page(report: Report, texts: Texts) -> ExaminerPage:
    """The page of a report in the words of a language."""
    model, record = report.model, report.record
    known = {"version": record.scoliogait_version, "code": record.code}
    return ExaminerPage(
        title=texts("examiner.title"),
        subtitle=texts("examiner.no_model", **known)
        if model is None
        else texts("examiner.subtitle", name=_cut(model.name, _LONGEST_NAME), digest=model.digest[:12], **known),
        output=_output(report, texts),
        model=_model(report, texts),
        asymmetries=_asymmetries(report, texts),
        passes=_passes(report, texts),
        earlier=_earlier(report, texts),
        recording=_recording(report, texts),
        reasons=_reasons(report, texts),
        form=_form(texts),
        limits=_limits(report, texts),
    )


def _output(report: Report, texts: Texts) -> Part:
    title = texts("examiner.output")
    if not report.probabilities:
        return Part(title, sentences=(texts("examiner.no_output"),))
    rows = tuple(
        (
            texts(f"examiner.{one.name}"),
            probability(one.value),
            texts("examiner.none") if one.interval is None else probability_range(one.interval, texts("examiner.to")),
        )
        for one in report.probabilities
    )
    headings = tuple(texts(f"examiner.{key}") for key in ("class", "probability", "interval"))
    if report.threshold is None:
        return Part(title, Table(headings, rows))
    real = report.model is not None and report.model.training_walks == "recorded"
    note = "examiner.output_note" if real else "examiner.output_note_simulated"
    return Part(title, Table(headings, rows), (texts(note, threshold=probability(report.threshold.value)),))


def _model(report: Report, texts: Texts) -> Part:
    title, model, unknown = texts("examiner.model"), report.model, texts("examiner.not_stated")
    if model is None:
        return Part(title, sentences=(unknown,))
    selection = f"examiner.selections.{model.selection or 'not_stated'}"
    calibrated = unknown if model.calibrated is None else texts("examiner.yes" if model.calibrated else "examiner.no")
    trained = texts(f"examiner.walks.{model.training_walks}", data=_cut(model.trained_on or unknown, _LONGEST_NAME))
    rows = [
        (texts("examiner.trained_on"), trained),
        (texts("examiner.selection"), texts(selection) if texts.has(selection) else unknown),
        (texts("examiner.calibrated"), calibrated),
    ]
    test = model.test
    if test is None:
        rows.append((texts("examiner.tested_on"), texts("examiner.no_test")))
    else:
        counts = texts(
            "examiner.test", data=_cut(test.data, _LONGEST_NAME), n_walks=test.n_walks, n_people=test.n_people
        )
        rows += [
            (texts("examiner.tested_on"), counts),
            (texts("examiner.sensitivity"), _share_words(test.sensitivity, texts)),
            (texts("examiner.specificity"), _share_words(test.specificity, texts)),
        ]
    return Part(title, Table((texts("examiner.item"), texts("examiner.stated")), tuple(rows)))


def _share_words(found: StatedShare, texts: Texts) -> str:
    low, high = (share(end) for end in found.interval)
    return texts("examiner.share", value=share(found.value), low=low, high=high, n_right=found.n_right, n=found.n)


def _asymmetries(report: Report, texts: Texts) -> Part:
    title = texts("examiner.asymmetries")
    rows = [_measured_row(one, texts) for one in report.asymmetries]
    roll = report.camera_roll
    if roll is not None:
        basis = {True: "from_both", False: "from_one", None: "not_known"}[roll.from_both_directions]
        seen = texts(f"examiner.{basis}")
        span = signed_range(roll.interval, "deg", texts("examiner.to"))
        name = texts("examiner.camera_roll")
        rows.append((name, signed(roll.value, "deg"), span, _NOTHING, _NOTHING, _NOTHING, seen))
    if not rows:
        return Part(title, sentences=(texts("examiner.no_asymmetry"),))
    sd = "sd" if report.n_passes == 1 else "sd_session"
    headings = ("measure", "value", "interval", sd, "mdc", "strides", "reading")
    table = Table(tuple(texts(f"examiner.{key}") for key in headings), tuple(rows))
    return Part(title, table, (texts("examiner.asymmetry_note"),) if report.asymmetries else ())


def _measured_row(one: Measured, texts: Texts) -> tuple[str, ...]:
    unknown = texts("examiner.not_known")
    reading = one.reading if one.reading != "beyond_error" else "left" if one.value > 0 else "right"
    return (
        texts(f"examiner.{one.measure}"),
        signed(one.value, one.unit),
        unknown if one.interval is None else signed_range(one.interval, one.unit, texts("examiner.to")),
        unknown if one.sd_of_pass is None else unsigned(one.sd_of_pass, one.unit),
        unknown if one.mdc95 is None else unsigned(one.mdc95, one.unit),
        _NOTHING if one.n_strides is None else str(one.n_strides),
        texts(f"examiner.{reading}"),
    )


def _passes(report: Report, texts: Texts) -> Part:
    keys = ("pass", "view", "strides", "shoulders", "hips", "difference", "top")
    rows = tuple(
        (
            str(one.number),
            texts(f"examiner.views.{one.view}") if texts.has(f"examiner.views.{one.view}") else one.view,
            _NOTHING if one.strides is None else plain(one.strides),
            *(
                _NOTHING if tilt is None else signed(tilt, "deg")
                for tilt in (one.shoulder_tilt, one.hip_tilt, one.shoulders_minus_hips)
            ),
            _NOTHING
            if one.top_class is None or one.top_probability is None
            else texts(
                "examiner.top_class",
                name=texts(f"examiner.{one.top_class}"),
                value=probability(one.top_probability),
            ),
        )
        for one in report.passes[:_MOST_PASSES]
    )
    more = len(report.passes) - _MOST_PASSES
    sentences = (texts("examiner.more_passes", n=more),) if more > 0 else ()
    return Part(texts("examiner.passes"), Table(tuple(texts(f"examiner.{key}") for key in keys), rows), sentences)


def _earlier(report: Report, texts: Texts) -> Part | None:
    earlier = report.earlier
    if earlier is None:
        return None
    date = earlier.walk_date
    day = texts("earlier.day_unknown") if date is None else texts("earlier.day", date=date.isoformat())
    model = texts("examiner.same_model" if earlier.same_model else "examiner.other_model")
    line = texts("examiner.earlier_line", day=day, n=earlier.n_passes, model=model)
    keys = ("measure", "earlier_value", "now", "change", "mdc", "reading")
    table = Table(
        tuple(texts(f"examiner.{key}") for key in keys), tuple(_change_row(one, texts) for one in earlier.changes)
    )
    return Part(texts("examiner.earlier"), table if earlier.changes else NO_TABLE, (line,))


def _change_row(one: Change, texts: Texts) -> tuple[str, ...]:
    return (
        texts(f"examiner.{one.measure}"),
        signed(one.earlier, one.unit),
        signed(one.now, one.unit),
        signed(one.change, one.unit),
        texts("examiner.not_known") if one.mdc95 is None else unsigned(one.mdc95, one.unit),
        texts(f"examiner.{one.reading}"),
    )


def _recording(report: Report, texts: Texts) -> Part:
    title = texts("examiner.recording")
    if not report.checks:
        return Part(title, sentences=(texts("examiner.no_checks"),))
    headings = tuple(texts(f"examiner.{key}") for key in ("check", "measured", "limit", "verdict"))
    return Part(title, Table(headings, tuple(_check_row(check, texts) for check in report.checks)))


def _check_row(check: Check, texts: Texts) -> tuple[str, ...]:
    name, verdict = texts(f"examiner.checks.{check.name}"), texts(f"examiner.verdicts.{check.verdict}")
    if check.limit is None:
        return name, _NOTHING, texts("examiner.no_doubt"), verdict
    unit = f"examiner.units.{check.name}"
    limit = texts(unit, value=plain(check.limit))
    words = texts(f"examiner.{check.kind}", limit=limit)
    if check.refused_at is not None:
        words = texts("examiner.at_least_refused", limit=limit, refused=plain(check.refused_at))
    measured = texts("examiner.not_known") if check.measured is None else texts(unit, value=plain(check.measured))
    return name, measured, words, verdict


def _reasons(report: Report, texts: Texts) -> Part | None:
    said = [*(reason.text for reason in report.result.reasons), *report.notes]
    if not said:
        return None
    sentences = [_cut(text, _LONGEST_SENTENCE) for text in said[:_MOST_SENTENCES]]
    if len(said) > _MOST_SENTENCES:
        sentences.append(texts("examiner.more_reasons", n=len(said) - _MOST_SENTENCES))
    title = texts("examiner.reasons" if report.result.reasons else "examiner.notes")
    return Part(title, sentences=tuple(sentences))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _form(texts: Texts) -> Form:
    return Form(
        title=texts("examiner.form"),
        bend_test=texts("examiner.bend_test"),
        bend_options=texts.lists["examiner.bend_options"],
        scoliometer=texts("examiner.scoliometer"),
        levels=texts.lists["examiner.levels"],
        lengths=tuple(texts(f"examiner.{key}") for key in ("shoulders_standing", "pelvis", "leg_length")),
        pain=texts("examiner.pain"),
        pain_options=(texts("examiner.no"), texts("examiner.yes")),
        growth=texts("examiner.growth"),
        next_step=texts("examiner.next_step"),
        next_options=texts.lists["examiner.next_options"],
        date=texts("examiner.date"),
        examiner=texts("examiner.examiner"),
    )


def _limits(report: Report, texts: Texts) -> Part:
    return Part(texts("examiner.limits"), sentences=tuple(_limit_sentences(report, texts)))


def _limit_sentences(report: Report, texts: Texts) -> Iterator[str]:
    unknown, model, record = texts("examiner.not_known"), report.model, report.record
    yield texts("examiner.intended")
    recordings = ", ".join(digest[:16] for digest in record.recordings[:_MOST_RECORDINGS])
    if len(record.recordings) > _MOST_RECORDINGS:
        recordings = f"{recordings} … ({len(record.recordings)})"
    yield texts(
        "examiner.record",
        recordings=recordings or unknown,
        model=unknown if model is None else model.digest[:16],
        contract=unknown if model is None or model.contract is None else _cut(model.contract, _LONGEST_FACT),
        version=record.scoliogait_version,
        schema=REPORT.version,
    )
    yield texts("examiner.attached")
