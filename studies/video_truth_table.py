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
        ["poses", "motion", "passes", "mirror difference", "walkers", *_METRICS],
        [
            [
                row["poses"],
                row["motion"],
                row["passes"],
                "yes" if row["mirror"] else "no",
                str(row["walkers"]),
                *map(_share, row["inside"]),
            ]
            for row in content["coverage"]
        ],
    )
    both = [row for row in content["coverage"] if row["passes"] == "both" and row["poses"] == "network"]
    yield _table(
        ["motion", "mirror difference", *both[0]["pairs"]],
        [
            [
                row["motion"],
                "yes" if row["mirror"] else "no",
                *(
                    f"{100 * shares[2]:.0f} % (±{row['half_widths'][pair][2]:.1f}°)"
                    for pair, shares in row["pairs"].items()
                ),
            ]
            for row in both
        ],
    )
    yield _table(
        ["passes", "error of the roll", "stated", "inside 95 %"],
        [
            [way, f"{row['error']:.2f}°", f"{row['stated']:.2f}°", _share(row["inside"])]
            for way, row in content["roll"].items()
        ],
    )
    repeats = content["repeats"]
    kinds = list(next(iter(repeats.values())))
    yield _table(["pair", *kinds], [[pair, *(_three(row[kind]) for kind in kinds)] for pair, row in repeats.items()])

    yield _table(
        ["pair", *(f"{what}, {metric}" for metric in _METRICS[:2] for what in ("error", "mirror difference", "ratio"))],
        [[pair, *_share_cells(row)] for pair, row in content["shares"].items()],
    )
    yield _table(
        ["share", *content["calibration"]],
        [
            [f"{rows[0][0]:.1f}", *(f"{100 * held:.0f} %" for _, held in rows)]
            for rows in zip(*content["calibration"].values(), strict=True)
        ],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _share_cells(row: Mapping[str, Sequence[float]]) -> list[str]:
    pairs = zip(row["error"], row["mirror difference"], strict=True)
    return [cell for error, size in pairs for cell in (f"{error:.2f}", f"{size:.2f}", f"{error / size:.2f}")]


def _three(values: Sequence[float]) -> str:
    """Height, midline and tilt."""
    return " / ".join(form.format(value) for form, value in zip(_FORMATS, values, strict=True))


def _share(held: Mapping[str, Any]) -> str:
    low, high = held["interval"]
    return f"{100 * held['share']:.0f} % [{100 * low:.0f}, {100 * high:.0f}] of {held['n']}"
