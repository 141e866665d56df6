"""Two sessions of one person beside each other, against what an unchanged person changes by."""

from pathlib import Path

from scoliogait.screening_report.content import Measured
from scoliogait.screening_report.texts import texts_of
from scoliogait.serve.comparison import rows
from serve_client import Client


def measured(value: float, mdc95: float | None) -> Measured:
    return Measured(
        measure="hip_tilt",
        unit="deg",
        value=value,
        interval=None,
        sd_of_pass=None,
        mdc95=mdc95,
        n_strides=6,
        reading="not_judged",
    )


def test_a_change_is_judged_by_the_errors_of_both_sessions() -> None:
    # 1.96 * sqrt(sd1^2 + sd2^2), by hand: 3 and 4 degrees of MDC95 give 5 / sqrt(2) = 3.5.
    [within] = rows([measured(-1.0, 3.0)], [measured(2.5, 4.0)], texts_of("en"))
    assert (within.change, within.mdc95, within.is_beyond) == ("+3.5°", "3.5°", False)
    [beyond] = rows([measured(-1.0, 3.0)], [measured(2.6, 4.0)], texts_of("en"))
    assert (beyond.change, beyond.is_beyond) == ("+3.6°", True)
    assert beyond.reading == "beyond error"
    assert (beyond.earlier, beyond.now) == ("−1.0°", "+2.6°")


def test_a_change_without_known_errors_is_not_judged() -> None:
    [row] = rows([measured(-1.0, None)], [measured(9.0, 4.0)], texts_of("en"))
    assert (row.mdc95, row.is_beyond) == ("not known", False)
    assert row.reading.startswith("not judged")


def sent(client: Client, person: str, n_bytes: int = 0, word: bytes = b"ok") -> str:
    session = client.send({"walk.npz": b"PK\x03\x04" + word + b" " + bytes(n_bytes)}, person=person)
    client.wait(session)
    return session


def compared(client: Client, first: str, second: str) -> tuple[int, str]:
    answer = client.page(f"/compare?first={first}&second={second}")
    return answer.status, answer.text


def test_two_sessions_of_one_person_are_compared_in_their_order(client: Client) -> None:
    first, second = sent(client, "K-1"), sent(client, "K-1", 3000)
    for order in ((first, second), (second, first)):
        status, text = compared(client, *order)
        assert status == 200
        assert "+2.6°" in text
        assert "+3.0°" in text  # the stand-in of a job moves the values by its bytes / 1000
        assert text.count("<strong>beyond error</strong>") == 2
        assert text.index(f'/sessions/{first}"') < text.index(f'/sessions/{second}"')
    assert f"/compare?first={first}&amp;second={second}" in client.page(f"/sessions/{second}").text


def test_only_two_sessions_of_one_person_are_compared(client: Client) -> None:
    one, other, nobody, nobody_too = (sent(client, person) for person in ("K-1", "K-2", "", ""))
    for pair in ((one, other), (nobody, nobody_too), (one, nobody), (one, one)):
        status, text = compared(client, *pair)
        assert status == 409
        assert "one person" in text
    assert compared(client, one, "0" * 16)[0] == 404
    assert compared(client, one, "")[0] == 404
    assert "/compare" not in client.page(f"/sessions/{one}").text


def test_what_has_no_result_is_not_compared(client: Client) -> None:
    one, refused = sent(client, "K-1"), sent(client, "K-1", word=b"refuse")
    assert compared(client, one, refused)[0] == 409


def test_a_code_that_is_too_long_is_refused_and_not_cut(client: Client, folder: Path) -> None:
    answer = client.change("POST", "/sessions", b'{"person": "' + b"K" * 41 + b'"}')
    assert answer.status == 400
    assert "at most 40" in answer.json["error"]
    assert list((folder / "sessions").iterdir()) == []


def test_codes_that_look_alike_are_one_code(client: Client) -> None:
    first, second = sent(client, "K\u00e9  1"), sent(client, " Ke\u0301 1\u202e")
    assert compared(client, first, second)[0] == 200


def test_a_report_of_another_version_is_said(client: Client, folder: Path) -> None:
    first, second = sent(client, "K-1"), sent(client, "K-1", 3000)
    path = folder / "sessions" / first / "report-en.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 99'))
    status, text = compared(client, first, second)
    assert status == 409
    assert "another version" in text
