"""No test counts openings in the ledger of the machine that it runs on: each has one of its own.

Every test runs torch with one thread, also in the processes it starts: results are equal bit for bit only for equal
numbers of threads, and the tests themselves run side by side. Read by torch when it is imported, hence set here."""

import os
import tempfile
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"

LEDGER_HOME = "SCOLIOGAIT_LEDGER_HOME"
_HOME_OF_FIXTURES = tempfile.TemporaryDirectory(prefix="scoliogait-ledger-")
os.environ[LEDGER_HOME] = _HOME_OF_FIXTURES.name  # for what fixtures of a whole module open


@pytest.fixture(autouse=True)
def ledger_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that counts the openings of one test."""
    folder = tmp_path_factory.mktemp("ledger-home") / "home"
    monkeypatch.setenv(LEDGER_HOME, str(folder))
    return folder
