"""ScoNet and its parts: shapes, chunked evaluation, packed walks, devices, and input that must be refused."""

import pytest
import torch
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models import strip_network
from scoliogait.models.blocks import BNNeck, HorizontalPooling, SeparateLinear, max_over_frames
from scoliogait.models.build import build_model
from scoliogait.models.config import ScoNetConfig
from scoliogait.models.sconet import ScoNet

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
SMALL = ScoNetConfig(in_channels=2, channels=(4, 6, 8, 10), embedding=5, parts=4)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def model() -> nn.Module:
    """A small model whose running statistics are those of data, so that evaluation means something."""
    model = build_model(SMALL, torch.Generator().manual_seed(1))
    for seed in range(3):
        model.train()(random(4, 5, 2, 16, 12, seed=seed))
    return model.eval()


def test_three_lines_on_a_cpu() -> None:
    out = ScoNet()(torch.rand(2, 2, 1, 64, 44))
    assert out.embeddings.shape == (2, 256, 16)
    assert out.logits.shape == (2, 3, 16)
    assert out.logits.abs().max() <= 1 + 1e-6


def test_config_describes_the_model_it_built() -> None:
    model = build_model(SMALL)
    assert model.config == SMALL
    assert ScoNetConfig.model_validate_json(SMALL.model_dump_json()) == SMALL
    assert ScoNet().config == ScoNetConfig()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100])
def test_chunks_do_not_change_the_result(
    model: nn.Module, device: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strip_network, "EVALUATION_CHUNK_CPU", chunk)
    monkeypatch.setattr(strip_network, "EVALUATION_CHUNK_ACCELERATOR", chunk)
    frames = random(3, 7, 2, 16, 12, seed=9)
    whole = max_over_frames(model.backbone(frames.flatten(0, 1)), [7, 7, 7])
    _, logits = model.neck(model.embed(model.strips(whole)))
    out = model.to(device)(frames.to(device))
    torch.testing.assert_close(out.logits.cpu(), logits, rtol=0, atol=1e-5)


