"""The pictures of a report as SVG texts. Words stand beside them, so that no picture needs a font or a language.

Colours are given as attributes, for the PDF; the classes let a page in the dark replace them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from scoliogait.result_states import ResultState
from scoliogait.screening_report.content import BodyFigure, Measured
from scoliogait.side_colours import LEFT_COLOUR, MIDDLE_COLOUR, RIGHT_COLOUR

INK, LINE, DATA, WARM = "#1c2430", "#c9d1db", "#1d4ed8", "#b45309"
_WIDTH, _HEIGHT, _REACH = 320, 22, 140  # of a bar; _REACH: from the middle to the limit of the axis
_STEPS = (2, 5, 10, 15, 30)
_SMALLEST_LIMIT = 6
_DOT = 0.01  # length of a dash that round ends make a dot of; not all programs draw one of length 0

_SIDES = {"left": (LEFT_COLOUR, ""), "right": (RIGHT_COLOUR, ' stroke-dasharray="5 3"')}
_LIMBS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"), ("shoulder", "hip"))
_SCALE = 200.0  # px a body height
# What stands at the beginning of the result, told apart by shape and not by colour.
_SHAPES = {
    "negative": '<circle class="ink-line" cx="12" cy="12" r="9" fill="none" stroke="#1c2430" stroke-width="2.5"/>',
    "neutral": '<circle class="ink-line" cx="12" cy="12" r="9" fill="none" stroke="#1c2430" stroke-width="2.5"/>'
    '<path class="ink-fill" d="M12 3a9 9 0 0 0 0 18z" fill="#1c2430"/>',
    "positive": '<path class="ink-fill" d="M12 2 22 21H2z" fill="#1c2430"/>',
    "measurements": '<rect class="ink-line" x="3.5" y="3.5" width="17" height="17" fill="none" stroke="#1c2430" '
    'stroke-width="2.5"/>',
    "inconclusive": '<path class="ink-line" d="M7 8a5 5 0 1 1 7.5 4.3C12.6 13.4 12 14 12 16" fill="none" '
    'stroke="#1c2430" stroke-width="3"/><circle class="ink-fill" cx="12" cy="20.5" r="2" fill="#1c2430"/>',
    "not usable": '<path class="ink-line" d="M4 4 20 20M20 4 4 20" stroke="#1c2430" stroke-width="3.5"/>',
}
_SHAPES["unreadable"] = _SHAPES["not usable"]


def shape_svg(state: ResultState, called: str | None) -> str:
    """The sign of a result, 24 by 24."""
    name = called or "measurements" if state == "screened" else state
    return _svg(24, 24, _SHAPES[name])


def axis_limit(values: tuple[Measured, ...]) -> int:
    """To which value, in deg, the axis of the bars reaches on both sides."""
    ends = [abs(end) for one in values for end in (one.value, *(one.interval or ()))]
    return max(_SMALLEST_LIMIT, 2 * math.ceil(max(ends, default=0.0) / 2))


def bar_svg(measured: Measured, limit: int) -> str:
    """The dot of a value and the bar of its interval on the grid of an axis that reaches to ``limit``."""
    middle = _HEIGHT / 2
    parts = list(_grid(limit, _HEIGHT))
    if measured.interval is not None:
        low, high = (_x(end, limit) for end in measured.interval)
        parts.append(
            f'<line class="data-line" x1="{low}" y1="{middle}" x2="{high}" y2="{middle}" stroke="{DATA}" '
            'stroke-width="4" stroke-linecap="round"/>'
        )
    parts.append(f'<circle class="data-fill" cx="{_x(measured.value, limit)}" cy="{middle}" r="6" fill="{DATA}"/>')
    return _svg(_WIDTH, _HEIGHT, "".join(parts))


def axis_svg(limit: int) -> str:
    """The numbers below the bars."""
    numbers = "".join(
        f'<text class="ink-fill" x="{_x(tick, limit)}" y="11" text-anchor="middle" font-family="DejaVu Sans, '
        f'sans-serif" font-size="10" fill="{INK}">{_tick_words(tick)}</text>'
        for tick in _ticks(limit)
    )
    return _svg(_WIDTH, 18, numbers)


def hundred_svg(filled: int) -> str:
    """A hundred people in five rows, the first of them filled and edged, so that they differ without colour too."""
    people: list[str] = []
    for row in range(5):
        n_filled = min(max(filled - 20 * row, 0), 20)
        people += _people(row, 0, n_filled, f'class="warm-line" stroke="{WARM}"')
        people += _people(row, n_filled, 20 - n_filled, f'class="line-line" stroke="{LINE}"')
    return _svg(320, 120, "".join(people))


def _people(row: int, first: int, n: int, look: str) -> Iterator[str]:
    """Some in a row: heads, shoulders and bodies, each one dashed line, which is far shorter than a path a person."""
    if n == 0:
        return
    middle, top, way = 16 * first + 8, 24 * row, 16 * (n - 1)
    dots = f'stroke-linecap="round" stroke-dasharray="{_DOT} {16 - _DOT}"'
    yield f'<g fill="none" {look}><path d="M{middle} {top + 5}h{way + _DOT}" stroke-width="6.8" {dots}/>'
    yield f'<path d="M{middle} {top + 14}h{way + _DOT}" stroke-width="10" {dots}/>'
    yield f'<path d="M{middle - 5} {top + 17}h{way + 10}" stroke-width="6" stroke-dasharray="10 6"/></g>'


def figure_svg(figure: BodyFigure) -> str:
    """The mean body without a face. Left is blue and solid, right is orange and dashed, lines show both tilts."""
    points = {name: (_SCALE * x, _SCALE * y) for name, (x, y) in figure.points.items()}
    drawn = "".join([*_level_lines(points), *_limbs(points), *_head(points)])
    xs, ys = [x for x, _ in points.values()], [y for _, y in points.values()]
    left, top = min(xs) - 26, min(ys) - 22
    width, height = max(xs) - left + 26, max(ys) - top + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:.1f} {top:.1f} {width:.1f} {height:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}" aria-hidden="true">{drawn}</svg>'
    )


def key_svg(side: str) -> str:
    """A piece of line as limbs of this side are drawn."""
    colour, dashes = _SIDES[side]
    line = f'<line class="{side}" x1="2" y1="6" x2="26" y2="6" stroke="{colour}" stroke-width="4"{dashes}/>'
    return _svg(28, 12, line)


def _limbs(points: dict[str, tuple[float, float]]) -> Iterator[str]:
    for side, (colour, dashes) in _SIDES.items():
        for first, second in _LIMBS:
            ends = points.get(f"{side}_{first}"), points.get(f"{side}_{second}")
            if ends[0] is not None and ends[1] is not None:
                style = f'class="{side}" stroke="{colour}" stroke-width="5" stroke-linecap="round"{dashes}'
                yield _line(ends[0], ends[1], style)


def _level_lines(points: dict[str, tuple[float, float]]) -> Iterator[str]:
    """Through shoulders and hips, longer than the body is wide, each with a level line to compare it with."""
    for pair in ("shoulder", "hip"):
        left, right = points.get(f"left_{pair}"), points.get(f"right_{pair}")
        if left is None or right is None:
            continue
        (x1, y1), (x2, y2) = sorted((left, right))
        slope = (y2 - y1) / (x2 - x1) if x2 > x1 else 0.0
        start, end, middle = x1 - 22, x2 + 22, (y1 + y2) / 2
        level = f'class="soft-line" stroke="{MIDDLE_COLOUR}" stroke-width="1" stroke-dasharray="2 3"'
        yield _line((start, middle), (end, middle), level)
        yield _line(
            (start, y1 - 22 * slope),
            (end, y2 + 22 * slope),
            f'class="ink-line" stroke="{INK}" stroke-width="1.6"',
        )


def _head(points: dict[str, tuple[float, float]]) -> Iterator[str]:
    if "head" in points:
        x, y = points["head"]
        yield (
            f'<circle class="soft-line" cx="{x:.1f}" cy="{y:.1f}" r="14" fill="none" stroke="{MIDDLE_COLOUR}" '
            'stroke-width="3"/>'
        )


def _line(first: tuple[float, float], second: tuple[float, float], style: str) -> str:
    (x1, y1), (x2, y2) = first, second
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def _grid(limit: int, height: int) -> Iterator[str]:
    for tick in _ticks(limit):
        kind = ("ink-line", INK) if tick == 0 else ("line-line", LINE)
        x = _x(tick, limit)
        yield f'<line class="{kind[0]}" x1="{x}" y1="0" x2="{x}" y2="{height}" stroke="{kind[1]}" stroke-width="1.2"/>'


def _ticks(limit: int) -> list[int]:
    step = next((step for step in _STEPS if limit / step <= 4), _STEPS[-1])
    most = limit // step
    return [step * place for place in range(-most, most + 1)]


def _tick_words(tick: int) -> str:
    sign = "+" if tick > 0 else "\N{MINUS SIGN}" if tick < 0 else ""
    return f"{sign}{abs(tick)}°"


def _x(value: float, limit: int) -> float:
    return round(_WIDTH / 2 + _REACH * value / limit, 1)


def _svg(width: int, height: int, drawn: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-hidden="true">{drawn}</svg>'
    )
