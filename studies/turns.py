"""Where do people turn round, is it found, and what is cutting worth? ``python -m studies.turns --out FOLDER``.

Simulated people, by the published curves or captured motion, walk towards the camera, turn and walk away; or one way
only, straight, obliquely and across. Are turns found within half a second, and single passes left alone, also with
exchanged sides, missing joints and poor keypoints? Then each recording is screened as a whole, and cut into the passes
of a session. Writes turns.json and turns.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.api.places import DEFAULT_MODEL
from scoliogait.api.screen import screen
from scoliogait.api.session import Session
from scoliogait.evaluation.intervals import wilson_interval
from scoliogait.files import atomic_file, write_json
from scoliogait.measurement.posture import Posture
from scoliogait.measurement.side_swaps import exchange_pairs, repair_side_swaps
from scoliogait.measurement.turns import facing_width, find_passes
from scoliogait.screening import Screener, load_model
from scoliogait.skeleton import PAIR_NAMES
from studies.there_and_back import Film, ThereAndBack

Poses = NDArray[np.float32]
Change = Callable[[Poses, np.random.Generator], Poses]

# Limits were set on seeds 7, 21 and 77.
SEED = 131
N_PEOPLE = 100
NEAR_S = 0.5
ROLLS_DEG = (0.0, 5.0)
TO_AND_FRO = {
    "published curves, 15 Hz": ThereAndBack(),
    "captured motion, 30 Hz": ThereAndBack(captured=True, rate_hz=30.0),
    "six passes of 3 m": ThereAndBack(n_passes=6, length_m=3.0),
    "turns of 0.4 s, 30 Hz": ThereAndBack(turn_s=0.4, rate_hz=30.0),
    "turns of 8 s": ThereAndBack(turn_s=8.0),
    "oblique, 45 degrees": ThereAndBack(heading_deg=45.0),
    "across, 90 degrees": ThereAndBack(heading_deg=90.0),
}
ONE_WAY = {
    "towards": ThereAndBack(n_passes=1, length_m=6.0),
    "away": ThereAndBack(n_passes=1, length_m=6.0, heading_deg=180.0),
    "captured motion, 30 Hz": ThereAndBack(n_passes=1, length_m=6.0, captured=True, rate_hz=30.0),
    "oblique, 50 degrees": ThereAndBack(n_passes=1, length_m=6.0, heading_deg=50.0),
    "across, 90 degrees": ThereAndBack(n_passes=1, length_m=6.0, heading_deg=90.0),
}


def _exchanged(poses: Poses, rng: np.random.Generator) -> Poses:
    """Everything from the left to the right in three to five tenths of the frames, in one piece."""
    n_frames = int(len(poses) * rng.uniform(0.3, 0.5))
    first = int(rng.integers(len(poses) - n_frames + 1))
    pairs = np.zeros((len(poses), len(PAIR_NAMES)), bool)
    pairs[first : first + n_frames] = True
    return exchange_pairs(poses, pairs)


def _lost(poses: Poses, rng: np.random.Generator) -> Poses:
    return np.where(rng.random(poses.shape[:2])[..., None] < 0.3, np.float32(0), poses)


def _poor(poses: Poses, rng: np.random.Generator) -> Poses:
    worse = poses.copy()
    worse[..., :2] += rng.normal(0.0, 8.0, worse[..., :2].shape)
    return worse


CHANGES: dict[str, Change] = {
    "as recorded": lambda poses, _: poses,
    "exchanged in 30 to 50 % of the frames, in one piece": _exchanged,
    "30 % of the joints missing": _lost,
    "keypoints 8 px off": _poor,
}


_HEADINGS = {
    "roll held": "roll within its interval",
    "roll error": "mean error of the roll",
    "inconclusive": "inconclusive",
    "shoulders held": "shoulder tilt within its interval",
    "shoulders error": "mean error",
    "hips held": "hip tilt within its interval",
    "hips error": "mean error",
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m studies.turns", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for turns.json and turns.md")
    parser.add_argument("--people", type=int, default=N_PEOPLE)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args(arguments)
    widths = {name: widths_of(kind, options.people) for name, kind in ONE_WAY.items()}
    found = {
        f"{name}{'' if rate else ', rate unknown'}": found_turns(kind, options.people, rate_known=rate)
        for name, kind in TO_AND_FRO.items()
        for rate in (True, False)
    }
    changed = {
        change: {
            "to and fro": found_turns(ThereAndBack(), options.people, CHANGES[change]),
            **{name: found_turns(kind, options.people, CHANGES[change]) for name, kind in ONE_WAY.items()},
        }
        for change in CHANGES
    }
    screener = load_model(options.model, "cpu")
    ways = {
        f"{way}, camera rolled by {roll:g}": own
        for roll in ROLLS_DEG
        for way, own in whole_and_cut(ThereAndBack(roll_deg=roll), options.people, screener).items()
    }
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "turns.json", {"widths": widths, "found": found, "changed": changed, "ways": ways})
    with atomic_file(options.out / "turns.md") as path:
        path.write_text("\n\n".join(tables(widths, found, changed, ways)) + "\n", encoding="utf-8")
    print(f"{options.out}: turns.json, turns.md")


@cache
def films_of(kind: ThereAndBack, n_people: int) -> tuple[Film, ...]:
    """The same recordings for every question."""
    return tuple(kind.films(n_people, SEED))


def widths_of(kind: ThereAndBack, n_people: int) -> dict[str, float]:
    """Quantiles of the size of the facing width over all frames of walks without a turn."""
    films = films_of(kind, n_people)
    widths = np.concatenate([np.abs(facing_width(film.walk.poses)) for film in films if film.walk.poses is not None])
    low, middle, high = np.quantile(widths, [0.001, 0.5, 0.999]).tolist()
    return {"low": low, "median": middle, "high": high}


def found_turns(
    kind: ThereAndBack, n_people: int, change: Change = CHANGES["as recorded"], rate_known: bool = True
) -> dict[str, int]:
    """Planted turns, those found within ``NEAR_S``, cuts further from any, and recordings that were cut."""
    counts = dict.fromkeys(("n", "turns", "found", "false", "cut"), 0)
    for number, film in enumerate(films_of(kind, n_people)):
        assert film.walk.poses is not None, "a simulated walk has poses"
        changed = change(film.walk.poses, np.random.default_rng([SEED, number]))
        spans = find_passes(repair_side_swaps(changed)[0], kind.rate_hz if rate_known else None)
        cuts_s = [(one.stop + other.first) / 2 / kind.rate_hz for one, other in pairwise(spans)]
        counts["n"] += 1
        counts["turns"] += len(film.turns_s)
        counts["found"] += sum(_near(turn, cuts_s) for turn in film.turns_s)
        counts["false"] += sum(not _near(cut, film.turns_s) for cut in cuts_s)
        counts["cut"] += bool(spans)
    return counts


def _near(time_s: float, others_s: Sequence[float]) -> bool:
    return any(abs(time_s - other) <= NEAR_S for other in others_s)


def whole_and_cut(kind: ThereAndBack, n_people: int, screener: Screener) -> dict[str, dict[str, float]]:
    """Roll and tilts against the truth, and answers, of recordings screened as a whole and cut into a session."""
    rows: dict[str, list[dict[str, float]]] = {"as a whole": [], "cut into a session": []}
    for film in films_of(kind, n_people):
        whole = screen(film.walk, screener)
        session = Session.screen([film.walk], screener)
        rows["as a whole"].append(_row(film, whole.asymmetry, kind.roll_deg, whole.inconclusive))
        rows["cut into a session"].append(_row(film, session.asymmetry, kind.roll_deg, session.inconclusive))
    return {way: {name: float(np.nanmean([row[name] for row in own])) for name in own[0]} for way, own in rows.items()}


def _row(film: Film, posture: Posture, roll_deg: float, inconclusive: bool) -> dict[str, float]:
    roll = posture.camera_roll_deg
    assert roll is not None, "both directions show the body's axis"
    row = {
        "roll held": float(roll.interval[0] <= roll_deg <= roll.interval[1]),
        "roll error": abs(roll.value - roll_deg),
        "inconclusive": float(inconclusive),
    }
    for pair in ("shoulders", "hips"):
        tilt = posture[pair].tilt_deg
        truth = float(np.rad2deg(film.truth[PAIR_NAMES.index(pair), 2]))
        assert tilt is not None, "the trunk is seen"
        low, high = tilt.interval or (np.nan, np.nan)
        row |= {f"{pair} held": float(low <= truth <= high), f"{pair} error": abs(tilt.value - truth)}
    return row


def tables(
    widths: Mapping[str, Mapping[str, float]],
    found: Mapping[str, Mapping[str, int]],
    changed: Mapping[str, Mapping[str, Mapping[str, int]]],
    ways: Mapping[str, Mapping[str, float]],
) -> list[str]:
    """The tables of the page, in its order."""
    rows = [[name, *(f"{own[key]:.2f}" for key in ("low", "median", "high"))] for name, own in widths.items()]
    first = _table(["one way", "0.1 % of frames below", "median", "0.1 % above"], rows)
    rows = [[name, _share(own["found"], own["turns"]), str(own["false"])] for name, own in found.items()]
    second = _table(["to and fro", f"turns found within {NEAR_S:g} s", "cuts elsewhere"], rows)
    rows = [
        [
            change,
            _share(own["to and fro"]["found"], own["to and fro"]["turns"]),
            str(own["to and fro"]["false"]),
            *(_share(own[name]["cut"], own[name]["n"]) for name in ONE_WAY),
        ]
        for change, own in changed.items()
    ]
    heads = ["keypoints", "to and fro: turns found", "cuts elsewhere", *(f"{name}: cut" for name in ONE_WAY)]
    third = _table(heads, rows)
    kinds = {"held": "{:.0%}", "inconclusive": "{:.0%}", "error": "{:.2f}°"}
    rows = [[way, *(kinds[name.split()[-1]].format(value) for name, value in own.items())] for way, own in ways.items()]
    heads = ["screened", *(_HEADINGS[name] for name in next(iter(ways.values())))]
    fourth = _table(heads, rows)
    return [first, second, third, fourth]


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _share(count: int, total: int) -> str:
    low, high = wilson_interval(count, total)
    return f"{count} of {total} [{100 * low:.0f}, {100 * high:.0f}] %"


if __name__ == "__main__":
    main()
