"""HTML from the templates beside this file, and answers of errors: no path, no version, no trace."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from scoliogait.serve.language import other_languages, texts_for
from scoliogait.serve.refused import Refused

_SCRIPT = "script."  # what the page's script says


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("scoliogait.serve", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(scope: Scope, template: str, status: int = 200, **content: Any) -> HTMLResponse:
    """A page of ours in the language of the request; every value in it is escaped, and a missing one is an error."""
    t = texts_for(scope)
    script = {key.removeprefix(_SCRIPT): text for key, text in t.words.items() if key.startswith(_SCRIPT)}
    known = {
        "t": t,
        "script": json.dumps(script, ensure_ascii=False),
        "others": other_languages(scope),
        "path": scope["path"],
    }
    return HTMLResponse(_environment().get_template(template).render(**known, **content), status)


def error_answer(scope: Scope, refused: Refused) -> Response:
    """A page for who looks at one, JSON for our script."""
    t = texts_for(scope)
    words = refused.sentence.said(t)
    wants_page = scope["method"] in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", "")
    if not wants_page:
        return JSONResponse({"error": words}, refused.status)
    if refused.status == 401:
        return RedirectResponse("/sign-in", 303)
    title = f"error.s{refused.status}"
    return page(
        scope, "error.html", refused.status, title=t(title if t.has(title) else "error.s400"), words=words, csrf=""
    )
