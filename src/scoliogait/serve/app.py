"""The page as an application: which address gives what. No other address gives anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from sqlite3 import OperationalError
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scoliogait.serve import changes, pages
from scoliogait.serve.guard import Guard
from scoliogait.serve.parts import Parts
from scoliogait.serve.refused import Refused
from scoliogait.serve.views import error_answer

Handler = Callable[[Request], Awaitable[Response]] | Callable[[Request], Response]


def build_app(parts: Parts, port: int) -> Guard:
    """The whole page behind its guard. port: where it is reached."""
    session = "/sessions/{session_id}"
    routes: list[tuple[str, Handler, str]] = [
        ("/", pages.home, "GET"),
        ("/filming", pages.filming, "GET"),
        ("/sign-in", pages.sign_in, "GET"),
        ("/sign-in", changes.enter, "POST"),
        ("/compare", pages.compare, "GET"),
        ("/events", pages.events, "GET"),
        ("/states", pages.all_states, "GET"),
        ("/favicon.ico", pages.favicon, "GET"),
        ("/static/page.css", pages.style, "GET"),
        ("/static/page.js", pages.script, "GET"),
        ("/static/filming-{name}.png", pages.picture, "GET"),
        ("/sessions", changes.begin, "POST"),
        (session, pages.session, "GET"),
        (session, changes.delete, "DELETE"),
        (f"{session}/files", changes.put_file, "PUT"),
        (f"{session}/start", changes.start, "POST"),
        (f"{session}/cancel", changes.cancel, "POST"),
        (f"{session}/report", pages.report, "GET"),
        (f"{session}/report.{{kind}}", pages.download, "GET"),
    ]
    app = Starlette(
        debug=False,
        routes=[Route(path, handler, methods=[method]) for path, handler, method in routes],
        exception_handlers={
            Refused: _refused,
            HTTPException: _unknown,
            OperationalError: _table_fault,
            Exception: _fault,
        },
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False
    app.state.parts = parts
    settings = parts.settings
    return Guard(app, settings.hosts(port), parts.csrf, parts.sign_in, settings.language)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    parts.runner.start()
    try:
        yield
    finally:
        parts.ending = True
        await asyncio.to_thread(parts.runner.stop)
        parts.table.close()


async def _refused(request: Request, refused: Any) -> Response:
    return error_answer(request.scope, refused)


async def _fault(request: Request, _: Any) -> Response:
    return error_answer(request.scope, Refused(500, "fault"))


async def _table_fault(request: Request, error: Any) -> Response:
    """SQLite says in words alone that a disk is full."""
    if "full" not in str(error):
        raise error
    return error_answer(request.scope, Refused(507, "disk_full"))


async def _unknown(request: Request, error: Any) -> Response:
    why = "not_found" if error.status_code == 404 else "not_possible"
    return error_answer(request.scope, Refused(error.status_code, why))
