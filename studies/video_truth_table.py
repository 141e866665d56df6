"""The tables of the page on videos and truth, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_METRICS = ("height", "midline", "tilt")
_FORMATS = ("{:.2f}", "{:.2f}", "{:.1f}")


def tables(content: Mapping[str, Any]) -> Iterator[str]:
    """In the order of the page."""
    yield "\n".join(f"- {name}: {value:,.4g}" for name, value in content["seen"].items())
    yield _table(
        ["pair", "planted spread", "response", "error of one pass", "error of both"],
        [
            [pair, *(_three(row[name]) for name in ("spread", "response", "one pass", "both"))]
            for pair, row in content["errors"].items()
        ],
    )
    yield _table(
        ["poses", "motion", "passes", "least errors", "walkers", *_METRICS],
        [
            [
                row["poses"],
                row["motion"],
                row["passes"],
                "yes" if row["least errors"] else "no",
                str(row["walkers"]),
                *map(_share, row["inside"]),
            ]
            for row in content["coverage"]
        ],
    )
    both = [row for row in content["coverage"] if row["passes"] == "both" and row["poses"] == "network"]
    yield _table(
        ["motion", "least errors", *both[0]["pairs"]],
        [
            [
                row["motion"],
                "yes" if row["least errors"] else "no",
                *(
                    f"{100 * shares[2]:.0f} % (±{row['half_widths'][pair][2]:.1f}°)"
                    for pair, shares in row["pairs"].items()
                ),
            ]
            for row in both
        ],
    )
    yield _table(
        ["captured walks, both passes", *_METRICS],
        [[name, *map(_share, inside)] for name, inside in content["captured"].items()],
    )
    for seeds, rows in content["expected"].items():
        yield _table(
            [f"heights of captured walks, {seeds}", "expected of all", "expected of theirs", "held", "held of all"],
            [[pair, *_expected(row)] for pair, row in rows.items()],
        )
    columns = list(next(iter(content["followed"].values())))
    yield _table(
        ["height from picture to picture", *columns],
        [[pair, *(f"{row[name]:.2f}" for name in columns)] for pair, row in content["followed"].items()],
    )
    yield "\n".join(f"- knees by {name}: {value:.2f}" for name, value in content["knees between"].items())
    yield _table(
        ["passes", "error of the roll", "half width", "inside 95 %"],
        [
            [way, f"{row['error']:.2f}°", f"{row['half width']:.2f}°", _share(row["inside"])]
            for way, row in content["roll"].items()
        ],
    )
    repeats = content["repeats"]
    kinds = list(next(iter(repeats.values())))
    yield _table(["pair", *kinds], [[pair, *(_three(row[kind]) for kind in kinds)] for pair, row in repeats.items()])

    columns = list(next(iter(content["sizes"].values())))
    for column, metric in enumerate(_METRICS[:2]):
        yield _table(
            [f"pair: {metric}", *columns],
            [[pair, *(f"{row[name][column]:.2f}" for name in columns)] for pair, row in content["sizes"].items()],
        )
    calibration = content["calibration"]
    kinds = [name for name in calibration["height"][0] if name != "scale"]
    yield _table(
        ["least errors times", *(f"{metric}: {kind}" for metric in calibration for kind in kinds)],
        [
            [f"{both[0]['scale']:.1f}", *(f"{100 * row[kind]:.0f} %" for row in both for kind in kinds)]
            for both in zip(*calibration.values(), strict=True)
        ],
    )
    exact = content["exact rolls"]
    yield f"{exact['passes']} passes of exact joints: error {exact['error']:.2f}°, stated {exact['stated']:.2f}°"
    yield _table(
        ["degrees of freedom", "rolls inside"],
        [[f"{freedom:g}", f"{100 * held:.1f} %"] for freedom, held in exact["inside"]],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _three(values: Sequence[float]) -> str:
    """Height, midline and tilt."""
    return " / ".join(form.format(value) for form, value in zip(_FORMATS, values, strict=True))


def _expected(row: Mapping[str, Any]) -> list[str]:
    of_all, own, held_of_all = (f"{100 * row[name]:.0f} %" for name in ("of all", "of theirs", "held of all"))
    return [of_all, own, _share(row["held"]), held_of_all]


def _share(held: Mapping[str, Any]) -> str:
    low, high = held["interval"]
    return f"{100 * held['share']:.0f} % [{100 * low:.0f}, {100 * high:.0f}] of {held['n']}"
