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
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.inspect import inspect_checkpoint
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.checkpoints.opengait import load_checkpoint
from scoliogait.checkpoints.opengait_config import OpenGaitConfig
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.files import sha256_of
from scoliogait.labels import CLASS_NAMES, LabelOrder
from scoliogait.ledger import Ledger
from scoliogait.models.config import ModelConfig
from scoliogait.models.device import choose_device
from scoliogait.models.drf import DRF
from scoliogait.models.sconet import ScoNet
from scoliogait.provenance import Selection
from scoliogait.representation.contract import InputContract
from scoliogait.results.audit_contracts import (
    Stated,
    candidate_contracts,
    stated_by_bundle,
    stated_by_file,
    stated_first,
)
from scoliogait.results.audit_effort import frames_that_fit
from scoliogait.results.audit_rows import AuditRow, Tried, decision, tried
from scoliogait.results.opening import Opening, open_test_set
from scoliogait.results.shared_passes import SharedPasses
from scoliogait.training.predict import predict_walks
from scoliogait.training.walks import RunWalks, with_pav_statistics

CLASS_ORDERS = tuple(LabelOrder.from_names(names) for names in permutations(CLASS_NAMES))


@dataclass(frozen=True, eq=False)
class Audit:
    """A model, its logits in the order of the file, and the contracts that the walks of a store can serve.

    digest: of the model. n_frames: of longer walks only so many are looked at, spread evenly; None: all.
    """

    path: Path
    digest: str
    module: ScoNet | DRF
    store: WalkStore
    partition: Partition
    stated: Stated
    contracts: Mapping[str, InputContract]
    n_frames: int | None


@dataclass(frozen=True)
class Audited:
    """rows: six, one for each class order, for every contract. decision: lines on the input and the order."""

    rows: tuple[AuditRow, ...]
    decision: tuple[str, ...]


def prepare_audit(
    path: str | Path,
    store: WalkStore,
    partition: Partition,
    config: OpenGaitConfig | None = None,
    n_frames: int | None = None,
) -> Audit:
    """Read a checkpoint or bundle and see what it could be fed with; no walk is predicted, and no test walk is read.

    config: the YAML that a checkpoint came with. n_frames: to look at, of each walk; None: all on an accelerator, else
    what two cores do in half a minute for 60 walks (``frames_that_fit``).
    Raises ModelError as ``load_checkpoint`` and ``load_bundle`` do; DataError when the store lacks ids of the
    partition, a class of theirs, or all that the model could be fed with.
    """
    digest, module, stated = read_audited(path, config)
    train = store.indices_of(partition.train)
    listed = store.indices_of(partition.ids)
    if (store.labels[listed] < 0).any():
        first = store.walk_ids[listed[int(np.argmax(store.labels[listed] < 0))]]
        raise DataError(f"{store.path}: walk {first!r} has no class, so an audit cannot say whether it is called right")
    every = stated_first(stated.contract, candidate_contracts(module.config))
    served = {name: contract for name, contract in every.items() if _serves(store, contract, train)}
    if not served:
        raise DataError(f"{store.path}: its walks have {', '.join(sorted(store.modalities))}; none can feed {path}")
    if n_frames is None and choose_device().type == "cpu":
        n_frames = frames_that_fit(module, served.values())
    return Audit(Path(path), digest, module, store, partition, stated, served, n_frames)


def read_audited(path: str | Path, config: OpenGaitConfig | None) -> tuple[str, ScoNet | DRF, Stated]:
    """Digest, network and what is stated of its input. Raises ModelError for a network that no audit is for, DataError
    for a YAML beside a bundle."""
    folder = model_folder(path)
    if folder.is_dir():
        if config is not None:
            raise DataError(f"{config.path}: no use for a YAML with a bundle, which states its contract; leave it out")
        bundle = load_bundle(folder)
        candidate_contracts(bundle.architecture)
        digest, module, stated = bundle.digest, bundle.module, stated_by_bundle(bundle)
    else:
        module = load_checkpoint(path)
        assert isinstance(module.config, ModelConfig)
        published = next(iter(candidate_contracts(module.config).values()))
        digest, stated = sha256_of(folder), stated_by_file(published, inspect_checkpoint(path), config)
    assert isinstance(module, ScoNet | DRF)  # candidate_contracts refuses all others
    return digest, module, stated


def audit_training_walks(audit: Audit, progress: Callable[[str], None] | None = None) -> Audited:
    """Six rows, one for each class order, for every contract of the audit. Writes nothing.

    progress: called with the name of each representation before its walks are predicted.
    """
    return _audited(audit, audit.store.indices_of(audit.partition.train), progress)


def audit_test_walks(
    audit: Audit, ledger: Ledger, progress: Callable[[str], None] | None = None
) -> tuple[Audited, Opening]:
    """The same of the test walks, whose opening is noted first.

    Raises DataError when the ledger cannot be read or written: then no test walk is predicted.
    """
    try:
        opening = open_test_set(
            ledger, audit.store, audit.partition, model_digest=audit.digest, selection=Selection.DIAGNOSIS
        )
    except DataError as error:
        raise DataError(
            f"the test walks stay closed, since their opening cannot be noted; name another ledger with --ledger, or "
            f"audit training walks with --subset train ({error})"
        ) from error
    return _audited(audit, opening.indices, progress), opening


def contamination(split: str | None, partition: Partition) -> str | None:
    """A caution when the file name and the partition are of different published splits; None otherwise."""
    if split is None or split == partition.name:
        return None
    return (
        f"The file name says split {split}, the walks are of {partition.words}: many of its test walks may "
        "have trained this model, so the figures may be too high."
    )


def _audited(audit: Audit, indices: NDArray[np.int64], progress: Callable[[str], None] | None) -> Audited:
    every = list(_tried(audit, indices, progress))
    return Audited(tuple(one.row for one in every), decision(every, audit.store.labels[indices]))


def _tried(audit: Audit, indices: NDArray[np.int64], progress: Callable[[str], None] | None) -> Iterator[Tried]:
    store, stated = audit.store, audit.stated
    train = store.indices_of(audit.partition.train)
    walks = RunWalks(store, audit.partition, train, np.zeros(0, dtype=np.int64))
    network, device = SharedPasses(audit.module), choose_device()
    for name, contract in audit.contracts.items():
        if progress is not None:
            progress(name)
        ready = with_pav_statistics(contract, walks)
        logits = predict_walks(network, ready, store, indices, device, n_spread=audit.n_frames).scores()
        for order in CLASS_ORDERS:
            is_stated = contract == stated.contract and stated.order in (None, order)
            yield tried(name, ready, order, logits, store.labels[indices], is_stated)


def _serves(store: WalkStore, contract: InputContract, indices: NDArray[np.int64]) -> bool:
    if not set(contract.needed_modalities) <= store.modalities:
        return False
    if contract.pav is None or contract.pav.form != "exported":
        return True
    return all(store.walk(index, contract.modalities).asymmetry is not None for index in indices[:1].tolist())
