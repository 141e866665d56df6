"""A real browser for tests: the Chromium of the system, driven by Playwright. Where one is lacking, tests say so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest

# Where this is set, a browser that is lacking is a failure.
NEEDED = "SCOLIOGAIT_NEEDS_BROWSER"


def browser_part(module: str) -> Any:
    """A module of the extra ``browser``; without it the tests are skipped, in words."""
    if NEEDED in os.environ:
        return import_module(module)
    return pytest.importorskip(module, reason='needs a browser: pip install "scoliogait[browser]"')


playwright = browser_part("playwright.sync_api")
playwright.expect.set_options(timeout=60_000)  # a busy machine is slow; what comes sooner is seen sooner
axe_module = browser_part("axe_playwright_python.sync_playwright")

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1200, "height": 800}


@dataclass
class Seen:
    """What a page did: every address it asked for, and what its console complained of."""

    page: Any
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def foreign(self, address: str) -> list[str]:
        """Requests that left the server at ``address``."""
        return [url for url in self.asked if not url.startswith((address, "data:", "blob:"))]


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; the test is skipped, in words, where this machine has none."""
    if CHROMIUM is None:
        words = "needs Chromium, which is not installed (Debian: apt-get install chromium)"
        pytest.fail(words) if NEEDED in os.environ else pytest.skip(words)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if root else [])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Any, **context: Any) -> Iterator[Seen]:
    """A page of its own, of which everything is noted."""
    with browser.new_context(**context) as own:
        seen = Seen(own.new_page())
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        seen.page.on("console", lambda said: seen.complaints.append(said.text) if said.type == "error" else None)
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        yield seen


def violations(page: Any) -> list[str]:
    """What axe finds wrong with a page, one line each. Its source is run as the browser's own, past no policy."""
    result = axe_module.Axe().run(page).response
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in result["violations"]]


def widest(page: Any) -> int:
    """By how many pixels a page is wider than its window; 0 where nothing must be moved sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
