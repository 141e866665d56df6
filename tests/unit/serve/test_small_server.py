"""The server decodes nothing and loads nothing that does: it answers soon and stays small."""

import json
import subprocess
import sys
from pathlib import Path

import scoliogait
from scoliogait.serve import job_limits

HEAVY = {"torch", "numpy", "scipy", "cv2", "av", "onnxruntime", "matplotlib", "pandas", "pyarrow", "typst", "lightning"}


def loaded_after(code: str) -> set[str]:
    """The packages that are in memory after this code ran in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"],
        env={"PYTHONPATH": str(Path(scoliogait.__file__).parents[1]), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in json.loads(ended.stdout)}


def test_the_server_loads_no_library_that_decodes_or_measures() -> None:
    assert loaded_after("import scoliogait.serve.__main__, scoliogait.serve.app") & HEAVY == set()


def test_a_comparison_loads_none_either() -> None:
    assert loaded_after("import scoliogait.serve.comparison") & HEAVY == set()


def test_a_job_loads_none_before_its_limits_are_set() -> None:
    assert loaded_after("import scoliogait.serve.job") & HEAVY == set()


def test_no_python_code_of_a_job_reaches_a_machine() -> None:
    code = (
        "from scoliogait.serve.job_limits import refuse_network; refuse_network(); import socket\n"
        "def tries(what):\n"
        "    try: what()\n"
        "    except PermissionError as error: print(error)\n"
        "tries(lambda: socket.create_connection(('127.0.0.1', 9)))\n"
        "tries(lambda: socket.getaddrinfo('example.org', 80))\n"
        "tries(lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('127.0.0.1', 9)))\n"
        "tries(lambda: socket.gethostbyname('example.org'))\n"
    )
    environment = {"PYTHONPATH": str(Path(job_limits.__file__).parents[2]), "PATH": ""}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.count("a job reaches no network") == 4
