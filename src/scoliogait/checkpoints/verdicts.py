"""Does a checkpoint belong to an OpenGait YAML? One line for each field that could disagree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from scoliogait.checkpoints.file_name import name_hints, split_named_in
from scoliogait.checkpoints.inspect import CheckpointFacts
from scoliogait.checkpoints.opengait_config import OpenGaitConfig
from scoliogait.errors import DataError
from scoliogait.labels import CLASS_NAMES, OUR_LABEL_ORDER, LabelOrder

Outcome = Literal["fits", "contradicts", "unknown"]
_SILHOUETTE_WORDS, _MAP_WORDS, _POSE_WORDS = ("sil",), ("ske", "heatmap", "drf", "sigma"), ("pose",)


@dataclass(frozen=True)
class Verdict:
    """about: what was compared. reason: one line that names both sides."""

    about: str
    outcome: Outcome
    reason: str


def file_verdicts(facts: CheckpointFacts) -> tuple[Verdict, ...]:
    """Where the file disagrees with itself, or can be no model of three classes."""
    return tuple(v for v in (_classes(facts), _finite(facts), _own_iteration(facts)) if v)


def yaml_verdicts(facts: CheckpointFacts, config: OpenGaitConfig) -> tuple[Verdict, ...]:
    """The file against the YAML that it came with."""
    return (
        _split(facts, config),
        _model(facts, config),
        _channels(facts, config),
        _heads(facts, config),
        _root(facts, config),
        _cut(config),
        _order(facts, config),
        _test_batch(config),
        _iteration(facts, config),
    )


def _classes(facts: CheckpointFacts) -> Verdict | None:
    if facts.classes is None or facts.classes == len(CLASS_NAMES):
        return None
    reason = f"the heads have {facts.classes} classes, screening has {len(CLASS_NAMES)} ({', '.join(CLASS_NAMES)})"
    return Verdict("classes", "contradicts", reason)


def _finite(facts: CheckpointFacts) -> Verdict | None:
    if not facts.not_finite:
        return None
    first, n = facts.not_finite[0], len(facts.not_finite)
    reason = f"{first}{f' and {n - 1} more' if n > 1 else ''} hold NaN or infinite values; take another checkpoint"
    return Verdict("weights", "contradicts", reason)


def _own_iteration(facts: CheckpointFacts) -> Verdict | None:
    if facts.iteration is None or facts.name.iteration is None:
        return None
    if facts.iteration == facts.name.iteration:
        return Verdict("iteration", "fits", f"file and file name both say {facts.iteration}")
    reason = f"the file says {facts.iteration}, its name {facts.name.iteration}"
    return Verdict("iteration", "contradicts", reason)


def _split(facts: CheckpointFacts, config: OpenGaitConfig) -> Verdict:
    stated = {
        "the file name": facts.name.split,
        "dataset_partition": split_named_in(config.dataset_partition or ""),
        "dataset_root": split_named_in(end_of_root(config.dataset_root)),
    }
    named = {where: split for where, split in stated.items() if split is not None}
    words = ", ".join(f"{where} says {split}" for where, split in named.items())
    if len(set(named.values())) > 1:
        return Verdict("split", "contradicts", f"{words}; test on the split it was trained on, or test walks leak")
    if len(named) > 1:
        return Verdict("split", "fits", words)
    return Verdict("split", "unknown", f"{words or 'no split is named'}; there is nothing to compare it with")


def _model(facts: CheckpointFacts, config: OpenGaitConfig) -> Verdict:
    if facts.architecture is None or config.model is None:
        missing = "the weights are of another network" if facts.architecture is None else "the YAML names no model"
        return Verdict("model", "unknown", missing)
    has = f"the weights have {f'{facts.attention}.*' if facts.attention else 'no PAV-guided attention'}"
    is_drf = config.model.lower() == "drf"
    if is_drf != (facts.attention is not None):
        return Verdict("model", "contradicts", f"the YAML says {config.model}, {has}")
    if facts.attention == "attention_layer":
        return Verdict("model", "fits", f"the YAML says {config.model}, {has}: the public code calls them PGA.*")
    return Verdict("model", "fits", f"the YAML says {config.model}, {has}")


def _channels(facts: CheckpointFacts, config: OpenGaitConfig) -> Verdict:
    if facts.in_channels is None or config.in_channels is None:
        silent = "the weights do" if facts.in_channels is None else "the YAML does"
        return Verdict("channels", "unknown", f"{silent} not state how many there are")
    reason = f"the YAML says {config.in_channels}, the first convolution has {facts.in_channels} ({facts.modality})"
    return Verdict("channels", "fits" if config.in_channels == facts.in_channels else "contradicts", reason)


def _heads(facts: CheckpointFacts, config: OpenGaitConfig) -> Verdict:
    pairs = {"classes": (config.classes, facts.classes), "parts": (config.parts, facts.parts)}
    known = {name: pair for name, pair in pairs.items() if None not in pair}
    wrong = [
        f"the YAML says {ours} {name}, the weights {theirs}" for name, (ours, theirs) in known.items() if ours != theirs
    ]
    if wrong:
        return Verdict("heads", "contradicts", "; ".join(wrong))
    if not known:
        return Verdict("heads", "unknown", "the YAML or the weights do not state classes and parts")
    return Verdict("heads", "fits", ", ".join(f"{value} {name}" for name, (value, _) in known.items()))


def _root(facts: CheckpointFacts, config: OpenGaitConfig) -> Verdict:
    kind = _kind_of_root(config.dataset_root)
    if kind is None or facts.in_channels not in (1, 2):
        reason = f"{config.dataset_root or 'no root'}: nothing in it says what the pictures are"
        return Verdict("dataset_root", "unknown", reason)
    reason = f"{config.dataset_root} is named for {kind}s, the weights take {facts.modality}s"
    if kind != facts.modality:
        return Verdict("dataset_root", "contradicts", reason)
    if facts.attention and "drf" not in _words(config.dataset_root):
        return Verdict("dataset_root", "unknown", f"{reason}; nothing says that it holds PAVs too, which they need")
    return Verdict(
        "dataset_root", "fits", f"{reason}; which maps they are it does not say" if kind[:3] == "ske" else reason
    )


def _kind_of_root(root: str | None) -> str | None:
    words = _words(root)
    kinds = {
        "silhouette": _SILHOUETTE_WORDS,
        "skeleton map": _MAP_WORDS,
        "coordinate": _POSE_WORDS,
    }
    found = [kind for kind, starts in kinds.items() if any(word.startswith(starts) for word in words)]
    return found[0] if len(found) == 1 else None


def _cut(config: OpenGaitConfig) -> Verdict:
    if config.cut is None:
        return Verdict(
            "cut", "unknown", "the YAML names neither BaseSilCuttingTransform nor BaseSilTransform for testing, or both"
        )
    if config.train_cut is not None and config.train_cut != config.cut:
        return Verdict("cut", "contradicts", "the YAML cuts columns in only one of training and testing")
    if config.cut:
        return Verdict(
            "cut", "fits", "BaseSilCuttingTransform: 10 columns go on each side, as in every published recipe"
        )
    return Verdict(
        "cut",
        "contradicts",
        "the transform cuts no columns, or other than 10 on each side as every published recipe does; uncut, the DRF "
        "authors' file fell from 80 to 50 % accuracy",
    )


def _order(facts: CheckpointFacts, config: OpenGaitConfig) -> Verdict:
    guess = facts.order
    given = config.label_order or OUR_LABEL_ORDER.names
    words = f"{'label_order is' if config.label_order else 'without label_order OpenGait now reads'} {', '.join(given)}"
    try:
        given = LabelOrder.from_names(given).names
    except DataError:
        return Verdict("label_order", "contradicts", f"{words}: no order of {', '.join(CLASS_NAMES)}")
    if guess.classes is None:
        return Verdict("label_order", "unknown", f"{words}; the file does not say")
    if guess.classes == given:
        return Verdict("label_order", "fits", f"{words}, probable because {guess.because}")
    return Verdict("label_order", "contradicts", f"{words}, but the file probably has {', '.join(guess.classes)}")


def _test_batch(config: OpenGaitConfig) -> Verdict:
    batch, processes = config.test_batch_size, name_hints(config.path).n_processes
    if batch is None:
        return Verdict("test batch", "unknown", "the YAML gives no batch_size for testing that is a whole number")
    if processes is None:
        reason = f"batch_size {batch}: OpenGait tests only with as many processes (torchrun --nproc_per_node={batch})"
        return Verdict("test batch", "unknown", reason)
    reason = f"batch_size {batch}, the name of the YAML says {processes} GPU; OpenGait tests only if they are equal"
    return Verdict("test batch", "fits" if batch == processes else "contradicts", reason)


def _iteration(facts: CheckpointFacts, config: OpenGaitConfig) -> Verdict:
    iteration = facts.iteration if facts.iteration is not None else facts.name.iteration
    if not config.restore_hint or iteration is None:
        silent = "the file states no iteration" if iteration is None else "the YAML names no iteration to restore"
        return Verdict("restore_hint", "unknown", silent)
    reason = f"the YAML restores iteration {config.restore_hint}, the file is of {iteration}"
    return Verdict("restore_hint", "fits" if config.restore_hint == iteration else "contradicts", reason)


def _words(root: str | None) -> list[str]:
    return [word for word in re.split(r"[^a-z]+", end_of_root(root).lower()) if word]


def end_of_root(root: str | None) -> str:
    """The last two parts of a path: ``Scoliosis1K_sigma_8.0/pkl``; those before say where it lies, not what it is."""
    return "_".join(PurePath(root or "").parts[-2:])
