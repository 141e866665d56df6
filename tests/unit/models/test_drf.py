"""DRF: its gates against a loop, its packed and mixed-precision forms, and input that must be refused."""

import math

import pytest
import torch
from torch import Tensor

from scoliogait.errors import ModelError
from scoliogait.models.build import build_model
from scoliogait.models.config import DRFConfig, ScoNetConfig
from scoliogait.models.drf import DRF
from scoliogait.models.sconet import ScoNet

SMALL = DRFConfig(channels=(4, 6, 8, 10), embedding=5, parts=4)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def model() -> DRF:
    """A small model whose running statistics are those of data, so that evaluation means something."""
    model = build_model(SMALL, torch.Generator().manual_seed(1))
    assert isinstance(model, DRF)
    for seed in range(3):
        model.train()(random(4, 5, 2, 16, 12, seed=seed), pav=random(4, 8, 3, seed=seed))
    return model.eval()


def test_published_widths() -> None:
    model = DRF()
    assert model.config == DRFConfig()
    gates = 24 * 256 + 256 + 3 + 1
    assert sum(p.numel() for p in model.parameters()) == 7_015_168 + gates == 7_021_572
    out = model(torch.rand(2, 2, 2, 64, 44), pav=torch.rand(2, 8, 3))
    assert (out.embeddings.shape, out.logits.shape) == ((2, 256, 16), (2, 3, 16))


def test_gates_against_a_loop(model: DRF) -> None:
    pav = random(2, 8, 3, seed=5)
    torch.nn.init.normal_(model.attention.channel.bias)
    torch.nn.init.normal_(model.attention.spatial.bias)
    channel_gate, part_gate = model.gates(pav)
    weights, bias = model.attention.spatial.weight[0, :, 0], model.attention.spatial.bias[0]
    for n in range(2):
        for e in range(5):
            # Pair by pair, the three metrics of a pair together.
            terms = zip(model.attention.channel.weight[e], (v for pair in pav[n] for v in pair), strict=True)
            sum_of_terms = model.attention.channel.bias[e] + sum(w * v for w, v in terms)
            torch.testing.assert_close(channel_gate[n, e, 0], torch.sigmoid(sum_of_terms))
        scores = [bias + weights @ pair for pair in pav[n]]
        for p in range(4):  # the middle of each of four parts lies halfway between two of eight pairs
            torch.testing.assert_close(part_gate[n, 0, p], torch.sigmoid((scores[2 * p] + scores[2 * p + 1]) / 2))


def test_open_gates_give_sconet(model: DRF) -> None:
    plain = ScoNet(**{k: v for k, v in SMALL.model_dump().items() if k != "architecture"}).eval()
    plain.load_state_dict({k: v for k, v in model.state_dict().items() if not k.startswith("attention.")})
    for gate in (model.attention.channel, model.attention.spatial):
        torch.nn.init.zeros_(gate.weight)
        torch.nn.init.constant_(gate.bias, math.inf)
    frames = random(2, 3, 2, 16, 12)
    assert torch.equal(model(frames, pav=random(2, 8, 3)).logits, plain(frames).logits)


def test_it_starts_as_the_sconet_of_the_same_seed() -> None:
    plain = build_model(ScoNetConfig(**SMALL.model_dump(exclude={"architecture"})), torch.Generator().manual_seed(1))
    gated = build_model(SMALL, torch.Generator().manual_seed(1)).state_dict()
    assert all(torch.equal(gated[name], value) for name, value in plain.state_dict().items())
    for name, fans in (("channel", 24 + 5), ("spatial", 3 + 1)):
        weight = gated[f"attention.{name}.weight"]
        assert 0 < weight.abs().max() <= math.sqrt(6 / fans) + 1e-6
        assert torch.equal(gated[f"attention.{name}.bias"], torch.zeros(weight.shape[0]))


def test_the_pav_decides_and_each_walk_has_its_own(model: DRF) -> None:
    frames, pav = random(3, 4, 2, 16, 12, seed=9), random(3, 8, 3, seed=9)
    out = model(frames, pav=pav)
    swapped = [2, 0, 1]
    torch.testing.assert_close(model(frames[swapped], pav=pav[swapped]).logits, out.logits[swapped])
    other = model(frames, pav=pav[swapped])
    assert (other.logits - out.logits).abs().amax(dim=(1, 2)).min() > 1e-4
    channel_gate, part_gate = model.gates(pav)
    torch.testing.assert_close(out.embeddings, model.embed_walks(frames, None) * channel_gate * part_gate)


def test_packed_walks_equal_walks_alone(model: DRF) -> None:
    packed, pav = random(12, 2, 16, 12, seed=3), random(3, 8, 3, seed=3)
    alone = [model(walk[None], pav=own[None]).logits for walk, own in zip(packed.split([1, 9, 2]), pav, strict=True)]
    out = model(packed, torch.tensor([1, 9, 2]), pav=pav)
    torch.testing.assert_close(out.logits, torch.cat(alone), rtol=0, atol=1e-6)


def test_gradients_reach_every_parameter(model: DRF) -> None:
    out = model.train()(random(4, 3, 2, 16, 12), pav=random(4, 8, 3))
    (out.logits[:, 0].sum() + out.embeddings.square().sum()).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("training", [False, True])
def test_mixed_precision_stays_in_the_backbone(model: DRF, training: bool) -> None:
    frames, pav = random(4, 9, 2, 16, 12), random(4, 8, 3)
    expected = model.train(training)(frames, pav=pav)
    with torch.autocast("cpu", torch.bfloat16):
        out = model(frames, pav=pav.bfloat16())
        gates = model.gates(pav)
    assert {t.dtype for t in (out.embeddings, out.logits, *gates)} == {torch.float32}
    torch.testing.assert_close(out.logits, expected.logits, rtol=0, atol=0.1)
    assert not torch.equal(out.logits, expected.logits)


@pytest.mark.parametrize(
    ("pav", "message"),
    [
        (None, r"pav is missing; DRF needs .* float \(2, 8, 3\)"),
        (torch.zeros(1, 8, 3), r"pav is torch\.float32 of shape \(1, 8, 3\); expected float \(2, 8, 3\), one per walk"),
        (torch.zeros(2, 24), r"shape \(2, 24\)"),
        (torch.zeros(2, 3, 8), r"shape \(2, 3, 8\)"),
        (torch.zeros(2, 8, 3, dtype=torch.int64), r"pav is torch\.int64"),
        (torch.full((2, 8, 3), math.nan), "NaN or infinite"),
        (torch.full((2, 8, 3), -math.inf), "NaN or infinite"),
    ],
)
def test_a_pav_that_does_not_fit(model: DRF, pav: Tensor | None, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        model(random(2, 3, 2, 16, 12), pav=pav)
    assert "\n" not in str(caught.value)


def test_impossible_widths() -> None:
    with pytest.raises(ModelError, match="DRF: embedding"):
        DRF(embedding=0)
