"""scoliogait: screening for scoliosis from the way a person walks. Research software, not a medical device.

    import scoliogait as sg
    walk = sg.read_walk("walk.npz")
    result = sg.load_model("builtin:demo").screen(walk)

Importing this package loads nothing else; each name below is loaded when it is first used (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scoliogait.errors import DataError, ModelError, RecipeError
    from scoliogait.io.native import write_walk
    from scoliogait.io.read import read_walk
    from scoliogait.labels import ScreeningClass
    from scoliogait.representation.asymmetry import postural_asymmetry
    from scoliogait.representation.contract import InputContract
    from scoliogait.representation.settings import SkeletonMapConfig
    from scoliogait.representation.skeleton_map import render_skeleton_maps
    from scoliogait.samples import sample_paths
    from scoliogait.screening import Screener, Screening, load_model
    from scoliogait.walk import Walk

__version__ = "0.2.0.dev0"  # the only place: pyproject.toml, bundles and pages read it here

__all__ = [
    "DataError",
    "InputContract",
    "ModelError",
    "RecipeError",
    "Screener",
    "Screening",
    "ScreeningClass",
    "SkeletonMapConfig",
    "Walk",
    "__version__",
    "load_model",
    "postural_asymmetry",
    "read_walk",
    "render_skeleton_maps",
    "sample_paths",
    "write_walk",
]

_HOMES = {
    "DataError": "errors",
    "InputContract": "representation.contract",
    "ModelError": "errors",
    "RecipeError": "errors",
    "Screener": "screening",
    "Screening": "screening",
    "ScreeningClass": "labels",
    "SkeletonMapConfig": "representation.settings",
    "Walk": "walk",
    "load_model": "screening",
    "postural_asymmetry": "representation.asymmetry",
    "read_walk": "io.read",
    "render_skeleton_maps": "representation.skeleton_map",
    "sample_paths": "samples",
    "write_walk": "io.native",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'scoliogait' has no attribute {name!r}")
    value = getattr(import_module(f"scoliogait.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
