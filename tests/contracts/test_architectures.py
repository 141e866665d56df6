"""Every architecture: what training, evaluation and bundles rely on, whatever is inside. A new one is listed here."""

from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from devices import DEVICES
from scoliogait.errors import ModelError
from scoliogait.models.build import ARCHITECTURES, build_model
from scoliogait.models.config import (
    AnyModelConfig,
    DRFConfig,
    FusionConfig,
    ModelConfig,
    PoseMapConfig,
    PoseOutlineConfig,
    PoseSetConfig,
    ScoNetConfig,
)
from scoliogait.representation.kinds import WALK_VALUES

STAGES = (4, 6, 8, 10)
# architecture -> a small model of it; all five sizes differ, so that an exchanged axis is seen
SMALL: dict[str, ModelConfig] = {
    "sconet": ScoNetConfig(in_channels=2, channels=STAGES, embedding=5, parts=4),
    "drf": DRFConfig(channels=STAGES, embedding=5, parts=4),
    "fusion": FusionConfig(channels=STAGES, squeeze=2, embedding=5, parts=4),
    "pose-set": PoseSetConfig(width=6, embedding=5, parts=2),
    "pose-map": PoseMapConfig(channels=STAGES, width=6, embedding=5, parts=4),
    "pose-outline": PoseOutlineConfig(width=6, outline_width=7, embedding=5, parts=2),
}
LENGTHS = [3, 1, 7, 2]


def test_every_architecture_is_listed_here() -> None:
    union, _ = get_args(AnyModelConfig)
    names = [config.model_fields["architecture"].default for config in get_args(union)]
    assert names == list(ARCHITECTURES) == list(SMALL)
    for name, config in SMALL.items():
        assert config.model_dump()["architecture"] == name


def inputs_of(config: ModelConfig, lengths: list[int], seed: int = 0) -> dict[str, Tensor]:
    """Packed walks of these lengths, as the config says that the architecture takes them."""
    generator, n_frames = torch.Generator().manual_seed(seed), sum(lengths)
    inputs: dict[str, Tensor] = {}
    if config.frame_channels:
        inputs["frames"] = torch.rand(n_frames, config.frame_channels, 16, 12, generator=generator)
    if config.takes_poses:
        inputs["poses"] = torch.rand(n_frames, 17, 3, generator=generator)
    if config.takes_pav:
        inputs["pav"] = torch.rand(len(lengths), 8, 3, generator=generator)
    if config.takes_outline:
        inputs["outline"] = torch.randn(len(lengths), 12, generator=generator)
    return inputs


def walk_of(inputs: dict[str, Tensor], lengths: list[int], index: int) -> dict[str, Tensor]:
    """One walk of the packed ones, as a batch of one."""
    start = sum(lengths[:index])
    stop = start + lengths[index]
    return {
        name: value[index, None] if name in WALK_VALUES else value[start:stop][None] for name, value in inputs.items()
    }


@pytest.fixture(params=SMALL)
def config(request: pytest.FixtureRequest) -> ModelConfig:
    return SMALL[request.param]


@pytest.fixture
def model(config: ModelConfig) -> nn.Module:
    """Seen some walks in training mode, so that its running statistics mean something in evaluation mode."""
    model = build_model(config, torch.Generator().manual_seed(1)).train()
    for seed in range(1, 6):
        model(**inputs_of(config, LENGTHS, seed), lengths=LENGTHS)
    return model.eval()


def test_it_is_built_from_its_config(config: ModelConfig, model: nn.Module) -> None:
    assert type(model) is ARCHITECTURES[config.model_dump()["architecture"]]
    assert model.config == config
    assert build_model(type(config)()).config == type(config)()


@pytest.mark.parametrize("device", DEVICES)
def test_packed_walks_of_any_length_are_as_one_by_one(config: ModelConfig, model: nn.Module, device: str) -> None:
    model = model.to(device)
    inputs = {name: value.to(device) for name, value in inputs_of(config, LENGTHS).items()}
    with torch.no_grad():
        packed = model(**inputs, lengths=LENGTHS)
        alone = [model(**walk_of(inputs, LENGTHS, index)) for index in range(len(LENGTHS))]
    assert packed.logits.shape == (len(LENGTHS), config.classes, config.parts)
    assert packed.embeddings.shape == (len(LENGTHS), config.embedding, config.parts)
    assert packed.logits.isfinite().all()
    assert packed.embeddings.isfinite().all()
    torch.testing.assert_close(packed.logits, torch.cat([out.logits for out in alone]), rtol=0, atol=1e-5)
    torch.testing.assert_close(packed.embeddings, torch.cat([out.embeddings for out in alone]), rtol=1e-4, atol=1e-5)
    assert packed.logits.std(dim=0).max() > 1e-4  # walks are told apart


