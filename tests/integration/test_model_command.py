"""`scoliogait model` as a user types it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from recorded import recording
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.cli import app
from scoliogait.errors import ScoliogaitError
from scoliogait.io.opengait_pickle import array_pickle_bytes
from scoliogait.ledger import Ledger
from scoliogait.provenance import SIMULATED_WALKS
from training_fixtures import tiny_store

AUTHOR_STYLE = recording("drf/DRF_118_author_style-08000.pt")


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["model", *map(str, arguments)], catch_exceptions=False, env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    return result.output


def write_yaml(folder: Path) -> Path:
    path = folder / "drf.yaml"
    path.write_text("data_cfg: {dataset_partition: a/Scoliosis1K_112.json}\nmodel_cfg: {model: DRF}\n")
    return path


def test_inspect_as_tables_of_80_columns(tmp_path: Path) -> None:
    output = run("inspect", AUTHOR_STYLE, "--config", write_yaml(tmp_path))
    shown, _, step = output.partition("next: ")
    assert max(map(len, shown.splitlines())) <= 80
    assert step.startswith(f"scoliogait model convert {AUTHOR_STYLE}")
    assert "probably negative, positive, neutral" in output
    assert "the file name says 118" in output


def test_inspect_as_json(tmp_path: Path) -> None:
    told = json.loads(run("inspect", AUTHOR_STYLE, "--config", write_yaml(tmp_path), "--json"))
    assert told["facts"]["modality"] == "skeleton map"
    assert told["verdicts"]["yaml"][0]["outcome"] == "contradicts"


def test_a_file_of_four_classes_is_reported_and_one_that_is_none_ends_in_one_line(tmp_path: Path) -> None:
    state = torch.load(recording("sconet_small_c2.pt"), weights_only=True)
    torch.save(state | {"BNNecks.fc_bin": torch.zeros(16, 32, 4)}, tmp_path / "four.pt")
    assert "4 classes" in run("inspect", tmp_path / "four.pt")
    (tmp_path / "half.pt").write_bytes(AUTHOR_STYLE.read_bytes()[:100_000])
    command = [sys.executable, "-m", "scoliogait", "model", "inspect", str(tmp_path / "half.pt")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert "half.pt" in ended.stderr


def refusal(*arguments: object) -> str:
    with pytest.raises(ScoliogaitError) as caught:
        run("convert", *arguments)
    return str(caught.value)


def test_convert_with_the_statistics_of_a_store_screen_and_go_back(tmp_path: Path) -> None:
    store, model, back = tiny_store(tmp_path / "store"), tmp_path / "model", tmp_path / "back.pt"
    command = ["convert", AUTHOR_STYLE, "--preset", "drf-author-118-aligned", "--out", model]
    command += ["--label-order", "negative,positive,neutral"]
    assert "raw walks cannot be screened" in " ".join(run(*command).split())
    output = " ".join(run(*command, "--data", store.path, "--overwrite").split())
    assert "cannot be screened" not in output
    assert "accuracy is not known" in output
    bundle = load_bundle(model)
    assert "dataset walks" in bundle.provenance["pav_statistics_from"]
    assert bundle.mean_logits(store.walk(0)).isfinite().all()
    run("convert", model, "--to-opengait", back)
    public = torch.load(recording("drf/drf_small.pt"), weights_only=True)["model"]
    assert all(torch.equal(v, public[n]) for n, v in torch.load(back, weights_only=True)["model"].items())


def test_convert_with_the_pickle_of_an_export(tmp_path: Path) -> None:
    content = {"pav_min": np.zeros((8, 3)), "pav_max": np.ones((8, 3)), "stats_partition": None}
    (tmp_path / "pav_stats.pkl").write_bytes(array_pickle_bytes(content))
    command = ["convert", AUTHOR_STYLE, "--preset", "drf-author-118-aligned", "--out", tmp_path / "model"]
    command += ["--label-order", "negative,positive,neutral", "--pav-statistics", tmp_path / "pav_stats.pkl"]
    assert "seen the test walks" in " ".join(run(*command).split())


def test_an_audit_with_walks_writes_rows_and_no_bundle(tmp_path: Path) -> None:
    store, told = tiny_store(tmp_path / "store"), tmp_path / "figures" / "audit.json"
    checkpoint = Path(shutil.copy(AUTHOR_STYLE, tmp_path))
    before = set(tmp_path.iterdir())
    output = run("convert", checkpoint, "--audit", "--data", store.path, "--json", told)
    assert max(len(line) for line in output.splitlines() if not line.startswith("written")) <= 80
    rows = json.loads(told.read_text())
    assert rows["diagnosis"] is True
    assert {row["kind"] for row in rows["rows"]} == {"diagnosis"}
    shown = {(row["representation"], row["n_called"] > 1 and tuple(row["label_order"])) for row in rows["rows"]}
    assert sum(" diagnosis" in line and "(diagnosis)" not in line for line in output.splitlines()) == len(shown)
    assert rows["decision"]
    assert " ".join(rows["decision"]) in " ".join(output.split())
    assert f"at most {rows['frames']} frames" in " ".join(output.split())
    assert "says split 118, the walks are of the store's own partition" in " ".join(output.split())
    assert SIMULATED_WALKS in " ".join(output.split())
    left = {path for path in tmp_path.iterdir() if not path.name.startswith(".")} - before
    assert left == {told.parent, *(tmp_path / name for name in ("ledger.jsonl", "ledger.jsonl.last"))}
    assert list(told.parent.iterdir()) == [told]
    assert f"opening 1 of this test set in {tmp_path / 'ledger.jsonl'}".replace(" ", "") in "".join(output.split())
    entry = json.loads((tmp_path / "ledger.jsonl").read_text())
    assert (entry["event"], entry["selection"], entry["n_walks"]) == ("test opened", "diagnosis", 6)
    assert rows["data"] == entry["data"] == "store"


@pytest.mark.slow
def test_an_audit_of_test_walks_always_leaves_a_line(tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store")
    checkpoint = Path(shutil.copy(AUTHOR_STYLE, tmp_path))
    ledger = Ledger(tmp_path / "ledger.jsonl")
    assert "ledger" not in run("convert", checkpoint, "--audit", "--data", store.path, "--subset", "train")
    assert ledger.entries() == ()
    assert "opening 1 of" in " ".join(run("convert", checkpoint, "--audit", "--data", store.path).split())
    assert "opening 2 of" in " ".join(run("convert", checkpoint, "--audit", "--data", store.path).split())
    assert len(ledger.entries()) == 2
    other = tmp_path / "mine.jsonl"
    run("convert", checkpoint, "--audit", "--data", store.path, "--ledger", other)
    assert (len(ledger.entries()), len(Ledger(other).entries())) == (2, 1)
    audit = (checkpoint, "--audit", "--data", store.path)
    closed = refusal(*audit, "--ledger", checkpoint / "no_folder.jsonl")
    assert "the test walks stay closed" in closed
    assert len(closed.splitlines()) == 1
    assert "is the ledger; choose another name" in refusal(*audit, "--json", other, "--ledger", other, "--overwrite")
    assert "--ledger: no use for it" in refusal(*audit, "--subset", "train", "--ledger", other)


def test_an_audit_without_walks_lists_what_is_possible() -> None:
    output = run("convert", AUTHOR_STYLE, "--audit")
    assert "aligned maps" in output
    assert "exported, no cut" in output
    assert "as stated" in run("convert", "builtin:demo", "--audit")
    assert "name a file with --ledger" in refusal("builtin:demo", "--audit", "--data", "nowhere")
    assert "--frames: no use for it with a conversion" in refusal(AUTHOR_STYLE, "--frames", 3)
    assert "2x64x44" in output
    assert "%" not in output


def test_what_must_be_given_and_what_is_refused(tmp_path: Path) -> None:
    assert "--preset and --label-order and --out must be given" in refusal(AUTHOR_STYLE)
    chosen = ["--label-order", "negative,positive,neutral", "--out", tmp_path / "m", "--preset"]
    assert "choose drf-author-118-aligned or" in refusal(AUTHOR_STYLE, *chosen, "opengait-sil")
    both = ["--pav-statistics", tmp_path / "s.json", "--data", tmp_path / "store"]
    assert "come from one of them" in refusal(AUTHOR_STYLE, *chosen, "umgrl-drf", *both)
    (tmp_path / "m").mkdir()
    assert "exists; give --overwrite" in refusal(AUTHOR_STYLE, *chosen, "umgrl-drf")


def test_options_without_a_use_are_refused_and_no_input_is_overwritten(tmp_path: Path) -> None:
    assert "--out: no use for it with --audit" in refusal(AUTHOR_STYLE, "--audit", "--out", tmp_path / "m")
    unread = refusal(AUTHOR_STYLE, "--audit", "--json", tmp_path / "a.json")
    assert "--json: no use for it with --audit without --data" in unread
    both = ["--to-opengait", tmp_path / "x.pt", "--audit", "--preset", "umgrl-drf"]
    assert "--preset and --audit: no use" in refusal("builtin:demo", *both)
    assert "--partition: no use for it with a conversion without --data" in refusal(AUTHOR_STYLE, "--partition", "118")
    copy = tmp_path / "copy.pt"
    copy.write_bytes(AUTHOR_STYLE.read_bytes())
    over = ["--audit", "--data", tmp_path, "--json", copy, "--overwrite"]
    assert "is the checkpoint itself" in refusal(copy, *over)
    assert copy.read_bytes() == AUTHOR_STYLE.read_bytes()
    assert list(tmp_path.iterdir()) == [copy]


def test_the_model_of_the_package_is_a_bundle_too(tmp_path: Path) -> None:
    assert "negative, neutral, positive, because a bundle" in " ".join(run("inspect", "builtin:demo").split())
    run("convert", "builtin:demo", "--to-opengait", tmp_path / "demo.pt")
    assert "skeleton map" in run("inspect", tmp_path / "demo.pt")


def test_card_printed_and_written(tmp_path: Path) -> None:
    printed = run("card", "builtin:pose-set")
    file = tmp_path / "card.md"
    assert f"written: {file}" in run("card", "builtin:pose-set", "--out", file)
    assert file.read_text(encoding="utf-8") == printed
    assert printed.startswith("---\nlibrary_name: scoliogait\n")
    assert "### TRIPOD+AI, for studies that develop or test a prediction model" in printed
    with pytest.raises(ScoliogaitError, match="give --overwrite"):
        run("card", "builtin:pose-set", "--out", file)
    run("card", "builtin:demo", "--out", file, "--overwrite")
    assert file.read_text(encoding="utf-8") == run("card", "builtin:demo")
