"""Does a checkpoint belong to a preset? Shapes decide; names of weights and of the file add what they can."""

from __future__ import annotations

from scoliogait.checkpoints.file_name import NameHints
from scoliogait.checkpoints.inspect import CheckpointFacts
from scoliogait.checkpoints.presets import EXPORTED, PRESETS, Preset
from scoliogait.checkpoints.verdicts import Verdict
from scoliogait.labels import CLASS_NAMES

_ARCHITECTURES = {"sconet": "ScoNet", "drf": "DRF"}


def preset_verdicts(facts: CheckpointFacts) -> tuple[Verdict, ...]:
    """One verdict for each preset that draws its own maps; none for a bundle, which states its contract.

    Weights cannot distinguish drawn from exported maps, so the "-exported" presets have the verdict of their namesake.
    """
    if facts.kind == "bundle":
        return ()
    names = [name for name in PRESETS if not name.endswith(EXPORTED)]
    return tuple(preset_verdict(facts, name) for name in names)


def preset_verdict(facts: CheckpointFacts, name: str) -> Verdict:
    """ "fits" needs more than fitting shapes: a name that only such files have, or the only contract of its kind."""
    preset = PRESETS[name]
    wrong = structural_contradiction(facts, preset) or name_contradiction(facts.name, preset)
    if wrong is not None:
        return Verdict(name, "contradicts", wrong)
    if preset.attention == "PGA" and facts.attention == "attention_layer":
        return Verdict(name, "contradicts", "its attention is stored as attention_layer.*, UMGRL's as PGA.*")
    if preset.maps is None:
        return Verdict(name, "fits", "ScoNet with 1 channel: aligned silhouettes, cut")
    agreeing = _agreeing_names(facts, preset)
    if agreeing:
        return Verdict(name, "fits", f"shapes fit, and so do {' and '.join(agreeing)}")
    return Verdict(name, "unknown", "shapes fit; nothing says which maps it was trained on")


def structural_contradiction(facts: CheckpointFacts, preset: Preset) -> str | None:
    """Why weights of these shapes cannot be fed by the preset, naming both sides; None when they can."""
    expected = _ARCHITECTURES[preset.architecture]
    if facts.architecture is None:
        return f"the weights are of another network, the preset is for {expected}"
    if facts.classes != len(CLASS_NAMES):
        return f"the heads have {facts.classes} classes, the preset has {len(CLASS_NAMES)}"
    if facts.architecture != preset.architecture:
        found = {
            "drf": f"a DRF ({facts.attention}.*)",
            "sconet": "a ScoNet, without PAV-guided attention",
        }.get(facts.architecture, f"a {facts.architecture} model")
        return f"the weights are {found}, the preset is for {expected}"
    if facts.in_channels != preset.contract.in_channels:
        return (
            f"the weights take {facts.in_channels} channels ({facts.modality}), the preset gives "
            f"{preset.contract.in_channels} ({preset.contract.representation})"
        )
    return None


def name_contradiction(hints: NameHints, preset: Preset) -> str | None:
    """What the file name says against the preset; None when nothing."""
    for words, stated, expected in _comparable(hints, preset):
        if stated != expected:
            return f"the file name says {words} {_plain(stated)}, the preset {_plain(expected)}"
    return None


def _agreeing_names(facts: CheckpointFacts, preset: Preset) -> list[str]:
    agreeing = [
        f"{words} {_plain(stated)}" for words, stated, expected in _comparable(facts.name, preset) if stated == expected
    ]
    names = [f"the file name ({', '.join(agreeing)})"] if agreeing else []
    if facts.attention == "attention_layer" == preset.attention:
        names.insert(0, "the names attention_layer.*")
    return names


def _comparable(hints: NameHints, preset: Preset) -> list[tuple[str, object, object]]:
    """(what, in the file name, in the preset), where both say something."""
    pairs: list[tuple[str, object, object]] = [("split", hints.split, preset.split)]
    if preset.maps is not None:
        pairs += [
            ("joints", hints.joints, preset.maps.joints),
            ("sigma limb", hints.sigma_limb, preset.maps.sigma_limb),
            ("sigma joint", hints.sigma_joint, preset.maps.sigma_joint),
        ]
    return [pair for pair in pairs if None not in pair]


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
