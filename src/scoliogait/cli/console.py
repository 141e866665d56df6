"""The terminal: the one console of every command. What stands in a file never drives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from scoliogait.plain_text import escaped

_OF_LAYOUT = "\n\t"


class Console(RichConsole):
    """rich's console, which writes out control characters of texts, an escape as ``\\x1b``, before they are shown.

    Names of files, of walks and of models come from outside. Colours and movements that rich makes itself stay.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.push_render_hook(_WriteOutControls())


class _WriteOutControls(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Escaped(renderable) for renderable in renderables]


class _Escaped:
    def __init__(self, renderable: ConsoleRenderable) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: RichConsole, options: ConsoleOptions) -> RenderResult:
        return _without_controls(console.render(self._renderable, options))


def _without_controls(segments: Any) -> Iterator[Segment]:
    for segment in segments:
        yield segment if segment.control else Segment(escaped(segment.text, keep=_OF_LAYOUT), segment.style)
