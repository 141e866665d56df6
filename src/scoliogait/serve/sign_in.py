"""Who may open the page where others can reach it: a token made here, a cookie for who typed it, and patience."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from time import monotonic

COOKIE = "scoliogait"
TOKEN_BYTES = 24  # 192 bit
_FREE_TRIES = 3
_LONGEST_WAIT_S = 60.0
_MOST_COOKIES = 1000
_MOST_ADDRESSES = 10_000


@dataclass
class SignIn:
    """token: what must be typed; None where everybody who reaches the page is at this machine."""

    token: str | None
    _cookies: dict[str, None] = field(default_factory=dict)
    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict)

    @classmethod
    def made(cls, wanted: bool) -> SignIn:
        return cls(secrets.token_urlsafe(TOKEN_BYTES) if wanted else None)

    def is_in(self, cookie: str) -> bool:
        """Whether a request with this cookie may see anything."""
        if self.token is None:
            return True
        return any([same(cookie, known) for known in self._cookies])

    def wait_s(self, address: str) -> float:
        """Seconds until this address may try again; 0 at first, twice as long after each further wrong try."""
        tries, last = self._wrong.get(address, (0, 0.0))
        if tries < _FREE_TRIES:
            return 0.0
        return max(0.0, last + min(_LONGEST_WAIT_S, 2.0 ** (tries - _FREE_TRIES)) - monotonic())

    def cookie_for(self, token: str, address: str) -> str | None:
        """A new cookie for who typed the token; None, and a longer wait, for who did not."""
        if self.token is None or not same(token, self.token):
            tries, _ = self._wrong.pop(address, (0, 0.0))
            self._wrong[address] = (tries + 1, monotonic())
            if len(self._wrong) > _MOST_ADDRESSES:
                self._wrong.pop(next(iter(self._wrong)))
            return None
        self._wrong.pop(address, None)
        if len(self._cookies) >= _MOST_COOKIES:
            self._cookies.pop(next(iter(self._cookies)))
        cookie = secrets.token_urlsafe(TOKEN_BYTES)
        self._cookies[cookie] = None
        return cookie


def same(given: str, right: str) -> bool:
    """Compared in constant time, on bytes: text that is not ASCII must not raise."""
    return compare_digest(given.encode("utf-8", "surrogatepass"), right.encode("utf-8"))
