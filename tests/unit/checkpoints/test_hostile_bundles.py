"""A bundle that somebody made by hand, with every checksum made again, is refused in our words."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.config_file import config_digest
from scoliogait.errors import ModelError
from scoliogait.files import sha256_of

Config = dict[str, Any]


def rewrite(bundle: Path, change: Callable[[Config], object]) -> None:
    config = json.loads((bundle / "config.json").read_text())
    del config["digest"]
    config |= {"weights_sha256": sha256_of(bundle / "model.safetensors")}
    config |= {"metrics_sha256": sha256_of(bundle / "metrics.json")}
    change(config)
    text = json.dumps(config | {"digest": config_digest(config)})
    (bundle / "config.json").write_text(text)


def at(*keys: str, value: Any) -> Callable[[Config], object]:
    def change(config: Config) -> None:
        for key in keys[:-1]:
            config = config[key]
        config[keys[-1]] = value

    return change


CHANGES: dict[str, tuple[Callable[[Config], object], str]] = {
    "wide": (at("architecture", "embedding", value=10**9), "weights do not fit the architecture"),
    "wide-stages": (at("architecture", "channels", value=[10**7] * 4), "weights do not fit the architecture"),
    "many-parts": (at("architecture", "parts", value=10**9), "1000000000 parts need"),
    "wider-than-a-word": (at("architecture", "embedding", value=10**25), "cannot be built"),
    "architecture-number": (at("architecture", value=3), "architecture is 3"),
    "unknown-architecture": (at("architecture", "architecture", value="other"), "expected one of"),
    "temperature-text": (at("temperature", value="warm"), "temperature is 'warm'; expected a number"),
    "contract-list": (at("contract", value=[]), "contract is"),
    "size-0": (at("contract", "size_px", value=0), "config.json"),
    "started-from-text": (at("provenance", value={"started_from": "x"}), "started_from is a str"),
    "seen-text": (at("provenance", value={"started_from": {"name": "x", "test_walks_seen": "y"}}), "no whole number"),
    "version": (at("schema_version", value="1"), "is of version '1'"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_bundle_of_another_make_is_refused(tmp_path: Path, name: str) -> None:
    bundle = untrained_bundle(tmp_path / "model")
    change, words = CHANGES[name]
    rewrite(bundle, change)
    with pytest.raises(ModelError, match=words) as caught:
        load_bundle(bundle).facts  # noqa: B018 -- it is what is looked at first
    assert str(caught.value).startswith(str(bundle))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "[" * 3000 + "]" * 3000,
        '{"a": ' + "9" * 400 + "}",
        '{"format": "scoliogait-model", "a": "\\ud800"}',
    ],
)
def test_a_config_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    bundle = untrained_bundle(tmp_path / "model")
    (bundle / "config.json").write_text(text)
    with pytest.raises(ModelError, match=r"config\.json"):
        load_bundle(bundle)


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x02" + bytes(7) + b"{}", b"\x08" + bytes(7) + b"[[[[[[[["])
def test_weights_that_are_none_are_refused(tmp_path: Path, content: bytes) -> None:
    bundle = untrained_bundle(tmp_path / "model")
    (bundle / "model.safetensors").write_bytes(content)
    rewrite(bundle, lambda config: None)
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        load_bundle(bundle)


def test_tensors_of_another_type_are_refused(tmp_path: Path) -> None:
    bundle = untrained_bundle(tmp_path / "model")
    state = load_file(bundle / "model.safetensors")
    name = next(name for name, value in state.items() if value.is_floating_point())
    save_file(state | {name: torch.full_like(state[name], torch.nan)}, bundle / "model.safetensors")
    rewrite(bundle, lambda config: None)
    with pytest.raises(ModelError, match=f"{name} holds NaN"):
        load_bundle(bundle)


@pytest.mark.parametrize("text", ["[]", "3", "{", "[" * 3000 + "]" * 3000])
def test_results_that_are_no_table_are_refused(tmp_path: Path, text: str) -> None:
    bundle = untrained_bundle(tmp_path / "model")
    (bundle / "metrics.json").write_text(text)
    rewrite(bundle, lambda config: None)
    with pytest.raises(ModelError, match=r"metrics\.json"):
        load_bundle(bundle)
