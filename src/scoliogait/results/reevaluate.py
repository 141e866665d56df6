"""Predict listed walks with a bundle, as a program of its own: ``python -m scoliogait.results.reevaluate JOB.json``.

A process that shares nothing with the one that made a result but the files. JOB.json: bundle, store, and walk ids by
name; the answer goes beside it as ``answer.json`` (digest, device, threads, version of torch) and ``<name>.npy``
(probabilities, float64 (N, 3)), or as ``{"error": line}``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.data.store import WalkStore
from scoliogait.errors import ScoliogaitError
from scoliogait.files import read_json, write_json
from scoliogait.models.device import choose_device
from scoliogait.results.verify import ANSWER
from scoliogait.training.predict import predict_walks


def main(job_file: Path) -> None:
    """Do the job of the file. An error that a user can mend becomes the answer; any other ends the process."""
    try:
        answer = _answer(read_json(job_file), job_file.parent)
    except ScoliogaitError as error:
        answer = {"error": str(error)}
    write_json(job_file.with_name(ANSWER), answer)


def _answer(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    bundle = load_bundle(job["bundle"])
    store = WalkStore.open(job["store"])
    device = choose_device()
    for name, walk_ids in job["walks"].items():
        windows = predict_walks(bundle.module, bundle.contract, store, store.indices_of(walk_ids), device)
        np.save(folder / f"{name}.npy", np.asarray(bundle.probabilities(bundle.scores(windows))))
    return {
        "model_digest": bundle.digest,
        "store_digest": store.digest,
        "device": device.type,
        "threads": torch.get_num_threads(),
        "torch_version": torch.__version__,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
