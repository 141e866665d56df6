"""What can be refused at once is refused at once: before torch, Lightning, scipy, scikit-learn, matplotlib or OpenCV.

Which modules are loaded is tested, not how long it takes; ``benchmarks/refusals.py`` measures that.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import import_guard
from scoliogait.checkpoints.config_file import CONFIG
from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.io.native import write_walk
from scoliogait.training.run_folder import RunFolder
from training_fixtures import tiny_store
from walk_fixtures import drawn_walks

# Command line, and words of its refusal. Names in capitals are paths of the fixture.
CASES: dict[str, tuple[str, str]] = {
    "train-key": ("train small-ske --set optimizer.lrr=1 --data STORE --out NEW", "did you mean 'optimizer.lr'"),
    "train-value": ("train small-ske --set optimizer.lr=-1 --data STORE --out NEW", "optimizer.lr"),
    "train-name": ("train small-sk --data STORE --out NEW", "did you mean"),
    "train-file": ("train BROKEN.yaml --data STORE --out NEW", "is not YAML"),
    "train-no-out": ("train small-ske", "--out is missing"),
    "train-no-recipe": ("train --out NEW", "RECIPE is missing"),
    "train-no-data": ("train small-ske --out NEW", "data.store is not given"),
    "train-data": ("train small-ske --data NOSUCH --out NEW", "NOSUCH"),
    "train-partition": ("train small-ske --data STORE --partition 119 --out NEW", "119"),
    "train-other-ids": ("train small-ske --data STORE --partition 118 --out NEW", "118"),
    "train-finished": ("train small-ske --data STORE --out RUN", "is a finished run"),
    "train-something": ("train small-ske --data STORE --out STORE", "is not a run folder (it is a walk store)"),
    "train-resume": ("train small-ske --resume --out RUN", "--resume takes its recipe from the run"),
    "train-resume-nothing": ("train --resume --out NEW", "is not a run folder"),
    "finetune-from": ("finetune small-ske --from NOSUCH --data STORE --out NEW", "no such file or folder"),
    "finetune-builtin": ("finetune small-ske --from builtin:best --data STORE --out NEW", "no such model"),
    "finetune-order": ("finetune small-ske --from WALK --data STORE --out NEW", "start.label_order"),
    "finetune-out": ("finetune small-ske --from builtin:demo --data STORE --out RUN", "is a finished run"),
    "finetune-recipe": ("finetune nosuch --from builtin:demo --out NEW", "no such recipe"),
    "evaluate-model": ("evaluate NOSUCH", "NOSUCH"),
    "evaluate-combination": ("evaluate RUN --test-guided", "needs --test"),
    "evaluate-both": ("evaluate RUN --test --subset train", "take one of them"),
    "evaluate-exists": ("evaluate RUN --subset train --out STORE", "is not an evaluation"),
    "evaluate-out": ("evaluate builtin:demo --subset train", "--out is missing"),
    "evaluate-data": ("evaluate builtin:demo --subset train --data NOSUCH --out NEW", "NOSUCH"),
    "evaluate-partition": ("evaluate builtin:demo --subset train --data STORE --partition 7 --out NEW", "7"),
    "evaluate-prevalence": ("evaluate builtin:demo --subset train --data STORE --out NEW --prevalence 3", "prevalence"),
    "evaluate-sensitivity": ("evaluate RUN --test --sensitivity 2 --out NEW", "sensitivity"),
    "compare-missing": ("compare NOSUCH NOSUCH", "NOSUCH"),
    "compare-pattern": ("compare NOSUCH/* RUN", "matches nothing"),
    "compare-one": ("compare RUN", "at least two"),
    "compare-out": ("compare RUN RUN --out STORE", "is no comparison"),
    "verify": ("verify NOSUCH", "is not a run folder"),
    "verify-nothing": ("verify RUN", "RUN"),
    "promote": ("promote NOSUCH --provenance empirical", "is not a run folder"),
    "promote-word": ("promote RUN --provenance guessed", "guessed"),
    "runs": ("runs NOSUCH", "is no folder"),
    "runs-sort": ("runs FOLDER --sort loss", "expected one of"),
    "runs-filter": ("runs FOLDER --filter colour=red", "expected KEY=VALUE"),
    "reproduce-data": ("reproduce NOSUCH --out NEW", "NOSUCH"),
    "reproduce-rows": ("reproduce STORE --out NEW --rows nosuch", "nosuch"),
    "reproduce-workers": ("reproduce STORE --out NEW --workers 2 --devices cuda:0", "leave --workers out"),
    "reproduce-shard": ("reproduce STORE --out NEW --shard 3", "expected K/N"),
    "reproduce-share": ("reproduce STORE --out NEW --shard 3/2", "with K from 1 to N"),
    "reproduce-slurm": ("reproduce STORE --out NEW --slurm reboot", "is no option"),
    "reproduce-both": ("reproduce STORE --out NEW --slurm '' --shard 1/2", "leave --shard"),
    "reproduce-tasks": ("reproduce STORE --out NEW --tasks 4", "give --slurm too"),
    "reproduce-out": ("reproduce STORE --out RUN", "RUN"),
    "screen": ("screen NOSUCH.npz", ""),
    "screen-nothing": ("screen", "no walk is named"),
    "screen-seconds": ("screen WALK --seconds 3", "give --camera 0 too"),
    "screen-save": ("screen WALK --save NEW.txt", "is written as .npz"),
    "screen-no-walk": ("screen BROKEN.yaml", ""),
    "screen-broken": ("screen BROKEN.npz", ""),
    "screen-backend": ("screen WALK --backend mediapipe", "expected builtin, onnx:FILE.onnx or precomputed:POSES"),
    "screen-network": ("screen WALK --backend onnx:none.onnx", "none.yaml: does not exist"),
    "screen-pattern": ("screen NOSUCH*.npz", ""),
    "screen-folder": ("screen FOLDER --csv NEW.csv --jsonl NEW.jsonl --json NEW.json", ""),
    "screen-csv": ("screen WALK --csv BROKEN.yaml", "exists and is not a table"),
    "screen-csv-folder": ("screen WALK --csv STORE", "is a folder"),
    "screen-jsonl": ("screen WALK --jsonl BROKEN.yaml/r.jsonl", "cannot be written"),
    "screen-one-name": ("screen WALK --jsonl NEW.x --csv NEW.x", "two kinds of file"),
    "report-no-walk": ("report NOSUCH.npz --out NEW", ""),
    "report-broken": ("report BROKEN.npz --out NEW", ""),
    "report-out": ("report WALK --out BROKEN.yaml", "is a file; give a folder"),
    "report-language": ("report WALK --out NEW --language xx", "no texts in language 'xx'"),
    "report-code": (f"report WALK --out NEW --person-code {'x' * 500}", "has 500 characters"),
    "report-earlier": ("report WALK --out NEW --earlier BROKEN.yaml", "BROKEN.yaml"),
    "report-prevalence": ("report WALK --out NEW --prevalence 2", "the prevalence is 2"),
    "report-fonts": ("report WALK --out NEW --fonts NOSUCH", "does not exist; expected a folder of fonts"),
    "report-session-fonts": ("report WALK --session --out NEW --fonts BROKEN.yaml", "is a file; expected a folder"),
    "report-day": ("report WALK --out NEW --walk-date 9998-01-01", "is after that of the report"),
    "report-model": ("report WALK --out NEW --model builtin:best", "no such model"),
    "screen-model": ("screen WALK --model builtin:best", "no such model"),
    "screen-model-path": ("screen WALK --model NOSUCH", "is no model bundle"),
    "drift-nothing": ("drift NOSUCH.csv", "no such file"),
    "drift-table": ("drift NOSUCH.csv --by site", "belong together"),
    "drift-walk": ("drift WALK", "holds no results"),
    "manifest-nothing": ("manifest NOSUCH --out NEW.parquet", "does not exist"),
    "manifest-name": ("manifest WALK --out NEW", "a name that ends in .parquet"),
    "manifest-out": ("manifest WALK --out BROKEN.yaml", "exists and is not a manifest"),
    "manifest-pattern": ("manifest NOSUCH/*.npz --out NEW.parquet", "matches nothing"),
    "screen-manifest": ("screen --manifest NOSUCH --out NEW", "no such file"),
    "screen-manifest-kind": ("screen --manifest WALK --out NEW", "is not a readable parquet file"),
    "screen-manifest-out": ("screen --manifest WALK", "--out is missing"),
    "screen-manifest-path": ("screen WALK --manifest WALK --out NEW", "has no meaning beside --manifest"),
    "screen-workers": ("screen WALK --workers 2", "give --manifest too"),
    "screen-shard": ("screen --manifest WALK --out NEW --shard 3", "expected K/N"),
    "screen-two-ways": ("screen --manifest WALK --out NEW --cluster local --slurm --x", "take one of them"),
    "screen-tcp": ("screen --manifest WALK --out NEW --cluster tcp://10.0.0.1:8786", "--trust-network"),
    "screen-tls": ("screen --manifest WALK --out NEW --cluster tls://node1:8786", "needs --certificates"),
    "screen-address": ("screen --manifest WALK --out NEW --cluster node1", "expected tls://HOST:PORT"),
    "screen-slurm": ("screen --manifest WALK --out NEW --slurm --wrap=ls", "is set by the script"),
    "screen-json": ("screen WALK --json BROKEN.yaml", "BROKEN.yaml"),
    "serve-everywhere": ("serve --host 0.0.0.0 --token", "means every address"),
    "serve-no-token": ("serve --host 192.168.1.5", "add --token"),
    "serve-port": ("serve --port 70000", "expected 0 to 65535"),
    "serve-no-model": ("serve --model NOSUCH", "is no model bundle"),
    "serve-model": ("serve --model builtin:best", "no such model"),
    "serve-language": ("serve --language tlh", "no texts in language"),
    "explain-walk": ("explain NOSUCH.npz --out NEW", "NOSUCH.npz"),
    "explain-out": ("explain WALK --out STORE", "is not an explanation"),
    "explain-model": ("explain WALK builtin:best --out NEW", "no such model"),
    "simulate-out": ("simulate", "--out is missing"),
    "simulate-exists": ("simulate --out STORE", "give --overwrite"),
    "simulate-ratio": ("simulate --out NEW --ratio 113", "expected one of"),
    "simulate-people": ("simulate --out NEW --walks 10 --subjects 20", "--subjects 10"),
    "demo-set": ("demo --out NEW --set trainer.stepss=1", "did you mean 'trainer.steps'"),
    "demo-out": ("demo --out STORE", "something else than a demo"),
    "data-import": ("data import NOSUCH --out NEW", "NOSUCH"),
    "data-import-out": ("data import WALK --out STORE", "give --overwrite"),
    "data-import-backend": ("data import WALK --backend precomputed:none.json --out NEW", "none.json: does not exist"),
    "data-export": ("data export NOSUCH --out NEW", "NOSUCH"),
    "data-export-out": ("data export STORE --out RUN", "is not an exported tree"),
    "data-export-set": ("data export STORE --out NEW --set sigma_limbs=3", "sigma_limb"),
    "data-export-kind": ("data export STORE --out NEW --kind poses --set sigma_limb=3", "no meaning"),
    "data-export-partition": ("data export STORE --out NEW --partition 119", "119"),
    "data-check": ("data check NOSUCH", "NOSUCH"),
    "data-check-partition": ("data check STORE --partition 119", "119"),
    "data-check-against": ("data check STORE --against 118", "add --partition"),
    "data-split": ("data split NOSUCH --folds 2 --out NEW", "NOSUCH"),
    "data-split-rules": ("data split STORE --folds 2 --proxy 3 --out NEW", "give one of"),
    "data-split-from": ("data split STORE --from 119 --train-ratio 1:1:2 --out NEW", "119"),
    "data-split-exists": ("data split STORE --proxy 12 --out STORE/partition_proxy.json", "give --overwrite"),
    "data-analyze-exists": ("data analyze STORE --out BROKEN.yaml", "give --overwrite"),
    "data-analyze-store": ("data analyze NOSUCH --out NEW", "NOSUCH"),
    "data-analyze-partition": ("data analyze STORE --partition 119 --out NEW", "119"),
    "model-inspect": ("model inspect NOSUCH.pt", "there is no such file"),
    "model-inspect-yaml": ("model inspect WALK --config NOSUCH.yaml", "NOSUCH.yaml"),
    "model-card": ("model card NOSUCH", "is no model bundle"),
    "model-card-builtin": ("model card builtin:best", "no such model"),
    "model-card-out": ("model card builtin:demo --out BROKEN.yaml", "give --overwrite"),
    "model-convert": ("model convert NOSUCH.pt", "--preset"),
    "model-convert-file": (
        "model convert NOSUCH.pt --preset opengait-sil --label-order ORDER --out NEW",
        "no such file",
    ),
    "model-convert-preset": ("model convert WALK --preset nosuch --label-order ORDER --out NEW", "does not exist"),
    "model-convert-order": (
        "model convert WALK --preset opengait-sil --label-order a,b,c --out NEW",
        "class 'a'",
    ),
    "model-convert-out": ("model convert WALK --preset opengait-sil --label-order ORDER --out STORE", "--overwrite"),
    "model-convert-data": (
        "model convert WALK --preset umgrl-drf --label-order ORDER --out NEW --data NOSUCH",
        "NOSUCH",
    ),
    "model-export-out": ("model convert RUN --to-opengait BROKEN.yaml", "give --overwrite"),
    "model-export-model": ("model export NOSUCH --out NEW.onnx", "is no model bundle"),
    "model-export-name": ("model export builtin:best --out NEW.onnx", "no such model"),
    "model-export-ending": ("model export builtin:demo --out NEW.xml", "ends in .onnx"),
    "model-export-int8": ("model export builtin:demo --precision int8 --out NEW.onnx", "with --calibrate"),
    "model-export-walks": (
        "model export builtin:demo --precision int8 --calibrate NOSUCH --out NEW.onnx",
        "NOSUCH",
    ),
    "model-export-exists": ("model export builtin:demo --out BROKEN.onnx", "give --overwrite"),
    "screen-foreign-export": ("screen WALK --model BROKEN.onnx", "is no model that"),
    "screen-torch-export": ("screen WALK --model NOSUCH.pt2", "never read here"),
    "serve-foreign-export": ("serve --model BROKEN.onnx", "is no model that"),
    "model-audit": ("model convert WALK --audit --data NOSUCH", "NOSUCH"),
    "model-audit-out": ("model convert WALK --audit --data STORE --json BROKEN.yaml", "give --overwrite"),
}
# What is asked for and answered, and needs nothing heavy either.
ANSWERS = {
    "a finished run": "train --resume --out RUN",
    "runs": "runs FOLDER --json",
    "data split": "data split STORE --proxy 12 --out NEW_proxy.json",
    "recipes": "recipes",
    "samples": "samples",
    "model card": "model card builtin:demo",
}


def commands() -> Iterator[str]:
    """Every command of the command line, such as "data check"."""

    def walk(command: object, path: list[str]) -> Iterator[str]:
        for name, below in getattr(command, "commands", {}).items():
            yield from walk(below, [*path, name])
        if not hasattr(command, "commands"):
            yield " ".join(path)

    return walk(typer.main.get_command(app), [])


HELP = {f"help {command}": f"{command} --help".strip() for command in ["", *commands()]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Paths by the names that stand for them in a command line."""
    root = tmp_path_factory.mktemp("refusals")
    store: WalkStore = tiny_store(root / "store")
    (root / "store" / "partition_proxy.json").write_text("{}")
    run = RunFolder(root / "runs" / "RUN")
    run.write_facts("finished", {"store_digest": store.digest})
    run.model.mkdir()
    (run.model / CONFIG).write_text("{}")
    (root / "BROKEN.yaml").write_text("a: [")
    (root / "BROKEN.npz").write_text("no archive")
    (root / "BROKEN.onnx").write_text("no network")
    write_walk(root / "walk.npz", next(drawn_walks(1)))
    names = {"STORE": root / "store", "RUN": run.path, "FOLDER": root / "runs", "WALK": root / "walk.npz"}
    names |= {"NEW": root / "new", "NOSUCH": root / "NOSUCH", "BROKEN": root / "BROKEN"}
    return {name: str(path) for name, path in names.items()} | {"ORDER": "negative,neutral,positive"}


