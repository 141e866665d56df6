"""In which language a page is shown: chosen by hand, given at the start of the server, or asked for by the browser."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import Scope

from scoliogait.catalogue import DEFAULT_LANGUAGE, Texts
from scoliogait.serve.cookies import cookie_of
from scoliogait.serve.texts import page_languages, page_texts

COOKIE = "scoliogait-language"
_PARAMETER = "lang"
_KEPT = "scoliogait.language"  # in the scope of a request
_MOST_ASKED = 20


def choose(scope: Scope, given: str | None) -> str | None:
    """Note for this request which language its answer has. given: at the start of the server.

    Gives the language where the address names one: the browser is to keep it.
    """
    headers = Headers(scope=scope)
    named = dict(_query(scope)).get(_PARAMETER)
    wanted = [named, cookie_of(headers, COOKIE), given, *_asked(headers.get("accept-language", ""))]
    known = page_languages()
    scope[_KEPT] = next((one for one in wanted if one in known), DEFAULT_LANGUAGE)
    return named if named in known else None


def texts_for(scope: Scope) -> Texts:
    """The words in the language of this request."""
    return page_texts(scope[_KEPT])


def other_languages(scope: Scope) -> list[tuple[Texts, str]]:
    """Every other language, and the address of the same page in it."""
    rest = [(key, value) for key, value in _query(scope) if key != _PARAMETER]
    others = [language for language in page_languages() if language != scope[_KEPT]]
    return [(page_texts(language), f"?{urlencode([*rest, (_PARAMETER, language)])}") for language in others]


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope.get("query_string", b"").decode("latin-1"), errors="replace")[:_MOST_ASKED]


def _asked(accepted: str) -> list[str]:
    """What the browser asks for, the most wanted first; ``zh-CN`` counts as ``zh``."""
    ranked = []
    for part in accepted.split(",")[:_MOST_ASKED]:
        name, _, weight = part.partition(";")
        try:
            wanted = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if wanted > 0:
            ranked.append((wanted, name.strip().partition("-")[0].lower()))
    return [name for _, name in sorted(ranked, key=lambda one: -one[0])]
