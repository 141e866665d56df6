"""A run of ``small-pose-outline`` from walks to a screening: what it must find, repeat, resume and refuse."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.inspect import inspect_checkpoint
from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.labels import ScreeningClass
from scoliogait.measurement.stride_windows import view_of_frames
from scoliogait.screening import Screener
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.training.fit import fit
from scoliogait.training.predict import predict_walks
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.task import ScreeningTask
from scoliogait.walk import Walk
from walk_fixtures import mirror_poses

N_WALKS, N_TRAIN, N_FRAMES = 90, 60, 24
# Rows of the trunk, of 64, that stand out on one side in a walk with a planted curve, and by how many columns.
BULGE, BULGE_PX = slice(20, 26), 2


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    """Simulated walks of people without a curve. Those called positive get a bulge of the trunk, half of them on the
    left; their poses know nothing of it."""
    config = CohortConfig(n_walks=6 * N_WALKS, n_frames=N_FRAMES, seed=8)
    people = {one.subject: one for one in plan_cohort(config) if one.label == ScreeningClass.NEGATIVE}
    plans = list(people.values())[:N_WALKS]
    walks = [planted(simulate_walk(config, plan).walk, number) for number, plan in enumerate(plans)]
    folder = tmp_path_factory.mktemp("planted") / "store"
    store = write_store(folder, walks, {"simulated": "yes"})
    write_partition(folder / "partition.json", Partition("planted", store.walk_ids[:N_TRAIN], store.walk_ids[N_TRAIN:]))
    return store


def planted(walk: Walk, number: int) -> Walk:
    assert walk.silhouettes is not None
    assert walk.poses is not None
    label = ScreeningClass(number % 3)
    frames = np.array(walk.silhouettes)
    if label == ScreeningClass.POSITIVE:
        to_the_right = view_of_frames(walk.poses)[0] * (1 if number % 2 else -1) > 0  # in the picture
        for frame, right in zip(frames, to_the_right, strict=True):
            bulge(frame[BULGE], right)
    return replace(walk, walk_id=f"w{number:03d}", subject_id=f"s{number:03d}", label=label, silhouettes=frames)


def bulge(rows: np.ndarray, right: bool) -> None:
    for row in rows:
        body = np.flatnonzero(row >= 128)
        edge = body[-1] + 1 if right else body[0] - BULGE_PX
        row[edge : edge + BULGE_PX] = 255


def run_of(name: str, store: WalkStore, out: Path, *more: str) -> RunFolder:
    settings = [
        f"data.store='{store.path}'",
        "data.validation_fraction=0.2",
        "model.width=32",
        "model.embedding=16",
        "sampler.frames=12",
        "trainer.steps=8",
        "trainer.evaluate_every=4",
        "trainer.save_every=4",
        "schedule.warmup_steps=2",
        "trainer.device=cpu",
        "log.tensorboard=false",
        *more,
    ]
    return fit(load_recipe(name, settings), out)


@pytest.fixture(scope="module")
def finished(store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return run_of("small-pose-outline", store, tmp_path_factory.mktemp("runs") / "finished")


@pytest.fixture(scope="module")
def bundle(finished: RunFolder) -> Bundle:
    return load_bundle(finished.model)


def area(run: RunFolder, store: WalkStore) -> float:
    bundle = load_bundle(run.model)
    test = np.arange(N_TRAIN, N_WALKS)
    scores = bundle.scores(predict_walks(bundle.module, bundle.contract, store, test))
    return float(roc_auc_score(store.labels[test] == ScreeningClass.POSITIVE, scores[:, ScreeningClass.POSITIVE]))


@pytest.mark.slow
def test_a_planted_difference_of_the_outline_is_found(store: WalkStore, tmp_path: Path) -> None:
    longer = ("trainer.steps=120", "trainer.evaluate_every=40", "trainer.save_every=120")
    with_outline, without = (
        area(run_of(name, store, tmp_path / name, *longer), store) for name in ("small-pose-outline", "small-pose-set")
    )
    assert with_outline > 0.9
    assert with_outline > without + 0.2


def test_a_stopped_run_ends_as_if_it_had_not_been(
    store: WalkStore, finished: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = ScreeningTask.training_step

    def fails_at_the_seventh(task: ScreeningTask, batch: Any, batch_idx: int = 0) -> Any:
        if batch.step == 6:
            raise OSError("power")
        return step(task, batch, batch_idx)

    monkeypatch.setattr(ScreeningTask, "training_step", fails_at_the_seventh)
    with pytest.raises(OSError, match="power"):
        run_of("small-pose-outline", store, tmp_path / "run")
    monkeypatch.undo()
    resumed = run_of("small-pose-outline", store, tmp_path / "run")
    assert resumed.history_file.read_text() == finished.history_file.read_text()
    assert (resumed.model / "model.safetensors").read_bytes() == (finished.model / "model.safetensors").read_bytes()
    assert load_bundle(resumed.model).contract == load_bundle(finished.model).contract


def test_the_scale_is_that_of_the_training_walks(store: WalkStore, bundle: Bundle) -> None:
    outline = bundle.contract.outline
    assert outline is not None
    held_back = bundle.walks()
    assert held_back is not None
    trained = [print_.walk_id for print_ in held_back.walks if print_.role == "train"]
    numbers = np.stack([outline.raw(store.walk(store.walk_ids.index(walk_id))) for walk_id in trained])
    assert 0 < len(numbers) < N_TRAIN
    np.testing.assert_allclose(outline.scale_px, np.sqrt((numbers**2).mean(axis=0)))


def test_screening_is_evaluation_and_blind_to_the_side(store: WalkStore, bundle: Bundle) -> None:
    predicted = bundle.scores(predict_walks(bundle.module, bundle.contract, store, np.arange(4)))
    walks = [store.walk(index) for index in range(4)]
    np.testing.assert_allclose([bundle.mean_logits(walk).numpy() for walk in walks], predicted, rtol=0, atol=1e-5)
    walk = walks[2]
    assert walk.poses is not None
    assert walk.silhouettes is not None
    twin = replace(walk, poses=mirror_poses(walk.poses, 640.0), silhouettes=walk.silhouettes[:, :, ::-1].copy())
    torch.testing.assert_close(bundle.mean_logits(twin), bundle.mean_logits(walk), rtol=0, atol=1e-4)


def test_what_a_screening_takes_and_refuses(store: WalkStore, bundle: Bundle) -> None:
    walk = store.walk(0)
    assert walk.poses is not None
    assert walk.silhouettes is not None
    short = replace(walk, poses=walk.poses[:9], silhouettes=walk.silhouettes[:9])  # less than a window of 12
    assert bundle.mean_logits(short).isfinite().all()
    for changes, message in (
        ({"silhouettes": None}, "holds no silhouettes"),
        ({"silhouettes": walk.silhouettes[:20]}, "20 silhouettes and 24 poses"),
        ({"poses": None}, "needs poses and silhouettes"),
    ):
        with pytest.raises(DataError, match=message):
            Screener(bundle).screen(replace(walk, **changes))


def test_card_and_inspection_name_the_outline(finished: RunFolder) -> None:
    facts = inspect_checkpoint(finished.model)
    assert (facts.architecture, facts.modality) == ("pose-outline", "coordinates and outline")
    assert facts.contract is not None
    assert "outline left against right" in facts.contract
    card = (finished.model / "README.md").read_text()
    assert "outline left against right" in card
    assert "scale unknown" not in card


def test_a_store_without_silhouettes_is_refused_before_training(store: WalkStore, tmp_path: Path) -> None:
    walks = [replace(store.walk(index), silhouettes=None) for index in range(12)]
    bare = write_store(tmp_path / "bare", walks, {"simulated": "yes"})
    write_partition(bare.path / "partition.json", Partition("bare", bare.walk_ids[:9], bare.walk_ids[9:]))
    with pytest.raises(DataError, match="walk 'w000': holds no silhouettes"):
        run_of("small-pose-outline", bare, tmp_path / "run")
    assert not (tmp_path / "run" / "checkpoints").exists()