@pytest.fixture(scope="module")
def results(world: dict[str, str]) -> dict[str, dict[str, Any]]:
    lines = {name: line for name, (line, _) in CASES.items()}
    lines |= {f"answer {name}": line for name, line in ANSWERS.items()} | HELP
    arguments = [[_filled(word, world) for word in line.split()] for line in lines.values()]
    ended = subprocess.run(
        [sys.executable, import_guard.__file__, "heavy"],
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(lines, json.loads(ended.stdout), strict=True))


def _filled(word: str, world: dict[str, str]) -> str:
    for name, path in world.items():
        if word == name or word.startswith((f"{name}.", f"{name}/", f"{name}_")):
            return path + word.removeprefix(name)
    return word


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_needs_no_heavy_library(case: str, results: dict[str, dict[str, Any]]) -> None:
    line, words = CASES[case]
    result = results[case]
    assert result["code"] == 2, f"scoliogait {line}\n{result['out']}{result['err']}"
    assert words in result["err"]
    assert "Traceback" not in result["err"]


@pytest.mark.parametrize("name", [*HELP, *(f"answer {name}" for name in ANSWERS)])
def test_a_small_answer_needs_no_heavy_library(name: str, results: dict[str, dict[str, Any]]) -> None:
    assert results[name]["code"] == 0, results[name]["out"] + results[name]["err"]


def test_to_go_on_with_a_finished_run_says_that_it_is_finished(results: dict[str, dict[str, Any]]) -> None:
    said = results["answer a finished run"]["out"]
    assert "its run is finished" in said
    assert said.strip().endswith("model")


def test_every_command_is_here() -> None:
    lines = [*(line for line, _ in CASES.values()), *ANSWERS.values()]
    assert [command for command in commands() if not any(line.startswith(f"{command}") for line in lines)] == []


def test_the_guard_guards() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import import_guard, sys; sys.meta_path.insert(0, import_guard.Guard()); import torch"],
        capture_output=True,
        text=True,
        cwd=Path(import_guard.__file__).parent,
        check=False,
    )
    assert "torch was imported before the refusal" in ended.stderr
