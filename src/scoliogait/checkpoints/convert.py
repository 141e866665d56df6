"""Somebody's checkpoint becomes a bundle. What the file does not state must be given; nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.checkpoints.inspect import CheckpointFacts, inspect_checkpoint
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.checkpoints.opengait import export_checkpoint, load_checkpoint
from scoliogait.checkpoints.preset_verdicts import preset_verdict, structural_contradiction
from scoliogait.checkpoints.presets import Preset, find_preset, fitting_presets
from scoliogait.errors import DataError, ModelError
from scoliogait.labels import LabelOrder
from scoliogait.representation.asymmetry import PavStatistics
from scoliogait.representation.contract import InputContract

UNKNOWN_STATISTICS = (
    "The range that scales the PAV is unknown: raw walks cannot be screened with this bundle. Convert the file again "
    "with its PAV statistics to change that."
)


@dataclass(frozen=True)
class Conversion:
    """path: of the bundle. contract: that it was given. cautions: one sentence each, what the user must know."""

    path: Path
    contract: InputContract
    cautions: tuple[str, ...]


def convert_checkpoint(
    path: str | Path,
    preset: str,
    label_order: Sequence[str],
    out: str | Path,
    pav_statistics: PavStatistics | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Conversion:
    """Write the bundle ``out`` from an OpenGait file, the contract of a preset and the class order of its logits.

    label_order: a permutation of the class names, always to be given. pav_statistics: the range that scales the PAV;
    without it the bundle of a DRF is written all the same, but refuses raw walks. provenance: facts besides those known
    from the file. Weights are not changed, only renamed and their classes put in our order; a bundle holds float32.

    Raises ModelError, naming both sides, when weights and preset do not belong together, for statistics that the preset
    has no use for, and as ``load_checkpoint`` and ``save_bundle`` do; DataError when label_order is no permutation.
    """
    chosen, order = find_preset(preset), LabelOrder.from_names(label_order)
    facts = inspect_checkpoint(path)
    _refuse_contradiction(facts, preset, chosen)
    contract = _with_statistics(chosen.contract, pav_statistics, preset)
    module = load_checkpoint(path, order.names)
    known = _provenance(facts, preset, chosen, order) | dict(provenance or {})
    written = save_bundle(out, module, contract, provenance=known, metrics={})
    return Conversion(written, contract, tuple(_cautions(facts, preset, order, contract)))


def export_bundle(path: str | Path, out: str | Path) -> Path:
    """The weights of a bundle as an OpenGait file, in our class order, with the iteration that the bundle records.

    Contract, temperature and results stay behind: that format has no place for them. Raises ModelError as
    ``load_bundle`` and ``export_checkpoint`` do, DataError when the file cannot be written or lies in the bundle.
    """
    bundle = load_bundle(model_folder(path))
    if Path(out).parent.resolve().is_relative_to(bundle.path.resolve()):
        raise DataError(f"{out}: lies in the bundle {bundle.path}, which it would damage; choose another place")
    iteration = bundle.provenance.get("iteration")
    return export_checkpoint(bundle.module, out, iteration if isinstance(iteration, int) else 0)


def _refuse_contradiction(facts: CheckpointFacts, name: str, preset: Preset) -> None:
    if facts.kind == "bundle":
        raise ModelError(f"{facts.path}: is a bundle already; expected an OpenGait checkpoint file (.pt)")
    # Of another network than these, load_checkpoint lists what is missing and what is there instead.
    wrong = None if facts.architecture is None else structural_contradiction(facts, preset)
    if wrong is None:
        return
    fitting = fitting_presets(facts.architecture or "", facts.in_channels or 0) if facts.classes == 3 else ()
    remedy = f"choose {' or '.join(fitting)}" if fitting else "no preset fits it"
    raise ModelError(f"{facts.path}: does not fit preset {name}: {wrong}; {remedy}")


def _with_statistics(contract: InputContract, statistics: PavStatistics | None, preset: str) -> InputContract:
    if statistics is None:
        return contract
    if contract.pav is None or contract.pav.form == "exported":
        why = "takes no PAV" if contract.pav is None else "takes a PAV that is scaled already"
        raise ModelError(f"preset {preset} {why}, but PAV statistics are given; leave them out")
    pav = contract.pav.model_copy(update={"statistics": statistics.which})
    # The range of the two corner vectors is the range given.
    return contract.model_copy(update={"pav": pav.with_range_of([statistics.minimum, statistics.maximum])})


def _provenance(facts: CheckpointFacts, name: str, preset: Preset, order: LabelOrder) -> dict[str, Any]:
    return {
        "data": f"Not stated by the file; preset {name} stands for {preset.data}",
        "selection": "Not stated by the file" + (f"; {facts.selection}" if facts.name.score_percent else ""),
        "source_file": Path(facts.path).name,
        "source_sha256": facts.sha256,
        "weights_stored_as": ", ".join(facts.types),
        "iteration": facts.iteration if facts.iteration is not None else facts.name.iteration,
        "preset": name,
        "preset_note": preset.note,
        "label_order_given": ", ".join(order.names),
        "accuracy": "not known: no walk was evaluated with this bundle",
    }


def _cautions(facts: CheckpointFacts, preset: str, order: LabelOrder, contract: InputContract) -> list[str]:
    cautions = []
    verdict = preset_verdict(facts, preset)
    if verdict.outcome == "contradicts":
        cautions.append(f"{verdict.reason[:1].upper()}{verdict.reason[1:]}.")
    if facts.types != ("float32",):
        rounded = ", rounded where it was double" if "float64" in facts.types else ": the same numbers"
        cautions.append(f"The weights were stored as {', '.join(facts.types)}; the bundle has float32{rounded}.")
    guess = facts.order
    if guess.classes is not None and guess.classes != order.names:
        cautions.append(
            f"The order given is {', '.join(order.names)}, but {', '.join(guess.classes)} is probable, because "
            f"{guess.because}."
        )
    if contract.pav is not None and not contract.pav.is_ready:
        cautions.append(UNKNOWN_STATISTICS)
    wanted = find_preset(preset).contract.pav
    if contract.pav is not None and wanted is not None and contract.pav.statistics != wanted.statistics:
        cautions.append(f"The PAV statistics are {contract.pav.statistics}, the preset has {wanted.statistics}.")
    if contract.pav is not None and contract.pav.is_ready and contract.pav.leaks:
        cautions.append("The PAV statistics are of the whole data set: they have seen the test walks.")
    return cautions
