"""PoseSet: what it must be blind to (order, side, unseen joints, other walks), and what it must see."""

import pytest
import torch
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models import pose_set
from scoliogait.models.build import build_model
from scoliogait.models.config import PoseSetConfig
from scoliogait.models.pose_set import PoseSet, pool_frames
from scoliogait.representation.coordinates import mirror_coordinates
from scoliogait.skeleton import JOINT, N_JOINTS

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
SMALL = PoseSetConfig(width=12, embedding=6, parts=2)


def coordinates(*shape: int, seed: int = 0) -> Tensor:
    """Random poses about a symmetrical figure, in body heights, with confidences of 0.5 to 1."""
    generator = torch.Generator().manual_seed(seed)
    figure = torch.rand(N_JOINTS, 3, generator=torch.Generator().manual_seed(99)) - 0.5
    figure = (figure + mirror_coordinates(figure))[:, :2] / 2
    places = figure + 0.05 * torch.randn(*shape, N_JOINTS, 2, generator=generator)
    return torch.cat([places, 0.5 + 0.5 * torch.rand(*shape, N_JOINTS, 1, generator=generator)], dim=-1)


@pytest.fixture
def model() -> nn.Module:
    """A small model whose running statistics are those of data, so that evaluation means something."""
    model = build_model(SMALL, torch.Generator().manual_seed(1))
    for seed in range(30):
        model.train()(coordinates(4, 5, seed=seed))
    return model.eval()


def test_shapes_and_config() -> None:
    out = PoseSet()(coordinates(2, 3))
    assert out.embeddings.shape == (2, 64, 1)
    assert out.logits.shape == (2, 3, 1)
    assert out.logits.abs().max() <= 1 + 1e-6
    assert PoseSet().config == PoseSetConfig()
    assert build_model(SMALL).config == SMALL


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("training", [False, True])
def test_order_of_frames_does_not_matter(model: nn.Module, training: bool, device: str) -> None:
    poses = coordinates(3, 8, seed=5).to(device)
    shuffled = poses[:, torch.randperm(8, generator=torch.Generator().manual_seed(2))]
    out, other = twice(model.to(device), poses, shuffled, training)
    torch.testing.assert_close(other, out, rtol=0, atol=2e-6)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("training", [False, True])
def test_mirrored_walks_are_the_same_walks(model: nn.Module, training: bool, device: str) -> None:
    poses = coordinates(3, 8, seed=5).to(device)
    mirrored = poses.clone()
    mirrored[1:] = mirror_coordinates(poses[1:])  # also beside walks that are not mirrored
    out, other = twice(model.to(device), poses, mirrored, training)
    torch.testing.assert_close(other, out, rtol=0, atol=2e-6)


def twice(model: nn.Module, poses: Tensor, changed: Tensor, training: bool) -> tuple[Tensor, Tensor]:
    """Logits of both, from the same state."""
    state = {name: value.clone() for name, value in model.state_dict().items()}
    out = model.train(training)(poses).logits
    model.load_state_dict(state)
    return out, model(changed).logits


def test_sides_within_a_walk_matter(model: nn.Module) -> None:
    """A gait that is uneven the same way throughout differs from one that alternates: mirroring single frames shows."""
    poses = coordinates(2, 8, seed=5)
    alternating = poses.clone()
    alternating[:, ::2] = mirror_coordinates(poses[:, ::2])
    assert (model(alternating).logits - model(poses).logits).abs().max() > 1e-3


def test_ten_millimetres_at_the_shoulder_are_seen(model: nn.Module) -> None:
    poses = coordinates(1, 8, seed=5)
    raised = poses.clone()
    raised[..., JOINT["left_shoulder"], 1] -= 10 / 1600
    assert (model(raised).logits - model(poses).logits).abs().max() > 1e-4


@pytest.mark.parametrize("training", [False, True])
def test_unseen_joints_and_frames_have_no_influence(model: nn.Module, training: bool) -> None:
    poses = coordinates(3, 8, seed=5)
    poses[0, :, JOINT["nose"], 2] = 0.0
    poses[1, 2:4, JOINT["left_wrist"], 2] = 0.0
    poses[2, 6:, :, 2] = 0.0
    thrown = torch.where(poses[..., 2:] > 0, poses, torch.tensor([40.0, -30.0, 0.0]))
    out, other = twice(model, poses, thrown, training)
    assert torch.equal(other, out)
    if not training:
        torch.testing.assert_close(model(poses[2:, :6]).logits, out[2:], rtol=0, atol=2e-6)


