"""Where a model lies: a bundle, the bundle in a run or a promotion, or one that comes with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from scoliogait.checkpoints.config_file import CONFIG
from scoliogait.errors import ModelError

# The bundle's folder in that of its run.
MODEL = "model"
_PREFIX = "builtin:"


def is_builtin(name: str | Path) -> bool:
    """Whether a model is asked for that comes with the package."""
    return str(name).startswith(_PREFIX)


def builtin_models() -> list[str]:
    """The names, ``builtin:NAME``, of the models that come with the package."""
    return sorted(_PREFIX + file.parent.name for file in _builtin_folder().glob(f"*/{CONFIG}"))


def model_folder(path_or_name: str | Path) -> Path:
    """The bundle folder of a path or of ``builtin:NAME``; a run folder stands for the bundle in it.

    A path that is neither is given back as it is. Raises ModelError for a name that the package lacks.
    """
    if not is_builtin(path_or_name):
        path = Path(path_or_name)
        inside = path / MODEL
        return inside if (inside / CONFIG).is_file() and not (path / CONFIG).is_file() else path
    if str(path_or_name) not in builtin_models():
        known = ", ".join(builtin_models()) or "none"
        raise ModelError(
            f"{path_or_name}: no such model comes with this package (it has {known}); give the folder of a model bundle"
        )
    return _builtin_folder() / str(path_or_name).removeprefix(_PREFIX)


def exported_file(bundle: Path) -> Path:
    """Where the exported file of a model of the package lies, beside its weights."""
    return bundle / "model.onnx"


def _builtin_folder() -> Path:
    return Path(str(files("scoliogait") / "builtin"))


def model_name(bundle: Path) -> str:
    """The name of a bundle's folder, or of the run that it lies in, as every run calls its own alike."""
    folder = bundle.resolve()
    return folder.parent.name if folder.name == MODEL else folder.name
