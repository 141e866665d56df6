"""What is this checkpoint? Facts that the file states, and guesses that say what they rest on.

A weight file holds numbers under names. It does not say on which maps, in which class order, with which cut and on
which walks it was trained; only what its shapes, names and file name reveal is reported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.file_name import NameHints, name_hints
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.checkpoints.opengait_names import GATES, LEGACY_GATES, opengait_name
from scoliogait.checkpoints.torch_file import (
    beside_weights,
    prefix_of,
    read_torch_file,
    state_dict_in,
    without_prefixes,
)
from scoliogait.files import sha256_of
from scoliogait.labels import LEGACY_LABEL_ORDER, OUR_LABEL_ORDER

_STEM = opengait_name("backbone.stem.weight")
_HEAD = opengait_name("neck.weight")  # (parts, embedding, classes)
_STAGES = tuple(opengait_name(f"backbone.stage{stage}.conv2.weight") for stage in (1, 2, 3, 4))
_FUSION = opengait_name("backbone.fusion.reduce.weight")
_FUSION_STAGES = (
    opengait_name("backbone.silhouette.stage1.conv2.weight"),
    *(opengait_name(f"backbone.shared.stage{stage}.conv2.weight") for stage in (2, 3, 4)),
)
_OPTIMIZER_STATES = ("optimizer", "optimizer_states")  # the names of OpenGait and of Lightning
_MODALITIES = {1: "silhouette", 2: "skeleton map", 3: "silhouette and skeleton map"}
# OpenGait's commit dd150d6 of that day changed negative, positive, neutral into negative, neutral, positive.
ORDER_CHANGED = date(2025, 8, 27)
# OpenGait's commit dc2616c: no ScoNet is older. Archives often give files a made-up day long before.
SCONET_PUBLISHED = date(2024, 6, 28)


@dataclass(frozen=True)
class OrderGuess:
    """The classes in the order of the logits; None: nothing points to one. certain: stated by the file itself."""

    classes: tuple[str, ...] | None
    because: str
    certain: bool = False


@dataclass(frozen=True)
class CheckpointFacts:
    """One file or bundle. None where it does not say.

    kind: "bundle", "OpenGait checkpoint", "state dict" or "state dict under 'NAME'". architecture: "sconet", "drf",
    "fusion", that of a bundle, or None for another network. attention: the name under which PAV-guided attention is
    stored, PGA or attention_layer. in_channels, stage_widths, embedding, parts, classes: read from the shapes. types:
    of the floating-point weights. not_finite: names of weights with NaN or infinite values. iteration: as stored.
    prefixes: what wrappers put before names, such as "module.". beside: entries beside the weights; those that were not
    read, because code would run, with its name.
    contract, stated_selection: of a bundle, the contract in one line and how the bundle says that it was selected.
    """

    path: str
    sha256: str
    kind: str
    architecture: str | None
    n_parameters: int
    types: tuple[str, ...]
    in_channels: int | None
    stage_widths: tuple[int, ...] | None
    embedding: int | None
    parts: int | None
    classes: int | None
    attention: str | None
    prefixes: tuple[str, ...]
    optimizer_state: bool
    iteration: int | None
    not_finite: tuple[str, ...]
    name: NameHints
    order: OrderGuess
    beside: tuple[str, ...] = ()
    contract: str | None = None
    stated_selection: str | None = None

    @property
    def modality(self) -> str:
        """In words, from the channels of the first convolution, or the architecture."""
        if self.in_channels is None:
            return "unknown"
        if self.architecture == "pose-outline":
            return "coordinates and outline"
        return _MODALITIES.get(self.in_channels, "coordinates" if self.in_channels == 0 else "unknown")

    @property
    def selection(self) -> str:
        """How the checkpoint was chosen, as a bundle states it or a score in the name suggests; else "unknown"."""
        if self.stated_selection is not None:
            return self.stated_selection
        score = self.name.score_percent
        if score is None:
            return "unknown"
        if self.name.names_test_figure:
            return f"on the test walks, because its name holds a test score of {score:g} %"
        return f"probably on the test walks, because its name holds a score of {score:g} % and OpenGait has no others"


def inspect_checkpoint(path: str | Path) -> CheckpointFacts:
    """Read a ``.pt`` file, a bundle folder, or a bundle of the package (``builtin:NAME``). Nothing in it is executed.

    Raises ModelError in one line when it is neither, is cut off, damaged, or would need code to load.
    """
    source = model_folder(path)
    if source.is_dir():
        return _facts_of_bundle(load_bundle(source))
    content = read_torch_file(source)
    modified = datetime.fromtimestamp(source.stat().st_mtime, UTC).date()
    return facts_of_content(content, str(path), sha256_of(source), modified)


def facts_of_content(content: Any, path: str, sha256: str, modified: date) -> CheckpointFacts:
    """The facts of a file's content, its name and the day it was last written.

    Raises ModelError as ``state_dict_in`` and ``without_prefixes`` do.
    """
    where, state = state_dict_in(content, path)
    tensors = without_prefixes(state, path)
    shapes = {name: tuple(value.shape) for name, value in tensors.items()}
    gates = [prefix for prefix in (GATES, LEGACY_GATES) if any(name.startswith(prefix) for name in tensors)]
    attention = " and ".join(prefix.removesuffix(".") for prefix in gates) or None
    stem, head = shapes.get(_STEM, ()), shapes.get(_HEAD, ())
    in_channels = 3 if _FUSION in shapes else stem[1] if len(stem) == 4 else None
    iteration = content.get("iteration", content.get("global_step")) if where else None  # Lightning's name for it
    return CheckpointFacts(
        path=path,
        sha256=sha256,
        kind=_kind(where),
        architecture=_architecture(in_channels, attention, _FUSION in shapes) if len(head) == 3 else None,
        n_parameters=sum(value.numel() for name, value in tensors.items() if not _is_buffer(name)),
        types=_types(tensors.values()),
        in_channels=in_channels,
        stage_widths=_stage_widths(shapes),
        embedding=head[1] if len(head) == 3 else None,
        parts=head[0] if len(head) == 3 else None,
        classes=head[2] if len(head) == 3 else None,
        attention=attention,
        prefixes=tuple(sorted({prefix_of(name) for name in state} - {""})),
        optimizer_state=where is not None and any(content.get(name) for name in _OPTIMIZER_STATES),
        iteration=iteration if type(iteration) is int else None,
        not_finite=tuple(name for name, value in tensors.items() if not _is_finite(value)),
        name=name_hints(path),
        order=probable_order(attention, modified),
        beside=beside_weights(content, where),
    )


def probable_order(attention: str | None, modified: date) -> OrderGuess:
    """The class order of a weight file: nothing in it states one.

    attention: name of the PAV-guided attention, if any. modified: the day the file was last written; copying may make
    it later, never earlier, than the training.
    """
    legacy = LEGACY_LABEL_ORDER.names
    if attention == "attention_layer":
        return OrderGuess(legacy, "it stores its attention as attention_layer.*, as the DRF authors' file does")
    if SCONET_PUBLISHED <= modified < ORDER_CHANGED:
        return OrderGuess(legacy, f"it was written on {modified}, before OpenGait changed its order on {ORDER_CHANGED}")
    return OrderGuess(
        None,
        f"OpenGait changed from {', '.join(legacy)} to {', '.join(OUR_LABEL_ORDER.names)} on {ORDER_CHANGED}, and "
        "nothing here says when the training was",
    )


def _facts_of_bundle(bundle: Bundle) -> CheckpointFacts:
    architecture = bundle.architecture
    parameters = dict(bundle.module.named_parameters())
    iteration = bundle.provenance.get("iteration")
    return CheckpointFacts(
        path=str(bundle.path),
        sha256=bundle.digest,
        kind="bundle",
        architecture=str(architecture.model_dump().get("architecture")),
        n_parameters=sum(value.numel() for value in parameters.values()),
        types=_types(parameters.values()),
        in_channels=architecture.frame_channels,
        stage_widths=getattr(architecture, "channels", None),
        embedding=architecture.embedding,
        parts=architecture.parts,
        classes=architecture.classes,
        attention="PGA" if architecture.takes_pav else None,
        prefixes=(),
        optimizer_state=False,
        iteration=iteration if isinstance(iteration, int) else None,
        not_finite=(),  # such a bundle is refused when it is loaded
        name=name_hints(bundle.path),
        order=OrderGuess(OUR_LABEL_ORDER.names, "a bundle has the order of this package", certain=True),
        contract=bundle.contract.describe(),
        stated_selection=str(bundle.provenance["selection"]) if "selection" in bundle.provenance else None,
    )


def _kind(where: str | None) -> str:
    return (
        "state dict" if where is None else "OpenGait checkpoint" if where == "model" else f"state dict under {where!r}"
    )


def _architecture(in_channels: int | None, attention: str | None, is_fusion: bool) -> str | None:
    if is_fusion:
        return "fusion"
    return None if in_channels is None else "drf" if attention else "sconet"


def _stage_widths(shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    widths = [shapes.get(name, ()) for name in (_FUSION_STAGES if _FUSION in shapes else _STAGES)]
    return tuple(shape[0] for shape in widths) if all(widths) else None


def _types(tensors: Any) -> tuple[str, ...]:
    return tuple(sorted({str(v.dtype).removeprefix("torch.") for v in tensors if v.is_floating_point()}))


def _is_finite(value: Tensor) -> bool:
    return not value.is_floating_point() or bool(torch.isfinite(value).all())


def _is_buffer(name: str) -> bool:
    return name.endswith(("running_mean", "running_var", "num_batches_tracked"))
