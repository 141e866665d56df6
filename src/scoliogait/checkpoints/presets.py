"""Known contracts of published checkpoints, by name. A weight file does not state its contract; a preset does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from scoliogait.errors import ModelError
from scoliogait.representation.contract import (
    BODY_ONLY_SIGMA15_JOINT8,
    OPENGAIT_SILHOUETTE,
    OPENGAIT_SKELETON,
    InputContract,
)
from scoliogait.representation.pav import PavConfig
from scoliogait.representation.settings import SkeletonMapConfig

EXPORTED = "-exported"


@dataclass(frozen=True)
class Preset:
    """contract: what the model is fed. architecture: of the weights. data: what such a file was probably trained on.

    note: what is not known about it, or departs from the original. split: where the name of the preset fixes it.
    maps: how the maps were drawn, also where the contract takes them as they are.
    attention: the name under which such files store PAV-guided attention, where it is known.
    """

    contract: InputContract
    architecture: Literal["sconet", "drf"]
    data: str
    note: str
    split: str | None = None
    maps: SkeletonMapConfig | None = None
    attention: str | None = None


def _drf(statistics: Literal["train", "dataset"]) -> InputContract:
    return OPENGAIT_SKELETON.model_copy(update={"pav": PavConfig(form="literal", statistics=statistics)})


_DRAWN: dict[str, Preset] = {
    "opengait-ske-aligned": Preset(
        contract=OPENGAIT_SKELETON,
        architecture="sconet",
        data="Scoliosis1K poses as OpenGait's aligned skeleton maps",
        note="OpenGait's default export: sigma 8, merged by maximum, each channel cropped by itself",
        maps=OPENGAIT_SKELETON.skeleton_map,
    ),
    "drf-author-118-aligned": Preset(
        contract=_drf("dataset"),
        architecture="drf",
        data="Scoliosis1K poses as OpenGait's aligned skeleton maps, partition 118",
        note="the PAV is scaled by the range of the whole data set, test walks included: it leaks",
        split="118",
        maps=OPENGAIT_SKELETON.skeleton_map,
        attention="attention_layer",
    ),
    "umgrl-drf": Preset(
        contract=_drf("train"),
        architecture="drf",
        data="Scoliosis1K poses as OpenGait's aligned skeleton maps",
        note="UMGRL's public code scales the PAV by the range of the training walks; its maps are assumed aligned",
        maps=OPENGAIT_SKELETON.skeleton_map,
        attention="PGA",
    ),
    "bodyonly-sigma15-joint8": Preset(
        contract=BODY_ONLY_SIGMA15_JOINT8,
        architecture="sconet",
        data="Scoliosis1K poses as body-only skeleton maps",
        note="missing joints are repaired our way; the export that such files were trained on could not be compared",
        maps=BODY_ONLY_SIGMA15_JOINT8.skeleton_map,
    ),
}


def _exported(preset: Preset) -> Preset:
    """The same, with maps (and PAV) read from an export instead of computed here."""
    pav = preset.contract.pav
    contract = InputContract(
        representation="exported-skeleton-map",
        pav=None if pav is None else PavConfig(form="exported", statistics=pav.statistics),
    )
    note = f"{preset.note}; maps{' and PAV' if pav else ''} are taken from an export as they are, nothing checks it"
    return replace(preset, contract=contract, note=note)


PRESETS: dict[str, Preset] = {
    "opengait-sil": Preset(
        contract=OPENGAIT_SILHOUETTE,
        architecture="sconet",
        data="Scoliosis1K silhouettes",
        note="OpenGait's aligned silhouettes of 64 px",
    ),
    **_DRAWN,
    **{f"{name}{EXPORTED}": _exported(preset) for name, preset in _DRAWN.items()},
}


def find_preset(name: str) -> Preset:
    """Raises ModelError naming all presets when there is none of that name."""
    if name not in PRESETS:
        raise ModelError(f"preset {name!r} does not exist; there is {', '.join(PRESETS)}")
    return PRESETS[name]


def fitting_presets(architecture: str, in_channels: int) -> tuple[str, ...]:
    """Names of the presets for weights of this architecture and as many channels in the first convolution."""
    return tuple(
        name
        for name, preset in PRESETS.items()
        if preset.architecture == architecture and preset.contract.in_channels == in_channels
    )
