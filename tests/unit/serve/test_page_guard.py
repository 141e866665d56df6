"""Who may ask for what, and what every answer tells the browser."""

import logging
import re
import socket
from collections.abc import Callable
from itertools import pairwise

import pytest

from scoliogait.errors import DataError
from scoliogait.serve.policy import PAGE_POLICY, report_policy
from scoliogait.serve.settings import Settings
from scoliogait.serve.sign_in import TOKEN_BYTES, SignIn
from serve_client import Client
from serve_thread import Running

Start = Callable[..., Running]
MakeSettings = Callable[..., Settings]
PAGES = (
    "/",
    "/filming",
    "/sign-in",
    "/states",
    "/static/page.css",
    "/static/page.js",
    "/favicon.ico",
    "/nowhere",
    "/static/filming-way.png",
)


def get(client: Client, *headers: str, path: str = "/", version: str = "1.1") -> bytes:
    lines = [f"GET {path} HTTP/{version}", *headers, "Connection: close"]
    return client.raw("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n", ends=False)


def test_the_page_is_open_to_this_machine_alone(start: Start) -> None:
    assert Settings.__dataclass_fields__["host"].default == "127.0.0.1"
    running = start()
    assert running.ready.address == f"http://127.0.0.1:{running.server.port}/"
    with socket.socket() as other:  # nothing listens at the other addresses of the loopback
        assert other.connect_ex(("127.0.0.2", running.server.port)) != 0


@pytest.mark.parametrize("host", ["192.168.1.5", "screening.local", "127.0.0.2"])
def test_another_address_needs_a_token(settings: MakeSettings, host: str) -> None:
    with pytest.raises(DataError, match="--token"):
        settings(host=host).check()
    settings(host=host, token=True).check()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "*"])
def test_every_address_at_once_is_refused_even_with_a_token(settings: MakeSettings, host: str) -> None:
    with pytest.raises(DataError, match="every address"):
        settings(host=host, token=True).check()


def test_the_token_is_made_by_us_new_each_time_and_long(start: Start) -> None:
    token = start(token=True).ready.token
    assert token is not None
    assert TOKEN_BYTES * 8 >= 128
    assert len(token) >= TOKEN_BYTES * 8 / 6
    assert token != SignIn.made(True).token
    assert SignIn.made(False).token is None


@pytest.mark.parametrize("path", ["/", "/events", "/states", "/static/page.js"])
def test_only_one_known_host_is_answered(client: Client, path: str) -> None:
    port = client.port
    for host in (f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port}1", "localhost", f"127.0.0.1.nip.io:{port}"):
        assert get(client, f"Host: {host}", path=path).startswith(b"HTTP/1.1 421 "), host
    assert get(client, path=path, version="1.0").startswith(b"HTTP/1.1 421 ")
    two = get(client, f"Host: 127.0.0.1:{port}", "Host: evil.example", path=path)
    assert two.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 421 "))


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_the_names_of_this_machine_are_answered(client: Client, name: str) -> None:
    assert get(client, f"Host: {name}:{client.port}").startswith(b"HTTP/1.1 200 ")


def test_a_named_address_is_answered_and_no_other(settings: MakeSettings) -> None:
    hosts = settings(host="Screening.local", token=True).hosts(80)
    assert {"screening.local:80", "screening.local"} < hosts
    assert "other.local:80" not in hosts
    assert "[fe80::1]:8321" in settings(host="fe80::1", token=True).hosts(8321)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-scoliogait-token": ""},
        {"x-scoliogait-token": "wrong"},
        {"x-scoliogait-token": "wr\u00f6ng"},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sessions"),
        ("PUT", "/sessions/0123456789abcdef/files"),
        ("POST", "/sessions/0123456789abcdef/start"),
        ("POST", "/sessions/0123456789abcdef/cancel"),
        ("DELETE", "/sessions/0123456789abcdef"),
        ("POST", "/sign-in"),
    ],
)
def test_what_changes_something_comes_from_our_own_page(
    shared: Client, method: str, path: str, headers: dict[str, str]
) -> None:
    assert shared.change(method, path, b"{}", headers).status == 403


def test_our_own_page_may_change_something(shared: Client) -> None:
    own = {"origin": f"http://127.0.0.1:{shared.port}", "sec-fetch-site": "same-origin"}
    assert shared.change("POST", "/sessions", b"{}", own).status == 201


@pytest.mark.parametrize("path", ["/sessions", "/sessions/0123456789abcdef/start", "/sessions/0123456789abcdef/cancel"])
def test_looking_changes_nothing(shared: Client, path: str) -> None:
    before = shared.ask("GET", "/states").json
    assert shared.ask("GET", path).status in (404, 405)
    assert shared.ask("GET", "/states").json == before


def test_who_did_not_type_the_token_sees_nothing(start: Start) -> None:
    running = start(token=True)
    client = running.client
    assert client.page("/").status == 303
    for path in ("/states", "/events", "/sessions/0123456789abcdef", "/sessions/0123456789abcdef/report.json"):
        assert client.ask("GET", path).status == 401
    assert client.change("POST", "/sessions", b"{}").status == 401
    client.cookie = "scoliogait=made-up"
    assert client.ask("GET", "/states").status == 401


def test_the_token_gives_a_cookie_that_scripts_and_other_pages_do_not_get(start: Start) -> None:
    running = start(token=True)
    client = running.client
    answer = client.change("POST", "/sign-in", f'{{"token": "{running.ready.token}"}}'.encode())
    cookie = answer.headers["set-cookie"]
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert str(running.ready.token) not in cookie
    client.cookie = cookie.partition(";")[0]
    assert client.page("/").status == 200


