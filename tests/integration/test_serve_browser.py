"""The page of ``scoliogait serve`` in a real browser: what people do with it, also without a mouse."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import serve_job
from browser import DESKTOP, PHONE, Seen, chromium, opened, playwright, violations, widest
from scoliogait.serve import worker
from scoliogait.serve.settings import Settings
from serve_client import until
from serve_thread import Running, running

Start = Callable[..., Running]
expect = playwright.expect
BOTH = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["360", "1200"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a server whose jobs do as the recordings say; it ends with the test."""
    monkeypatch.setattr(worker, "COMMAND", (sys.executable, serve_job.__file__))
    monkeypatch.setenv("PYTHONPATH", str(Path(worker.__file__).parents[2]))
    with ExitStack() as stack:

        def started(**chosen: Any) -> Running:
            settings = Settings(**{"folder": tmp_path / "served", "port": 0, "spare_bytes": 0} | chosen)
            return stack.enter_context(running(settings))

        yield started


def file(name: str, word: str, more: bytes = b"") -> dict[str, Any]:
    content = b"PK\x03\x04" + word.encode() + b" " + more
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def send(page: Any, *files: dict[str, Any], person: str = "") -> None:
    page.get_by_label("Videos or files of poses").set_input_files(list(files))
    page.get_by_label("Code of the person").fill(person)
    page.get_by_role("button", name="Look at them").click()


def state(page: Any) -> Any:
    return page.locator("main .tag").first


def nothing_is_wrong(seen: Seen, address: str) -> None:
    assert seen.foreign(address) == []
    assert seen.complaints == []


@BOTH
def test_from_upload_to_report(browser: Any, start: Start, size: dict[str, int]) -> None:
    address = start().ready.address
    with opened(browser, viewport=size) as seen:
        seen.page.goto(address)
        send(seen.page, file("there.npz", "ok"), file("back.npz", "ok"), person="K-1")
        expect(state(seen.page)).to_have_text("report ready")
        expect(seen.page.get_by_role("heading", name="Person K-1")).to_be_visible()
        expect(seen.page.locator("main")).to_contain_text("there.npz, back.npz")
        seen.page.get_by_role("link", name="Open the report").click()
        expect(seen.page.locator("body")).to_contain_text("A report")
        nothing_is_wrong(seen, address)


def test_progress_moves_and_work_can_be_cancelled(browser: Any, start: Start) -> None:
    address = start().ready.address
    with opened(browser, viewport=PHONE) as seen:
        seen.page.goto(address)
        send(seen.page, file("walk.npz", "slow"))
        expect(state(seen.page)).to_contain_text("being looked at")
        bar = seen.page.get_by_role("progressbar", name="Progress")
        shares: set[float] = set()
        until(lambda: shares.add(bar.evaluate("bar => bar.value")) or len(shares) > 3)
        assert violations(seen.page) == []
        seen.page.get_by_role("button", name="Cancel").click()
        expect(state(seen.page)).to_have_text("cancelled")
        nothing_is_wrong(seen, address)


