"""Fusion: its attention against a softmax, both sources, packed and mixed-precision forms, refused input."""

import pytest
import torch
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models.batch_norm import BatchNorm
from scoliogait.models.build import build_model
from scoliogait.models.config import FusionConfig
from scoliogait.models.fusion import Fusion

SMALL = FusionConfig(channels=(4, 6, 8, 10), squeeze=2, embedding=5, parts=4)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def model() -> Fusion:
    """A small model whose running statistics are those of data, so that evaluation means something."""
    model = build_model(SMALL, torch.Generator().manual_seed(1))
    assert isinstance(model, Fusion)
    for seed in range(3):
        model.train()(random(4, 5, 3, 16, 12, seed=seed))
    return model.eval()


def test_published_widths() -> None:
    model = Fusion()
    assert model.config == FusionConfig()
    one_more_stem_and_stage = 9 * 64 + 2 * 64 + 2 * (9 * 64 * 64 + 2 * 64)
    attention = 128 * 4 + 2 * 4 + 9 * 4 * 4 + 2 * 4 + 4 * 128
    sconet_on_maps = 7_015_168
    total = sum(p.numel() for p in model.parameters())
    assert total == sconet_on_maps + one_more_stem_and_stage + attention == 7_091_040
    out = model(torch.rand(2, 2, 3, 64, 44))
    assert (out.embeddings.shape, out.logits.shape) == ((2, 256, 16), (2, 3, 16))


def test_where_fusion_trains_channels_last_no_norm_is_torchs() -> None:
    """Its sums are loose in that layout, of the attention's 16 channels as of all others."""
    backbone = Fusion(channels=(32, 32, 32, 32), squeeze=2, embedding=5, parts=4).backbone.train()
    assert backbone(random(4, 3, 16, 12)).is_contiguous(memory_format=torch.channels_last)
    norms = [module for module in backbone.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    assert {type(norm) for norm in norms} == {BatchNorm}


def test_attention_is_a_softmax_over_the_sources(model: Fusion) -> None:
    fusion = model.backbone.fusion
    silhouette, skeleton_map = random(3, 4, 6, 5, seed=1), random(3, 4, 6, 5, seed=2)
    scores: list[Tensor] = []
    fusion.score.register_forward_hook(lambda module, inputs, output: scores.append(output))
    fused = fusion(silhouette, skeleton_map)
    weights = torch.softmax(scores[0].unflatten(1, (2, 4)), dim=1)  # the first four scores are the silhouette's
    torch.testing.assert_close(fused, weights[:, 0] * silhouette + weights[:, 1] * skeleton_map)
    assert fusion.silhouette_weight(silhouette, skeleton_map).std() > 1e-3
    torch.testing.assert_close(fusion(silhouette, silhouette), silhouette)


def test_each_source_has_its_own_first_stages(model: Fusion) -> None:
    """The backbone by hand, channels in the order silhouette, limb, joint."""
    frames = random(2, 3, 16, 12, seed=4)
    backbone = model.backbone
    alone = backbone.silhouette(frames[:, :1]), backbone.skeleton_map(frames[:, 1:])
    fused = backbone.fusion(*alone)
    expected = backbone.shared.stage4(backbone.shared.stage3(backbone.shared.stage2(fused)))
    torch.testing.assert_close(backbone(frames), expected)
    assert expected.shape == (2, 10, 4, 3)
    assert not torch.equal(backbone.silhouette.stage1.conv1.weight, backbone.skeleton_map.stage1.conv1.weight)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_every_channel_counts(model: Fusion, channel: int) -> None:
    frames = random(1, 4, 3, 16, 12)
    blank = frames.clone()
    blank[:, :, channel] = 0
    assert (model(frames).logits - model(blank).logits).abs().max() > 1e-3


def test_packed_walks_equal_walks_alone(model: Fusion) -> None:
    packed = random(12, 3, 16, 12, seed=3)
    alone = torch.cat([model(walk[None]).logits for walk in packed.split([1, 9, 2])])
    torch.testing.assert_close(model(packed, torch.tensor([1, 9, 2])).logits, alone, rtol=0, atol=1e-6)


def test_packed_and_padded_training_batches_agree(model: Fusion) -> None:
    frames = random(3, 4, 3, 16, 12, seed=3)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    expected = model.train()(frames).logits
    model.load_state_dict(state)
    torch.testing.assert_close(model(frames.flatten(0, 1), [4, 4, 4]).logits, expected, rtol=0, atol=1e-6)


def test_the_order_of_walks_and_frames_does_not_matter(model: Fusion) -> None:
    frames = random(3, 10, 3, 16, 12)
    expected = model(frames).logits
    torch.testing.assert_close(model(frames[[2, 0, 1]]).logits, expected[[2, 0, 1]])
    torch.testing.assert_close(model(frames.flip(1)).logits, expected)


# Small widths: where a channels-last backward pass in float32 crashes the process.
@pytest.mark.parametrize("bfloat16", [False, True])
def test_gradients_reach_every_parameter(model: Fusion, bfloat16: bool) -> None:
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        out = model.train()(random(4, 3, 3, 16, 12))
    (out.logits[:, 0].sum() + out.embeddings.square().sum()).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("training", [False, True])
def test_mixed_precision_stays_in_the_backbone(model: Fusion, training: bool) -> None:
    frames = random(4, 9, 3, 16, 12)
    expected = model.train(training)(frames)
    with torch.autocast("cpu", torch.bfloat16):
        out = model(frames)
        features = model.backbone(frames.flatten(0, 1))
    assert features.dtype == torch.bfloat16
    assert features.is_contiguous(memory_format=torch.channels_last)
    assert (out.embeddings.dtype, out.logits.dtype) == (torch.float32, torch.float32)
    torch.testing.assert_close(out.logits, expected.logits, rtol=0, atol=0.1)
    assert not torch.equal(out.logits, expected.logits)


def test_float32_training_on_a_cpu_is_channels_first(model: Fusion) -> None:
    features = model.train().backbone(random(6, 3, 16, 12))
    assert features.is_contiguous()


def test_frames_of_one_source_are_refused(model: Fusion) -> None:
    with pytest.raises(ModelError, match=r"frames have 2 channels, the model takes 3 .*3 = both"):
        model(random(2, 3, 2, 16, 12))


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ({"squeeze": 0}, "Fusion: squeeze"),
        ({"channels": (24, 24, 24, 24)}, "Fusion: squeeze: 16 does not divide the first of channels, 24"),
        ({"channels": (8, 8, 8, 8)}, "Fusion: squeeze: 16 does not divide the first of channels, 8"),
        ({"channels": (8, 8, 8)}, "Fusion: channels"),
    ],
)
def test_impossible_widths(widths: dict[str, int], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Fusion(**widths)
