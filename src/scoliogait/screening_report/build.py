"""A report from a result, as plain values: of one walk, of a session, or of a walk that has none and says why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

from scoliogait.errors import DataError
from scoliogait.plain_text import escaped
from scoliogait.provenance import SIMULATED_WALK, walk_origin
from scoliogait.result_states import UNREADABLE, ResultState, has_answer
from scoliogait.screening_report.causes import OTHER, reasons_of
from scoliogait.screening_report.content import (
    LONGEST_CODE,
    Advice,
    BodyFigure,
    CameraRoll,
    Check,
    ClassName,
    EarlierSession,
    ModelFacts,
    Pass,
    Probability,
    Reason,
    Record,
    Report,
    Result,
    Threshold,
)
from scoliogait.screening_report.measures import camera_roll, changes_between, measured_values
from scoliogait.screening_report.model_test import DEFAULT_PREVALENCE, of_hundred, stated_test
from scoliogait.screening_report.recording_checks import recording_checks, with_reasons, worst
from scoliogait.screening_report.rounding import PROBABILITY_DIGITS, PROBABILITY_INTERVAL_DIGITS, rounded, rounded_range


@dataclass(frozen=True)
class About:
    """What a result itself does not say.

    made_at: now, with a zone. version: of scoliogait. person_code: an id, never a name unless one is given. walk_date:
    day of the recording. recordings: sha256 of the files that were read. figure: of the walk, without a face.
    calibrated: see ``ModelFacts``. test: summary of a test of the model (``metrics.json``), and test_file its place.
    earlier: a report of an earlier session of the same person, and earlier_file its place.
    """

    made_at: datetime
    version: str
    person_code: str | None = None
    walk_date: date | None = None
    recordings: tuple[str, ...] = ()
    figure: BodyFigure | None = None
    calibrated: bool | None = None
    test: Mapping[str, Any] | None = None
    test_file: str = "metrics.json"
    prevalence: float = DEFAULT_PREVALENCE
    earlier: Report | None = None
    earlier_file: str = "the earlier report"


def build_report(entry: Mapping[str, Any], about: About, model: Mapping[str, Any] | None = None) -> Report:
    """The report of one result.

    entry: plain values as ``Screening.to_dict``, ``Session.to_dict`` or ``ScreeningOutcome.to_dict`` give them. model:
    facts of the model where the entry has none, as that of a refused walk: name, digest, and what is known beside.

    Raises DataError in one line for a code that is too long or holds control characters, an earlier report of another
    person or of the same recording, a test of another model, and an entry that is no result.
    """
    state = _state(entry)
    passes = list(entry["passes"]) if "n_passes" in entry else [entry]
    facts = _model_facts(entry, passes, about, model)
    called = _called(entry, state, facts)
    if facts is not None and about.test is not None:
        facts = facts.model_copy(update={"test": stated_test(about.test, facts.digest, called, about.test_file)})
    usable, names = has_answer(state), _Names.of(entry, passes)
    roll, reasons = camera_roll(entry), _reasons(entry, state, names)
    report = Report(
        person_code=checked_code(about.person_code),
        walk_date=about.walk_date,
        made_at=about.made_at.replace(microsecond=0),
        n_passes=len(passes),
        walk_is_simulated=any(SIMULATED_WALK in text for text in entry.get("statements", ())),
        result=Result(state=state, called=called, reasons=reasons, advice=_advice(state, called, facts)),
        model=facts,
        probabilities=_probabilities(entry) if usable else (),
        threshold=_threshold(passes[0]) if usable else None,
        of_hundred=None if facts is None else of_hundred(facts.test, about.prevalence),
        asymmetries=measured_values(entry) if usable else (),
        camera_roll=roll if usable else None,
        passes=tuple(_pass(number, one, usable) for number, one in enumerate(passes, start=1)),
        checks=with_reasons(_checks(passes, roll), reasons, state),
        earlier=None,
        figure=about.figure,
        record=Record(recordings=about.recordings, scoliogait_version=about.version, code=_code(passes, about)),
        statements=tuple(entry.get("statements", ())),
        notes=_notes(entry, passes, names),
    )
    return report if about.earlier is None else _compared(report, about.earlier, about.earlier_file)


def checked_code(code: str | None) -> str | None:
    """A code of a person as a report takes it. Raises DataError for one that is empty, too long or not plain text."""
    if code is None:
        return None
    words = " ".join(code.split())
    if not words:
        raise DataError("the person code is empty; give an id such as K-0173, or none")
    if escaped(words) != words:
        raise DataError(
            f"the person code '{escaped(words)[:LONGEST_CODE]}' holds control characters; give an id such as K-0173"
        )
    if len(words) > LONGEST_CODE:
        raise DataError(
            f"the person code has {len(words)} characters, at most {LONGEST_CODE} fit on a page; give a shorter one"
        )
    return words


def _state(entry: Mapping[str, Any]) -> ResultState:
    outcome = entry.get("outcome")
    known: tuple[ResultState, ...] = get_args(ResultState)
    found = next((state for state in known if state == outcome), None)
    if found is None:
        raise DataError(f"the outcome of a result is {outcome!r}; expected one of {', '.join(known)}")
    return found


def _model_facts(
    entry: Mapping[str, Any], passes: Sequence[Mapping[str, Any]], about: About, model: Mapping[str, Any] | None
) -> ModelFacts | None:
    known = {**(model or {}), **(passes[0].get("model") or {}), **(entry.get("model") or {})}
    if not known:
        return None
    origin = passes[0].get("training_walks") or known.get("training_walks") or walk_origin(known)
    return ModelFacts(
        name=escaped(str(known["name"])),
        digest=known["digest"],
        contract=known.get("contract"),
        training_walks=origin,
        trained_on=known.get("data"),
        selection=known.get("selection"),
        calibrated=about.calibrated,
        test=None,
    )


def _called(entry: Mapping[str, Any], state: ResultState, facts: ModelFacts | None) -> ClassName | None:
    """No class of a doubtful recording, nor of a model that has not learned from recorded walks."""
    if state != "screened" or facts is None or facts.training_walks != "recorded":
        return None
    chances: Mapping[ClassName, float] = entry["probabilities"]
    return max(chances, key=lambda name: chances[name])


def _advice(state: ResultState, called: ClassName | None, facts: ModelFacts | None) -> tuple[Advice, ...]:
    of_class: dict[ClassName, Advice] = {
        "positive": "examine",
        "neutral": "check_again",
        "negative": "examine_if_worried",
    }
    first: list[Advice] = [] if called is None else [of_class[called]]
    if has_answer(state) and (facts is None or facts.training_walks != "recorded"):
        first.append("answer_is_not_for_people")
    if state != "screened":
        first.append("record_again")
    return (*first, "pain_or_curve", "nothing_excluded")


def _reasons(entry: Mapping[str, Any], state: ResultState, names: _Names) -> tuple[Reason, ...]:
    if state == "screened":
        return ()
    if "reasons" in entry:
        return tuple(reason for text in entry["reasons"] for reason in reasons_of(names.taken_out(text)))
    text = names.taken_out(str(entry.get("reason") or "no reason is stated"))
    first, *more = reasons_of(text.partition(" cannot be screened: ")[2] or text)
    if state == UNREADABLE and first.cause == OTHER:
        first = first.model_copy(update={"cause": "unreadable"})
    return (first, *more)


@dataclass(frozen=True)
class _Names:
    """Names of files and walks, which may be those of people: no sentence of a report repeats one."""

    words: Mapping[str, str]

    @classmethod
    def of(cls, entry: Mapping[str, Any], passes: Sequence[Mapping[str, Any]]) -> _Names:
        words: dict[str, str] = {}
        for number, one in enumerate(passes, start=1):
            called = f"pass {number}" if len(passes) > 1 else "the recording"
            words |= {str(one[key]): called for key in ("source", "file") if one.get(key)}
            if one.get("walk_id"):
                words[repr(one["walk_id"])] = f"of {called}"
        return cls({name: words[name] for name in sorted(words, key=len, reverse=True)})

    def taken_out(self, text: str) -> str:
        for name, called in self.words.items():
            text = text.removeprefix(f"{name}: ").replace(name, called)
        return escaped(text)


def _probabilities(entry: Mapping[str, Any]) -> tuple[Probability, ...]:
    intervals = entry.get("probability_intervals") or {}
    return tuple(
        Probability(
            name=name,
            value=rounded(value, PROBABILITY_DIGITS),
            interval=rounded_range(intervals[name], PROBABILITY_INTERVAL_DIGITS) if name in intervals else None,
        )
        for name, value in entry["probabilities"].items()
    )


def _threshold(entry: Mapping[str, Any]) -> Threshold | None:
    known = entry.get("answer_threshold")
    if not known:
        return None
    return Threshold(value=rounded(known["value"], PROBABILITY_DIGITS), chosen_on=known["chosen_on"])


def _pass(number: int, entry: Mapping[str, Any], usable: bool) -> Pass:
    quality = entry.get("quality") or {}
    found = {one.measure: one.value for one in measured_values(entry)} if usable else {}
    chances = (entry.get("probabilities") or {}) if usable else {}
    top = max(chances, key=lambda name: float(chances[name])) if chances else None
    strides = quality.get("n_strides")
    return Pass(
        number=number,
        view=quality.get("view") or "unknown",
        strides=None if strides is None else rounded(strides, 1),
        shoulder_tilt=found.get("shoulder_tilt"),
        hip_tilt=found.get("hip_tilt"),
        shoulders_minus_hips=found.get("shoulders_minus_hips"),
        top_class=top,
        top_probability=None if top is None else rounded(chances[top], PROBABILITY_DIGITS),
    )


def _checks(passes: Sequence[Mapping[str, Any]], roll: CameraRoll | None) -> tuple[Check, ...]:
    return worst(
        {number: recording_checks(one.get("quality") or {}, roll) for number, one in enumerate(passes, start=1)}
    )


def _notes(entry: Mapping[str, Any], passes: Sequence[Mapping[str, Any]], names: _Names) -> tuple[str, ...]:
    said = [*entry.get("notes", ())]
    for one in passes:
        said += [*one.get("model_notes", ()), *(one.get("quality") or {}).get("notes", ())]
    return tuple(dict.fromkeys(names.taken_out(text) for text in said))


def _code(passes: Sequence[Mapping[str, Any]], about: About) -> str:
    """Eight hexadecimal digits of what was recorded and found: the same wherever the file lies, whenever it is printed.

    Person and recording are part of it where they are known.
    """
    found = [{key: value for key, value in one.items() if key not in ("source", "file")} for one in passes]
    text = json.dumps([found, about.recordings, about.person_code], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]


def _compared(report: Report, earlier: Report, where: str) -> Report:
    """The report with what changed since the earlier one. Raises DataError unless both may be of one person."""
    if report.person_code is None:
        raise DataError(f"{where}: can only be compared where the person is known; give --person-code")
    if earlier.person_code != report.person_code:
        raise DataError(
            f"{where}: is of person {earlier.person_code or 'not stated'!r}, and this one of {report.person_code!r}; "
            "compare two sessions of one person"
        )
    same = set(earlier.record.recordings) & set(report.record.recordings)
    if same or earlier.record.code == report.record.code:
        raise DataError(f"{where}: is of the same recording; give a report of an earlier session")
    if earlier.walk_date and report.walk_date and earlier.walk_date > report.walk_date:
        raise DataError(
            f"{where}: its walk is of {earlier.walk_date}, later than this one of {report.walk_date}; give the earlier"
        )
    models = {one.model.digest for one in (earlier, report) if one.model is not None}
    found = EarlierSession(
        walk_date=earlier.walk_date,
        n_passes=earlier.n_passes,
        same_model=len(models) == 1,
        changes=changes_between(earlier.asymmetries, report.asymmetries),
    )
    return report.model_copy(update={"earlier": found})
