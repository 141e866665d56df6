"""PAV statistics for a checkpoint that does not hold its own: from a file, or from the walks of a store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scoliogait.checkpoints.presets import find_preset
from scoliogait.data.partition import given_or_own, read_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError, ModelError
from scoliogait.files import read_json
from scoliogait.io.restricted_pickle import load_arrays
from scoliogait.representation.asymmetry import PavStatistics
from scoliogait.skeleton import PAIR_NAMES
from scoliogait.training.walks import RunWalks, with_pav_statistics
from scoliogait.walk import N_PAIRS_BY_METRICS


def read_pav_statistics(path: str | Path) -> PavStatistics:
    """JSON with ``minimum``, ``maximum`` (8 rows of 3), ``which`` ("train" or "dataset") and ``pairs``; or a pickle
    with ``pav_min``, ``pav_max`` and ``stats_partition`` (None: the whole data set). Nothing in it is executed.

    Raises DataError naming file, field and what is wrong, above all for another joint layout.
    """
    source = Path(path)
    minimum, maximum, which = _from_pickle(source) if source.suffix == ".pkl" else _from_json(source)
    try:
        return PavStatistics(_array(minimum, "minimum", source), _array(maximum, "maximum", source), which)
    except ModelError as error:
        raise DataError(f"{source}: {error}") from error


def statistics_of_store(preset: str, data: str | Path, partition: str | None) -> tuple[PavStatistics, str]:
    """The statistics that a preset asks for, from the poses of a store, and where they come from in words.

    Its training walks, or all walks of the partition, as the preset says. partition: a name or a path; None:
    the store's own.
    Raises ModelError for a preset without a PAV that is scaled here, DataError when the store lacks poses or ids.
    """
    contract = find_preset(preset).contract
    if contract.pav is None or contract.pav.form == "exported":
        raise ModelError(f"preset {preset} needs no PAV statistics, so --data has no use; leave it out")
    store = WalkStore.open(data)
    if "poses" not in store.modalities:
        raise DataError(f"{store.path}: its walks have no poses, from which PAV statistics are computed")
    chosen = read_partition(given_or_own(partition, store.path))
    walks = RunWalks(store, chosen, store.indices_of(chosen.train), np.zeros(0, dtype=np.int64))
    pav = with_pav_statistics(contract, walks).pav
    assert pav is not None
    origin = f"{store.name}, {chosen.words}, {pav.statistics} walks"
    return PavStatistics(np.array(pav.minimum), np.array(pav.maximum), pav.statistics), origin


def _from_pickle(path: Path) -> tuple[Any, Any, Literal["train", "dataset"]]:
    content = load_arrays(path)
    _refuse_lacking(content, ("pav_min", "pav_max", "stats_partition"), path)
    which: Literal["train", "dataset"] = "dataset" if content["stats_partition"] is None else "train"
    return content["pav_min"], content["pav_max"], which


def _from_json(path: Path) -> tuple[Any, Any, Literal["train", "dataset"]]:
    content = read_json(path)
    _refuse_lacking(content, ("minimum", "maximum", "which", "pairs"), path)
    if content["pairs"] != list(PAIR_NAMES):
        raise DataError(
            f"{path}: pairs is {content['pairs']}, another joint layout; expected {list(PAIR_NAMES)}: compute the "
            "statistics again from poses in COCO-17 order"
        )
    if content["which"] not in ("train", "dataset"):
        raise DataError(f"{path}: which is {content['which']!r}; expected 'train' or 'dataset'")
    return content["minimum"], content["maximum"], content["which"]


def _refuse_lacking(content: Any, names: tuple[str, ...], path: Path) -> None:
    lacking = [name for name in names if not isinstance(content, Mapping) or name not in content]
    if lacking:
        raise DataError(f"{path}: has no {' and no '.join(lacking)}; expected PAV statistics with {', '.join(names)}")


def _array(values: Any, name: str, path: Path) -> NDArray[np.float32]:
    try:
        given = np.asarray(values)
    except ValueError as error:
        raise DataError(
            f"{path}: {name} holds no numbers but rows of different lengths; expected 8 rows of 3"
        ) from error
    if given.dtype.kind not in "fiu":
        raise DataError(f"{path}: {name} holds no numbers ({given.dtype}); expected 8 rows of 3")
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as that
        array = given.astype(np.float32)
    if array.shape != N_PAIRS_BY_METRICS:
        raise DataError(
            f"{path}: {name} has shape {array.shape}, another joint layout; expected {N_PAIRS_BY_METRICS}: pairs of "
            "COCO-17 from eyes to ankles, and vertical, midline, angular"
        )
    return array
