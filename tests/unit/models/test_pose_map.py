"""PoseMap: both inputs count, the pose half keeps its promises, and inputs that do not belong together are refused."""

import pytest
import torch
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models.build import build_model
from scoliogait.models.config import PoseMapConfig
from scoliogait.models.pose_map import PoseMap

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
SMALL = PoseMapConfig(channels=(4, 6, 8, 10), width=6, embedding=5, parts=4)


def maps(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, 2, 16, 12, generator=torch.Generator().manual_seed(seed))


def poses(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, 17, 3, generator=torch.Generator().manual_seed(100 + seed))


@pytest.fixture
def model() -> nn.Module:
    """A small model whose running statistics are those of data, so that evaluation means something."""
    model = build_model(SMALL, torch.Generator().manual_seed(1))
    for seed in range(10):
        model.train()(frames=maps(4, 5, seed=seed), poses=poses(4, 5, seed=seed))
    return model.eval()


def test_shapes_and_config(model: nn.Module) -> None:
    out = model(frames=maps(3, 2), poses=poses(3, 2))
    assert out.embeddings.shape == (3, 5, 4)
    assert out.logits.shape == (3, 3, 4)
    assert out.logits.abs().max() <= 1 + 1e-6
    assert model.config == SMALL
    assert PoseMap().config == PoseMapConfig()


def test_both_inputs_count_in_every_part(model: nn.Module) -> None:
    out = model(frames=maps(1, 3), poses=poses(1, 3)).logits
    for other in (
        model(frames=maps(1, 3, seed=9), poses=poses(1, 3)),
        model(frames=maps(1, 3), poses=poses(1, 3, seed=9)),
    ):
        assert (other.logits - out).abs().amax(dim=1).min() > 1e-4


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("lengths", [[1, 9, 2], [4, 4, 4]])
def test_packed_walks_pool_their_own_frames(model: nn.Module, lengths: list[int], device: str) -> None:
    model = model.to(device)
    frames, joints = maps(12, seed=3).to(device), poses(12, seed=3).to(device)
    walks = zip(frames.split(lengths), joints.split(lengths), strict=True)
    expected = torch.cat([model(frames=walk[None], poses=pose[None]).logits for walk, pose in walks])
    out = model(frames=frames, poses=joints, lengths=torch.tensor(lengths))
    torch.testing.assert_close(out.logits, expected, rtol=0, atol=5e-6)


def test_gradients_reach_both_halves(model: nn.Module) -> None:
    model.train()(frames=maps(4, 5), poses=poses(4, 5)).logits[:, 0].sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_autocast_stays_in_the_map_half(model: nn.Module) -> None:
    frames, joints = maps(2, 3), poses(2, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = model(frames=frames, poses=joints)
    assert out.logits.dtype == torch.float32
    torch.testing.assert_close(out.logits, model(frames=frames, poses=joints).logits, rtol=0, atol=0.05)


@pytest.mark.parametrize(
    ("frames", "joints", "lengths"),
    [
        (maps(2, 3), poses(2, 4), None),
        (maps(2, 3), poses(3, 3), None),
        (maps(6), poses(5), [3, 2]),
        (maps(2, 3), poses(6), None),
    ],
)
def test_frames_and_poses_of_different_walks_are_refused(
    model: nn.Module, frames: Tensor, joints: Tensor, lengths: list[int] | None
) -> None:
    with pytest.raises(ModelError, match="model input"):
        model(frames=frames, poses=joints, lengths=lengths)


def test_widths_are_checked() -> None:
    with pytest.raises(ModelError, match="PoseMap: width"):
        PoseMap(width=0)
