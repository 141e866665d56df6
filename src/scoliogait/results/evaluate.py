"""What a model says about walks of a store: predictions first, every figure from them.

Walks that the training has seen are free to look at. Test walks are not: they take an ``Opening``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions
from scoliogait.models.device import choose_device
from scoliogait.progress import Advance
from scoliogait.provenance import ResultFacts
from scoliogait.results.opening import Opening, refuse_test_walks
from scoliogait.training.predict import predict_walks


def evaluate_seen_walks(
    bundle: Bundle,
    store: WalkStore,
    ids: Sequence[str],
    partition: Partition,
    subset: Literal["train", "validation"],
    *,
    device: torch.device | str | None = None,
    progress: Advance | None = None,
) -> Predictions:
    """What the bundle says about walks that the training has seen, with the facts that a result must carry.

    ids: walk ids, or tree ids that stand for all their walks. device: None takes a GPU when there is one. progress:
    called with the number of walks just done. Raises DataError for no walk, for test walks of the partition, for ids
    the store lacks, and for walks that lack what the model needs.
    """
    if not ids:
        raise DataError(f"{partition.words}: its {subset} set is empty; there is nothing to evaluate")
    indices = store.indices_of(ids)
    refuse_test_walks(store, partition, indices)
    place = choose_device(device)
    facts = ResultFacts(store.facts(partition, subset), bundle.facts, None, place.type)
    return _predictions(bundle, store, indices, facts, place, progress)


def evaluate_test_walks(
    opening: Opening,
    bundle: Bundle,
    *,
    device: torch.device | str | None = None,
    progress: Advance | None = None,
) -> Predictions:
    """What the bundle says about the walks of an opened test set, with the facts that a result must carry.

    device, progress: as ``evaluate_seen_walks`` takes them. Raises DataError for another model than the test set was
    opened for, and for walks that lack what the model needs.
    """
    opened_for = str(opening.about["model_digest"])
    if opened_for != bundle.digest:
        raise DataError(
            f"{bundle.path}: is model {bundle.digest[:12]}, the test set was opened for {opened_for[:12]}; open it for "
            "this model too"
        )
    place = choose_device(device)
    data = opening.store.facts(opening.partition, "test")
    facts = ResultFacts(data, bundle.facts, opening.facts, place.type, opening.seen)
    return _predictions(bundle, opening.store, opening.indices, facts, place, progress)


def _predictions(
    bundle: Bundle,
    store: WalkStore,
    indices: NDArray[np.int64],
    facts: ResultFacts,
    place: torch.device,
    progress: Advance | None,
) -> Predictions:
    windows = predict_walks(bundle.module, bundle.contract, store, indices, place, progress)
    mean_logits = bundle.scores(windows)
    return Predictions(
        walk_ids=tuple(store.walk_ids[index] for index in indices),
        subject_ids=tuple(store.subject_ids[index] for index in indices),
        labels=store.labels[indices],
        mean_logits=mean_logits,
        probabilities=np.asarray(bundle.probabilities(mean_logits)),
        facts=facts.to_text(),
    )
