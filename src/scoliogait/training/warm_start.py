"""Start a model from the weights of another: what fits is taken, the rest stays as initialised; both are reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.checkpoints.opengait import load_checkpoint
from scoliogait.errors import ModelError
from scoliogait.files import sha256_of
from scoliogait.identity.walk_prints import WalkPrints
from scoliogait.representation.contract import InputContract
from scoliogait.training.cheap_checks import check_source
from scoliogait.training.recipe import StartSection

_STEM = "backbone.stem.weight"
# Where a fusion model has the first layers of a network that sees one kind of picture, by its channels.
_FUSION_BRANCH = {1: "silhouette", 2: "skeleton_map"}


@dataclass(frozen=True)
class Tensors:
    """A parameter or buffer: its name and shape in the new model, and its shape in the source (None: not there)."""

    name: str
    shape: tuple[int, ...]
    source_shape: tuple[int, ...] | None


@dataclass(frozen=True)
class WarmStart:
    """What a model was started from.

    source: its name, without folders. kind: "bundle" or "OpenGait checkpoint". sha256: a bundle's digest, a file's
    checksum. taken: same name and shape. new: the source lacks them. left: the source has them in another shape.
    unused: names that only the source has. contract, provenance: of a bundle; a checkpoint has none. walks: those that
    trained and chose the source, None where they were not recorded.
    """

    source: str
    kind: str
    sha256: str
    taken: tuple[Tensors, ...]
    new: tuple[Tensors, ...]
    left: tuple[Tensors, ...]
    unused: tuple[str, ...]
    contract: InputContract | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    walks: WalkPrints | None = None


@dataclass(frozen=True, eq=False)
class _Source:
    name: str
    kind: str
    sha256: str
    module: nn.Module
    contract: InputContract | None
    provenance: Mapping[str, Any]
    walks: WalkPrints | None


def warm_start(module: nn.Module, start: StartSection) -> WarmStart:
    """Copy every parameter and buffer of ``start.weights`` whose name and shape agree into ``module``, in place.

    The heads of a checkpoint are brought into our class order first. A model of another architecture gives what it
    shares: a ScoNet gives a DRF its backbone, embedding and neck, and a fusion model the branch of its kind of picture
    and the stages behind. Optimizer and schedule always start afresh.

    Raises ModelError when the source cannot be read, when nothing fits, and when its first convolution takes another
    number of channels (it was trained on another kind of picture); RecipeError when label_order is missing or too much.
    """
    source = _read(start)
    ours = module.state_dict()
    theirs = _in_places_of(ours, source.module.state_dict())
    _refuse_other_pictures(source, theirs, ours)
    groups: dict[str, list[Tensors]] = {"taken": [], "new": [], "left": []}
    for name, value in ours.items():
        found = theirs.get(name)
        group = "new" if found is None else "taken" if found.shape == value.shape else "left"
        groups[group].append(Tensors(name, tuple(value.shape), None if found is None else tuple(found.shape)))
    if not any(tensors.shape for tensors in groups["taken"]):
        raise ModelError(
            f"{start.weights}: none of its weights fits the model of this recipe; choose weights of the same "
            "architecture and widths, or set model.channels, model.embedding and model.parts as they are there"
        )
    with torch.no_grad():
        for tensors in groups["taken"]:
            ours[tensors.name].copy_(theirs[tensors.name])  # tensors of a state dict share the module's memory
    return WarmStart(
        source=source.name,
        kind=source.kind,
        sha256=source.sha256,
        taken=tuple(groups["taken"]),
        new=tuple(groups["new"]),
        left=tuple(groups["left"]),
        unused=tuple(name for name in theirs if name not in ours),
        contract=source.contract,
        provenance=source.provenance,
        walks=source.walks,
    )


def _read(start: StartSection) -> _Source:
    weights = str(start.weights)
    if check_source(start):
        bundle = load_bundle(model_folder(weights))
        name = str(bundle.provenance.get("recipe_name") or bundle.path.name)
        return _Source(name, "bundle", bundle.digest, bundle.module, bundle.contract, bundle.provenance, bundle.walks())
    assert start.label_order is not None
    module = load_checkpoint(weights, start.label_order)
    return _Source(Path(weights).name, "OpenGait checkpoint", sha256_of(Path(weights)), module, None, {}, None)


def _in_places_of(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The source's tensors under the names of this model, where a layer of it has another place here."""
    branch = _FUSION_BRANCH.get(theirs[_STEM].shape[1]) if _STEM in theirs else None
    moved: dict[str, Tensor] = {}
    for name, value in theirs.items():
        rest = name.removeprefix("backbone.")
        places = [name, f"backbone.shared.{rest}", f"backbone.{branch}.{rest}"]
        moved[next((place for place in places if place in ours), name)] = value
    return moved


def _refuse_other_pictures(source: _Source, theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> None:
    for name, value in ours.items():
        found = theirs.get(name)
        if name == _STEM and found is not None and found.shape[1] != value.shape[1]:
            raise ModelError(
                f"{source.name}: its first convolution takes {found.shape[1]} channel(s), that of this recipe's model "
                f"{value.shape[1]} (1 silhouette, 2 skeleton map); start from weights trained on the same kind of input"
            )
