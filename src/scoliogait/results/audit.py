"""Which contract might a checkpoint have been trained with? Every class order on nearby representations.

A diagnosis, never a result: the best of many rows is the best by choice. It helps to find out what a file is; the
figure of a model needs a contract that is known from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait.checkpoints.opengait import load_checkpoint
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError, ModelError
from scoliogait.evaluation.metrics import confusion_matrix, metrics_of_tables, predicted_classes
from scoliogait.files import sha256_of
from scoliogait.labels import CLASS_NAMES, LabelOrder
from scoliogait.ledger import Ledger
from scoliogait.models.config import DRFConfig, ModelConfig, ScoNetConfig
from scoliogait.models.device import choose_device
from scoliogait.provenance import Selection
from scoliogait.representation.contract import BODY_ONLY_SIGMA15_JOINT8, OPENGAIT_SILHOUETTE, InputContract
from scoliogait.representation.pav import PavConfig
from scoliogait.representation.skeleton_map import SkeletonMapConfig
from scoliogait.results.opening import Opening, open_test_set
from scoliogait.training.predict import predict_walks
from scoliogait.training.walks import RunWalks, with_pav_statistics

DIAGNOSIS = "diagnosis"
CLASS_ORDERS = tuple(LabelOrder.from_names(names) for names in permutations(CLASS_NAMES))


@dataclass(frozen=True)
class AuditRow:
    """One class order on one representation. Figures are fractions 0..1, macro averages over all three classes.

    n_called: how many classes are called at all. One means that the input makes no difference to the model.
    """

    representation: str
    contract: str
    label_order: tuple[str, ...]
    n_walks: int
    n_called: int
    accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    kind: str = DIAGNOSIS


def candidate_contracts(architecture: ModelConfig) -> dict[str, InputContract]:
    """Contracts that the weights could be fed by, one change from the published one each, by a name for the table.

    PAV ranges are not filled in. Raises ModelError for an architecture that no published checkpoint has.
    """
    if not isinstance(architecture, ScoNetConfig | DRFConfig) or architecture.in_channels not in (1, 2):
        raise ModelError(
            f"an audit is for ScoNet and DRF with 1 or 2 channels; this is a {type(architecture).__name__} with "
            f"{architecture.frame_channels}"
        )
    if architecture.frame_channels == 1:
        return {
            "silhouette": OPENGAIT_SILHOUETTE,
            "silhouette, no cut": OPENGAIT_SILHOUETTE.model_copy(update={"cut_columns": False}),
        }
    pav = PavConfig(statistics="dataset") if architecture.takes_pav else None
    return dict(_map_contracts(pav))


def _map_contracts(pav: PavConfig | None) -> Iterator[tuple[str, InputContract]]:
    published = InputContract(representation="skeleton-map", skeleton_map=SkeletonMapConfig(), pav=pav)
    yield "aligned maps", published
    yield "no cut", published.model_copy(update={"cut_columns": False})
    changes: dict[str, dict[str, object]] = {
        "sigma 15": {"sigma_limb": 15.0, "sigma_joint": 15.0},
        "sigma 15/8": {"sigma_limb": 15.0},
        "alignment shared": {"alignment": "shared"},
        "alignment none": {"alignment": "none"},
        "sum": {"reduction": "sum"},
        "body-only": {"joints": "body-only"},
    }
    for name, change in changes.items():
        maps = SkeletonMapConfig().model_copy(update=change)
        yield name, published.model_copy(update={"skeleton_map": maps})
    yield "body-only 15/8 shared", BODY_ONLY_SIGMA15_JOINT8.model_copy(update={"pav": pav})
    if pav is not None:
        yield "PAV of train walks", published.model_copy(update={"pav": PavConfig(statistics="train")})
    given = None if pav is None else PavConfig(form="exported", statistics="dataset")
    exported = InputContract(representation="exported-skeleton-map", pav=given)
    yield "exported", exported
    yield "exported, no cut", exported.model_copy(update={"cut_columns": False})


@dataclass(frozen=True, eq=False)
class Audit:
    """A checkpoint, its logits in the order of the file, and the contracts that the walks of a store can serve."""

    path: Path
    module: torch.nn.Module
    store: WalkStore
    partition: Partition
    contracts: Mapping[str, InputContract]


def prepare_audit(path: str | Path, store: WalkStore, partition: Partition) -> Audit:
    """Read the checkpoint and see what it could be fed with; no walk is predicted, and no test walk is read.

    Raises ModelError as ``load_checkpoint`` does; DataError when the store lacks ids of the partition, a class of
    theirs, or all that the model could be fed with.
    """
    module = load_checkpoint(path)
    train = store.indices_of(partition.train)
    listed = store.indices_of(partition.ids)
    if (store.labels[listed] < 0).any():
        first = store.walk_ids[listed[int(np.argmax(store.labels[listed] < 0))]]
        raise DataError(f"{store.path}: walk {first!r} has no class, so an audit cannot say whether it is called right")
    served = {n: c for n, c in candidate_contracts(_config_of(module)).items() if _serves(store, c, train)}
    if not served:
        raise DataError(f"{store.path}: its walks have {', '.join(sorted(store.modalities))}; none can feed {path}")
    return Audit(Path(path), module, store, partition, served)


def audit_training_walks(audit: Audit, progress: Callable[[str], None] | None = None) -> tuple[AuditRow, ...]:
    """Six rows, one for each class order, for every contract of the audit. Writes nothing.

    progress: called with the name of each representation before its walks are predicted.
    """
    return tuple(_rows(audit, audit.store.indices_of(audit.partition.train), progress))


def audit_test_walks(
    audit: Audit, ledger: Ledger, progress: Callable[[str], None] | None = None
) -> tuple[tuple[AuditRow, ...], Opening]:
    """The same of the test walks, whose opening is noted first.

    Raises DataError when the ledger cannot be read or written: then no test walk is predicted.
    """
    digest = sha256_of(audit.path)
    try:
        opening = open_test_set(
            ledger, audit.store, audit.partition, model_digest=digest, selection=Selection.DIAGNOSIS
        )
    except DataError as error:
        raise DataError(
            f"the test walks stay closed, since their opening cannot be noted; name another ledger with --ledger, or "
            f"audit training walks with --subset train ({error})"
        ) from error
    return tuple(_rows(audit, opening.indices, progress)), opening


def contamination(split: str | None, partition: Partition) -> str | None:
    """A caution when the file name and the partition are of different published splits; None otherwise."""
    if split is None or split == partition.name:
        return None
    return (
        f"The file name says split {split}, the walks are of {partition.words}: many of its test walks may "
        "have trained this model, so the figures may be too high."
    )


def _rows(audit: Audit, indices: NDArray[np.int64], progress: Callable[[str], None] | None) -> Iterator[AuditRow]:
    store = audit.store
    train = store.indices_of(audit.partition.train)
    walks = RunWalks(store, audit.partition, train, np.zeros(0, dtype=np.int64))
    for name, contract in audit.contracts.items():
        if progress is not None:
            progress(name)
        ready = with_pav_statistics(contract, walks)
        logits = predict_walks(audit.module, ready, store, indices, choose_device()).scores()
        for order in CLASS_ORDERS:
            yield _row(name, ready, order, logits, store.labels[indices])


def _row(
    name: str, contract: InputContract, order: LabelOrder, logits: NDArray[np.float64], labels: NDArray[np.int64]
) -> AuditRow:
    in_our_order = logits[:, order.columns_in_our_order()]
    called = predicted_classes(in_our_order)
    figures = metrics_of_tables(confusion_matrix(labels, called))
    return AuditRow(
        representation=name,
        contract=contract.describe(),
        label_order=order.names,
        n_walks=len(labels),
        n_called=len(set(called.tolist())),
        accuracy=float(figures["accuracy"]),
        macro_precision=float(figures["macro_precision_three_class"]),
        macro_recall=float(figures["macro_recall_three_class"]),
        macro_f1=float(figures["macro_f1_three_class"]),
    )


def _serves(store: WalkStore, contract: InputContract, indices: NDArray[np.int64]) -> bool:
    if not set(contract.needed_modalities) <= store.modalities:
        return False
    if contract.pav is None or contract.pav.form != "exported":
        return True
    return all(store.walk(index, contract.modalities).asymmetry is not None for index in indices[:1].tolist())


def _config_of(module: torch.nn.Module) -> ModelConfig:
    config = module.config
    assert isinstance(config, ModelConfig)
    return config
