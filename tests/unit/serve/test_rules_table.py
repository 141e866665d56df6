"""Every rule of the page names tests, and they exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^\| (\d+) \|.*?\| ([^|]*) \|$", re.MULTILINE)


def test_every_rule_has_a_test() -> None:
    rows = ROW.findall((ROOT / "docs" / "serve.md").read_text(encoding="utf-8"))
    assert [int(number) for number, _ in rows] == list(range(1, 31))
    known = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for number, tests in rows:
        named = re.findall(r"`(test_\w+)`", tests)
        assert named, f"rule {number}"
        assert set(named) <= known, f"rule {number}: {set(named) - known}"
