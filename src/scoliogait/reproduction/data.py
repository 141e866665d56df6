"""The walks of a reproduction: a store, or the trees of a data root imported into one; and the partitions of its rows.

Scoliosis1K takes the released partitions. A simulated cohort has other walks under the same ids, so there the released
ratios are drawn again, as the released partitions were: half of all walks train, and no person is on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from scoliogait.data.importing import import_walks
from scoliogait.data.partition import PUBLISHED, Partition, read_partition
from scoliogait.data.roster import store_roster
from scoliogait.data.scoliosis1k import TreeEntry, is_tree, scan_tree
from scoliogait.data.splitting import TrainRatio, ratio_study, split_by_ratio
from scoliogait.data.store import WalkStore, is_store
from scoliogait.errors import DataError
from scoliogait.io.read import read_walk
from scoliogait.io.system_files import is_system_file
from scoliogait.progress import Progress, no_progress
from scoliogait.reproduction.plan import Row

# Share of all walks in the one test set of the class-ratio study, and the seed of all draws of walks.
COMMON_TEST_SHARE = 0.3
SPLIT_SEED = 0
_READ = ("silhouettes", "poses")


def open_data(
    source: Path, imported: Path, before_import: Callable[[], None], progress: Progress = no_progress
) -> WalkStore:
    """The store at ``source``, or the one at ``imported`` that its trees are brought into, unless that was done before.

    before_import: called when trees were found, before anything is written. Raises DataError when there is neither a
    store nor a tree, when two trees hold the same modality, and as ``import_walks`` does.
    """
    if is_store(source):
        return WalkStore.open(source)
    if is_store(imported):
        return WalkStore.open(imported)
    trees = trees_of_root(source)
    before_import()
    return import_walks(trees, imported, progress=progress)


def trees_of_root(root: Path) -> list[Path]:
    """The tree of silhouettes and that of poses under a data root, which may be a tree itself.

    Trees that hold neither, such as exported skeleton maps, are left out: maps are drawn from poses. Raises DataError.
    """
    if not root.is_dir():
        raise DataError(f"{root}: is neither a store nor a folder; expected a store, or the root of the released trees")
    candidates = [root, *sorted(path for path in root.iterdir() if path.is_dir() and not is_system_file(path))]
    trees: dict[str, Path] = {}
    for tree in candidates:
        entry = _first_walk(tree)
        walk = None if entry is None else read_walk(entry.folder)
        for modality in _READ:
            if walk is None or getattr(walk, modality) is None:
                continue
            if modality in trees:
                raise DataError(
                    f"{root}: {trees[modality].name} and {tree.name} both hold {modality}; import the ones you mean "
                    "with `scoliogait data import`, and give that store"
                )
            trees[modality] = tree
        if tree == root and trees:
            break
    if not trees:
        raise DataError(
            f"{root}: holds no tree of silhouettes or poses; expected folders such as Scoliosis1K-sil-pkl and "
            "Scoliosis1K-pose-pkl with <id>/<class>/<view> inside, or a store"
        )
    return sorted(set(trees.values()))


def _first_walk(tree: Path) -> TreeEntry | None:
    """The first walk of a tree; None for a folder that is none, among them one that holds trees."""
    if not is_tree(tree):
        return None
    entry = scan_tree(tree)[0]
    try:
        entry.label()
    except DataError:
        return None
    return entry


def partitions_of_rows(store: WalkStore, rows: Sequence[Row]) -> dict[str, Partition]:
    """The partition of each row, by row name. The same walks give the same partitions.

    Raises DataError when the store lacks ids of a released partition, or has too few walks of a class.
    """
    roster = store_roster(store)
    ratios = {split: TrainRatio(1, 1, int(split[2:])) for split in PUBLISHED}
    made: dict[tuple[str, bool], Partition] = {}
    if any(row.common_test for row in rows):
        study = ratio_study(roster, list(ratios.values()), COMMON_TEST_SHARE, SPLIT_SEED, "common")
        made |= {(split, True): partition for split, partition in zip(ratios, study, strict=True)}
    for split in dict.fromkeys(row.split for row in rows if not row.common_test):
        if roster.simulated:
            made[split, False] = split_by_ratio(roster, ratios[split], SPLIT_SEED, f"simulated-{split}")
        else:
            made[split, False] = read_partition(split)
            roster.require(made[split, False])
    return {row.name: made[row.split, row.common_test] for row in rows}


def check_modalities(store: WalkStore, rows: Sequence[Row]) -> None:
    """Raise DataError that lists the rows whose models need what the walks of the store do not have."""
    for modality in _READ:
        lacking = [r.name for r in rows if modality in r.load().contract.needed_modalities]
        if lacking and modality not in store.modalities:
            raise DataError(
                f"{store.path}: its walks have no {modality}, which {len(lacking)} of the {len(rows)} rows need "
                f"({', '.join(lacking)}); leave them out with --rows"
            )
