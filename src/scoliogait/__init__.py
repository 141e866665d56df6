"""scoliogait: screening for scoliosis from the way a person walks. Research software, not a medical device.

    import scoliogait as sg
    result = sg.screen(sg.sample("intel_worker_back"))
    print(result)

Importing this package loads nothing else; each name below is loaded when it is first used (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scoliogait.api.columns import ColumnCheck, StratifiedEvaluation, check_column, stratify
    from scoliogait.api.compare import ModelComparison, compare
    from scoliogait.api.demo import Demo, demo
    from scoliogait.api.drift import Drift, drift
    from scoliogait.api.evaluate import Evaluation, evaluate
    from scoliogait.api.explain import Explanation, explain
    from scoliogait.api.export import ExportedFile, export_model
    from scoliogait.api.make_manifest import make_manifest
    from scoliogait.api.report import (
        ReportFacts,
        ReportOutcome,
        make_report,
        write_report,
        write_reports,
        write_session_report,
    )
    from scoliogait.api.reproduce import Reproduction, reproduce
    from scoliogait.api.samples import sample, sample_names, sample_path
    from scoliogait.api.screen import ScreenedWalk, screen
    from scoliogait.api.screen_manifest import ManifestScreening, screen_manifest
    from scoliogait.api.screen_many import ScreeningOutcome, Screenings, screen_many
    from scoliogait.api.simulate import SimulatedCohort, simulate
    from scoliogait.api.train import TrainedRun, finetune, train
    from scoliogait.errors import DataError, ModelError, RecipeError
    from scoliogait.io.native import write_walk
    from scoliogait.io.read import read_walk
    from scoliogait.labels import ScreeningClass
    from scoliogait.measurement.cut_passes import passes_of
    from scoliogait.representation.asymmetry import postural_asymmetry
    from scoliogait.representation.contract import InputContract
    from scoliogait.representation.settings import SkeletonMapConfig
    from scoliogait.representation.skeleton_map import render_skeleton_maps
    from scoliogait.samples import sample_paths
    from scoliogait.screening import Screener, Screening, load_model
    from scoliogait.training.recipe_list import recipe_names
    from scoliogait.video.camera import Camera
    from scoliogait.walk import Walk

__version__ = "0.2.0.dev0"  # the only place: pyproject.toml, bundles and pages read it here

__all__ = [
    "Camera",
    "ColumnCheck",
    "DataError",
    "Demo",
    "Drift",
    "Evaluation",
    "Explanation",
    "ExportedFile",
    "InputContract",
    "ManifestScreening",
    "ModelComparison",
    "ModelError",
    "RecipeError",
    "ReportFacts",
    "ReportOutcome",
    "Reproduction",
    "ScreenedWalk",
    "Screener",
    "Screening",
    "ScreeningClass",
    "ScreeningOutcome",
    "Screenings",
    "Session",
    "SimulatedCohort",
    "SkeletonMapConfig",
    "StratifiedEvaluation",
    "TrainedRun",
    "Walk",
    "__version__",
    "check_column",
    "compare",
    "demo",
    "drift",
    "evaluate",
    "explain",
    "export_model",
    "finetune",
    "load_model",
    "make_manifest",
    "make_report",
    "passes_of",
    "postural_asymmetry",
    "read_walk",
    "recipe_names",
    "render_skeleton_maps",
    "reproduce",
    "sample",
    "sample_names",
    "sample_path",
    "sample_paths",
    "screen",
    "screen_manifest",
    "screen_many",
    "simulate",
    "stratify",
    "train",
    "write_report",
    "write_reports",
    "write_session_report",
    "write_walk",
]

_HOMES = {
    "Camera": "video.camera",
    "ColumnCheck": "api.columns",
    "DataError": "errors",
    "Demo": "api.demo",
    "Drift": "api.drift",
    "Evaluation": "api.evaluate",
    "Explanation": "api.explain",
    "ExportedFile": "api.export",
    "InputContract": "representation.contract",
    "ManifestScreening": "api.screen_manifest",
    "ModelComparison": "api.compare",
    "ModelError": "errors",
    "RecipeError": "errors",
    "ReportFacts": "api.report",
    "ReportOutcome": "api.report",
    "Reproduction": "api.reproduce",
    "ScreenedWalk": "api.screen",
    "Screener": "screening",
    "Screening": "screening",
    "ScreeningClass": "labels",
    "ScreeningOutcome": "api.screen_many",
    "Screenings": "api.screen_many",
    "Session": "api.session",
    "SimulatedCohort": "api.simulate",
    "SkeletonMapConfig": "representation.settings",
    "StratifiedEvaluation": "api.columns",
    "TrainedRun": "api.train",
    "Walk": "walk",
    "check_column": "api.columns",
    "compare": "api.compare",
    "demo": "api.demo",
    "drift": "api.drift",
    "evaluate": "api.evaluate",
    "explain": "api.explain",
    "export_model": "api.export",
    "finetune": "api.train",
    "load_model": "screening",
    "make_manifest": "api.make_manifest",
    "make_report": "api.report",
    "passes_of": "measurement.cut_passes",
    "postural_asymmetry": "representation.asymmetry",
    "read_walk": "io.read",
    "recipe_names": "training.recipe_list",
    "render_skeleton_maps": "representation.skeleton_map",
    "reproduce": "api.reproduce",
    "sample": "api.samples",
    "sample_names": "api.samples",
    "sample_path": "api.samples",
    "sample_paths": "samples",
    "screen": "api.screen",
    "screen_manifest": "api.screen_manifest",
    "screen_many": "api.screen_many",
    "simulate": "api.simulate",
    "stratify": "api.columns",
    "train": "api.train",
    "write_report": "api.report",
    "write_reports": "api.report",
    "write_session_report": "api.report",
    "write_walk": "io.native",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'scoliogait' has no attribute {name!r}")
    value = getattr(_home_of(name), name)
    globals()[name] = value
    return value


def _home_of(name: str) -> ModuleType:
    from scoliogait.optional_package import names_missing_extra

    return names_missing_extra(import_module)(f"scoliogait.{_HOMES[name]}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
