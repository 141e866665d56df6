"""Does a model belong to an input contract? The one place that decides it, for recipes, bundles and converted files."""

from __future__ import annotations

from scoliogait.labels import CLASS_NAMES
from scoliogait.models.config import ModelConfig
from scoliogait.representation.contract import InputContract


def disagreement(architecture: ModelConfig, contract: InputContract) -> str | None:
    """Why the model cannot be fed by the contract, naming both sides; None when they fit."""
    if architecture.classes != len(CLASS_NAMES):
        return f"the model has {architecture.classes} classes; expected {len(CLASS_NAMES)}"
    if architecture.frame_channels != contract.in_channels:
        return (
            f"the model takes {architecture.frame_channels} channels, the contract ({contract.representation}) "
            f"gives {contract.in_channels}"
        )
    if architecture.takes_poses != (contract.coordinates is not None):
        needs, gives = architecture.takes_poses, contract.coordinates is not None
        return f"the model takes {_or_no(needs)}coordinates, the contract gives {_or_no(gives)}coordinates"
    if architecture.takes_pav != (contract.pav is not None):
        needs, gives = architecture.takes_pav, contract.pav is not None
        return f"the model takes {_or_no(needs)}PAV, the contract gives {_or_no(gives)}PAV (contract.pav)"
    if architecture.takes_outline != (contract.outline is not None):
        needs, gives = architecture.takes_outline, contract.outline is not None
        return f"the model takes {_or_no(needs)}outline, the contract gives {_or_no(gives)}outline (contract.outline)"
    if architecture.frame_channels and contract.size_px % (4 * architecture.parts):
        return (
            f"the contract gives frames of {contract.size_px} px height, the model's {architecture.parts} parts need a "
            f"multiple of {4 * architecture.parts}"
        )
    return None


def _or_no(present: bool) -> str:
    return "" if present else "no "
