"""What is said of half precision at the start of a run. Times are given, not measured."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from scoliogait.models.collectives import n_processes
from scoliogait.time_ratio import time_ratio
from scoliogait.training.half_precision import half_precision_cautions
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import load_recipe
from training_fixtures import TINY

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
Work = Callable[[], None]


def recipe(precision: str, name: str = "small-ske", *more: str) -> Recipe:
    return load_recipe(name, [*more, f"trainer.precision={precision}"])


def takes(ratio: float) -> Callable[[Work, Work], float]:
    return lambda in_bf16, in_fp32: ratio


def never(in_bf16: Work, in_fp32: Work) -> float:
    raise AssertionError("there is nothing to measure")


def test_where_bf16_is_slower_it_is_said_by_how_much() -> None:
    (said,) = half_precision_cautions(recipe("bf16"), CPU, takes(1.74))
    assert said.startswith("on this machine bf16 takes 1.7 times as long as fp32 for a backbone of this size")
    assert "trainer.precision=fp32" in said
    assert half_precision_cautions(recipe("bf16"), CPU, takes(0.6)) == []


def test_fp16_on_a_cpu_is_called_what_it_is() -> None:
    told = "trainer.precision is fp16, which a CPU computes in bf16"
    assert half_precision_cautions(recipe("fp16"), CPU, takes(0.6)) == [told]
    assert len(half_precision_cautions(recipe("fp16"), CPU, takes(1.74))) == 2


@pytest.mark.parametrize(("precision", "device"), [("fp32", CPU), ("bf16", GPU), ("fp16", GPU)])
def test_elsewhere_nothing_is_measured_and_nothing_said(precision: str, device: torch.device) -> None:
    assert half_precision_cautions(recipe(precision), device, never) == []


@pytest.mark.parametrize("device", [CPU, GPU])
def test_a_network_without_pictures_has_no_half_precision(device: torch.device) -> None:
    told = "trainer.precision is bf16, but a pose-set computes in fp32 throughout"
    assert half_precision_cautions(recipe("bf16", "small-pose-set"), device, never) == [told]


def test_both_precisions_run_and_the_run_draws_the_same_numbers_afterwards() -> None:
    measured = []

    def ratio(in_bf16: Work, in_fp32: Work) -> float:
        measured.append(time_ratio(in_bf16, in_fp32))
        return measured[-1]

    before = torch.random.get_rng_state()
    half_precision_cautions(recipe("bf16", "small-ske", *TINY), CPU, ratio)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert measured[0] > 0
    assert math.isfinite(measured[0])


def test_bf16_is_what_is_timed_beside_fp32() -> None:
    seen: list[torch.dtype] = []

    def ratio(in_bf16: Work, in_fp32: Work) -> float:
        in_bf16()
        assert set(seen) == {torch.bfloat16}
        seen.clear()
        in_fp32()
        assert set(seen) == {torch.float32}
        return 1.0

    def look(module: nn.Module, given: tuple[torch.Tensor, ...], made: torch.Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            seen.append(made.dtype)

    hook = register_module_forward_hook(look)
    try:
        half_precision_cautions(recipe("bf16", "small-ske", *TINY), CPU, ratio)
    finally:
        hook.remove()


def test_the_first_process_measures_while_the_others_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_answered(value: torch.Tensor) -> None:
        raise AssertionError("no other process sums with this one")

    def ratio(in_bf16: Work, in_fp32: Work) -> float:
        in_bf16()
        in_fp32()
        return 1.0

    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(dist, "all_reduce", never_answered)
    assert half_precision_cautions(recipe("bf16", "small-ske", *TINY), CPU, ratio) == []
    assert n_processes() == 2