def slowed_down(seen: Seen) -> None:
    """From now on 100 kB a second leave the browser."""
    devices = seen.page.context.new_cdp_session(seen.page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    devices.send("Network.enable")
    devices.send("Network.emulateNetworkConditions", limits)


def test_sending_can_be_cancelled_and_leaves_nothing(browser: Any, start: Start, tmp_path: Path) -> None:
    address = start().ready.address
    sessions = tmp_path / "served" / "sessions"
    with opened(browser, viewport=PHONE) as seen:
        seen.page.goto(address)
        slowed_down(seen)
        send(seen.page, file("small.npz", "ok"), file("large.npz", "ok", bytes(10_000_000)))
        expect(seen.page.locator("#sent-name")).to_have_text("2 of 2: large.npz")
        until(lambda: any(sessions.rglob("*.part")))
        assert violations(seen.page) == []
        assert widest(seen.page) == 0
        seen.page.get_by_role("button", name="Cancel sending").click()
        expect(seen.page.get_by_role("alert")).to_have_text("Sending was cancelled. No recording was kept.")
        expect(seen.page.locator("#list")).to_contain_text("There is none yet.")
        until(lambda: list(sessions.iterdir()) == [])
        send(seen.page, file("walk.npz", "ok"))  # and the page can be used as before
        expect(state(seen.page)).to_have_text("report ready")
        nothing_is_wrong(seen, address)


def test_of_many_sessions_only_the_one_that_is_being_sent_is_cancelled(browser: Any, start: Start) -> None:
    address = start().ready.address
    with opened(browser, viewport=PHONE) as seen:
        seen.page.goto(address)
        slowed_down(seen)
        seen.page.get_by_label("different people or days").check()
        send(seen.page, file("first.npz", "ok"), file("large.npz", "ok", bytes(10_000_000)), file("third.npz", "ok"))
        expect(seen.page.locator("#sent-name")).to_have_text("2 of 3: large.npz")
        seen.page.get_by_role("button", name="Cancel sending").click()
        expect(seen.page.get_by_role("alert")).to_contain_text("What was sent before is worked on")
        rows = seen.page.locator(".sessions li")
        expect(rows).to_have_count(1)
        expect(rows.first.locator(".tag")).to_have_text("report ready")


def test_a_page_that_is_left_while_it_sends_leaves_nothing(browser: Any, start: Start, tmp_path: Path) -> None:
    address = start().ready.address
    sessions = tmp_path / "served" / "sessions"
    with opened(browser, viewport=PHONE) as seen:
        seen.page.goto(address)
        slowed_down(seen)
        send(seen.page, file("large.npz", "ok", bytes(10_000_000)))
        until(lambda: any(sessions.rglob("*.part")))
        seen.page.goto(address + "filming")
        until(lambda: list(sessions.iterdir()) == [])


def test_the_page_speaks_chinese_from_upload_to_report(browser: Any, start: Start) -> None:
    address = start().ready.address
    with opened(browser, viewport=PHONE, locale="en-US") as seen:
        seen.page.goto(address)
        seen.page.get_by_role("link", name="中文").click()
        expect(seen.page.locator("html")).to_have_attribute("lang", "zh-Hans")
        seen.page.get_by_label("视频或姿态文件").set_input_files([file("setup.exe", "ok")])
        seen.page.get_by_role("button", name="开始分析").click()
        expect(seen.page.get_by_role("alert")).to_contain_text("不接受这种文件")
        seen.page.get_by_label("视频或姿态文件").set_input_files([file("walk.npz", "slow")])
        seen.page.get_by_role("button", name="开始分析").click()
        expect(state(seen.page)).to_contain_text("正在分析")
        seen.page.get_by_role("button", name="取消").click()
        expect(state(seen.page)).to_have_text("已取消")
        seen.page.get_by_role("link", name="录像").click()
        seen.page.get_by_label("视频或姿态文件").set_input_files([file("walk.npz", "ok")])
        seen.page.get_by_role("button", name="开始分析").click()
        expect(state(seen.page)).to_have_text("报告已完成")
        seen.page.get_by_role("link", name="打开报告").click()
        expect(seen.page.locator("body")).to_contain_text("A report, zh")
        assert seen.foreign(address) == []


def test_what_is_wrong_with_a_file_is_said_where_it_was_chosen(browser: Any, start: Start) -> None:
    address = start(max_upload_bytes=1000).ready.address
    with opened(browser, viewport=PHONE) as seen:
        seen.page.goto(address)
        problem = seen.page.get_by_role("alert")
        for wrong, words in (
            (file("setup.exe", "ok"), "such files are not taken"),
            ({"name": "list.mp4", "mimeType": "video/mp4", "buffer": b"#EXTM3U\n"}, "does not begin like one"),
            (file("large.npz", "ok", bytes(2000)), "Give a shorter part"),
        ):
            send(seen.page, wrong)
            expect(problem).to_contain_text(str(wrong["name"]))
            expect(problem).to_contain_text(words)
        assert violations(seen.page) == []
        seen.page.reload()
        expect(seen.page.locator("main")).to_contain_text("There is none yet.")  # nothing is left of them
        assert seen.foreign(address) == []


def test_a_recording_that_cannot_be_used_and_one_that_breaks_the_program(browser: Any, start: Start) -> None:
    address = start().ready.address
    with opened(browser, viewport=DESKTOP) as seen:
        for word, shown, words in (
            ("refuse", "not usable", "film from nearer"),
            ("crash", "broken off", "Send it again"),
        ):
            seen.page.goto(address)
            send(seen.page, file("walk.npz", word))
            expect(state(seen.page)).to_have_text(shown)
            expect(seen.page.locator("main")).to_contain_text(words)
        nothing_is_wrong(seen, address)


def test_a_page_goes_on_where_the_server_was_started_again(browser: Any, start: Start, tmp_path: Path) -> None:
    with opened(browser, viewport=PHONE) as seen:
        chosen = Settings(tmp_path / "served", port=0, spare_bytes=0)
        with running(chosen) as first:
            port = first.server.port
            seen.page.goto(first.ready.address)
            send(seen.page, file("walk.npz", "slow"))
            expect(state(seen.page)).to_contain_text("being looked at")
            expect(seen.page.get_by_role("button", name="Cancel")).to_be_enabled()
        start(port=port)
        cancel = seen.page.get_by_role("button", name="Cancel")
        cancel.click()
        expect(seen.page.get_by_role("alert")).to_contain_text("load it again")  # its token is of the first server
        seen.page.reload()
        expect(state(seen.page)).to_contain_text("being looked at")
        cancel.click()
        expect(state(seen.page)).to_have_text("cancelled")


def test_no_button_can_be_pressed_before_its_script_is_there(browser: Any, start: Start) -> None:
    one = start(token=True)
    with opened(browser, viewport=PHONE) as seen:
        seen.page.route("**/page.js", lambda route: route.abort())
        seen.page.goto(one.ready.address)
        enter = seen.page.get_by_role("button")
        expect(enter).to_be_disabled()
        field = seen.page.get_by_label("Token")
        field.fill(str(one.ready.token))
        field.press("Enter")  # would be sent as a part of the address, which browsers keep
        seen.page.unroute("**/page.js")
        assert not any(str(one.ready.token) in url for url in seen.asked)
        seen.page.reload()
        expect(enter).to_be_enabled()


def test_a_page_that_lost_its_stream_still_sees_the_end(browser: Any, start: Start) -> None:
    address = start().ready.address
    with opened(browser, viewport=PHONE) as seen:
        seen.page.route("**/events", lambda route: route.abort())
        seen.page.goto(address)
        send(seen.page, file("walk.npz", "ok"))
        expect(state(seen.page)).to_have_text("report ready")


def test_files_of_different_people_become_sessions_of_their_own(browser: Any, start: Start) -> None:
    address = start().ready.address
    with opened(browser, viewport=PHONE) as seen:
        seen.page.goto(address)
        seen.page.get_by_label("different people or days").check()
        send(seen.page, *(file(f"{number}.npz", "ok") for number in range(3)))
        rows = seen.page.locator(".sessions li")
        expect(rows).to_have_count(3)
        for number in range(3):
            expect(rows.nth(number).locator(".tag")).to_have_text("report ready")
        nothing_is_wrong(seen, address)


def test_two_sessions_of_a_person_are_compared(browser: Any, start: Start) -> None:
    address = start().ready.address
    with opened(browser, viewport=PHONE) as seen:
        for more in (b"", bytes(3000)):
            seen.page.goto(address)
            send(seen.page, file("walk.npz", "ok", more), person="K-1")
            expect(seen.page.get_by_role("link", name="Open the report")).to_be_visible()
        seen.page.goto(address)
        seen.page.get_by_role("link", name="compare").first.click()
        seen.page.locator("#compare + ul a").click()
        expect(seen.page.get_by_role("row", name="Shoulder tilt")).to_contain_text("beyond error")
        assert violations(seen.page) == []
        assert widest(seen.page) == 0
        nothing_is_wrong(seen, address)


def test_everything_works_with_the_keyboard_alone(browser: Any, start: Start) -> None:
    address = start().ready.address
    with opened(browser, viewport=DESKTOP) as seen:
        page = seen.page
        page.goto(address)
        keys = page.keyboard
        keys.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        keys.press("Enter")
        keys.press("Tab")
        chosen = page.get_by_label("Videos or files of poses")
        expect(chosen).to_be_focused()
        chosen.set_input_files([file("walk.npz", "slow")])  # the window for choosing is the browser's own
        reached = [focused(page) for _ in range(6) if keys.press("Tab") is None]
        assert reached == ["A", "together", "person", "keeps", "BUTTON", *reached[5:]]
        keys.press("Shift+Tab")
        keys.press("Enter")
        cancel = page.get_by_role("button", name="Cancel", exact=True)
        expect(cancel).to_be_enabled()
        for _ in range(10):
            if cancel.evaluate("button => button === document.activeElement"):
                break
            keys.press("Tab")
        assert cancel.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
        keys.press("Enter")
        expect(state(page)).to_have_text("cancelled")


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.name || document.activeElement.tagName"))


def test_a_session_is_deleted_after_a_question(browser: Any, start: Start, tmp_path: Path) -> None:
    address = start().ready.address
    with opened(browser, viewport=PHONE) as seen:
        seen.page.goto(address)
        send(seen.page, file("walk.npz", "ok"))
        expect(state(seen.page)).to_have_text("report ready")
        delete = seen.page.get_by_role("button", name="Delete the session")
        delete.click()  # a question that nobody answers is answered with no
        expect(delete).to_be_visible()
        seen.page.on("dialog", lambda dialog: dialog.accept())
        delete.click()
        expect(seen.page.locator("main")).to_contain_text("There is none yet.")
        assert list((tmp_path / "served" / "sessions").iterdir()) == []


def test_the_token_is_asked_for(browser: Any, start: Start) -> None:
    one = start(token=True)
    with opened(browser, viewport=PHONE) as seen:
        seen.page.goto(one.ready.address)
        field = seen.page.get_by_label("Token")
        field.fill("wrong")
        field.press("Enter")
        expect(seen.page.get_by_role("alert")).to_contain_text("not the token")
        assert violations(seen.page) == []
        field.fill(str(one.ready.token))
        field.press("Enter")
        expect(seen.page.get_by_role("heading", name="Look at recordings")).to_be_visible()


def test_a_name_that_is_markup_does_nothing(browser: Any, start: Start) -> None:
    address = start().ready.address
    evil = "<img src=x onerror=alert(1)>.npz"
    with opened(browser, viewport=PHONE) as seen:
        seen.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        seen.page.goto(address)
        send(seen.page, file(evil, "ok"))
        expect(state(seen.page)).to_have_text("report ready")
        expect(seen.page.locator("main")).to_contain_text(evil)
        nothing_is_wrong(seen, address)


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_everybody(browser: Any, start: Start, size: dict[str, int], scheme: str) -> None:
    one = start()
    client = one.client
    done = client.send({"walk.npz": b"PK\x03\x04ok "}, person="K-" + "W" * 38)
    refused = client.send({"w" * 70 + ".npz": b"PK\x03\x04refuse "})
    for session in (done, refused):
        client.wait(session)
    paths = ("", "filming", "sign-in", "nowhere", f"sessions/{done}", f"sessions/{refused}")
    firsts = {"en": "Research software, not a medical device.", "zh": "研究软件，不是医疗器械。"}
    with opened(browser, viewport=size, color_scheme=scheme) as seen:
        for path, (language, first) in product(paths, firsts.items()):
            seen.page.goto(f"{one.ready.address}{path}?lang={language}")
            assert violations(seen.page) == [], (path, language)
            assert widest(seen.page) == 0, (path, language)
            assert seen.page.locator("footer").inner_text().startswith(first)
        assert seen.foreign(one.ready.address) == []
