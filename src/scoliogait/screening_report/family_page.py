"""The first page, for parents and the school nurse: what came of it, what to do, what the camera saw.

It holds no probability, no abbreviation and no number of the model: those stand on the second page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scoliogait.screening_report import measures, recording_checks
from scoliogait.screening_report.content import Check, Measured, Report
from scoliogait.screening_report.pictures import (
    axis_limit,
    axis_svg,
    bar_svg,
    figure_svg,
    hundred_svg,
    key_svg,
    shape_svg,
)
from scoliogait.screening_report.spelling import plain, signed
from scoliogait.screening_report.texts import Texts

_MOST_REASONS = 3
_STRONG = "pain_or_curve"


@dataclass(frozen=True)
class Line:
    """A sentence; strong: set in bold."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Bar:
    """A measured value: its name, in words and as a picture. alt: all of it in one sentence."""

    name: str
    value: str
    span: str
    reading: str
    svg: str
    alt: str


@dataclass(frozen=True)
class Picture:
    """A picture and what it shows in words."""

    svg: str
    alt: str


@dataclass(frozen=True)
class Often:
    """How often such a result is right; without a picture where nobody has measured it."""

    sentences: tuple[str, ...]
    picture: Picture | None


@dataclass(frozen=True)
class Seen:
    """What the camera saw. keys: (picture, words) of the sides in the figure."""

    bars: tuple[Bar, ...]
    axis: str
    sentences: tuple[str, ...]
    figure: Picture | None
    keys: tuple[Picture, ...]


@dataclass(frozen=True)
class Tile:
    """One check of the recording. verdict: its key, for the sign; word: the verdict in words."""

    verdict: str
    word: str
    name: str
    value: str


@dataclass(frozen=True)
class FamilyPage:
    """All of the page. often: None where there is no class; seen: None where the recording has no answer;
    earlier: what changed since an earlier session; film: how to record, where it has to be done again; both may be
    empty. recording_note: what the tiles do not say."""

    person: str
    heading: tuple[str, ...]
    banner: str
    result_label: str
    result_word: str
    result_shape: str
    result_sentences: tuple[str, ...]
    why_title: str
    why: tuple[str, ...]
    todo_title: str
    todo: tuple[Line, ...]
    often_title: str
    often: Often | None
    seen_title: str
    seen: Seen | None
    earlier_title: str
    earlier: tuple[str, ...]
    film_title: str
    film: tuple[str, ...]
    recording_title: str
    recording: tuple[Tile, ...]
    recording_note: str
    footer: str


def family_page(report: Report, texts: Texts) -> FamilyPage:
    """The page of a report in the words of a language."""
    result = report.result
    outcome = result.state if result.state != "screened" else result.called or "measurements"
    usable = result.has_answer
    tiles = tuple(_tiles(report, texts))
    return FamilyPage(
        person=_person(report, texts),
        heading=tuple(_heading(report, texts)),
        banner=_banner(report, texts),
        result_label=texts("result.label_measurements" if outcome == "measurements" else "result.label"),
        result_word=texts(f"result.{outcome}"),
        result_shape=shape_svg(result.state, result.called),
        result_sentences=(texts(f"result.said.{outcome}"),),
        why_title=texts("why_title"),
        why=tuple(_why(report, texts)),
        todo_title=texts("todo_title"),
        todo=tuple(Line(texts(f"todo.{advice}"), advice == _STRONG) for advice in result.advice),
        often_title=texts("often_title"),
        often=None if result.called is None else _often(report, texts),
        seen_title=texts("saw_title"),
        seen=_seen(report, texts) if usable else None,
        earlier_title=texts("earlier_title"),
        earlier=tuple(_earlier(report, texts)) if usable else (),
        film_title=texts("film_title"),
        film=() if usable else texts.lists["film"],
        recording_title=texts("recording_title"),
        recording=tiles,
        recording_note=_recording_note(report, tiles, texts),
        footer=texts("footer.family"),
    )


def _banner(report: Report, texts: Texts) -> str:
    """What must be known before anything else is read."""
    said = [texts("banner.simulated_walk")] if report.walk_is_simulated else []
    if report.model is not None and report.result.has_answer:
        said.append(texts(f"banner.{report.model.training_walks}"))
    return texts("between_sentences").join(words for words in said if words)


def _person(report: Report, texts: Texts) -> str:
    if report.person_code is None:
        return texts("heading.person_blank")
    return texts("heading.person", code=report.person_code)


def _heading(report: Report, texts: Texts) -> Iterator[str]:
    day = report.walk_date
    yield texts("heading.walk_date_blank") if day is None else texts("heading.walk_date", date=day.isoformat())
    n_passes = report.n_passes
    yield texts("heading.one_pass") if n_passes == 1 else texts("heading.passes", n=n_passes)
    yield texts("heading.made", time=f"{report.made_at:%Y-%m-%d}")
    yield texts("heading.report_code", code=report.record.code)