def test_less_confidence_is_less_influence(model: nn.Module) -> None:
    @torch.no_grad()
    def effect_of_a_moved_nose(confidence: float) -> float:
        poses = coordinates(1, 8, seed=5)
        poses[..., JOINT["nose"], 2] = confidence
        moved = poses.clone()
        moved[..., JOINT["nose"], :2] += 0.05
        return float((model.features(moved[0], [8]) - model.features(poses[0], [8])).abs().sum())

    effects = [effect_of_a_moved_nose(confidence) for confidence in (0.0, 0.1, 0.5, 1.0)]
    assert effects[0] == 0
    assert effects == sorted(effects)


def test_walks_without_a_seen_joint_are_finite(model: nn.Module) -> None:
    assert model(torch.zeros(2, 4, N_JOINTS, 3)).logits.isfinite().all()
    leaf = torch.zeros(2, 4, N_JOINTS, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.train()(leaf).logits.sum(), leaf)
    assert gradient.isfinite().all()


def test_packed_walks_pool_their_own_frames(model: nn.Module) -> None:
    lengths = [1, 9, 2]
    packed = coordinates(sum(lengths), seed=3)
    expected = torch.cat([model(walk[None]).logits for walk in packed.split(lengths)])
    torch.testing.assert_close(model(packed, torch.tensor(lengths)).logits, expected, rtol=0, atol=2e-6)
    assert torch.equal(model(packed, [4, 4, 4]).logits, model(packed.unflatten(0, (3, 4))).logits)


def test_pooling_is_maximum_weighted_mean_and_weighted_spread() -> None:
    features = torch.tensor([[1.0], [3.0], [9.0], [5.0]])
    pooled = pool_frames(features, torch.tensor([0.75, 0.25, 0.0, 1.0]), [3, 1])
    torch.testing.assert_close(pooled, torch.tensor([[3.0, 1.5, 0.75**0.5], [5.0, 5.0, 0.0]]), rtol=0, atol=1.1e-3)


@pytest.mark.parametrize("device", DEVICES)
def test_autocast_changes_nothing(model: nn.Module, device: str) -> None:
    model, poses = model.to(device), coordinates(3, 4, seed=7).to(device)
    with torch.autocast(device, dtype=torch.bfloat16):
        out = model(poses)
    assert out.logits.dtype == torch.float32
    assert torch.equal(out.logits, model(poses).logits)


def test_features_dropped_in_training_follow_from_the_step(model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not from what torch's generator did before, nor from how many processes share the batch."""
    poses = coordinates(4, 8, seed=5).flatten(0, 1)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    first, second = (model.train().features(poses, [8] * 4) == 0 for _ in range(2))
    assert not torch.equal(second, first)
    assert 0.25 < first.float().mean() < 0.75

    model.load_state_dict(state)
    torch.manual_seed(77)
    monkeypatch.setattr(pose_set, "n_processes", lambda: 2)
    monkeypatch.setattr(pose_set, "process_rank", lambda: 1)
    kept = model.features.train()._kept
    model.features(poses[16:], [8, 8])
    of_second_process = kept(2)
    monkeypatch.undo()
    assert torch.equal(of_second_process, kept(4)[2:])
    model.load_state_dict(state)
    assert torch.equal(model.features(poses, [8] * 4) == 0, first)


def test_training_learns_which_walks_are_uneven() -> None:
    """One shoulder a tenth of the body height too high, on either side: mirrored halves of one class."""
    model = build_model(PoseSetConfig(width=16, embedding=8, classes=2), torch.Generator().manual_seed(0)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    labels = torch.arange(32) % 2
    for step in range(60):
        poses = coordinates(32, 8, seed=1000 + step)
        sides = torch.where(torch.arange(32) % 4 < 2, JOINT["left_shoulder"], JOINT["right_shoulder"])
        poses[torch.arange(32), :, sides, 1] -= 0.1 * labels[:, None]
        loss = nn.functional.cross_entropy(16 * model(poses).logits[..., 0], labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.3


@pytest.mark.parametrize(
    ("poses", "lengths", "message"),
    [
        (torch.zeros(2, 4, 17, 2), None, "expected \\(walks, frames, 17 joints"),
        (torch.zeros(2, 0, 17, 3), None, "expected \\(walks, frames, 17 joints"),
        (torch.zeros(2, 4, 17, 3, dtype=torch.int64), None, "expected float coordinates"),
        (torch.zeros(2, 4, 17, 3), [4, 4], "expected \\(frames, 17 joints"),
        (torch.zeros(8, 17, 3), [4, 5], "sum to 9 for 8"),
        (torch.zeros(8, 17, 3), [8, 0], "at least 1 per walk"),
    ],
)
def test_input_that_does_not_fit_is_refused(poses: Tensor, lengths: list[int] | None, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        PoseSet(width=4)(poses, lengths)


def test_widths_are_checked() -> None:
    with pytest.raises(ModelError, match="PoseSet: width"):
        PoseSet(width=0)
