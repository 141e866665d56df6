"""Walks sampled per second, 30 random frames each: from the store, and by unpickling whole walks as OpenGait does.

The same frames of the same walks are drawn both ways, in turns, after everything was read once: both find their files
in the system's cache, and the pages of the store are mapped, as after the first steps of a training run. The pickles
are loaded with plain ``pickle.load``, faster than our own restricted reading.
"""

from __future__ import annotations

import pickle
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from scoliogait.data.store import WalkStore, write_store
from scoliogait.walk import Walk

N_WALKS = 150
N_FRAMES = 300
N_SAMPLED = 30
N_ROUNDS = 11
TARGET_RATIO = 5.0

# (index of the walk, indices of the frames)
Draw = tuple[int, NDArray[np.int64]]


def run() -> list[dict[str, Any]]:
    """Measure poses and silhouettes, print the table, and give its rows."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        store = write_store(Path(folder) / "store", (_walk(rng, index) for index in range(N_WALKS)), {})
        rows = [_measure(store, modality, Path(folder), rng) for modality in ("poses", "silhouettes")]
    _print(rows)
    return rows


def _walk(rng: np.random.Generator, index: int) -> Walk:
    return Walk(
        walk_id=f"w{index}",
        poses=rng.random((N_FRAMES, 17, 3), dtype=np.float32),
        silhouettes=rng.integers(0, 256, (N_FRAMES, 64, 64), dtype=np.uint8),
        silhouettes_aligned=True,
    )


def _measure(store: WalkStore, modality: str, folder: Path, rng: np.random.Generator) -> dict[str, Any]:
    for index in range(len(store)):
        with (folder / f"{modality}-{index}.pkl").open("wb") as stream:
            pickle.dump(store.frames(modality, index), stream)

    def from_store(draw: Draw) -> NDArray[Any]:
        return store.frames(modality, *draw)

    def from_pickle(draw: Draw) -> NDArray[Any]:
        index, frame_indices = draw
        with (folder / f"{modality}-{index}.pkl").open("rb") as stream:
            return np.asarray(pickle.load(stream))[frame_indices]

    store.verify()
    _walks_per_s(from_pickle, [(index, np.arange(N_SAMPLED)) for index in range(len(store))])
    rates: dict[str, list[float]] = {"store": [], "pickle": []}
    for _ in range(N_ROUNDS):
        draws = [(int(i), rng.choice(N_FRAMES, N_SAMPLED, replace=False)) for i in rng.permutation(len(store))]
        assert np.array_equal(from_store(draws[0]), from_pickle(draws[0]))
        rates["store"].append(_walks_per_s(from_store, draws))
        rates["pickle"].append(_walks_per_s(from_pickle, draws))
    store_rate, pickle_rate = (statistics.median(rates[way]) for way in ("store", "pickle"))
    return {
        "modality": modality,
        "store_walks_per_s": store_rate,
        "pickle_walks_per_s": pickle_rate,
        "ratio": statistics.median(s / p for s, p in zip(rates["store"], rates["pickle"], strict=True)),
        "target_ratio": TARGET_RATIO,
    }


def _walks_per_s(sample: Callable[[Draw], NDArray[Any]], draws: list[Draw]) -> float:
    begin_s = time.perf_counter()
    for draw in draws:
        sample(draw)
    return len(draws) / (time.perf_counter() - begin_s)


def _print(rows: list[dict[str, Any]]) -> None:
    title = f"{N_SAMPLED} random frames of {N_FRAMES} a walk, warm; medians of {N_ROUNDS} rounds over {N_WALKS} walks"
    table = Table("modality", "store, walks/s", "unpickling, walks/s", "ratio", "target", title=title)
    for row in rows:
        table.add_row(
            row["modality"],
            f"{row['store_walks_per_s']:,.0f}",
            f"{row['pickle_walks_per_s']:,.0f}",
            f"{row['ratio']:.1f}x",
            f">= {row['target_ratio']:.0f}x",
        )
    Console().print(table)
