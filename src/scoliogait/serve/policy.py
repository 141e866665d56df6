"""What the browser is told that our pages may do: nothing but what lies beside them."""

from __future__ import annotations

import base64
import hashlib

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def report_policy(style: str) -> str:
    """For the page of a report: its own style sheet, which stands inside it, and pictures that do; no script at all."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
