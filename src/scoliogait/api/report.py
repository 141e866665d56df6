"""Reports of screenings, as ``scoliogait report`` writes them: for the family and for the examiner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from scoliogait import __version__
from scoliogait.api.places import DEFAULT_MODEL, Place, loaded_of, path_of
from scoliogait.api.screen_many import ScreeningOutcome, screen_many
from scoliogait.checkpoints.config_file import CONFIG
from scoliogait.checkpoints.model_card import model_card
from scoliogait.checkpoints.model_folder import exported_file
from scoliogait.errors import DataError, ScoliogaitError
from scoliogait.exported.formats import is_export
from scoliogait.exported.stated import stated_model
from scoliogait.field_problem import field_problem
from scoliogait.files import read_json, sha256_of
from scoliogait.io.read import is_walk, walk_formats
from scoliogait.json_file import has_format
from scoliogait.report.result_files import StoredResult, reader_of_results
from scoliogait.result_states import NOT_USABLE, UNREADABLE
from scoliogait.screening_report.build import About, build_report, checked_code
from scoliogait.screening_report.content import Report
from scoliogait.screening_report.figure import body_figure
from scoliogait.screening_report.model_test import DEFAULT_PREVALENCE
from scoliogait.screening_report.outputs import Written, checked_folder, file_name_of, write_report
from scoliogait.screening_report.report_file import REPORT, read_report
from scoliogait.screening_report.texts import DEFAULT_LANGUAGE, texts_of
from scoliogait.video.container import suffix_of_hidden_video
from scoliogait.walk import Walk

if TYPE_CHECKING:
    from scoliogait.api.screen import ScreenedWalk
    from scoliogait.api.session import Session
    from scoliogait.screening import Screener

__all__ = ["ReportFacts", "ReportOutcome", "make_report", "write_report", "write_reports", "write_session_report"]


@dataclass(frozen=True)
class ReportOutcome:
    """What came of one input: a report and where it was written, or the reason why there is none."""

    where: str
    report: Report | None = None
    written: Written | None = None
    error: ScoliogaitError | None = None


@dataclass(frozen=True)
class ReportFacts:
    """What a report says beside its result.

    person_code: an id of the person; code_from_name: the name of a walk is one, where several are reported. walk_date:
    day of the recording. test: ``metrics.json`` of a test of the model on recorded walks. prevalence: share of people
    who have the condition where the screening is done. earlier: report (JSON) of an earlier session of this person.
    made_at: now, where it is not given.
    """

    person_code: str | None = None
    code_from_name: bool = False
    walk_date: date | None = None
    test: str | Path | None = None
    prevalence: float = DEFAULT_PREVALENCE
    earlier: str | Path | None = None
    made_at: datetime | None = None

    def about(self) -> About:
        """Read from the files once. Raises DataError for one that is not what it must be."""
        if not 0 < self.prevalence < 1:
            raise DataError(f"the prevalence is {self.prevalence}; expected a share above 0 and below 1, such as 0.025")
        if self.person_code is not None and self.code_from_name:
            raise DataError("--person-code and --code-from-name say two things; give one of them")
        made_at = self.made_at or datetime.now(UTC)
        _refuse_later_day(self.walk_date, made_at)
        known = About(
            made_at=made_at,
            version=__version__,
            person_code=checked_code(self.person_code),
            walk_date=self.walk_date,
            prevalence=self.prevalence,
        )
        if self.test is not None:
            summary = read_json(self.test)
            if not isinstance(summary, dict):
                raise DataError(f"{self.test}: is no metrics.json of `scoliogait evaluate`")
            known = replace(known, test=summary, test_file=str(self.test))
        if self.earlier is not None:
            known = replace(known, earlier=read_report(self.earlier), earlier_file=str(self.earlier))
        return known


def _refuse_later_day(walk_date: date | None, made_at: datetime) -> None:
    """A day of difference is left for places whose day begins earlier than that of UTC."""
    if walk_date is not None and walk_date > made_at.date() + timedelta(days=1):
        raise DataError(f"the day of the walk, {walk_date}, is after that of the report, {made_at.date()}; correct it")


def make_report(
    result: ScreenedWalk | Session | ScreeningOutcome, facts: ReportFacts | None = None, **changes: Any
) -> Report:
    """The report of a result: of ``sg.screen``, ``sg.Session.screen`` or one of ``sg.screen_many``.

        found = sg.make_report(sg.screen("walk.npz"), person_code="K-0173")
        sg.write_report(found, Path("reports"), "K-0173")

    facts: what it says beside the result; changes: single fields of ``ReportFacts`` in place of it. Raises DataError in
    one line for facts that cannot be, see ``build_report``.
    """
    return _report(result, replace(facts or ReportFacts(), **changes).about())


def write_reports(
    paths: Sequence[str | Path],
    out: str | Path,
    facts: ReportFacts | None = None,
    *,
    model: Place | Screener = DEFAULT_MODEL,
    language: str = DEFAULT_LANGUAGE,
    fonts: Path | None = None,
    overwrite: bool = False,
    **reading: Any,
) -> Iterator[ReportOutcome]:
    """Write a report of each walk or stored result, one after the other; a bad one stops no other.

    paths: walks as for ``screen_many``, files of results (``screen --json``, ``--csv``, ``--jsonl``, a session), and
    reports, which are set again. out: folder. language: of the pages; fonts: as for ``report_pdf``. reading: person,
    frame_rate_hz and layout, as for ``screen_many``.

    Raises DataError before any work for facts, a language or a folder that cannot be.
    """
    given = facts or ReportFacts()
    about = given.about()
    texts_of(language)
    _refuse_no_folder(fonts)
    folder = checked_folder(Path(out))
    names = _Names(folder)
    kinds = [(Path(path), _reader(Path(path))) for path in paths]
    walks = [path for path, reader in kinds if reader is None]
    card = card_of(model) if walks else None  # a model that has none is refused before any walk is read

    def write(
        where: str,
        name: str,
        result: ScreeningOutcome | StoredResult | Report,
        about: About = about,
        model: Mapping[str, Any] | None = None,
        card: str | None = None,
    ) -> ReportOutcome:
        try:
            known = (
                about
                if not given.code_from_name
                else replace(about, person_code=_code_from(name, f"{where}: its name"))
            )
            made = result if isinstance(result, Report) else _report(result, known, model, where)
            pages: dict[str, Any] = {"language": language, "fonts": fonts, "card": card, "overwrite": overwrite}
            written = write_report(made, folder, names.of(name), **pages)
        except ScoliogaitError as error:
            return ReportOutcome(where, error=error)
        return ReportOutcome(where, made, written)

    def outcomes() -> Iterator[ReportOutcome]:
        for path, reader in kinds:
            if reader is not None:
                yield from _stored(path, reader, write)
        if not walks:
            return
        screenings = screen_many(walks, model, **reading)
        stated = replace(about, calibrated=_is_calibrated(model))
        for outcome in screenings:
            if outcome.outcome == UNREADABLE:
                yield ReportOutcome(
                    outcome.where, error=DataError(_no_input(outcome.path) or outcome.reason or outcome.where)
                )
            else:
                name = outcome.walk_id or outcome.path.stem
                yield write(outcome.where, name, outcome, stated, screenings.model, card)

    return outcomes()


def write_session_report(
    walks: Sequence[Walk | str | Path],
    out: str | Path,
    facts: ReportFacts | None = None,
    *,
    model: Place | Screener = DEFAULT_MODEL,
    language: str = DEFAULT_LANGUAGE,
    fonts: Path | None = None,
    overwrite: bool = False,
    frame_rate_hz: float | None = None,
) -> ReportOutcome:
    """Write one report of the passes of one person, as ``Session.screen`` takes them.

    A session that cannot be screened gives a report that says why. Raises DataError as ``Session.screen`` does when the
    passes are not of one person, and as ``write_reports`` before any work.
    """
    given = facts or ReportFacts()
    about = given.about()
    texts_of(language)
    _refuse_no_folder(fonts)
    folder = checked_folder(Path(out))

    from scoliogait.api.session import Session
    from scoliogait.screening import Screener, WalkRefusedError, load_model

    card = card_of(model)
    screener = model if isinstance(model, Screener) else load_model(path_of(model))
    about = replace(about, recordings=_digests(walks))
    try:
        made = _report(Session.screen(walks, screener, frame_rate_hz), about)
    except WalkRefusedError as error:
        about = replace(about, calibrated=_is_calibrated(screener))
        made = build_report(_refused(error), about, {**screener.facts, "training_walks": screener.training_walks})
    name = file_name_of(given.person_code or _stem(walks[0]))
    written = write_report(made, folder, name, language=language, fonts=fonts, card=card, overwrite=overwrite)
    return ReportOutcome("session", made, written)


def _report(
    result: ScreenedWalk | Session | ScreeningOutcome | StoredResult,
    about: About,
    model: Mapping[str, Any] | None = None,
    where: str = "",
) -> Report:
    """model: facts of it, where more is known than the result says. where: names a stored result that is damaged."""
    if isinstance(result, StoredResult):
        try:
            return build_report(result.entry, about, result.model)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{where}: {_what_is_wrong(error)}; screen the walk again") from error
    named = result.model if isinstance(result, ScreeningOutcome) else {}
    return build_report(result.to_dict(), _known_of(result, about), {**named, **(model or {})})


def _code_from(code: str | None, whose: str) -> str | None:
    """A code that a walk brings along. Raises DataError that says whose it is, where it fits on no page."""
    try:
        return checked_code(code)
    except DataError as error:
        raise DataError(f"{whose} cannot be the code of a person: {error} with --person-code") from error


def _what_is_wrong(error: Exception) -> str:
    """Of a result that was edited or damaged after it was written."""
    if isinstance(error, ValidationError):
        return field_problem(error)
    return f"the result lacks {error}" if isinstance(error, KeyError) else "the result holds values of another kind"


def _known_of(result: ScreenedWalk | Session | ScreeningOutcome, about: About) -> About:
    """What is known of walks that were just screened: their files, their figure, their model, who is stated."""
    passes: tuple[Any, ...] = getattr(result, "passes", None) or (result,)
    walks = [walk for one in passes if (walk := one.walk) is not None]
    screener = getattr(passes[0], "screener", None)
    people = {walk.subject_id for walk in walks if walk.subject_id}
    stated = people.pop() if len(people) == 1 else None
    return replace(
        about,
        person_code=about.person_code or _code_from(stated, f"{walks[0].source}: its subject" if walks else ""),
        recordings=about.recordings or _digests([walk.source for walk in walks] or [getattr(result, "path", "")]),
        figure=next((figure for walk in walks if (figure := body_figure(walk.poses)) is not None), None),
        calibrated=about.calibrated if screener is None else _is_calibrated(screener),
    )


def _stored(path: Path, reader: Any, write: Any) -> Iterator[ReportOutcome]:
    """A damaged file ends with the reason; what was read of it before has its reports."""
    try:
        for number, one in enumerate(reader(), start=1):
            if isinstance(one, Report):
                yield write(str(path), path.stem, one)
            elif one.entry.get("outcome") == UNREADABLE:
                yield ReportOutcome(f"{path}: result {number}", error=DataError(f"{path}: {one.entry.get('reason')}"))
            else:
                yield write(f"{path}: {one.name}", one.name, one)
    except ScoliogaitError as error:
        yield ReportOutcome(str(path), error=error)


def _no_input(path: Path) -> str | None:
    """What to give, where a file is neither a walk nor a result; None for any other place, whose reason says more."""
    if not path.is_file() or is_walk(path) or suffix_of_hidden_video(path) is not None:
        return None
    return (
        f"{path}: is neither a result nor a walk; expected a result of `scoliogait screen` (--json, --jsonl, --csv), a "
        f"report (.json) to be set again, {walk_formats()}"
    )


def _reader(path: Path) -> Any:
    if path.suffix.lower() == ".json" and has_format(path, REPORT):
        return lambda: iter([read_report(path)])
    return reader_of_results(path)


def _is_calibrated(model: Place | Screener) -> bool:
    """Whether validation walks chose a temperature for its probabilities."""
    loaded = loaded_of(model)
    if loaded is not None:
        return bool(loaded.temperature != 1.0)
    return stated_model(path_of(model)).config.temperature != 1.0  # type: ignore[arg-type]  # no Screener here


def card_of(model: Place | Screener) -> str:
    """The model's card (Markdown), for the FHIR bundle of each report.

    Its checklists are left out: they are for those who report a study of it. Raises DataError for a place that holds no
    model.
    """
    from scoliogait.results.card import whole_card

    loaded = loaded_of(model)
    place = path_of(model) if loaded is None else loaded.path  # type: ignore[arg-type]  # no Screener here
    if not is_export(place):
        return whole_card(place, with_checklists=False)
    folder = Path(place).parent
    if exported_file(folder) == Path(place) and (folder / CONFIG).is_file():  # a model of the package
        return whole_card(folder, with_checklists=False)
    stated = stated_model(place)
    return model_card(stated.config.model_dump(mode="json"), {}, stated.digest, stated.facts.contract)


def _refused(error: Any) -> Mapping[str, Any]:
    return {
        "outcome": NOT_USABLE,
        "reason": str(error),
        "quality": error.quality.to_dict(),
        **error.asymmetry.to_dict(),
    }


def _digests(sources: Sequence[Any]) -> tuple[str, ...]:
    """sha256 of each source that is one file."""
    paths = [Path(one.source if isinstance(one, Walk) else one) for one in sources]
    return tuple(dict.fromkeys(sha256_of(path) for path in paths if path.is_file()))


def _stem(walk: Walk | str | Path) -> str:
    return walk.walk_id if isinstance(walk, Walk) else Path(walk).stem


def _refuse_no_folder(fonts: Path | None) -> None:
    """typst says nothing of a folder that is not there."""
    if fonts is not None and not fonts.is_dir():
        what = "is a file" if fonts.exists() else "does not exist"
        raise DataError(f"{fonts}: {what}; expected a folder of fonts")


class _Names:
    """Names of files, of which none is given twice."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._given: set[str] = set()

    def of(self, name: str) -> str:
        first = file_name_of(name)
        free = first
        number = 1
        while free.casefold() in self._given:
            number += 1
            free = f"{first}-{number}"
        self._given.add(free.casefold())
        return free
