"""What an audit tries: the contract that a model states, if any, and those near the published one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.checkpoints.file_name import NameHints, name_hints
from scoliogait.checkpoints.inspect import CheckpointFacts
from scoliogait.checkpoints.opengait_config import OpenGaitConfig
from scoliogait.checkpoints.verdicts import end_of_root
from scoliogait.errors import DataError, ModelError
from scoliogait.labels import OUR_LABEL_ORDER, LabelOrder
from scoliogait.models.config import DRFConfig, ModelConfig, ScoNetConfig
from scoliogait.representation.contract import BODY_ONLY_SIGMA15_JOINT8, OPENGAIT_SILHOUETTE, InputContract
from scoliogait.representation.pav import PavConfig
from scoliogait.representation.skeleton_map import SkeletonMapConfig

STATED_OF_MAPS = ("joints", "sigma_limb", "sigma_joint")


@dataclass(frozen=True)
class Stated:
    """What a model, its file name and the YAML beside it say of its input.

    contract: what is stated, the rest as published; None: nothing is. order: of the logits; None: not stated, and not
    probable either. sources: one line each, naming what states what.
    """

    contract: InputContract | None
    order: LabelOrder | None
    sources: tuple[str, ...]


def stated_by_bundle(bundle: Bundle) -> Stated:
    """A bundle states all: its contract, and its classes are in the package's order."""
    return Stated(bundle.contract, OUR_LABEL_ORDER, ("the bundle states its contract and class order",))


def stated_by_file(published: InputContract, facts: CheckpointFacts, config: OpenGaitConfig | None) -> Stated:
    """What the file name and the YAML it came with say of maps and cut; the YAML comes before the file name.

    published: the contract that says the rest. The class order is the YAML's, else the one that is probable.
    """
    order, sources = _stated_order(facts, config)
    changes: dict[str, object] = {}
    if config is not None and config.cut is not None:
        changes["cut_columns"] = config.cut
        sources.append(f"the YAML states {'the cut' if config.cut else 'no cut'}")
    if published.skeleton_map is not None:
        drawn = _stated_of_maps(facts.name, config, sources)
        if drawn:
            changes["skeleton_map"] = published.skeleton_map.model_copy(update=drawn)
    contract = published.model_copy(update=changes) if changes else None
    return Stated(contract, order, tuple(sources))


def _stated_order(facts: CheckpointFacts, config: OpenGaitConfig | None) -> tuple[LabelOrder | None, list[str]]:
    if config is not None and config.label_order is not None:
        named = ", ".join(config.label_order)
        try:
            return LabelOrder.from_names(config.label_order), [f"the YAML states the class order {named}"]
        except DataError:
            return None, [f"label_order of the YAML, {named}, is no order of the classes"]
    if facts.order.classes is None:
        return None, []
    words = f"the class order {', '.join(facts.order.classes)} is probable, because {facts.order.because}"
    return LabelOrder.from_names(facts.order.classes), [words]


def _stated_of_maps(hints: NameHints, config: OpenGaitConfig | None, sources: list[str]) -> dict[str, object]:
    root = None if config is None else config.dataset_root
    of_root = NameHints() if root is None else name_hints(end_of_root(root))
    drawn: dict[str, object] = {}
    for where, said in (("the YAML (dataset_root)", of_root), ("the file name", hints)):
        new = {name: getattr(said, name) for name in STATED_OF_MAPS if name not in drawn}
        new = {name: value for name, value in new.items() if value is not None}
        if new:
            sources.append(f"{where} states {', '.join(f'{n} {_plain(v)}' for n, v in new.items())}")
        drawn |= new
    return drawn


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def stated_first(stated: InputContract | None, candidates: Mapping[str, InputContract]) -> dict[str, InputContract]:
    """All that is tried, by name, the stated contract first; a candidate that is just this is not tried twice.

    Candidates are scored in the windows of the stated contract, so that they differ from it in the input alone.
    """
    if stated is None:
        return dict(candidates)
    clips = {name: getattr(stated, name) for name in ("max_frames", "training_frames", "evaluation_frames")}
    others = {name: contract.model_copy(update=clips) for name, contract in candidates.items()}
    same = [name for name, contract in others.items() if contract == stated]
    first = f"{same[0]}, as stated" if same else "as stated"
    return {first: stated} | {name: contract for name, contract in others.items() if name not in same}


def candidate_contracts(architecture: ModelConfig) -> dict[str, InputContract]:
    """Contracts that the weights could be fed by, one change from the published one each, by a name for the table.

    PAV ranges are not filled in. Raises ModelError for an architecture that no published checkpoint has.
    """
    if not isinstance(architecture, ScoNetConfig | DRFConfig) or architecture.in_channels not in (1, 2):
        raise ModelError(
            f"an audit is for ScoNet and DRF with 1 or 2 channels; this is a {type(architecture).__name__} with "
            f"{architecture.frame_channels}"
        )
    if architecture.frame_channels == 1:
        return {
            "silhouette": OPENGAIT_SILHOUETTE,
            "silhouette, no cut": OPENGAIT_SILHOUETTE.model_copy(update={"cut_columns": False}),
        }
    pav = PavConfig(statistics="dataset") if architecture.takes_pav else None
    return dict(_map_contracts(pav))


def _map_contracts(pav: PavConfig | None) -> Iterator[tuple[str, InputContract]]:
    published = InputContract(representation="skeleton-map", skeleton_map=SkeletonMapConfig(), pav=pav)
    yield "aligned maps", published
    yield "no cut", published.model_copy(update={"cut_columns": False})
    changes: dict[str, dict[str, object]] = {
        "sigma 15": {"sigma_limb": 15.0, "sigma_joint": 15.0},
        "sigma 15/8": {"sigma_limb": 15.0},
        "alignment shared": {"alignment": "shared"},
        "alignment none": {"alignment": "none"},
        "sum": {"reduction": "sum"},
        "body-only": {"joints": "body-only"},
    }
    for name, change in changes.items():
        maps = SkeletonMapConfig().model_copy(update=change)
        yield name, published.model_copy(update={"skeleton_map": maps})
    yield "body-only 15/8 shared", BODY_ONLY_SIGMA15_JOINT8.model_copy(update={"pav": pav})
    if pav is not None:
        yield "PAV of train walks", published.model_copy(update={"pav": PavConfig(statistics="train")})
    given = None if pav is None else PavConfig(form="exported", statistics="dataset")
    exported = InputContract(representation="exported-skeleton-map", pav=given)
    yield "exported", exported
    yield "exported, no cut", exported.model_copy(update={"cut_columns": False})
