"""Runs commands in a process where some libraries cannot be imported: ``python import_guard.py KIND < commands.json``.

KIND heavy: none of those that take long to load may be asked for. KIND train: the packages of the extra ``train`` are
missing, as in a light install.

Reads a JSON list of argument lists; prints a JSON list of {"code", "out", "err"}. A command that wants one of the
libraries ends in the guard's own ImportError, so each is judged by itself, whatever the ones before it loaded.
"""

import contextlib
import io
import json
import sys
import traceback
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

HEAVY = ("torch", "lightning", "scipy", "sklearn", "matplotlib", "cv2", "tensorboard", "statsmodels")
TRAIN = ("torch", "lightning", "pytorch_lightning", "sklearn", "safetensors", "tensorboard", "torchmetrics")


class Guard(MetaPathFinder):
    """Lets no heavy library in."""

    forbidden = HEAVY

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.split(".")[0] in self.forbidden:
            raise self.error(name)
        return None

    def error(self, name: str) -> Exception:
        return RuntimeError(f"{name} was imported before the refusal")


class WithoutTrain(Guard):
    """As if the extra ``train`` were not installed."""

    forbidden = TRAIN

    def error(self, name: str) -> Exception:
        return ModuleNotFoundError(f"No module named {name!r}", name=name)


def run(arguments: list[str]) -> dict[str, object]:
    from scoliogait.cli import main

    sys.argv = ["scoliogait", *arguments]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:
            code = -1
            traceback.print_exc()
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    sys.meta_path.insert(0, {"heavy": Guard, "train": WithoutTrain}[sys.argv[1]]())
    commands = json.loads(sys.stdin.read())
    results = [run(arguments) for arguments in commands]
    print(json.dumps(results))
