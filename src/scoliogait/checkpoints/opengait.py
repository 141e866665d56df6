"""OpenGait checkpoints: `.pt` files with a state dict under other names, and possibly in another class order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from scoliogait.checkpoints.opengait_names import (
    GATES,
    LEGACY_GATES,
    MODULE_NAMES,
    PARAMETER_NAMES,
    opengait_name,
    our_name,
)
from scoliogait.checkpoints.torch_file import read_torch_file, state_dict_in, without_prefixes
from scoliogait.checkpoints.weights import check_finite
from scoliogait.errors import DataError, ModelError
from scoliogait.files import atomic_file
from scoliogait.labels import OUR_LABEL_ORDER, LabelOrder, ScreeningClass
from scoliogait.models.build import build_model
from scoliogait.models.config import DRFConfig, FusionConfig, ScoNetConfig
from scoliogait.wording import first_few

__all__ = [
    "MODULE_NAMES",
    "PARAMETER_NAMES",
    "architecture_of",
    "export_checkpoint",
    "load_checkpoint",
    "opengait_name",
    "our_name",
    "read_state_dict",
]

_HEAD = "BNNecks.fc_bin"  # (P, E, K): its last axis lists the classes
# Convolutions that reveal the architecture: the first, then the last of each stage.
_CONVOLUTIONS = [
    opengait_name(f"backbone.{name}.weight") for name in ("stem", *(f"stage{stage}.conv2" for stage in (1, 2, 3, 4)))
]
_FUSION_CONVOLUTIONS = [
    opengait_name(f"backbone.{name}.weight")
    for name in ("fusion.reduce", "silhouette.stage1.conv2", *(f"shared.stage{stage}.conv2" for stage in (2, 3, 4)))
]


def load_checkpoint(path: str | Path, label_order: Sequence[str] = OUR_LABEL_ORDER.names) -> nn.Module:
    """The ScoNet, DRF or fusion model in a file, on the CPU, in evaluation mode, its logits in our class order.

    ``label_order``: the classes in the order of the file's logits. Files trained before 27 August 2025 list negative,
    positive, neutral; the file does not state it, so it must be given.
    The file may be OpenGait's dict (``model``, ``optimizer``, ``scheduler``, ``iteration``) or a bare state dict, or
    hold one under another name, with or without the prefixes of wrappers (``module.``, ``_orig_mod.``, ``model.``).
    Half precision is widened to float32, which changes no number; double precision is rounded to it. It is read without
    executing anything in it; what would need code beside the weights is left unread. A file with gates (``PGA.*``, or
    ``attention_layer.*`` as the DRF authors store them) is a DRF. Fusion models are read as
    ``export_checkpoint`` writes them; those of SkeletonGait++, whose later stages are others, are refused.

    Raises ModelError when it is not such a file, is cut off, would need code, or does not hold exactly the parameters
    of such a model with three classes (missing and unexpected names are listed), holds a NaN, or has the gates or a
    name twice; DataError when label_order is no permutation.
    """
    order = LabelOrder.from_names(label_order)
    state = _with_current_names(read_state_dict(path), path)
    check_finite(state, path)
    module = build_model(architecture_of(state, path))
    state[_HEAD] = state[_HEAD][..., order.columns_in_our_order()]
    module.load_state_dict(_in_our_names(state, module, path))
    return module.eval()


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Tensors of a checkpoint file under OpenGait's names, floats as float32, prefixes of wrappers removed.

    Raises ModelError as ``load_checkpoint`` does.
    """
    _, state = state_dict_in(read_torch_file(Path(path)), path)
    state = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    return without_prefixes(state, path)


def _with_current_names(state: Mapping[str, Tensor], path: str | Path) -> dict[str, Tensor]:
    """The state dict with the gates of a DRF under ``PGA.``, where files of the authors have ``attention_layer.``."""
    legacy = [name for name in state if name.startswith(LEGACY_GATES)]
    current = [name for name in state if name.startswith(GATES)]
    if legacy and current:
        raise ModelError(
            f"{path}: has gates twice, {current[0]} and {legacy[0]}; expected {GATES}* or {LEGACY_GATES}*, remove one"
        )
    return {GATES + n.removeprefix(LEGACY_GATES) if n in legacy else n: value for n, value in state.items()}


