"""Runs logged to Weights & Biases without a network: what W&B holds is what the run folders hold."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scoliogait.training.fit import fit
from scoliogait.training.history import History
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from training_fixtures import tiny_overrides, tiny_store

wandb = pytest.importorskip("wandb", reason="Weights & Biases is an extra: pip install scoliogait[wandb]")
pytestmark = pytest.mark.slow

HEADER_BYTES, BLOCK_BYTES = 7, 32_768
CHUNK_HEADER = struct.Struct("<IHB")  # checksum, length, kind
WHOLE, LAST = 1, 4
TWO_RUNS = ("first", "second")


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[RunFolder, list[Any]]]]:
    """By name: the folder of a run, and the records that W&B wrote of it. Both runs are of one process."""
    folder = tmp_path_factory.mktemp("wandb")
    homes = {
        name: str(folder / "home") for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR")
    }
    store = tiny_store(folder / "store")
    (folder / "home").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"WANDB_MODE": "offline", "WANDB_SILENT": "true", **homes}.items():
            patch.setenv(name, value)
        runs = {}
        for seed, name in enumerate(TWO_RUNS):
            changes = ("log.wandb=true", "log.tensorboard=false", "trainer.steps=6", f"seed={seed}")
            runs[name] = fit(load_recipe("small-ske", tiny_overrides(store, *changes)), folder / name)
            assert wandb.run is None
        wandb.teardown()  # what was logged is whole on disk only then
        files = {name: list(run.path.rglob("*.wandb")) for name, run in runs.items()}
        yield {name: (runs[name], [record for file in files[name] for record in _records(file)]) for name in runs}


@pytest.mark.parametrize("name", TWO_RUNS)
def test_curves_are_those_of_history_csv(name: str, logged: dict[str, tuple[RunFolder, list[Any]]]) -> None:
    run, records = logged[name]
    curves: dict[int, dict[str, Any]] = {}
    for row in (_values(record.history.item) for record in records if record.HasField("history")):
        curves.setdefault(int(row["trainer/global_step"]), {}).update(row)
    history = History(run.history_file).rows
    assert sorted(history) == list(range(1, 7))
    for step, measured in history.items():
        wanted = {key: value for key, value in measured.items() if key != "step"}
        assert {key: curves[step][key] for key in wanted} == pytest.approx(wanted)
    pictured = [step for step, row in curves.items() if any(key.startswith("input/") for key in row)]
    assert pictured == [1, 3, 6]


@pytest.mark.parametrize("name", TWO_RUNS)
def test_the_configuration_is_the_recipe_of_the_run(name: str, logged: dict[str, tuple[RunFolder, list[Any]]]) -> None:
    run, records = logged[name]
    (started,) = [record.run for record in records if record.HasField("run")]
    config = _values(started.config.update)
    stated = load_recipe(str(run.recipe_file)).model_dump(mode="json")
    assert {key: config[key] for key in stated} == stated
    assert (started.project, started.display_name) == ("scoliogait", name)


@pytest.mark.parametrize("name", TWO_RUNS)
def test_the_summary_is_the_last_of_each_figure_and_the_run_ended_well(
    name: str, logged: dict[str, tuple[RunFolder, list[Any]]]
) -> None:
    run, records = logged[name]
    summary: dict[str, Any] = {}
    for record in records:
        if record.HasField("summary"):
            summary |= _values(record.summary.update)
    last = History(run.history_file).rows[6]
    figures = ("loss", "validation_macro_f1", "validation_loss")
    assert {key: summary[key] for key in figures} == pytest.approx({key: last[key] for key in figures})
    assert [record.exit.exit_code for record in records if record.HasField("exit")] == [0]


def _records(log: Path) -> Iterator[Any]:
    """The protocol buffers of a .wandb file: 7 bytes of its own, then LevelDB's log format."""
    from wandb.proto import wandb_internal_pb2

    content, place, parts = log.read_bytes(), HEADER_BYTES, b""
    assert content[:4] == b":W&B"
    while place + CHUNK_HEADER.size <= len(content):
        left = BLOCK_BYTES - place % BLOCK_BYTES
        if left < CHUNK_HEADER.size:
            place += left
            continue
        _, length, kind = CHUNK_HEADER.unpack_from(content, place)
        place += CHUNK_HEADER.size
        parts += content[place : place + length]
        place += length
        if kind in (WHOLE, LAST):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(parts)
            parts = b""
            yield record


def _values(items: Any) -> dict[str, Any]:
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}
