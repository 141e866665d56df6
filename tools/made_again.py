"""A bundle written again with some of its parts changed, and the command line that the tools for that share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scoliogait.checkpoints.bundle import Bundle, load_bundle, save_bundle


def made_again(old: Bundle, out: Path, **changes: Any) -> Bundle:
    """The bundle at ``out``: all of ``old`` but the record of its walks, with ``changes`` (as ``save_bundle``)."""
    kept: dict[str, Any] = {
        "contract": old.contract,
        "temperature": old.temperature,
        "logit_scale": old.logit_scale,
        "window_spread": old.window_spread,
        "answer_threshold": old.answer_threshold,
        "provenance": old.provenance,
        "metrics": old.metrics,
    }
    return load_bundle(save_bundle(out, old.module, **kept | changes))


def run_tool(about: str | None, make: Callable[[str, Path, Path], Bundle], words: Callable[[Bundle], str]) -> None:
    """``python -m tools.NAME MODEL STORE --out BUNDLE``: make the bundle and print a line about it."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="run, bundle folder, or builtin:NAME")
    parser.add_argument("store", type=Path, help="the walks that it was trained on")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    made = make(given.model, given.store, given.out)
    print(f"{made.path}: {words(made)}")
