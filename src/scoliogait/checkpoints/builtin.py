"""Models that come with the package: ``builtin:demo``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from scoliogait.errors import ModelError

_PREFIX = "builtin:"


def is_builtin(name: str | Path) -> bool:
    """Whether a model is asked for that comes with the package."""
    return str(name).startswith(_PREFIX)


def model_folder(path_or_name: str | Path) -> Path:
    """The bundle folder of a path or of ``builtin:NAME``. Raises ModelError for a name that the package lacks."""
    if not is_builtin(path_or_name):
        return Path(path_or_name)
    root = Path(str(files("scoliogait") / "builtin"))
    models = sorted(folder.parent.name for folder in root.glob("*/config.json"))
    wanted = str(path_or_name).removeprefix(_PREFIX)
    if wanted not in models:
        known = ", ".join(_PREFIX + model for model in models) or "none"
        raise ModelError(
            f"{path_or_name}: no such model comes with this package (there is: {known}); "
            "give the folder of a model bundle"
        )
    return root / wanted
