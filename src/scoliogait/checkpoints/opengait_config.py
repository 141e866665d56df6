"""An OpenGait YAML, as far as it bears on how a checkpoint is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.incoming import read_bytes
from scoliogait.limits import MAX_YAML_BYTES
from scoliogait.representation.kinds import cut_width_px
from scoliogait.yaml_text import YamlTextError, load_yaml

_CUT, _NO_CUT = "BaseSilCuttingTransform", "BaseSilTransform"
_COLUMNS_CUT = cut_width_px(64)  # on each side, when the transform is given no number
_RESNET9_DEFAULT_CHANNELS = 1  # of OpenGait's ResNet9, when the YAML is silent


@dataclass(frozen=True)
class OpenGaitConfig:
    """None where the YAML is silent or says something else than expected there.

    cut, train_cut: whether the transform of evaluation and of training cuts 10 columns on each side. test_batch_size:
    walks a batch of the evaluation sampler. label_order: class names in the order of the logits, a field of forks.
    """

    path: str
    model: str | None
    in_channels: int | None
    classes: int | None
    parts: int | None
    dataset_root: str | None
    dataset_partition: str | None
    cut: bool | None
    train_cut: bool | None
    test_batch_size: int | None
    label_order: tuple[str, ...] | None
    restore_hint: int | None


def read_opengait_config(path: str | Path) -> OpenGaitConfig:
    """Read a YAML of OpenGait or a fork of it. Nothing in it is executed.

    Raises DataError when it is not readable, not YAML, or has neither data_cfg nor model_cfg.
    """
    content = _content(Path(path))
    data, model, evaluator, trainer = (
        _section(content, name) for name in ("data_cfg", "model_cfg", "evaluator_cfg", "trainer_cfg")
    )
    if not data and not model:
        raise DataError(f"{path}: has no data_cfg and no model_cfg; expected a YAML that OpenGait was run with")
    neck = _section(model, "SeparateBNNecks")
    return OpenGaitConfig(
        path=str(path),
        model=_text(model.get("model")),
        in_channels=_in_channels(model),
        classes=_whole(neck.get("class_num")),
        parts=_whole(neck.get("parts_num")),
        dataset_root=_text(data.get("dataset_root")),
        dataset_partition=_text(data.get("dataset_partition")),
        cut=_cuts(evaluator.get("transform")),
        train_cut=_cuts(trainer.get("transform")),
        test_batch_size=_whole(_section(evaluator, "sampler").get("batch_size")),
        label_order=_names(model.get("label_order")),
        restore_hint=_whole(evaluator.get("restore_hint")),
    )


def _content(path: Path) -> Mapping[str, Any]:
    try:
        content = load_yaml(read_bytes(path, MAX_YAML_BYTES).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: cannot be read as text ({error}); expected an OpenGait YAML") from error
    except YamlTextError as error:
        raise DataError(f"{path}: {error}; expected an OpenGait YAML") from error
    if not isinstance(content, dict):
        raise DataError(f"{path}: holds no sections; expected an OpenGait YAML with data_cfg and model_cfg")
    return content


def _section(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = content.get(name)
    return section if isinstance(section, dict) else {}


def _in_channels(model: Mapping[str, Any]) -> int | None:
    """OpenGait's models spell it in four ways; its ResNet9 takes 1 when nothing is said."""
    backbone = _section(model, "backbone_cfg") or _section(model, "Backbone")
    stated = [section[n] for section in (backbone, model) for n in ("in_channel", "in_channels") if n in section]
    if stated:
        return _whole(stated[0])
    return _RESNET9_DEFAULT_CHANNELS if backbone.get("type") == "ResNet9" else None


def _cuts(transforms: Any) -> bool | None:
    """One answer for all inputs that are pictures; None when they differ or none is known."""
    if not isinstance(transforms, list):
        return None
    entries = [entry for item in transforms for entry in (item if isinstance(item, list) else [item])]
    found = {
        entry["type"] == _CUT and entry.get("cutting") in (None, _COLUMNS_CUT)
        for entry in entries
        if isinstance(entry, dict) and entry.get("type") in (_CUT, _NO_CUT)
    }
    return found.pop() if len(found) == 1 else None


def _names(value: Any) -> tuple[str, ...] | None:
    """A list of names, or a mapping from name to index."""
    if isinstance(value, dict) and all(isinstance(index, int) for index in value.values()):
        value = sorted(value, key=value.__getitem__)
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return tuple(name.lower() for name in value)
    return None


def _text(value: Any) -> str | None:
    return "".join(filter(str.isprintable, value)) if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
