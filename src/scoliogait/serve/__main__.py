"""The process of the server, which ``scoliogait serve`` becomes: ``python -m scoliogait.serve '{"folder": ...}'``.

It loads no library that measures anything, and so stays small.
"""

from __future__ import annotations

import sys

from scoliogait.errors import ScoliogaitError
from scoliogait.serve.server import Ready, serve
from scoliogait.serve.settings import Settings


def main() -> None:
    """Bad settings end in one line on standard error and exit code 2."""
    try:
        serve(Settings.from_json(sys.argv[1]), _say)
    except ScoliogaitError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(0)


def _say(ready: Ready) -> None:
    print(f"The page is at {ready.address} (end with Ctrl-C)", flush=True)
    if ready.token is not None:
        print(f"Who opens it types this token, which is shown only once: {ready.token}", flush=True)


if __name__ == "__main__":
    main()