def test_logits_are_cosines(config: ModelConfig, model: nn.Module) -> None:
    with torch.no_grad():
        assert model(**inputs_of(config, LENGTHS), lengths=LENGTHS).logits.abs().max() <= 1 + 1e-5


def test_the_order_of_the_walks_does_not_matter(config: ModelConfig, model: nn.Module) -> None:
    order = [2, 0, 3, 1]
    inputs = inputs_of(config, LENGTHS)
    walks = [walk_of(inputs, LENGTHS, index) for index in order]
    shuffled = {
        name: torch.cat([walk[name] if name in WALK_VALUES else walk[name][0] for walk in walks]) for name in inputs
    }
    with torch.no_grad():
        expected = model(**inputs, lengths=LENGTHS).logits[order]
        found = model(**shuffled, lengths=[LENGTHS[index] for index in order]).logits
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_a_gradient_reaches_every_parameter(config: ModelConfig, model: nn.Module) -> None:
    out = model.train()(**inputs_of(config, LENGTHS), lengths=LENGTHS)
    weights = torch.rand(out.logits.shape, generator=torch.Generator().manual_seed(3))
    (out.logits * weights).sum().backward()
    unreached = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert unreached == []
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


def test_its_state_makes_the_same_model_again(config: ModelConfig, model: nn.Module) -> None:
    again = build_model(config, torch.Generator().manual_seed(99))
    inputs = inputs_of(config, LENGTHS)
    with torch.no_grad():
        expected = model(**inputs, lengths=LENGTHS).logits
        assert not torch.equal(again.eval()(**inputs, lengths=LENGTHS).logits, expected)
        again.load_state_dict(model.state_dict(), strict=True)
        assert torch.equal(again(**inputs, lengths=LENGTHS).logits, expected)


def test_the_same_seed_gives_the_same_model_and_the_same_answer(config: ModelConfig) -> None:
    first, second, other = (build_model(config, torch.Generator().manual_seed(seed)) for seed in (4, 4, 5))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))
    inputs = inputs_of(config, LENGTHS)
    outs = [module.train()(**inputs, lengths=LENGTHS).logits for module in (first, second)]
    assert torch.equal(*outs)


def test_inputs_are_not_changed(config: ModelConfig, model: nn.Module) -> None:
    inputs = inputs_of(config, LENGTHS)
    before = {name: value.clone() for name, value in inputs.items()}
    model(**inputs, lengths=LENGTHS)
    assert all(torch.equal(inputs[name], value) for name, value in before.items())


# Of each walk of LENGTHS; they overlap, and one walk is whole.
WINDOWS = [[(0, 3)], [(0, 1)], [(0, 4), (3, 7), (2, 6)], [(0, 1), (1, 2)]]


def test_a_window_is_as_a_walk_of_its_frames(
    config: ModelConfig, model: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = inputs_of(config, LENGTHS)
    expected = []
    for index, spans in enumerate(WINDOWS):
        walk = walk_of(inputs, LENGTHS, index)
        for start, stop in spans:
            clip = {name: value if name in WALK_VALUES else value[:, start:stop] for name, value in walk.items()}
            with torch.no_grad():
                expected.append(model(**clip).logits)
    for chunk in (1, 2, 3, 100):
        monkeypatch.setattr("scoliogait.models.strip_network.EVALUATION_CHUNK_CPU", chunk)
        with torch.no_grad():
            out = model(**inputs, lengths=LENGTHS, windows=WINDOWS)
        torch.testing.assert_close(out.logits, torch.cat(expected), rtol=0, atol=1e-5)
        assert len(out.embeddings) == 7


def test_a_window_of_all_frames_is_the_whole_walk(config: ModelConfig, model: nn.Module) -> None:
    inputs = inputs_of(config, LENGTHS)
    with torch.no_grad():
        whole = model(**inputs, lengths=LENGTHS)
        windowed = model(**inputs, lengths=LENGTHS, windows=[[(0, length)] for length in LENGTHS])
    assert torch.equal(windowed.logits, whole.logits)


@pytest.mark.parametrize("wrong", [[(0, 4)], [(2, 2)], [(-1, 2)], []])
def test_windows_outside_of_their_walk_are_refused(
    config: ModelConfig, model: nn.Module, wrong: list[tuple[int, int]]
) -> None:
    with pytest.raises(ModelError, match=r"windows .* of a walk of 3 frames"), torch.no_grad():
        model(**inputs_of(config, LENGTHS), lengths=LENGTHS, windows=[wrong, *WINDOWS[1:]])
    with pytest.raises(ModelError, match=r"windows of 1 walks for 4"), torch.no_grad():
        model(**inputs_of(config, LENGTHS), lengths=LENGTHS, windows=WINDOWS[:1])
