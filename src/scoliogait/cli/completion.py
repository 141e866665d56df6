"""What the shell offers when the tab key is pressed; where nothing fits, it offers files as usual."""

from __future__ import annotations

from pathlib import Path

_RUNS = Path("runs")
# runs/first and runs/study/first; a deeper search would wait on checkpoints and logs.
_RUN_DEPTHS = ("*/run.json", "*/*/run.json")


def complete_recipe(incomplete: str) -> list[str]:
    """Names of the recipes that come with the package."""
    from scoliogait.training.recipe_list import recipe_names

    return _starting(recipe_names(), incomplete)


def complete_partition(incomplete: str) -> list[str]:
    """Names of the published partitions."""
    from scoliogait.data.partition import PUBLISHED

    return _starting(PUBLISHED, incomplete)


def complete_run(incomplete: str) -> list[str]:
    """Run folders under ``runs`` in the working directory."""
    found = (file.parent.as_posix() for depth in _RUN_DEPTHS for file in _RUNS.glob(depth))
    return _starting(sorted(found), incomplete)


def complete_model(incomplete: str) -> list[str]:
    """The same, and the models that come with the package."""
    from scoliogait.checkpoints.model_folder import builtin_models

    return [*_starting(builtin_models(), incomplete), *complete_run(incomplete)]


def complete_language(incomplete: str) -> list[str]:
    """The languages of pages and reports."""
    from scoliogait.screening_report.texts import languages

    return _starting(languages(), incomplete)


def _starting(names: list[str] | tuple[str, ...], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
