"""Why a recording has no result, in the words of its report: what is wrong with it, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

from scoliogait.catalogue import Texts
from scoliogait.screening_report.texts import texts_of


def cause_of(report: Path, texts: Texts) -> str | None:
    """The first reason of a report (JSON), in this language; None where there is no report that names one."""
    try:
        content = json.loads(report.read_text(encoding="utf-8"))
        cause = content["result"]["reasons"][0]["cause"]
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None
    known = texts_of(texts.language)
    if cause == "other" or not known.has(f"causes.{cause}.why"):
        return None
    return known("between_sentences").join(known(f"causes.{cause}.{part}") for part in ("why", "do"))
