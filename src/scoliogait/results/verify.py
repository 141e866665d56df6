"""Does a saved model say again what its run wrote down? A fresh process predicts the walks from the bundle alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions, read_predictions
from scoliogait.files import read_json, sha256_of, write_json
from scoliogait.labels import CLASS_NAMES
from scoliogait.ledger import RESULT, VERIFIED, Entry
from scoliogait.optional_package import require_package
from scoliogait.results.model_place import ModelPlace
from scoliogait.training.run_folder import RunFolder

# Other threads or another machine sum in another order, which moves a mean logit (a cosine in float32) by a few 1e-7. A
# probability moves by at most 0.5 x 16 / temperature times that: 2e-6 at temperature 1, 1e-5 at 0.25. An input
# drawn a little differently moves it by 1e-2 (docs/results.md). A GPU that rounds convolutions to TF32 moves it by more
# than the tolerance, too: verify on the kind of device that made the result.
TOLERANCE = 1e-5
# What the fresh process writes beside its job.
ANSWER = "answer.json"


@dataclass(frozen=True)
class Stored:
    """A file of predictions that the run has left. place: seen from the run folder. sha256: of the file."""

    place: str
    path: Path
    sha256: str
    predictions: Predictions


@dataclass(frozen=True)
class Check:
    """One file predicted again. difference: the largest of a probability. walk: the first one that differs by more than
    the tolerance, with class, stored and new probability; None where there is none."""

    stored: Stored
    difference: float
    walk: tuple[str, str, float, float] | None

    @property
    def reproduced(self) -> bool:
        return self.walk is None


@dataclass(frozen=True)
class Verification:
    """model_digest, and where the fresh process ran: device, threads, torch_version."""

    checks: tuple[Check, ...]
    where: Mapping[str, Any]

    @property
    def reproduced(self) -> bool:
        return all(check.reproduced for check in self.checks)

    @property
    def first_difference(self) -> str:
        """One line about the first walk that came out otherwise. Only where something differs."""
        check = next(check for check in self.checks if not check.reproduced)
        assert check.walk is not None
        walk, name, before, now = check.walk
        made_on = check.stored.predictions.facts.get("device", "an unknown device")
        return (
            f"{check.stored.path}: not reproduced: walk {walk!r} has P({name}) {before:.9f} in the file and {now:.9f} "
            f"from the saved bundle (tolerance {TOLERANCE:g}; made on {made_on}, checked on {self.where['device']})"
        )


def verify_run(run: RunFolder, data: Path | None = None) -> Verification:
    """Predict the run's validation walks and the walks of all its stored test results again, and note the outcome.

    Test walks are predicted, but nothing new is learnt from them: predictions are compared, not judged, so this is no
    opening. Raises DataError when nothing is stored, when a file is of another model or was changed after it was
    written, and when the walks are not those of the run; ModelError when the bundle is damaged.
    """
    entries = run.ledger.entries()
    store = ModelPlace(run.model, run).open_store(data)
    digest = str(run.facts().get("model_digest"))
    files = stored_predictions(run, entries, digest)
    if not files:
        raise DataError(f"{run.path}: has no stored predictions; there is nothing to verify")
    for stored in files:
        _check_belongs(stored, digest, store)
    probabilities, where = _predict_afresh(run.model, store, files)
    if where["model_digest"] != digest:
        raise DataError(f"{run.model}: is model {where['model_digest'][:12]}, the run made {digest[:12]}; restore it")
    checks = tuple(_compare(stored, now) for stored, now in zip(files, probabilities, strict=True))
    verification = Verification(checks, where)
    run.ledger.add(VERIFIED, _entry(verification, digest))
    return verification


def stored_predictions(run: RunFolder, entries: Sequence[Entry], model_digest: str) -> tuple[Stored, ...]:
    """The validation predictions, and the newest test result of this model in each file that is still there.

    Raises DataError for a file that is not as the ledger knows it.
    """
    found = []
    if run.validation_file.is_file():
        found.append(_stored(run, run.validation_file.name))
    newest = {entry["predictions"]: entry for entry in entries if entry["event"] == RESULT}
    for place, entry in newest.items():
        path = run.path / place
        if entry["model_digest"] != model_digest or not path.is_file():
            continue
        if sha256_of(path) != entry["predictions_sha256"]:
            raise DataError(f"{path}: was changed after it was written (its sha256 differs from the ledger's)")
        found.append(_stored(run, place))
    return tuple(found)


def _stored(run: RunFolder, place: str) -> Stored:
    path = run.path / place
    return Stored(place, path, sha256_of(path), read_predictions(path))


def _check_belongs(stored: Stored, model_digest: str, store: WalkStore) -> None:
    facts = stored.predictions.facts
    if facts.get("model_digest") != model_digest:
        raise DataError(f"{stored.path}: is of model {facts.get('model_digest')}, the run holds {model_digest}")
    if facts.get("store_digest") != store.digest:
        raise DataError(
            f"{stored.path}: was made on other walks than those in {store.path}; give that store with --data"
        )


def _predict_afresh(
    bundle: Path, store: WalkStore, files: Sequence[Stored]
) -> tuple[list[NDArray[np.float64]], dict[str, Any]]:
    require_package("torch")
    with tempfile.TemporaryDirectory() as temporary:
        job = Path(temporary) / "job.json"
        walks = {str(number): list(stored.predictions.walk_ids) for number, stored in enumerate(files)}
        write_json(job, {"bundle": str(bundle.resolve()), "store": str(store.path.resolve()), "walks": walks})
        program = [sys.executable, "-m", "scoliogait.results.reevaluate", str(job)]
        process = subprocess.run(program, capture_output=True, text=True, check=False)
        answer_file = job.with_name(ANSWER)
        if not answer_file.is_file():
            last = (process.stderr.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
            raise DataError(f"{bundle}: the process that verifies it ended without an answer ({last})")
        answer = read_json(answer_file)
        if "error" in answer:
            raise DataError(f"not verified: {answer['error']}")
        return [np.load(job.with_name(f"{name}.npy")) for name in walks], answer


def _compare(stored: Stored, now: NDArray[np.float64]) -> Check:
    before = stored.predictions.probabilities
    differences = np.abs(now - before)
    far = np.flatnonzero(~(differences.max(axis=1) <= TOLERANCE))  # NaN is far too
    walk = None
    if len(far):
        row = int(far[0])
        column = int(np.argmax(np.nan_to_num(differences[row], nan=np.inf)))
        walk = (
            stored.predictions.walk_ids[row],
            CLASS_NAMES[column],
            float(before[row, column]),
            float(now[row, column]),
        )
    return Check(stored, float(differences.max()), walk)


def _entry(verification: Verification, model_digest: str) -> dict[str, Any]:
    where = {name: verification.where[name] for name in ("device", "threads", "torch_version")}
    files = [
        {
            "predictions": check.stored.place,
            "sha256": check.stored.sha256,
            "n_walks": len(check.stored.predictions),
            "difference": check.difference if np.isfinite(check.difference) else None,
            "reproduced": check.reproduced,
        }
        for check in verification.checks
    ]
    outcome = {"reproduced": verification.reproduced, "tolerance": TOLERANCE}
    return {"model_digest": model_digest, **outcome, **where, "files": files}