def _why(report: Report, texts: Texts) -> Iterator[str]:
    """Plain words for each kind of reason, once, and what to do about it."""
    causes = list(dict.fromkeys(reason.cause for reason in report.result.reasons))
    for cause in causes[:_MOST_REASONS]:
        yield texts("between_sentences").join((texts(f"causes.{cause}.why"), texts(f"causes.{cause}.do")))
    if len(causes) > _MOST_REASONS:
        yield texts("more_reasons", n=len(causes) - _MOST_REASONS)


def _often(report: Report, texts: Texts) -> Often:
    found, test = report.of_hundred, None if report.model is None else report.model.test
    if found is None or test is None:
        return Often((texts("often.not_measured"),), None)
    low, high = found.interval
    counted = texts(
        "often.counted",
        n=found.affected,
        rest=100 - found.affected,
        low=low,
        high=high,
        prevalence=plain(round(1000 * found.prevalence, 3)),
    )
    picture = Picture(hundred_svg(found.affected), texts("often.figure", n=found.affected))
    return Often((counted, texts("often.basis", n_people=test.n_people)), picture)


def _seen(report: Report, texts: Texts) -> Seen:
    shown = tuple(one for name in measures.ON_FIRST_PAGE if (one := report.measured(name)) is not None)
    limit = axis_limit(shown)
    bars = "saw.bars" if any(one.interval is not None for one in shown) else "saw.no_bars"
    dots = texts("between_sentences").join((texts("saw.dot"), texts(bars)))
    sentences = (dots, texts("saw.healthy")) if shown else (texts("saw.nothing"),)
    figure = report.figure
    return Seen(
        bars=tuple(_bar(one, limit, texts) for one in shown),
        axis=axis_svg(limit) if shown else "",
        sentences=sentences,
        figure=None
        if figure is None
        else Picture(figure_svg(figure), texts("saw.figure", view=texts(f"saw.{figure.seen_from}"))),
        keys=()
        if figure is None
        else tuple(Picture(key_svg(side), texts(f"saw.{side}")) for side in ("left", "right")),
    )


def _bar(measured: Measured, limit: int, texts: Texts) -> Bar:
    name, value = texts(f"saw.{measured.measure}"), signed(measured.value, measured.unit)
    shown = texts(f"saw.{measured.reading}", side=texts(f"saw.{_side(measured)}"))
    if measured.interval is None:
        return Bar(name, value, "", shown, bar_svg(measured, limit), texts("saw.bar_alone", name=name, value=value))
    low, high = (signed(end, measured.unit) for end in measured.interval)
    alt = texts("saw.bar", name=name, value=value, low=low, high=high)
    span = texts("examiner.to", low=low, high=high)
    return Bar(name, value, span, shown, bar_svg(measured, limit), alt)


def _side(measured: Measured) -> str:
    """Which side is higher; of a difference of two tilts neither is."""
    if measured.measure == "shoulders_minus_hips":
        return "differ"
    return "left_higher" if measured.value > 0 else "right_higher"


def _earlier(report: Report, texts: Texts) -> Iterator[str]:
    earlier = report.earlier
    if earlier is None:
        return
    day = earlier.walk_date
    yield texts("earlier.day_unknown") if day is None else texts("earlier.day", date=day.isoformat())
    shown = {one.measure: one for one in earlier.changes}
    for name in measures.ON_FIRST_PAGE:
        if name in shown:
            change = signed(shown[name].change, shown[name].unit)
            yield texts(f"earlier.{shown[name].reading}", name=texts(f"saw.{name}"), change=change)
    yield texts("earlier.spine")


def _tiles(report: Report, texts: Texts) -> Iterator[Tile]:
    for check in report.checks:
        if check.name in recording_checks.ON_FIRST_PAGE or check.verdict in recording_checks.NOT_GOOD:
            yield Tile(
                verdict=check.verdict,
                word=texts(f"recording.{check.verdict}"),
                name=texts(f"recording.{check.name}"),
                value=_tile_value(check, texts),
            )


def _recording_note(report: Report, tiles: tuple[Tile, ...], texts: Texts) -> str:
    """What the tiles do not say; empty where they say all."""
    if not tiles:
        return texts("recording.nothing")
    doubted = any(tile.verdict in recording_checks.NOT_GOOD for tile in tiles)
    return texts("recording.only_answer_unclear") if report.result.state == "inconclusive" and not doubted else ""


def _tile_value(check: Check, texts: Texts) -> str:
    """What was measured, and of what is not good what is wanted."""
    doubted, unit = check.verdict in recording_checks.NOT_GOOD, f"recording.units.{check.name}"
    if check.measured is None or check.limit is None:
        if doubted:
            return texts("recording.see_why")
        return texts("recording.ask_height") if check.name == "camera_height" else "–"
    measured = texts(unit, value=plain(check.measured))
    if not doubted:
        return measured
    return texts("recording.wanted", measured=measured, limit=texts(f"examiner.{check.kind}", limit=plain(check.limit)))
