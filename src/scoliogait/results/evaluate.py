"""Evaluate a model on walks of a store: predictions first, every figure from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions
from scoliogait.provenance import OpeningFacts, ResultFacts
from scoliogait.training.predict import predict_walks


def evaluate_walks(
    bundle: Bundle,
    store: WalkStore,
    ids: Sequence[str],
    *,
    partition: Partition,
    subset: str,
    opening: OpeningFacts | None = None,
    device: torch.device | str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Predictions:
    """What the bundle says about these walks of the store, with the facts that a result must carry.

    ids: walk ids, or tree ids that stand for all their walks. partition and subset only name them. device: None takes a
    GPU when there is one. progress: called with the number of walks just done. Raises DataError for no walk, ids the
    store lacks, and walks that lack what the model needs.
    """
    if not ids:
        raise DataError(f"partition {partition.name}: its {subset} set is empty; there is nothing to evaluate")
    indices = store.indices_of(ids)
    place = place_of(device)
    facts = ResultFacts(store.facts(partition, subset), bundle.facts, opening, place.type)
    mean_logits = predict_walks(bundle.module, bundle.contract, store, indices, place, progress).astype(np.float64)
    return Predictions(
        walk_ids=tuple(store.walk_ids[index] for index in indices),
        subject_ids=tuple(store.subject_ids[index] for index in indices),
        labels=store.labels[indices],
        mean_logits=mean_logits,
        probabilities=np.asarray(bundle.probabilities(mean_logits)),
        facts=facts.to_text(),
    )


def place_of(device: torch.device | str | None) -> torch.device:
    """The device given; without one a GPU when there is one, else the CPU."""
    return torch.device(device if device is not None else "cuda" if torch.cuda.is_available() else "cpu")
