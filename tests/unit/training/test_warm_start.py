"""Which weights a model takes from another, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.checkpoints.opengait import export_checkpoint
from scoliogait.errors import ModelError, RecipeError
from scoliogait.models.build import build_model
from scoliogait.models.config import DRFConfig, FusionConfig, ModelConfig, PoseMapConfig, ScoNetConfig
from scoliogait.representation.contract import InputContract
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.training.recipe import StartSection
from scoliogait.training.warm_start import WarmStart, warm_start

TINY: dict[str, Any] = {"channels": (4, 4, 8, 8), "embedding": 8, "parts": 4}
SCONET = ScoNetConfig(in_channels=2, **TINY)


def built(config: ModelConfig, seed: int) -> nn.Module:
    return build_model(config, torch.Generator().manual_seed(seed))


def trained(config: ModelConfig, seed: int) -> nn.Module:
    """Running statistics that are not those of a fresh model."""
    module = built(config, seed)
    for name, buffer in module.named_buffers():
        if name.endswith("running_mean"):
            buffer.uniform_(-1, 1, generator=torch.Generator().manual_seed(seed))
    return module


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    contract = InputContract(representation="skeleton-map", skeleton_map=SkeletonMapConfig())
    where = tmp_path_factory.mktemp("source") / "model"
    provenance = {"recipe_name": "baseline", "selection": "validation"}
    return save_bundle(where, trained(SCONET, 1), contract, provenance=provenance, metrics={})


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_checkpoint(trained(SCONET, 1), tmp_path_factory.mktemp("source") / "ScoNet-07000.pt")


def started(
    config: ModelConfig, weights: Path | str, label_order: tuple[str, ...] | None = None
) -> tuple[nn.Module, WarmStart]:
    module = built(config, 2)
    return module, warm_start(module, StartSection(weights=str(weights), label_order=label_order))


def test_the_same_architecture_takes_all_of_it(bundle: Path) -> None:
    module, warm = started(SCONET, bundle)
    assert (warm.source, warm.kind, warm.sha256) == ("baseline", "bundle", load_bundle(bundle).digest)
    assert (warm.new, warm.left, warm.unused) == ((), (), ())
    source = load_bundle(bundle).module.state_dict()
    assert {t.name for t in warm.taken} == set(source)
    for name, value in module.state_dict().items():
        assert torch.equal(value, source[name]), name
    assert warm.contract is not None
    assert warm.contract.representation == "skeleton-map"


@pytest.mark.parametrize(
    ("config", "new"),
    [
        (DRFConfig(**TINY), ("attention.",)),
        (PoseMapConfig(width=8, **TINY), ("pose_features.", "embed_poses.")),
    ],
)
def test_another_architecture_takes_what_it_shares(config: ModelConfig, new: tuple[str, ...], bundle: Path) -> None:
    module, warm = started(config, bundle)
    fresh, source = built(config, 2).state_dict(), load_bundle(bundle).module.state_dict()
    assert {t.name for t in warm.taken} == set(source)
    assert {t.name for t in warm.new} == {name for name in fresh if name.startswith(new)}
    assert warm.new
    for name, value in module.state_dict().items():
        assert torch.equal(value, source.get(name, fresh[name])), name


@pytest.mark.parametrize(
    ("channels", "branch", "other"), [(1, "silhouette", "skeleton_map"), (2, "skeleton_map", "silhouette")]
)
def test_a_fusion_takes_the_branch_of_the_source_and_the_shared_stages(
    channels: int, branch: str, other: str, tmp_path: Path
) -> None:
    source = trained(ScoNetConfig(in_channels=channels, **TINY), 3)
    path = export_checkpoint(source, tmp_path / "source.pt")
    module, warm = started(FusionConfig(squeeze=2, **TINY), path, ("negative", "neutral", "positive"))
    taken = module.state_dict()
    for name, value in source.state_dict().items():
        rest = name.removeprefix("backbone.")
        places = [name, f"backbone.shared.{rest}", f"backbone.{branch}.{rest}"]
        (place,) = [p for p in places if p in taken]
        assert torch.equal(taken[place], value), name
    assert len(warm.taken) == len(source.state_dict())
    assert warm.unused == ()
    assert {t.name.split(".")[1] for t in warm.new} == {other, "fusion"}


def test_the_heads_of_a_checkpoint_come_into_our_class_order(checkpoint: Path) -> None:
    source = trained(SCONET, 1).neck.weight
    module, warm = started(SCONET, checkpoint, ("negative", "positive", "neutral"))
    assert torch.equal(module.neck.weight, source[..., [0, 2, 1]])
    same, _ = started(SCONET, checkpoint, ("negative", "neutral", "positive"))
    assert torch.equal(same.neck.weight, source)
    assert (warm.source, warm.kind, warm.contract) == ("ScoNet-07000.pt", "OpenGait checkpoint", None)


def test_a_drf_checkpoint_brings_its_attention(tmp_path: Path) -> None:
    source = trained(DRFConfig(**TINY), 4)
    path = export_checkpoint(source, tmp_path / "DRF_118.pt")
    module, warm = started(DRFConfig(**TINY), path, ("negative", "neutral", "positive"))
    assert (warm.new, warm.left, warm.unused) == ((), (), ())
    assert torch.equal(module.attention.channel.weight, source.attention.channel.weight)
    _, plain = started(SCONET, path, ("negative", "neutral", "positive"))
    assert {name.split(".")[0] for name in plain.unused} == {"attention"}


def test_other_shapes_are_left_and_both_are_told(bundle: Path) -> None:
    module, warm = started(ScoNetConfig(in_channels=2, channels=(4, 4, 8, 8), embedding=6, parts=4), bundle)
    left = {t.name: (t.source_shape, t.shape) for t in warm.left}
    assert left["embed.weight"] == ((4, 8, 8), (4, 8, 6))
    assert left["neck.norm.running_mean"] == ((32,), (24,))
    assert {name.split(".")[0] for name in left} == {"embed", "neck"}
    assert {t.name.split(".")[0] for t in warm.taken} >= {"backbone"}
    assert module.embed.weight.shape == (4, 8, 6)


def test_another_kind_of_picture_is_refused(bundle: Path) -> None:
    with pytest.raises(ModelError, match=r"baseline: its first convolution takes 2 channel\(s\), that .* model 1"):
        started(ScoNetConfig(in_channels=1, **TINY), bundle)


def test_nothing_that_fits_is_refused(bundle: Path) -> None:
    with pytest.raises(ModelError, match="none of its weights fits"):
        started(ScoNetConfig(in_channels=2, channels=(3, 5, 6, 7), embedding=5, parts=2), bundle)


def test_the_class_order_must_be_said_once(bundle: Path, checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"start\.label_order: .*ScoNet-07000\.pt does not say"):
        started(SCONET, checkpoint)
    with pytest.raises(RecipeError, match=r"start\.label_order: .* is a model bundle, which knows"):
        started(SCONET, bundle, ("negative", "neutral", "positive"))
    with pytest.raises(ModelError, match=r"nowhere\.pt: there is no such file"):
        started(SCONET, tmp_path / "nowhere.pt")
    with pytest.raises(ModelError, match=r"builtin:none: no such model .*builtin:demo"):
        started(SCONET, "builtin:none")
    with pytest.raises(ModelError, match="is no model bundle"):
        started(SCONET, tmp_path)


def test_the_model_of_the_package_can_be_started_from() -> None:
    demo = load_bundle(Path(__import__("scoliogait").__file__).parent / "builtin" / "demo")
    _, warm = started(demo.architecture, "builtin:demo")
    assert warm.sha256 == demo.digest
    assert warm.new == ()
