"""The description of a network: what is missing, unknown or impossible is named with what was expected."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import dot_networks as dots
from scoliogait.errors import DataError, ModelError
from scoliogait.video.network_description import read_description

GOOD: dict[str, Any] = {"input": dots.INPUT, "output": dots.SIMCC, "joints": "COCO-17"}


def described(folder: Path, content: object) -> Any:
    path = folder / "pose.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return read_description(path)


def test_what_is_said_is_read(tmp_path: Path) -> None:
    found = described(tmp_path, GOOD)
    assert found.input.size_px == (dots.WIDTH, dots.HEIGHT)
    assert found.output.words == "the min over both axes of the highest of the raw values (SimCC)"
    assert found.outline == "none"


KEYS = [*(f"input.{key}" for key in dots.INPUT), *(f"output.{key}" for key in dots.SIMCC), "joints"]


@pytest.mark.parametrize("key", KEYS)
def test_nothing_that_moves_a_joint_has_a_default(key: str, tmp_path: Path) -> None:
    said = {name: dict(value) if isinstance(value, dict) else value for name, value in GOOD.items()}
    where, _, field = key.rpartition(".")
    del (said[where] if where else said)[field]
    with pytest.raises(ModelError, match=rf"pose\.yaml: {key if field != 'kind' else 'output'}: is missing; add it"):
        described(tmp_path, said)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"output": dots.SIMCC | {"score": "max"}},
            "output.score is 'max'; expected one of 'min', 'mean' or",
        ),
        ({"output": dots.SIMCC | {"grid": "ends"}}, "output.grid: unknown key"),
        ({"output": dots.SIMCC | {"kind": "regression"}}, "output is 'regression'; expected one of"),
        (
            {"output": dots.SIMCC | {"values": "softmax"}},
            "output.softmax_factors: must be given where values is",
        ),
        ({"output": dots.SIMCC | {"softmax_factors": [1, 1]}}, "output.softmax_factors: must be given where"),
        ({"output": dots.SIMCC | {"split_ratio": 0}}, "output.split_ratio is 0; expected more than 0"),
        ({"output": dots.STRIDE | {"grid": "cells"}}, "output.grid is 'cells'; expected one of 'stride' or 'ends'"),
        (
            {"output": dots.COORDINATES | {"columns": ["x", "y", "x"]}},
            "output.columns is ['x', 'y', 'x']; expected",
        ),
        ({"output": dots.COORDINATES | {"columns": ["x", "y", "unused"]}}, "expected x, y and score, each once"),
        ({"input": dots.INPUT | {"size_px": [0, 64]}}, "input.size_px.0 is 0; expected 32 or more"),
        ({"input": dots.INPUT | {"size_px": [192, 100_000]}}, "input.size_px.1 is 100000; expected 2048 or less"),
        ({"input": dots.INPUT | {"channels": "gray"}}, "input.channels is 'gray'; expected one of 'rgb' or 'bgr'"),
        ({"input": dots.INPUT | {"std": [1, 0, 1]}}, "input.std.1 is 0; expected more than 0"),
        ({"input": dots.INPUT | {"mean": [1, float("nan"), 1]}}, "input.mean.1 is nan; expected a finite number"),
        ({"outline": "blazepose"}, "outline is 'blazepose'; expected one of 'none' or 'builtin'"),
        ({"weights": "x"}, "weights: unknown key"),
    ],
)
def test_each_mistake_is_one_line(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as error:
        described(tmp_path, GOOD | change)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a: [", "is not YAML"),
        ("- 1", "is no description of a network"),
        ("", "is no description of a network"),
        ("!!python/object/apply:os.system ['true']", "is not YAML"),
        ("a: &a [*a]", "is not read"),
    ],
)
def test_other_text(content: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=words):
        described(tmp_path, content)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_description(tmp_path / "none.yaml")


def test_the_examples_of_the_page_are_descriptions(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "video.md").read_text(encoding="utf-8")
    rtmpose, vitpose, movenet = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    assert described(tmp_path, rtmpose).output.kind == "simcc"
    assert described(tmp_path, rtmpose | vitpose).output.kind == "heatmap"
    assert described(tmp_path, movenet).output.kind == "coordinates"
