"""Evaluate a model on walks of a store: predictions first, every figure from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.checkpoints.model_folder import model_name
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions
from scoliogait.models.device import choose_device
from scoliogait.training.predict import predict_walks


def evaluate_walks(
    bundle: Bundle,
    store: WalkStore,
    ids: Sequence[str],
    *,
    partition: str,
    subset: str,
    device: torch.device | str | None = None,
    progress: Callable[[int], None] | None = None,
    facts: Mapping[str, str] | None = None,
) -> Predictions:
    """What the bundle says about these walks of the store, with the facts that a result must carry.

    ids: walk ids, or tree ids that stand for all their walks. partition and subset only name them. device: None takes a
    GPU when there is one. progress: called with the number of walks just done. facts: further ones, such as those of
    the opening of a test set. Raises DataError for no walk, ids the store lacks, and walks that lack what the model
    needs.
    """
    if not ids:
        raise DataError(f"partition {partition}: its {subset} set is empty; there is nothing to evaluate")
    indices = store.indices_of(ids)
    place = choose_device(device)
    mean_logits = predict_walks(bundle.module, bundle.contract, store, indices, place, progress).astype(np.float64)
    return Predictions(
        walk_ids=tuple(store.walk_ids[index] for index in indices),
        subject_ids=tuple(store.subject_ids[index] for index in indices),
        labels=store.labels[indices],
        mean_logits=mean_logits,
        probabilities=np.asarray(bundle.probabilities(mean_logits)),
        facts=_facts(bundle, store, partition, subset) | {"device": place.type} | dict(facts or {}),
    )


def _facts(bundle: Bundle, store: WalkStore, partition: str, subset: str) -> dict[str, str]:
    provenance = bundle.provenance
    started = provenance.get("started_from")
    of_start = {} if started is None else {"started_from": started["name"], "start_test_walks_seen": _seen(started)}
    return {
        "data": store.origin.get("name", store.path.name),
        "simulated": store.origin.get("simulated", "no"),
        "store_digest": store.digest,
        "partition": partition,
        "subset": subset,
        "model": model_name(bundle.path),
        "model_digest": bundle.digest,
        "model_contract": bundle.contract.describe(),
        "model_data": str(provenance.get("data", "not stated")),
        "model_store_digest": str(provenance.get("store_digest", "not stated")),
        "model_partition": str(provenance.get("partition", "not stated")),
        "model_partition_sha256": str(provenance.get("partition_sha256", "not stated")),
        "selection": str(provenance.get("selection", "not stated")),
    } | of_start


def _seen(started_from: Mapping[str, Any]) -> str:
    """How many test walks of its partition the weights that a model was started from had seen."""
    seen = started_from.get("test_walks_seen")
    return "unknown" if seen is None else str(seen)
