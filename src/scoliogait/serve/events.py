"""How far every session is, as it changes: one stream for a page, and the same at once for who cannot take streams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from scoliogait.catalogue import DEFAULT_LANGUAGE, Texts
from scoliogait.serve.job_request import Said
from scoliogait.serve.runner import Runner
from scoliogait.serve.session_table import SessionTable

_LOOK_EVERY_S = 0.25
_SIGN_OF_LIFE_S = 10.0


def states(table: SessionTable, runner: Runner, texts: Texts) -> dict[str, dict[str, Any]]:
    """By id: state, its words, what is over (``final``), and the share 0..1 that is done."""
    found = {}
    for session in table.all():
        said = runner.progress(session.id)
        words = texts(f"state.{session.state}")
        if session.state == "running" and said is not None:
            words = texts("page.colon").join([words, *_progress_words(said, texts)])
        share = 1.0 if session.is_final else said.share if said is not None else 0.0
        found[session.id] = {
            "state": session.state,
            "words": words,
            "final": session.is_final,
            "share": round(share, 3),
        }
    return found


def _progress_words(said: Said, texts: Texts) -> Iterator[str]:
    yield said.at.said(texts)
    if said.so_far and texts.language == DEFAULT_LANGUAGE:  # what was seen is said in English alone
        yield said.so_far


async def stream(
    table: SessionTable, runner: Runner, texts: Texts, is_ending: Callable[[], bool]
) -> AsyncIterator[str]:
    """Server-Sent Events: at first all states, then those that changed; ends with the server."""
    known: dict[str, dict[str, Any]] = {}
    silent_s = 0.0
    yield "retry: 1000\n\n"
    while not is_ending():
        now = states(table, runner, texts)
        changed = {key: value for key, value in now.items() if known.get(key) != value}
        if changed or known.keys() - now.keys():
            yield f"data: {json.dumps({'changed': changed, 'gone': sorted(known.keys() - now.keys())})}\n\n"
            known, silent_s = now, 0.0
        elif silent_s >= _SIGN_OF_LIFE_S:  # also how a stream is noticed that nobody reads
            yield ": here\n\n"
            silent_s = 0.0
        await asyncio.sleep(_LOOK_EVERY_S)
        silent_s += _LOOK_EVERY_S
