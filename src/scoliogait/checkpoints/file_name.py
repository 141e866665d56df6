"""What the name of a checkpoint file says about it. Hints, not facts: anyone can rename a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

SPLITS = ("112", "114", "118", "1116")
_JOINT_SETS = {"fullbody": "full-body", "bodyonly": "body-only", "headlite": "head-lite"}
# A "-00000" at the end is how OpenGait writes the iteration, with at least five digits.
_ITERATION = re.compile(r"iter[-_]?(\d+)(?![\dw])|(?<![\d.])(\d{5,7})(?![\d.])")
_SCORE = re.compile(r"score[-_]?(\d+(?:\.\d+)?)")
_FOUR_DIGITS = re.compile(r"(?<![\d.a-z])(\d{4})(?![\d.a-z])")
_LEARNING_RATE = re.compile(r"(?<![a-z])lr[-_]?(\d+(?:\.\d+)?(?:e-?\d+)?)")
_SIGMA = re.compile(r"sigma[-_]?(\d+(?:\.\d+)?)")
_SIGMA_JOINT = re.compile(r"joint[-_]?(\d+(?:\.\d+)?)")
_PROCESSES = re.compile(r"(?<![a-z\d])(\d+)gpus?(?![a-z])")


@dataclass(frozen=True)
class NameHints:
    """None where the name is silent.

    split: 112, 114, 118 or 1116, when exactly one of them occurs. iteration: of the checkpoint. score_percent: 0..100,
    of whatever figure it was kept for. names_test_figure: the word "test" occurs. learning_rate: as written.
    sigma_limb, sigma_joint: in px; a lone sigma is that of both. joints: a joint set of ``SkeletonMapConfig``.
    n_processes: of "1gpu".
    """

    split: str | None = None
    iteration: int | None = None
    score_percent: float | None = None
    names_test_figure: bool = False
    learning_rate: float | None = None
    sigma_limb: float | None = None
    sigma_joint: float | None = None
    joints: str | None = None
    n_processes: int | None = None


def name_hints(path: str | PurePath) -> NameHints:
    """Read the last part of a path, without its ending."""
    stem = PurePath(path).name.lower()
    stem = stem.removesuffix(".pt").removesuffix(".yaml").removesuffix(".yml")
    words = re.split(r"[-_\s]+", stem)
    iterations = [first or second for first, second in _ITERATION.findall(stem)]
    sigma, sigma_joint = _number(_SIGMA, stem), _number(_SIGMA_JOINT, stem)
    joined = stem.replace("-", "").replace("_", "")
    return NameHints(
        split=_only({word for word in words if word in SPLITS}),
        iteration=int(iterations[-1]) if iterations else None,
        score_percent=_score_percent(stem),
        names_test_figure="test" in words,
        learning_rate=_number(_LEARNING_RATE, stem),
        sigma_limb=sigma,
        sigma_joint=sigma if sigma_joint is None else sigma_joint,
        joints=_only({joints for word, joints in _JOINT_SETS.items() if word in joined}),
        n_processes=_whole(_number(_PROCESSES, stem)),
    )


def split_named_in(path: str) -> str | None:
    """The split that a path of a partition or data folder names in its last part: ``Scoliosis1K_118.json`` -> "118"."""
    words = re.split(r"[-_.\s]+", PurePath(path).name)
    return _only({word for word in words if word in SPLITS})


def _only(found: set[str]) -> str | None:
    return found.pop() if len(found) == 1 else None


def _number(pattern: re.Pattern[str], text: str) -> float | None:
    match = pattern.search(text)
    return float(match[1]) if match else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _score_percent(stem: str) -> float | None:
    """``score-0.8870`` is 88.7; a lone ``8830`` is read as 88.30."""
    stated = _number(_SCORE, stem)
    if stated is not None:
        return round(stated * 100 if stated <= 1 else stated, 6)
    lone = [digits for digits in _FOUR_DIGITS.findall(stem) if digits not in SPLITS]
    return int(lone[0]) / 100 if len(lone) == 1 and not lone[0].startswith("20") else None
