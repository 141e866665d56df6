"""What is only looked at: the list, a session with its report, a comparison, how to film, and how far everything is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse

from scoliogait.errors import DataError
from scoliogait.serve.cause import cause_of
from scoliogait.serve.events import states, stream
from scoliogait.serve.filming import PICTURE_FILES, RIGHT, SCENES, WRONG, picture_file
from scoliogait.serve.language import texts_for
from scoliogait.serve.parts import Parts
from scoliogait.serve.policy import report_policy
from scoliogait.serve.refused import Refused
from scoliogait.serve.sentence import AS_IS
from scoliogait.serve.session_table import Session
from scoliogait.serve.upload_kind import TAKEN
from scoliogait.serve.views import page


@dataclass(frozen=True)
class Kind:
    """A file of a report: what a page calls it, and its type."""

    name: str
    media_type: str


_SHOWN = "html"
_WITHOUT_ANSWER = ("refused", "unreadable")
_DOWNLOADS = {
    _SHOWN: Kind("HTML", "text/html"),
    "pdf": Kind("PDF", "application/pdf"),
    "json": Kind("JSON", "application/json"),
    "fhir.json": Kind("FHIR", "application/fhir+json"),
}


def home(request: Request) -> Response:
    """The form for new recordings, and the list of all sessions, the newest first."""
    parts = _parts(request)
    sessions = parts.table.all()
    now = states(parts.table, parts.runner, texts_for(request.scope))
    comparable = Counter(one.person for one in sessions if one.state == "done" and one.person)
    rows = [
        _row(request, one) | now[one.id] | {"comparable": one.state == "done" and comparable[one.person] > 1}
        for one in sessions
        if one.id in now
    ]
    settings = parts.settings
    return _page(
        request,
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
    t = texts_for(request.scope)
    now = states(parts.table, parts.runner, t).get(found.id, {"words": "", "share": 0.0})
    message = None if found.message is None else found.message.said(t)
    return _page(
        request,
        "session.html",
        session=_row(request, found) | now,
        cause=cause_of(parts.folder.report(found.id, t.language, "json"), t)
        if found.state in _WITHOUT_ANSWER
        else None,
        message=message,
        is_english=found.message is not None and found.message.key == AS_IS,
        kinds={kind: _DOWNLOADS[kind] for kind in _kinds(parts, found, t.language)},
        compared_with=[_row(request, one) for one in _others(parts, found)],
    )


def compare(request: Request) -> Response:
    """Two sessions of one person: of each value whether it changed by more than the measurement can get wrong."""
    from scoliogait.serve.comparison import comparison

    parts = _parts(request)
    chosen = [parts.session(request.query_params.get(name, "")) for name in ("first", "second")]
    first, second = sorted(chosen, key=lambda one: one.number)
    if first.id == second.id or not first.person or first.person != second.person:
        raise Refused(409, "other_person")
    if {first.state, second.state} != {"done"}:
        raise Refused(409, "no_result")
    try:
        language = texts_for(request.scope).language
        earlier, now = (parts.folder.report(one.id, language, "json") for one in (first, second))
        rows = comparison(earlier, now, language)
    except DataError as error:
        raise Refused(409, "other_version") from error
    return _page(request, "compare.html", first=_row(request, first), second=_row(request, second), rows=rows)


def filming(request: Request) -> Response:
    pictures = {"scenes": SCENES, "right": RIGHT, "wrong": WRONG, "picture_file": picture_file}
    return _page(request, "filming.html", **pictures)


def sign_in(request: Request) -> Response:
    return _page(request, "sign_in.html")


def report(request: Request) -> Response:
    """The report as a page: the only HTML that was written by a job, under a policy that lets it do nothing."""
    parts = _parts(request)
    text = _report_file(parts, request, _SHOWN).read_text(encoding="utf-8")
    style = text.partition("<style>")[2].partition("</style>")[0]
    return HTMLResponse(text, headers={"content-security-policy": report_policy(style)})


def download(request: Request) -> Response:
    """The report as a file; never shown by the browser."""
    parts, kind = _parts(request), request.path_params["kind"]
    if kind not in _DOWNLOADS or kind == _SHOWN:
        raise Refused(404, "not_found")
    path = _report_file(parts, request, kind)
    name = f"report-{path.parent.name}.{kind}"
    return FileResponse(path, media_type=_DOWNLOADS[kind].media_type, filename=name)


async def events(request: Request) -> Response:
    parts = _parts(request)
    lines = stream(parts.table, parts.runner, texts_for(request.scope), lambda: parts.ending)
    return StreamingResponse(lines, media_type="text/event-stream")


async def all_states(request: Request) -> Response:
    """The same at once, for browsers that lost the stream."""
    parts = _parts(request)
    return JSONResponse({"changed": states(parts.table, parts.runner, texts_for(request.scope))})


def style(_: Request) -> Response:
    return Response(_static("page.css"), media_type="text/css")


def script(_: Request) -> Response:
    return Response(_static("page.js"), media_type="text/javascript")


def picture(request: Request) -> Response:
    """One of the filming guide."""
    name = f"filming-{request.path_params['name']}.png"
    if name not in PICTURE_FILES:
        raise Refused(404, "not_found")
    return Response(_static(name), media_type="image/png")


def favicon(_: Request) -> Response:
    return Response(_static("favicon.svg"), media_type="image/svg+xml")


@cache
def _static(name: str) -> bytes:
    return files("scoliogait.serve").joinpath("static", name).read_bytes()


def _page(request: Request, template: str, **content: Any) -> Response:
    return page(request.scope, template, csrf=_parts(request).csrf, **content)


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _row(request: Request, one: Session) -> dict[str, Any]:
    t = texts_for(request.scope)
    shown = [recording.shown for recording in _parts(request).table.recordings(one.id)]
    return {
        "id": one.id,
        "title": one.person or (shown[0] if shown else t("home.no_files")),
        "person": one.person,
        "made_at": one.made_at,
        "state": one.state,
        "final": one.is_final,
        "words": t(f"state.{one.state}"),
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


def _kinds(parts: Parts, found: Session, language: str) -> list[str]:
    """Which files the report of a session has; none where there is no report."""
    if not found.is_final:
        return []
    return [kind for kind in _DOWNLOADS if parts.folder.report(found.id, language, kind).is_file()]


def _report_file(parts: Parts, request: Request, kind: str) -> Path:
    found = parts.session(request.path_params["session_id"])
    language = texts_for(request.scope).language
    if kind not in _kinds(parts, found, language):
        raise Refused(404, "no_report")
    return parts.folder.report(found.id, language, kind)
