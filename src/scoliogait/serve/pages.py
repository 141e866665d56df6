"""What is only looked at: the list, a session with its report, a comparison, how to film, and how far everything is."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse

from scoliogait.errors import DataError
from scoliogait.serve.events import states, stream
from scoliogait.serve.parts import Parts
from scoliogait.serve.policy import report_policy
from scoliogait.serve.refused import NOT_FOUND, Refused
from scoliogait.serve.session_table import Session
from scoliogait.serve.state_words import STATE_WORDS
from scoliogait.serve.upload_kind import TAKEN
from scoliogait.serve.views import page

_DOWNLOADS = {"pdf": "application/pdf", "json": "application/json"}


def home(request: Request) -> Response:
    """The form for new recordings, and the list of all sessions, the newest first."""
    parts = _parts(request)
    sessions = parts.table.all()
    now = states(parts.table, parts.runner)
    comparable = Counter(one.person for one in sessions if one.state == "done" and one.person)
    rows = [
        _row(parts, one) | now[one.id] | {"comparable": one.state == "done" and comparable[one.person] > 1}
        for one in sessions
        if one.id in now
    ]
    settings = parts.settings
    return _page(
        parts,
        "home.html",
        rows=rows,
        taken=",".join(TAKEN),
        max_bytes=settings.max_upload_bytes,
        max_files=settings.max_files,
    )


def session(request: Request) -> Response:
    """One session: how far it is, or what came of it."""
    parts = _parts(request)
    found = parts.session(request.path_params["session_id"])
    now = states(parts.table, parts.runner).get(found.id, {"words": "", "share": 0.0})
    return _page(
        parts,
        "session.html",
        session=_row(parts, found) | now,
        message=found.message,
        kinds=_kinds(parts, found),
        others=[_row(parts, one) for one in _others(parts, found)],
    )


def compare(request: Request) -> Response:
    """Two sessions of one person: of each value whether it changed by more than the measurement can get wrong."""
    from scoliogait.serve.comparison import comparison

    parts = _parts(request)
    chosen = [parts.session(request.query_params.get(name, "")) for name in ("first", "second")]
    first, second = sorted(chosen, key=lambda one: one.number)
    if first.id == second.id or not first.person or first.person != second.person:
        raise Refused(409, "Only two sessions of one person can be compared: both need the same code.")
    if {first.state, second.state} != {"done"}:
        raise Refused(409, "Only sessions with a report can be compared.")
    try:
        rows = comparison(*(parts.folder.report(one.id, "json") for one in (first, second)))
    except DataError as error:
        raise Refused(
            409, "One of the reports is of another version, or damaged. Send its recordings again."
        ) from error
    return _page(parts, "compare.html", first=_row(parts, first), second=_row(parts, second), rows=rows)


def filming(request: Request) -> Response:
    return _page(_parts(request), "filming.html")


def sign_in(request: Request) -> Response:
    return _page(_parts(request), "sign_in.html")


def report(request: Request) -> Response:
    """The report as a page: the only HTML that was written by a job, under a policy that lets it do nothing."""
    parts = _parts(request)
    text = _report_file(parts, request, "html").read_text(encoding="utf-8")
    style = text.partition("<style>")[2].partition("</style>")[0]
    return HTMLResponse(text, headers={"content-security-policy": report_policy(style)})


def download(request: Request) -> Response:
    """The report as a file, JSON or PDF; never shown by the browser."""
    parts, kind = _parts(request), request.path_params["kind"]
    if kind not in _DOWNLOADS:
        raise Refused(404, NOT_FOUND)
    path = _report_file(parts, request, kind)
    return FileResponse(path, media_type=_DOWNLOADS[kind], filename=f"report-{path.parent.name}.{kind}")


async def events(request: Request) -> Response:
    parts = _parts(request)
    lines = stream(parts.table, parts.runner, lambda: parts.ending)
    return StreamingResponse(lines, media_type="text/event-stream")


async def all_states(request: Request) -> Response:
    """The same at once, for browsers that lost the stream."""
    parts = _parts(request)
    return JSONResponse({"changed": states(parts.table, parts.runner)})


def style(_: Request) -> Response:
    return Response(_static("page.css"), media_type="text/css")


def script(_: Request) -> Response:
    return Response(_static("page.js"), media_type="text/javascript")


def favicon(_: Request) -> Response:
    return Response(_static("favicon.svg"), media_type="image/svg+xml")


@cache
def _static(name: str) -> bytes:
    return files("scoliogait.serve").joinpath("static", name).read_bytes()


def _page(parts: Parts, template: str, **content: Any) -> Response:
    return page(template, csrf=parts.csrf, asks=parts.sign_in.token is not None, **content)


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _row(parts: Parts, one: Session) -> dict[str, Any]:
    shown = [recording.shown for recording in parts.table.recordings(one.id)]
    return {
        "id": one.id,
        "title": one.person or (shown[0] if shown else "no files yet"),
        "person": one.person,
        "made_at": one.made_at,
        "state": one.state,
        "final": one.is_final,
        "words": STATE_WORDS[one.state],
        "keeps": one.keeps,
        "files": shown,
    }


def _others(parts: Parts, found: Session) -> list[Session]:
    """Sessions that this one can be compared with."""
    if not found.person or found.state != "done":
        return []
    return [
        one for one in parts.table.all() if one.person == found.person and one.state == "done" and one.id != found.id
    ]


def _kinds(parts: Parts, found: Session) -> list[str]:
    """Which files the report of a session has; none where there is no report."""
    if not found.is_final:
        return []
    return [kind for kind in ("html", *_DOWNLOADS) if parts.folder.report(found.id, kind).is_file()]


def _report_file(parts: Parts, request: Request, kind: str) -> Path:
    found = parts.session(request.path_params["session_id"])
    if kind not in _kinds(parts, found):
        raise Refused(404, "This session has no such report.")
    return parts.folder.report(found.id, kind)
