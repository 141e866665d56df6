"""PoseOutline: it sees the outline, is blind to the side, and takes the weights of the set network."""

import pytest
import torch
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models.build import build_model
from scoliogait.models.config import PoseOutlineConfig, PoseSetConfig
from scoliogait.models.pose_outline import PoseOutline
from scoliogait.representation.coordinates import mirror_coordinates

SMALL = PoseOutlineConfig(width=12, outline_width=6, embedding=6, parts=2)
LENGTHS = [8, 5, 7]


def inputs(seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(sum(LENGTHS), 17, 3, generator=generator), torch.randn(3, 12, generator=generator)


@pytest.fixture
def model() -> nn.Module:
    """Seen some walks in training mode, so that its running statistics mean something."""
    model = build_model(SMALL, torch.Generator().manual_seed(1)).train()
    for seed in range(1, 6):
        model(*inputs(seed), lengths=LENGTHS)
    return model.eval()


def test_a_walk_and_its_mirror_image_get_the_same_answer(model: nn.Module) -> None:
    poses, outline = inputs(7)
    logits = model(poses, outline, LENGTHS).logits
    torch.testing.assert_close(model(mirror_coordinates(poses), -outline, LENGTHS).logits, logits, rtol=0, atol=2e-6)
    # Each of the two terms is blind by itself.
    assert torch.equal(model(poses, -outline, LENGTHS).logits, logits)


def test_an_uneven_outline_is_seen(model: nn.Module) -> None:
    poses, outline = inputs(7)
    changed = outline.clone()
    changed[0, 5] += 1.0
    difference = (model(poses, changed, LENGTHS).logits - model(poses, outline, LENGTHS).logits).abs().amax(dim=(1, 2))
    assert difference[0] > 1e-3
    assert (difference[1:] == 0).all()  # of the other walks nothing changes


def test_the_set_network_gives_it_all_of_its_weights() -> None:
    start = build_model(PoseSetConfig(), torch.Generator().manual_seed(2)).state_dict()
    model = build_model(PoseOutlineConfig(), torch.Generator().manual_seed(3))
    missing, unexpected = model.load_state_dict(start, strict=False)
    assert unexpected == []
    assert {name.split(".")[0] for name in missing} == {"outline_features", "embed_outline"}
    n_more = sum(value.numel() for name, value in model.state_dict().items() if name in missing)
    assert n_more == 12 * 32 + 32 + 32 * 32 + 32 + 32 * 64


def test_autocast_changes_nothing(model: nn.Module) -> None:
    poses, outline = inputs(7)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = model(poses, outline, LENGTHS)
    assert torch.equal(out.logits, model(poses, outline, LENGTHS).logits)


@pytest.mark.parametrize(
    ("outline", "message"),
    [
        (None, "outline is missing"),
        (torch.zeros(2, 12), r"shape \(2, 12\); expected float \(3, 12\)"),
        (torch.zeros(3, 11), r"expected float \(3, 12\)"),
        (torch.zeros(3, 12, dtype=torch.int64), "torch.int64"),
        (torch.full((3, 12), torch.nan), "NaN or infinite"),
    ],
)
def test_outlines_that_do_not_fit_are_refused(model: nn.Module, outline: Tensor | None, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        model(inputs(7)[0], outline, LENGTHS)


def test_widths_are_checked() -> None:
    with pytest.raises(ModelError, match="PoseOutline: outline_width"):
        PoseOutline(outline_width=0)