@pytest.mark.parametrize("token", ["", "wrong", "wröng", "\\ud800", "x" * 2000])
def test_a_wrong_token_of_whatever_text_is_refused_in_words(start: Start, token: str) -> None:
    answer = start(token=True).client.change("POST", "/sign-in", f'{{"token": "{token}"}}'.encode())
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_each_further_wrong_token_takes_longer() -> None:
    sign_in = SignIn.made(True)
    waits = []
    for _ in range(12):
        waits.append(sign_in.wait_s("10.0.0.1"))
        assert sign_in.cookie_for("wrong", "10.0.0.1") is None
    assert waits[:3] == [0.0, 0.0, 0.0]
    assert all(later > earlier for earlier, later in pairwise(waits[3:10]))
    assert max(waits) <= 60
    assert sign_in.wait_s("10.0.0.2") == 0.0


def test_while_it_waits_even_the_right_token_is_not_looked_at(start: Start) -> None:
    running = start(token=True)
    right = f'{{"token": "{running.ready.token}"}}'.encode()
    for _ in range(5):
        running.client.change("POST", "/sign-in", b'{"token": "wrong"}')
    assert running.client.change("POST", "/sign-in", right).status == 429


def test_a_header_cannot_make_another_address_of_who_tries(start: Start) -> None:
    client = start(token=True).client
    tries = [
        client.change("POST", "/sign-in", b'{"token": "wrong"}', {"x-forwarded-for": f"10.0.0.{number}"}).status
        for number in range(5)
    ]
    assert tries[0] == 403
    assert tries[-1] == 429


def test_no_answer_allows_another_page_to_read_it(shared: Client) -> None:
    for path in PAGES:
        headers = shared.ask("GET", path, headers={"origin": "https://evil.example"}).headers
        assert not [name for name in headers if name.startswith("access-control")]
    asked = {"origin": "https://evil.example", "access-control-request-method": "PUT"}
    answer = shared.ask("OPTIONS", "/sessions", headers=asked)
    assert answer.status in (403, 405)
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_tells_the_browser_to_keep_to_this_page(shared: Client) -> None:
    answers = [shared.ask("GET", path) for path in PAGES]
    answers += [shared.ask("POST", "/sessions"), shared.ask("PATCH", "/"), shared.put("0" * 16, "a.exe", b"")]
    answers.append(shared.ask("GET", "/", headers={"host": "evil.example"}))
    assert {answer.status for answer in answers} >= {200, 403, 404, 421}
    for answer in answers:
        assert answer.headers["content-security-policy"] == PAGE_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in PAGE_POLICY
    assert "frame-ancestors 'none'" in PAGE_POLICY
    assert "unsafe" not in PAGE_POLICY


def test_no_page_has_a_script_or_a_style_inside(shared: Client) -> None:
    for path in ("/", "/filming", "/sign-in", "/nowhere"):
        text = shared.page(path).text
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
        assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []


def test_a_report_is_saved_and_not_shown(client: Client) -> None:
    session = client.send({"walk.npz": b"PK\x03\x04ok "})
    client.wait(session)
    answer = client.ask("GET", f"/sessions/{session}/report.json")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/..\\app.py", "/../app.py"),
        *("/static/page.css%00", "/sessions/..", "/sessions/%2e%2e", "/sessions/..%2f..", "/sessions/C:", "//"),
        *("/sessions/0123456789ABCDEF", "/sessions/0123456789abcdeg", "/sessions/0123456789abcdef0", "/sessions/"),
        *(
            "/sessions/0123456789abcdef%00",
            "/sessions/0123456789abcdef/..%2f/report.json",
            "/sessions/０123456789abcdef",
        ),
    ],
)
def test_no_path_leads_out_of_the_page(shared: Client, path: str) -> None:
    head = get(shared, f"Host: 127.0.0.1:{shared.port}", path=path.encode().decode("latin-1"))
    assert head.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ")), head[:200]


def test_a_name_that_is_markup_is_shown_as_text(client: Client) -> None:
    evil = "<img src=x onerror=alert(1)>"
    session = client.send({f"{evil}.npz": b"PK\x03\x04ok "}, person=f'"><b>{evil[:20]}')
    client.wait(session)
    for path in ("/", f"/sessions/{session}"):
        text = client.page(path).text
        assert "<img" not in text
        assert "<b>" not in text
        assert "&lt;" in text


def test_an_error_names_no_path_version_or_trace(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    running = start()

    def fail() -> None:
        raise RuntimeError("Anna Secret in /etc/passwd")

    monkeypatch.setattr(running.server.parts.table, "all", fail)
    with caplog.at_level(logging.DEBUG):
        answer = running.client.page("/")
    assert answer.status == 500
    assert "please report it" in answer.text
    for one in (answer, running.client.page("/nowhere"), running.client.ask("PATCH", "/")):
        assert not re.search(r"Traceback|File \"|site-packages|/etc|Anna|starlette|uvicorn|Python/", one.text)
        assert "server" not in one.headers
    assert "RuntimeError in " in caplog.text
    assert "Anna" not in caplog.text


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/debug", "/metrics", "/admin", "/.git/config"])
def test_nothing_for_developers_is_open(shared: Client, path: str) -> None:
    assert shared.ask("GET", path).status == 404


def test_a_report_is_shown_under_a_policy_that_lets_it_do_nothing(client: Client) -> None:
    session = client.send({"walk.npz": b"PK\x03\x04ok "})
    client.wait(session)
    answer = client.page(f"/sessions/{session}/report")
    assert "<p>A report, en</p>" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy == report_policy("p {color: teal}")
    assert "'sha256-" in policy
    assert "script" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["content-type"].startswith("text/html")
    assert [
        client.ask("GET", f"/sessions/{session}/report.{kind}").status for kind in ("json", "pdf", "html", "svg")
    ] == [*(200, 404, 404, 404)]
