"""Choosing the walks of a run, and everything that can be wrong with them: each told in one line, before training."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from scoliogait import cli
from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError, RecipeError, ScoliogaitError
from scoliogait.training.fit import fit, make_batches
from scoliogait.training.processes import device_of_process, lightning_precision
from scoliogait.training.recipe_file import load_recipe, write_recipe
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.walks import choose_walks
from training_fixtures import tiny_overrides, tiny_store
from walk_fixtures import drawn_walks


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("walks") / "store")


def partition_file(folder: Path, train: tuple[str, ...], test: tuple[str, ...]) -> str:
    write_partition(folder / "p.json", Partition("p", train, test))
    return f"data.partition='{folder / 'p.json'}'"


def refusal(store: WalkStore, *overrides: str) -> str:
    with pytest.raises(ScoliogaitError) as caught:
        make_batches(recipe := load_recipe("small-ske", tiny_overrides(store, *overrides)), choose_walks(recipe))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_validation_comes_out_of_the_training_ids(store: WalkStore) -> None:
    walks = choose_walks(load_recipe("small-ske", tiny_overrides(store)))
    chosen = np.concatenate([walks.train, walks.validation])
    assert sorted(store.walk_ids[i] for i in chosen) == sorted(walks.partition.train)
    again = choose_walks(load_recipe("small-ske", tiny_overrides(store, "seed=5")))
    assert set(again.validation.tolist()) != set(walks.validation.tolist())
    none = choose_walks(load_recipe("small-ske", tiny_overrides(store, "data.validation_fraction=0")))
    assert (len(none.train), len(none.validation)) == (18, 0)


def test_a_listed_validation_set_is_taken_as_it_is(store: WalkStore, tmp_path: Path) -> None:
    ids = store.walk_ids
    write_partition(tmp_path / "p.json", Partition("p", ids[:12], ids[18:], validation=ids[12:18]))
    for fraction in (0, 0.25):
        overrides = (f"data.partition='{tmp_path / 'p.json'}'", f"data.validation_fraction={fraction}")
        walks = choose_walks(load_recipe("small-ske", tiny_overrides(store, *overrides)))
        assert [store.walk_ids[i] for i in walks.train] == list(ids[:12])
        assert [store.walk_ids[i] for i in walks.validation] == list(ids[12:18])


def test_identities(store: WalkStore) -> None:
    walks = choose_walks(load_recipe("small-ske", tiny_overrides(store)))
    assert len(set(walks.identities("walk"))) == len(walks.train)
    np.testing.assert_array_equal(walks.identities("class"), store.labels[walks.train])
    subjects = walks.identities("subject")
    for k in range(len(walks.train)):
        same = {store.subject_ids[i] for i in walks.train[subjects == subjects[k]]}
        assert same == {store.subject_ids[walks.train[k]]}


def test_unknown_people(tmp_path: Path) -> None:
    nameless = [walk.with_changes(subject_id=None) for walk in drawn_walks(4)]
    store = write_store(tmp_path / "store", nameless, {})
    setting = partition_file(tmp_path, store.walk_ids[:9], store.walk_ids[9:])
    message = refusal(store, setting, "sampler.identity=subject")
    assert "sampler.identity=walk" in message


def test_partition_ids_that_are_not_in_the_store(store: WalkStore, tmp_path: Path) -> None:
    message = refusal(store, partition_file(tmp_path, (*store.walk_ids[:9], "w999"), store.walk_ids[9:]))
    assert str(store.path) in message
    assert "w999" in message
    message = refusal(store, partition_file(tmp_path, store.walk_ids[:9], ("nobody",)))
    assert "nobody" in message
    message = refusal(store, "data.partition='112'")
    assert "partition 112" in message
    assert "and 742 more" in message


def test_fewer_classes(store: WalkStore, tmp_path: Path) -> None:
    two = tuple(w for w, label in zip(store.walk_ids, store.labels, strict=True) if label != 1)
    message = refusal(store, partition_file(tmp_path, two[:-1], two[-1:]))
    assert "no neutral walk" in message


def test_walks_without_a_class_and_walks_that_show_nobody(tmp_path: Path) -> None:
    walks = list(drawn_walks(4))
    walks[2] = walks[2].with_changes(label=None)
    store = write_store(tmp_path / "one", walks, {})
    setting = partition_file(tmp_path, store.walk_ids[:9], store.walk_ids[9:])
    assert "'w002' has no class" in refusal(store, setting)
    walks = list(drawn_walks(4))
    assert walks[1].poses is not None
    walks[1] = walks[1].with_changes(poses=np.zeros_like(walks[1].poses))
    store = write_store(tmp_path / "two", walks, {})
    assert "'w001' shows no person" in refusal(store, setting)


def test_a_store_without_the_modality(store: WalkStore) -> None:
    message = refusal(store, "contract={representation: silhouette}", "model.in_channels=1")
    assert "poses" in message
    assert "needs silhouettes" in message


def test_what_is_not_given(store: WalkStore, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="add --data"):
        choose_walks(load_recipe("small-ske"))
    bare = write_store(tmp_path / "bare", drawn_walks(2), {})
    with pytest.raises(DataError, match=r"has no partition\.json; give --partition"):
        choose_walks(load_recipe("small-ske", tiny_overrides(bare)))
    with pytest.raises(DataError, match="is not a walk store"):
        choose_walks(load_recipe("small-ske", [f"data.store='{tmp_path}'"]))


def test_devices_and_precisions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert device_of_process("auto").type == "cpu"
    with pytest.raises(RecipeError, match=r"trainer.device: 'cuda'.*trainer.device=cpu"):
        device_of_process("cuda")
    cpu, gpu = device_of_process("cpu"), torch.device("cuda", 0)
    assert [lightning_precision(p, cpu) for p in ("fp32", "bf16", "fp16")] == ["32-true", "bf16-mixed", "bf16-mixed"]
    assert [lightning_precision(p, gpu) for p in ("fp32", "bf16", "fp16")] == ["32-true", "bf16-mixed", "16-mixed"]


def test_wandb_names_what_to_install(store: WalkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoliogait.training.cheap_checks.find_spec", lambda name: None)
    with pytest.raises(RecipeError, match=r"pip install scoliogait\[wandb\]"):
        fit(load_recipe("small-ske", tiny_overrides(store, "log.wandb=true")), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def started_run(store: WalkStore, out: Path, status: str = "running") -> RunFolder:
    """What a run leaves that was killed right after it began, or that is finished."""
    folder = RunFolder(out)
    folder.write_facts(status, {"store_digest": store.digest})
    write_recipe(folder.recipe_file, load_recipe("small-ske", tiny_overrides(store)))
    return folder


def test_folders_that_are_not_for_this_run(store: WalkStore, tmp_path: Path) -> None:
    recipe = load_recipe("small-ske", tiny_overrides(store))
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("precious")
    for overwrite in (False, True):
        with pytest.raises(DataError, match="is not a run folder"):
            fit(recipe, foreign, overwrite=overwrite)
    assert (foreign / "thesis.tex").read_text() == "precious"
    done = started_run(store, tmp_path / "done", "finished")
    with pytest.raises(DataError, match=r"finished run.*--overwrite"):
        fit(recipe, done.path)
    other = started_run(store, tmp_path / "other")
    changed = load_recipe("small-ske", tiny_overrides(store, "optimizer.lr=0.5"))
    with pytest.raises(RecipeError, match=r"optimizer.lr 0.003, not 0.5; give --resume"):
        fit(changed, other.path)
    other.write_facts("running", {"store_digest": "of other walks"})
    with pytest.raises(RecipeError, match="started on other walks"):
        fit(recipe, other.path)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["small-sk", "--data", "STORE", "--out", "OUT"], "did you mean 'small-ske'"),
        (["small-ske", "--data", "STORE", "--out", "OUT", "--set", "optimizer.lrr=1"], "did you mean 'optimizer.lr'"),
        (["small-ske", "--data", "STORE", "--out", "OUT", "--partition", "113"], "no published partition"),
        (["small-ske", "--data", "STORE", "--out", "OUT", "--partition", "112"], "holds no walk of"),
        (
            ["sconet-mt-112", "--data", "STORE", "--out", "OUT", "--partition", "STORE/partition.json"],
            "needs silhouettes",
        ),
        (["small-ske", "--data", "NOWHERE", "--out", "OUT"], "is not a walk store"),
        (["small-ske", "--out", "OUT"], "add --data STORE"),
        (["small-ske", "--data", "STORE", "--out", "STORE"], "is not a run folder"),
        (["small-ske", "--data", "STORE"], "--out is missing"),
        (["--out", "OUT"], "RECIPE is missing"),
        (["--resume", "--out", "OUT"], "is not a run folder"),
        (["small-ske", "--resume", "--out", "OUT"], "leave out RECIPE"),
    ],
)
def test_the_command_line_says_it_in_one_line_with_code_2(
    arguments: list[str],
    part: str,
    store: WalkStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    filled = [
        a.replace("STORE", str(store.path)).replace("OUT", str(tmp_path / "run")).replace("NOWHERE", str(tmp_path))
        for a in arguments
    ]
    monkeypatch.setattr(sys, "argv", ["scoliogait", "train", *filled])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    told = capsys.readouterr().err
    assert exit_.value.code == 2
    assert told.count("\n") == 1
    assert part in told
    assert not (tmp_path / "run").exists()


def test_help_has_an_example() -> None:
    assert "Example: scoliogait train" in CliRunner().invoke(cli.app, ["train", "--help"]).output