def test_chunks_pass_gradients(model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = random(2, 5, 2, 16, 12, seed=9)

    def input_gradient(chunk: int) -> Tensor:
        monkeypatch.setattr(strip_network, "EVALUATION_CHUNK_CPU", chunk)
        leaf = frames.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(model(leaf).logits[:, 2].sum(), leaf)
        return gradient

    torch.testing.assert_close(input_gradient(2), input_gradient(5), rtol=1e-4, atol=1e-6)
    assert input_gradient(2).abs().max() > 0


@pytest.mark.parametrize("training", [False, True])
def test_packed_walks_pool_their_own_frames(model: nn.Module, training: bool) -> None:
    """The same walks one by one (evaluation), or as the fixed batch (training, where all must be equally long)."""
    lengths = [4, 4, 4] if training else [1, 9, 2]
    packed = random(sum(lengths), 2, 16, 12, seed=3)
    if training:
        state = {name: value.clone() for name, value in model.state_dict().items()}
        expected = model.train()(packed.unflatten(0, (3, 4))).logits
        model.load_state_dict(state)
    else:
        expected = torch.cat([model(walk[None]).logits for walk in packed.split(lengths)])
    torch.testing.assert_close(model(packed, torch.tensor(lengths)).logits, expected, rtol=0, atol=1e-6)


def test_training_pools_unequal_walks(model: nn.Module) -> None:
    features = random(6, 3, 2, 2)
    pooled = max_over_frames(features, [1, 3, 2])
    expected = torch.stack([features[0], features[1:4].amax(0), features[4:].amax(0)])
    assert torch.equal(pooled, expected)
    assert model.train()(random(6, 2, 16, 12), [1, 3, 2]).logits.shape == (3, 3, 4)


@pytest.mark.parametrize("lengths", [[3, 3], [2, 4]])
@pytest.mark.parametrize(("even_ties", "of_tied"), [(False, [1.0, 0.0, 1.0, 0.0]), (True, [0.5, 0.5, 0.5, 0.5])])
def test_frames_that_share_a_maximum(lengths: list[int], even_ties: bool, of_tied: list[float]) -> None:
    features = torch.tensor([2.0, 2.0, 1.0, 0.0, 3.0, 3.0]) if lengths == [3, 3] else None
    features = torch.tensor([2.0, 2.0, 1.0, 3.0, 3.0, 0.0]) if features is None else features
    features = features.view(6, 1, 1, 1).requires_grad_()
    pooled = max_over_frames(features, lengths, even_ties)
    assert pooled.flatten().tolist() == [2.0, 3.0]
    (grad,) = torch.autograd.grad(pooled.sum(), features)
    tied = features.detach().flatten() >= 2
    assert grad.flatten()[tied].tolist() == of_tied
    assert not grad.flatten()[~tied].any()


def test_the_order_of_frames_does_not_matter(model: nn.Module) -> None:
    frames = random(1, 20, 2, 16, 12)
    shuffled = frames[:, torch.randperm(20, generator=torch.Generator().manual_seed(2))]
    assert torch.equal(model(frames).logits, model(shuffled).logits)
    assert torch.equal(model(frames).logits, model(torch.cat([frames, frames[:, :3]], 1)).logits)


def test_evaluation_leaves_model_and_input_alone(model: nn.Module) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    frames = random(2, 9, 2, 16, 12)
    copy = frames.clone()
    model(frames)
    assert torch.equal(frames, copy)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


@pytest.mark.parametrize("device", DEVICES)
def test_mixed_precision_stays_in_the_backbone(model: nn.Module, device: str) -> None:
    frames = random(2, 9, 2, 16, 12).to(device)
    expected = model.to(device)(frames)
    with torch.autocast(device, torch.bfloat16):
        out = model(frames)
    assert (out.embeddings.dtype, out.logits.dtype) == (torch.float32, torch.float32)
    torch.testing.assert_close(out.logits, expected.logits, rtol=0, atol=0.05)
    assert not torch.equal(out.logits, expected.logits)


def test_strips_against_a_loop() -> None:
    features = random(2, 3, 8, 5)
    pooled = HorizontalPooling(4)(features)
    for part in range(4):
        strip = features[:, :, 2 * part : 2 * part + 2].flatten(2)
        torch.testing.assert_close(pooled[:, :, part], strip.mean(-1) + strip.amax(-1))


def test_separate_maps_and_cosines_against_a_loop() -> None:
    embed, neck = SeparateLinear(4, 6, 5), BNNeck(4, 5, 3).eval()
    nn.init.normal_(embed.weight)
    nn.init.normal_(neck.weight)
    neck.norm.running_mean = random(20)
    strips = random(2, 6, 4)
    embeddings = embed(strips)
    features, logits = neck(embeddings)
    for n in range(2):
        for p in range(4):
            embedding = strips[n, :, p] @ embed.weight[p]
            torch.testing.assert_close(embeddings[n, :, p], embedding)
            centred = embedding - torch.stack([neck.norm.running_mean[c * 4 + p] for c in range(5)])
            for k in range(3):
                cosine = torch.cosine_similarity(centred, neck.weight[p, :, k], dim=0)
                torch.testing.assert_close(logits[n, k, p], cosine)
    torch.testing.assert_close(features.norm(dim=1), torch.ones(2, 4))


@pytest.mark.parametrize(
    ("shape", "lengths", "message"),
    [
        ((2, 3, 1, 16, 12), None, r"have 1 channels, the model takes 2 \(1 = silhouette, 2 = skeleton map, 3 = both\)"),
        ((6, 2, 16, 12), None, r"shape \(6, 2, 16, 12\); expected \(walks, frames, channels, rows, columns\)"),
        ((2, 0, 2, 16, 12), None, r"shape \(2, 0, 2, 16, 12\); expected"),
        ((2, 3, 2, 16, 12), [3, 3], r"packed frames have shape"),
        ((6, 2, 16, 12), [3, 2], r"lengths \[3, 2\] sum to 5 for 6 packed frames"),
        ((6, 2, 16, 12), [6, 0], r"at least 1 per walk"),
        ((6, 2, 16, 12), [], r"at least 1 per walk"),
        ((2, 3, 2, 20, 12), None, r"5 feature rows, which 4 parts cannot share equally.* multiple of 16 px"),
    ],
)
def test_input_that_does_not_fit(
    model: nn.Module, shape: tuple[int, ...], lengths: list[int] | None, message: str
) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        model(torch.zeros(shape), lengths)
    assert "\n" not in str(caught.value)


def test_integer_frames_are_refused(model: nn.Module) -> None:
    with pytest.raises(ModelError, match=r"frames are torch\.uint8; expected float"):
        model(torch.zeros(1, 2, 2, 16, 12, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ({"in_channels": 0}, "in_channels"),
        ({"channels": (4, 4, 4)}, "channels"),
        ({"embedding": -1}, "embedding"),
        ({"classes": 1}, "classes"),
    ],
)
def test_impossible_widths(widths: dict[str, int], message: str) -> None:
    with pytest.raises(ModelError, match=f"ScoNet: {message}"):
        ScoNet(**widths)
