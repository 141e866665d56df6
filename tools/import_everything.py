"""Import every module of the installed package: none may need more than the base and the extra ``train``.

Run it where only these are installed: ``python tools/import_everything.py``.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import scoliogait

# A room that only an extra brings to life, and the packages of that extra.
EXTRAS = {"scoliogait.serve.": {"starlette", "uvicorn", "psutil"}}


def failures() -> dict[str, str]:
    """Module name -> why it cannot be imported; the entry point, which would start the command line, is left out."""
    wrong = {}
    for module in pkgutil.walk_packages(scoliogait.__path__, "scoliogait."):
        if module.name.endswith(".__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except ImportError as error:
            if not is_of_an_extra(module.name, error):
                wrong[module.name] = str(error)
    return wrong


def is_of_an_extra(module: str, error: ImportError) -> bool:
    """Whether a module lacks only what its room says that it needs an extra for."""
    lacking = (error.name or "").split(".")[0]
    return any(module.startswith(room) and lacking in packages for room, packages in EXTRAS.items())


if __name__ == "__main__":
    problems = failures()
    for name, why in problems.items():
        print(f"{name}: {why}", file=sys.stderr)
    sys.exit(1 if problems else 0)
