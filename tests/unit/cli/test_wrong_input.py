"""What a newcomer gives by mistake is named for what it is, with a remedy that the command has."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from bundles import untrained_bundle
from scoliogait.checkpoints.config_file import BUNDLE, CONFIG
from scoliogait.cli import app
from scoliogait.data.store_format import HEADER_FILE, STORE
from scoliogait.errors import ModelError
from scoliogait.io.native import write_walk
from scoliogait.mistaken_path import _OURS, what_it_is
from scoliogait.models.device import choose_device
from scoliogait.reproduction.folder import _FORMAT as REPRODUCTION
from scoliogait.training.run_folder import RUN, RunFolder
from scoliogait.walk import Walk
from training_fixtures import tiny_store

NO_PARTITION_OF_IT = r"holds no walk of \d+ of the \d+ ids asked for \(0\d+, .*; take the partition that belongs"
# Command line, and words of its refusal. Names in capitals are paths of the fixture; IN_OUT is STORE to NEW.
CASES: dict[str, tuple[str, str]] = {
    "run where a store belongs": (
        "train small-ske --data RUN --out NEW",
        r"RUN: is not a walk store \(it is a run f",
    ),
    "bundle as a store": (
        "train small-ske --data BUNDLE --out NEW",
        r"BUNDLE: is not a walk store \(it is a model",
    ),
    "nothing as a store": ("train small-ske --data NEW --out NEW", r"NEW: is not a walk store \(nothing lies there\)"),
    "swapped": (
        "train STORE --data small-ske --out NEW",
        r"STORE: is no recipe \(it is a walk store\); expected",
    ),
    "out is a store": ("train small-ske --data STORE --out STORE", "exists and is not a run folder .*; choose"),
    "recipe is empty": (
        "train EMPTY.yaml IN_OUT",
        r"EMPTY\.yaml: is empty; expected a recipe with sect",
    ),
    "recipe is text": ("train TEXT.yaml IN_OUT", r"TEXT\.yaml: holds no sections; expected a recipe"),
    "no recipe": ("train IN_OUT", "`scoliogait recipes` lists them"),
    "partition of others": (
        "train small-ske --data STORE --partition 118 --out NEW",
        f"partition 118: .*{NO_PARTITION_OF_IT}",
    ),
    "empty partition": (
        "train small-ske --data STORE --partition EMPTY.yaml --out NEW",
        r"is not JSON \(it is empty\)",
    ),
    "no GPU": ("train small-ske IN_OUT --set trainer.device=cuda", "use --set trainer.device=cpu$"),
    "finetune order": ("finetune small-ske --from EMPTY.yaml IN_OUT", r"give it \(--label-order\)"),
    "store as a model": ("evaluate STORE", r"is no model bundle, .* \(it is a walk store\)"),
    "empty folder as a model": ("evaluate FOLDER", r"is no model bundle, .* \(it is an empty folder\)"),
    "store screens": ("screen WALK --model STORE", r"is no model bundle, .* \(it is a walk store\)"),
    "unfinished": ("evaluate RUN", "is not finished; go on with `scoliogait train --resume --out .*RUN`"),
    "diverged": (
        "evaluate DIVERGED",
        "its run diverged at step 3; it would end so again: start it with other",
    ),
    "validation folder": (
        "evaluate BUNDLE IN_OUT --subset train --sensitivity 0.9 --validation STORE",
        r"STORE: is not a readable parquet file \(it is a folder\)",
    ),
    "validation alone": (
        "evaluate BUNDLE IN_OUT --test --validation PREDICTIONS",
        r"\(--sensitivity\) and predictions of validation walks \(--validation\) belong together",
    ),
    "other model": (
        "evaluate BUNDLE IN_OUT --test --sensitivity 0.9 --validation PREDICTIONS",
        r"\(--validation\) are of another model",
    ),
    "export of others": ("data export STORE --out NEW --partition 118", NO_PARTITION_OF_IT),
    "export device": ("data export STORE --out NEW --device foo", "device 'foo': is not known; expected cpu, cuda"),
    "export GPU": (
        "data export STORE --out NEW --device cuda",
        "device cuda: torch finds 0 CUDA GPUs",
    ),
    "export kind": (
        "data export STORE --out NEW --kind given-maps",
        "have no skeleton_maps, .* have poses, choose",
    ),
    "export width": (
        "data export STORE --out NEW --set sigma_limb=nan",
        "sigma_limb is 'nan'; expected a finite",
    ),
    "export setting": (
        "data export STORE --out NEW --set sigma_lim=3",
        "is no setting of the maps; expected one of",
    ),
    "extreme ratio": (
        "data split STORE --out NEW --ratio 1:1:900",
        "leaves no .* walk in train; .* more even ratio",
    ),
    "ratio of zero": ("data split STORE --out NEW --ratio 0:1:1", "as whole numbers from 1"),
    "kept ratio": (
        "data split STORE --out NEW --from STORE/partition.json --train-ratio 5:1:1",
        "begin it with 1:1",
    ),
    "rate": ("data import WALK --out NEW --frame-rate-hz nan", "--frame-rate-hz nan: expected 1 or more and less than"),
    "frames": ("simulate --frames 100000000 --out NEW", "frames is 100000000; expected 1000000 or less"),
    "few people": (
        "simulate --walks 6 --frames 5 --no-silhouettes --workers 1 --check",
        "the cohort has . pe",
    ),
    "convert out": (
        "model convert WALK --preset opengait-sil --label-order negative,positive,neutral",
        "--out must be given, the folder of the new bundle",
    ),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("places")
    store = tiny_store(folder / "STORE")
    untrained_bundle(folder / "BUNDLE")
    RunFolder(folder / "RUN").write_facts("running", {"store_digest": store.digest})
    RunFolder(folder / "DIVERGED").write_facts("running", {"store_digest": store.digest})
    RunFolder(folder / "DIVERGED").note_stop("diverged at step 3")
    (folder / "FOLDER").mkdir()
    (folder / "EMPTY.yaml").write_text("")
    (folder / "TEXT.yaml").write_text("hello")
    write_walk(folder / "WALK.npz", Walk("w", poses=store.walk(0).poses))
    other = untrained_bundle(folder / "other", note="another")
    asked = ["evaluate", str(other), "--data", str(store.path), "--out", str(folder / "e"), "--subset", "train"]
    assert CliRunner().invoke(app, asked).exit_code == 0
    shutil.copy(folder / "e" / "predictions.parquet", folder / "PREDICTIONS")
    return folder


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_named_for_what_it_is(case: str, places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line, words = CASES[case]
    if torch.cuda.is_available() and "cuda" in line:
        pytest.skip("this machine has a GPU")
    monkeypatch.chdir(places)
    result = CliRunner().invoke(
        app, line.replace("WALK", "WALK.npz").replace("IN_OUT", "--data STORE --out NEW").split()
    )
    assert result.exit_code != 0, result.output
    said = " ".join(str(result.exception).split())
    assert re.search(words, said), said
    assert not (places / "NEW").exists()


def test_runs_say_whether_there_is_none_or_none_like_it(places: Path, tmp_path: Path) -> None:
    def said(*arguments: object) -> str:
        return " ".join(CliRunner().invoke(app, ["runs", *map(str, arguments)]).output.split())

    assert f"{tmp_path}: holds no run" in said(tmp_path)
    assert "none of its 2 runs has recipe=none" in said(places, "--filter", "recipe=none")
    assert f"next: scoliogait train --resume --out {places / 'RUN'} # it was interrupted" in said(places)


def test_the_marks_of_our_folders_are_those_of_their_writers() -> None:
    formats = {HEADER_FILE: STORE, "run.json": RUN, CONFIG: BUNDLE, "reproduce.json": REPRODUCTION}
    assert {name: mark for name, (mark, _) in _OURS.items()} == {name: form.name for name, form in formats.items()}
    assert RunFolder(Path("x")).facts_file.name == "run.json"


def test_a_folder_of_somebody_else_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"format": "other", "note": "scoliogait-model"}))
    assert what_it_is(tmp_path) == ""


def test_an_unknown_device_is_refused() -> None:
    assert choose_device("cpu").type == "cpu"
    for name in ("foo", "cuda:99"):
        with pytest.raises(ModelError, match=f"device '?{name}"):
            choose_device(name)
