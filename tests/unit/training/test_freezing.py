"""What is frozen and how: which names a pattern takes, and what a frozen part does in training."""

import pytest
import torch

from scoliogait.errors import RecipeError
from scoliogait.models.build import build_model
from scoliogait.models.config import DRFConfig
from scoliogait.training.freezing import Freezing, frozen_names, hold
from scoliogait.training.recipe import StartSection


def a_drf() -> torch.nn.Module:
    return build_model(DRFConfig(channels=(4, 4, 8, 8), embedding=8, parts=4), torch.Generator().manual_seed(0))


def test_patterns_take_names() -> None:
    module = a_drf()
    backbone = frozen_names(module, ("backbone.*",))
    assert backbone == {name for name, _ in module.named_parameters() if name.startswith("backbone.")}
    both = frozen_names(module, ("backbone.stage?.conv1.weight", "embed.weight"))
    assert both == {*(f"backbone.stage{k}.conv1.weight" for k in (1, 2, 3, 4)), "embed.weight"}


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (("backbon.*",), r"'backbon\.\*' matches no parameter of the model; did you mean 'backbone\.\*'\?"),
        (
            ("backbone.stage2*", "backbone.stage9.*"),
            r"'backbone\.stage9\.\*' matches no .*did you mean 'backbone\.stage",
        ),
        (("42",), r"expected one such as 'attention\.\*', 'backbone\.\*', 'embed\.\*', 'neck\.\*'"),
        (("*",), r"\* freezes the whole model, so nothing would be trained"),
    ],
)
def test_patterns_that_cannot_be_meant(patterns: tuple[str, ...], message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        frozen_names(a_drf(), patterns)
    assert "\n" not in str(caught.value)


def test_only_wholly_frozen_modules_run_in_evaluation_mode() -> None:
    module = a_drf()
    hold(module, frozen_names(module, ("backbone.stage1.*", "backbone.stage2.norm1.weight")))
    modes = {name: part.training for name, part in module.named_modules()}
    assert not modes["backbone.stage1"]
    assert not modes["backbone.stage1.norm2"]
    assert modes[""]
    assert modes["backbone"]
    assert modes["backbone.stage2.norm1"]  # its bias still trains
    assert modes["neck.norm"]
    hold(module, frozenset())
    assert all(part.training for part in module.modules())
    assert all(p.requires_grad for p in module.parameters())


def test_a_frozen_backbone_gets_no_gradient_and_keeps_its_statistics() -> None:
    module = a_drf()
    hold(module, frozen_names(module, ("backbone.*",)))
    before = {name: value.clone() for name, value in module.backbone.state_dict().items()}
    out = module(torch.rand(2, 3, 2, 16, 12), pav=torch.rand(2, 8, 3))
    out.logits.pow(2).sum().backward()
    assert all(p.grad is None for p in module.backbone.parameters())
    assert all(p.grad is not None for p in module.attention.parameters())
    assert all(torch.equal(value, before[name]) for name, value in module.backbone.state_dict().items())


def test_it_depends_on_the_step_alone() -> None:
    until = Freezing(StartSection(freeze=("backbone.*",), unfreeze_step=3), a_drf())
    assert [until.holds_at(step) for step in range(5)] == [True, True, True, False, False]
    to_the_end = Freezing(StartSection(freeze=("backbone.*",)), a_drf())
    assert to_the_end.holds_at(10**6)
