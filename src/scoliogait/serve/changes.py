"""What changes something: a session is begun, gets its files, is started, cancelled, deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from scoliogait.serve.names import new_id, person_code, shown_name
from scoliogait.serve.parts import Parts
from scoliogait.serve.receive import check_space, full_disk_in_words, receive, stated_bytes
from scoliogait.serve.refused import Refused
from scoliogait.serve.sign_in import COOKIE
from scoliogait.serve.upload_kind import ending_of, most_bytes

_MOST_JSON = 4096


async def begin(request: Request) -> Response:
    """A session without files yet; gives its id."""
    parts = _parts(request)
    wanted = await _small_json(request)
    person, keeps = wanted.get("person", ""), wanted.get("keeps", False)
    if not isinstance(person, str) or not isinstance(keeps, bool):
        raise Refused(400, "foreign_request")
    person, address = person_code(person), _address(request)
    if parts.table.n_waiting(address) >= parts.settings.max_waiting:
        raise Refused(429, "many_waiting", n=parts.settings.max_waiting)
    session_id = new_id()
    with full_disk_in_words():
        parts.folder.make(session_id)
    made_at = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    parts.table.add(session_id, person, made_at, keeps, address)
    parts.runner.expect(session_id)
    return JSONResponse({"id": session_id}, 201)


async def put_file(request: Request) -> Response:
    """A file of a session: its raw bytes are the body, its name is in the header ``x-file-name``, percent-encoded."""
    parts = _parts(request)
    settings = parts.settings
    n_bytes = stated_bytes(request, settings.max_upload_bytes)
    session = parts.session(request.path_params["session_id"])
    name = shown_name(unquote(request.headers.get("x-file-name", "")[:2000]))
    ending = ending_of(name)
    stated_bytes(request, most_bytes(ending))
    check_space(n_bytes, parts.folder.free_bytes(), settings)
    if session.state != "uploading":
        raise Refused(409, "closed")
    if len(parts.table.recordings(session.id)) >= settings.max_files:
        raise Refused(400, "many_files", n=settings.max_files)
    with _counted(parts, _address(request)):
        stored = f"{new_id()}{ending}"
        target = parts.folder.recordings(session.id) / stored
        await receive(request, target, name, n_bytes, settings, lambda: parts.runner.is_expected(session.id))
        if not parts.table.add_recording(session.id, name, stored):
            target.unlink(missing_ok=True)
            raise Refused(409, "no_more", name=name)
    return JSONResponse({"name": name}, 201)


async def start(request: Request) -> Response:
    """All files are there: the session waits for its turn."""
    parts = _parts(request)
    session = parts.session(request.path_params["session_id"])
    if not parts.table.enqueue(session.id):
        raise Refused(409, "not_startable")
    parts.runner.let_go(session.id)
    parts.runner.wake()
    return JSONResponse({"page": f"/sessions/{session.id}"}, 202)


async def cancel(request: Request) -> Response:
    parts = _parts(request)
    session = parts.session(request.path_params["session_id"])
    if not parts.runner.cancel(session.id):
        raise Refused(409, "over")
    return JSONResponse({"page": f"/sessions/{session.id}"})


def delete(request: Request) -> Response:
    """Everything of a session goes, also from the table. No coroutine: it may wait for a process to end."""
    parts = _parts(request)
    parts.runner.delete(parts.session(request.path_params["session_id"]).id)
    return JSONResponse({"page": "/"})


async def enter(request: Request) -> Response:
    """The token was typed: a cookie, or a refusal that takes longer each time."""
    sign_in, address = _parts(request).sign_in, _address(request)
    if (wait_s := sign_in.wait_s(address)) > 0:
        raise Refused(429, "wait", seconds=wait_s)
    token = (await _small_json(request)).get("token")
    cookie = sign_in.cookie_for(token, address) if isinstance(token, str) else None
    if cookie is None:
        raise Refused(403, "wrong_token")
    answer = JSONResponse({"page": "/"})
    answer.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/")
    return answer


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _address(request: Request) -> str:
    return "" if request.client is None else request.client.host


@contextmanager
def _counted(parts: Parts, address: str) -> Iterator[None]:
    """One more running upload of this address. Raises Refused (429) where it has as many as it may."""
    running = parts.uploading.get(address, 0)
    if running >= parts.settings.max_uploads:
        raise Refused(429, "many_uploads", n=running)
    parts.uploading[address] = running + 1
    try:
        yield
    finally:
        parts.uploading[address] -= 1
        if not parts.uploading[address]:
            del parts.uploading[address]


async def _small_json(request: Request) -> dict[str, Any]:
    stated_bytes(request, _MOST_JSON)
    body = b""
    async for block in request.stream():
        body += block
        if len(body) > _MOST_JSON:
            raise Refused(413, "large_request")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "foreign_request") from error
    if not isinstance(content, dict):
        raise Refused(400, "foreign_request")
    return content
