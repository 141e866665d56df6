"""A run logged to Weights & Biases without a network: what W&B holds is what the run folder holds."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scoliogait.training.fit import fit
from scoliogait.training.history import History
from scoliogait.training.recipe_file import load_recipe
from training_fixtures import tiny_overrides, tiny_store

pytest.importorskip("wandb", reason="Weights & Biases is an extra: pip install scoliogait[wandb]")


HEADER_BYTES, BLOCK_BYTES = 7, 32_768
CHUNK_HEADER = struct.Struct("<IHB")  # checksum, length, kind
WHOLE, LAST = 1, 4


def test_what_is_logged_is_what_the_run_folder_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import wandb

    for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "wandb_home"))
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    (tmp_path / "wandb_home").mkdir()
    store = tiny_store(tmp_path / "store")
    recipe = load_recipe("small-ske", tiny_overrides(store, "log.wandb=true", "log.tensorboard=false"))
    try:
        run = fit(recipe, tmp_path / "run")
    finally:
        wandb.finish()
    (log,) = (tmp_path / "run").rglob("*.wandb")
    records = list(_records(log))
    logged: dict[int, dict[str, float]] = {}
    for row in (_values(record.history.item) for record in records if record.HasField("history")):
        step = int(row.get("trainer/global_step", row.get("_step", -1)))
        logged.setdefault(step, {}).update(row)
    history = History(run.history_file).rows
    assert history
    for step, measured in history.items():
        held = {name: logged[step][name] for name in measured if name != "step"}
        assert held == pytest.approx({name: value for name, value in measured.items() if name != "step"})
    started = next(record.run for record in records if record.HasField("run"))
    config = _values(started.config.update)
    stated = load_recipe(str(run.recipe_file)).model_dump(mode="json")
    assert {name: config[name] for name in stated} == stated
    assert started.project == recipe.log.wandb_project


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
