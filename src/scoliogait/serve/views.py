"""HTML from the templates beside this file, and answers of errors: no path, no version, no trace."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from scoliogait.serve.refused import Refused

_TITLES = {
    400: "That cannot be done",
    401: "Who are you?",
    404: "Not found",
    405: "That cannot be done",
    409: "Not now",
    413: "Too large",
    429: "Too many at once",
    500: "A fault of the program",
    507: "The disk is full",
}


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("scoliogait.serve", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, status: int = 200, **content: Any) -> HTMLResponse:
    """A page of ours; every value in it is escaped, and a missing one is an error."""
    return HTMLResponse(_environment().get_template(template).render(**content), status)


def error_answer(scope: Scope, refused: Refused) -> Response:
    """A page for who looks at one, JSON for our script."""
    wants_page = scope["method"] in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", "")
    if not wants_page:
        return JSONResponse({"error": refused.words}, refused.status)
    if refused.status == 401:
        return RedirectResponse("/sign-in", 303)
    title = _TITLES.get(refused.status, "That cannot be done")
    return page("error.html", refused.status, title=title, words=refused.words)