def architecture_of(state: Mapping[str, Tensor], path: str | Path) -> ScoNetConfig | DRFConfig | FusionConfig:
    """The architecture that follows from the names and shapes of a state dict (as ``read_state_dict`` gives it).

    Raises ModelError naming ``path`` for other networks and for a head that has not three classes.
    """
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    fused = _FUSION_CONVOLUTIONS[0] in shapes
    first, *widening = _FUSION_CONVOLUTIONS if fused else _CONVOLUTIONS
    needed = dict.fromkeys([first, *widening], 4) | {"FCs.fc_bin": 3, _HEAD: 3}
    lacking = [name for name, rank in needed.items() if len(shapes.get(name, ())) != rank or 0 in shapes[name]]
    if lacking:
        raise ModelError(
            f"{path}: is no OpenGait checkpoint of a ScoNet, DRF or fusion model; it lacks {first_few(lacking)} and "
            f"has {first_few(list(shapes))}"
        )
    parts, embedding, classes = shapes[_HEAD]
    if classes != len(ScreeningClass):
        raise ModelError(f"{path}: {_HEAD} has {classes} classes; expected {len(ScreeningClass)}: a screening model")
    widths = [shapes[name][0] for name in widening]
    heads: dict[str, Any] = {"embedding": embedding, "parts": parts, "classes": classes, "channels": widths}
    if fused:
        squeezed = shapes[first][0]
        if widths[0] % squeezed:
            raise ModelError(f"{path}: {first} has {squeezed} channels; expected a divisor of {widths[0]}")
        return FusionConfig(squeeze=widths[0] // squeezed, **heads)
    kind = DRFConfig if any(name.startswith((GATES, LEGACY_GATES)) for name in state) else ScoNetConfig
    return kind(in_channels=shapes[first][1], **heads)


def _in_our_names(state: Mapping[str, Tensor], module: nn.Module, path: str | Path) -> dict[str, Tensor]:
    """The state dict under our names. Every name and shape must be that of the module, no more and no less."""
    wanted = module.state_dict()
    theirs_of = {opengait_name(ours): ours for ours in wanted}
    # Files saved without the counter of batches (it decides nothing with a fixed momentum) are complete all the same.
    missing = [name for name in theirs_of if name not in state and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in state if name not in theirs_of]
    if missing or unexpected:
        raise ModelError(
            f"{path}: does not fit a {type(module).__name__}; missing: {first_few(missing)}; "
            f"unexpected: {first_few(unexpected)}"
        )
    wrong = [
        f"{name} {tuple(value.shape)}, expected {tuple(wanted[theirs_of[name]].shape)}"
        for name, value in state.items()
        if value.shape != wanted[theirs_of[name]].shape
    ]
    if wrong:
        raise ModelError(f"{path}: shapes contradict each other: {first_few(wrong)}")
    rounded = [n for n, v in state.items() if wanted[theirs_of[n]].is_floating_point() and not v.is_floating_point()]
    if rounded:
        raise ModelError(f"{path}: holds whole numbers where weights belong: {first_few(rounded)}; take another file")
    return wanted | {theirs_of[name]: value for name, value in state.items()}


def export_checkpoint(module: nn.Module, path: str | Path, iteration: int = 0) -> Path:
    """Write a model as OpenGait's ``{"model", "iteration"}``, in our class order (that of OpenGait since August 2025).

    Optimiser and scheduler are left out: OpenGait reads them only to resume (``optimizer_reset``, ``scheduler_reset``).
    Loading the file gives the same parameters bit by bit. Raises ModelError for a model that OpenGait has no names for,
    DataError when the file cannot be written.
    """
    try:
        state = {opengait_name(name): value.detach().cpu().contiguous() for name, value in module.state_dict().items()}
    except KeyError as error:
        raise ModelError(
            f"{path}: this model has parameters below {error} that OpenGait's models do not have"
        ) from None
    target = Path(path)
    with atomic_file(target) as temporary:
        try:
            torch.save({"model": state, "iteration": iteration}, temporary)
        except RuntimeError as error:  # torch's writer reports a full disk so
            raise DataError(
                f"{target}: cannot be written ({error}); free some disk space or choose another folder"
            ) from error
    return target
