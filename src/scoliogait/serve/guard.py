"""What stands before every page: whom a request must come from, and what every answer says to the browser.

A page of the web can make a browser send requests here, and a name of the web can be made to lead here. So the Host
must be one of ours, and whatever changes something must carry our token in a header and come from our own page.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scoliogait.serve.cookies import cookie_of
from scoliogait.serve.fault import place_of
from scoliogait.serve.language import COOKIE as LANGUAGE_COOKIE
from scoliogait.serve.language import choose
from scoliogait.serve.policy import PAGE_POLICY
from scoliogait.serve.refused import Refused
from scoliogait.serve.sign_in import COOKIE, SignIn, same
from scoliogait.serve.views import error_answer

log = logging.getLogger("scoliogait.serve")

CSRF_HEADER = "x-scoliogait-token"
_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_READS = ("GET", "HEAD")
_OPEN = ("/sign-in", "/static/page.css", "/static/page.js", "/favicon.ico")


@dataclass(frozen=True)
class Guard:
    """Around ``app``. hosts: the Host headers that are answered. csrf: what changing requests carry in a header.

    language: of the page, where it was given; None where the browser is asked.
    """

    app: ASGIApp
    hosts: frozenset[str]
    csrf: str
    sign_in: SignIn
    language: str | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        chosen = choose(scope, self.language)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if chosen is not None:
                    headers.append("set-cookie", f"{LANGUAGE_COOKIE}={chosen}; Path=/; HttpOnly; SameSite=Strict")
            await send(message)

        try:
            answer = self._refusal(scope)
            await (answer or self.app)(scope, receive, send_guarded)
        except ClientDisconnect:
            return
        except Exception as error:
            log.error("a fault of this program: %s", place_of(error))  # the answer was given by the application

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            if scope["method"] not in _READS:
                self._check_change(headers)
            self._check_signed_in(scope, headers)
        except Refused as refused:
            return error_answer(scope, refused)
        return None

    def _check_host(self, headers: Headers) -> None:
        named = headers.getlist("host")
        if len(named) != 1 or named[0].lower() not in self.hosts:
            raise Refused(421, "foreign_address")

    def _check_change(self, headers: Headers) -> None:
        origins = headers.getlist("origin")
        if origins and (len(origins) != 1 or origins[0].lower() not in {f"http://{host}" for host in self.hosts}):
            raise Refused(403, "foreign_page")
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise Refused(403, "foreign_page")
        if not same(headers.get(CSRF_HEADER, ""), self.csrf):
            raise Refused(403, "earlier_start")

    def _check_signed_in(self, scope: Scope, headers: Headers) -> None:
        if scope["path"] not in _OPEN and not self.sign_in.is_in(cookie_of(headers, COOKIE)):
            raise Refused(401, "token_first")
