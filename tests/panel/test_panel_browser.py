"""The front panel as a person meets it: in a browser, by keyboard, ten tabs at once, with hostile names; and what
it asks of the control API, compared with openapi.json.

DSM_PICTURES=1 makes the pictures of docs/pictures anew.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request, urlopen
from uuid import UUID

import jsonschema
import pytest
from optional_programs import needs_package, needs_program
from PIL import Image
from programs import PROJECT, end, start

playwright = needs_package("playwright.sync_api")
CHROMIUM = needs_program("chromium")
AXE = PROJECT / "tests" / "data" / "axe" / "axe.min.js"
PICTURES = PROJECT / "docs" / "pictures" if os.environ.get("DSM_PICTURES") else None
"""Where pictures of the views go: DSM_PICTURES=1 makes those of docs/ anew."""
MARKUP = "<img src=x onerror=\"document.title='hit'\">\u202egnp.exe"
"""A name that is markup, and turns the direction of what stands behind it."""
WAIT = 30_000
"""Milliseconds for what a busy machine does."""


@dataclass
class Emulator:
    """One that runs in a process of its own."""

    ready: dict[str, Any]
    token: str
    folder: Path
    asked: list[tuple[str, str, str | None, str]] = field(default_factory=list)
    """Method, URL, body and its type of all that pages have asked for."""

    @property
    def base(self) -> str:
        return str(self.ready["panel"]).removesuffix("/panel/")

    @property
    def device(self) -> str:
        return str(self.ready["devices"][0]["uuid"])

    def ask(self, path: str, body: Any = None, method: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = Request(self.base + path, data, headers, method=method or ("GET" if body is None else "POST"))
        with urlopen(request, timeout=60) as answer:
            octets = answer.read()
        return json.loads(octets) if octets else None


@contextmanager
def emulator(command: str, *options: str, folder: Path) -> Iterator[Emulator]:
    process = start(command, "--json", *options, cwd=folder, checked=False)
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield Emulator(ready, Path(ready["control_token_file"]).read_text().split()[0], folder)
    finally:
        end(process)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """What `demo` runs, as a person starts it."""
    folder = tmp_path_factory.mktemp("demo")
    with emulator("demo", "--no-open", "--sheets", "6", "--to", "inbox", "--speed", "real", folder=folder) as there:
        yield there


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as tool:
        chromium = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


Opened = Callable[..., Any]


@pytest.fixture
def opened(browser: Any) -> Iterator[Opened]:
    """Opens the panel of an emulator in a context of its own; errors that the page told of fail the test."""
    contexts, wrong = [], []

    def open_panel(there: Emulator, place: str = "", *, token: str = "", **options: Any) -> Any:
        context = browser.new_context(viewport={"width": 1360, "height": 900}, **options)
        contexts.append(context)

        def note(request: Any) -> None:
            kind = request.headers.get("content-type", "")
            body = request.post_data if request.method == "PUT" or "json" in kind else None
            there.asked.append((request.method, request.url, body, kind))

        context.on("request", note)
        page = context.new_page()
        watched(page)
        page.goto(f"{there.base}/panel/#{token or f'token={there.token}'}")
        page.wait_for_selector("main h1", timeout=WAIT)
        if place:
            page.goto(f"{there.base}/panel/#/{place}")
        return page

    def watched(page: Any) -> None:
        def heard(message: Any) -> None:
            if message.type in ("error", "warning"):
                wrong.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: wrong.append(str(error)))

    yield open_panel
    for context in contexts:
        context.close()
    assert not wrong, wrong


def focused(page: Any) -> str:
    """What a screen reader would name: role and name of what has the focus."""
    return str(
        page.evaluate(
            """() => {
            const at = document.activeElement, label = at.labels && at.labels[0] && at.labels[0].textContent;
            const name = at.getAttribute('aria-label') || label || at.textContent || '';
            const role = at.getAttribute('role') || at.tagName.toLowerCase();
            return role + ' ' + name.replace(/\\s+/g, ' ').trim();
            }"""
        )
    )


def tab_to(page: Any, wanted: str) -> None:
    """Press Tab until what has the focus is that."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if re.match(wanted, focused(page)):
            return
    raise AssertionError(f"Tab never comes to {wanted}")


def display(page: Any, text: str) -> None:
    page.locator(".display", has_text=text).wait_for(timeout=WAIT)


def settled(page: Any) -> None:
    """From the top, with the pictures in it, and without messages that pass."""
    page.evaluate("() => scrollTo(0, 0)")
    page.evaluate("() => { for (const each of document.querySelectorAll('.toasts')) each.hidden = true; }")
    page.wait_for_function("() => [...document.images].every((each) => each.complete)", timeout=WAIT)


def picture(page: Any, name: str, *, whole: bool = False) -> None:
    if PICTURES is not None:
        PICTURES.mkdir(exist_ok=True)
        settled(page)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)


FRAMES: list[tuple[bytes, int]] = []
"""Of the animated picture: each with milliseconds."""


def frame(page: Any, milliseconds: int) -> None:
    if PICTURES is not None:
        settled(page)
        FRAMES.append((page.screenshot(), milliseconds))


def animated(name: str) -> None:
    """The frames as one picture."""
    if PICTURES is None:
        return
    images = []
    for octets, _ in FRAMES:
        with Image.open(io.BytesIO(octets)) as shot:
            images.append(shot.convert("RGB").resize((960, 635), Image.Resampling.LANCZOS))
    images[0].save(
        PICTURES / f"{name}.webp",
        save_all=True,
        append_images=images[1:],
        duration=[milliseconds for _, milliseconds in FRAMES],
        loop=0,
        quality=80,
        method=6,
    )


def test_the_keyboard_alone_loads_starts_jams_clears_and_reads_the_result(demo: Emulator, opened: Opened) -> None:
    page = opened(demo)
    display(page, "Ready")
    tab_to(page, "input Sheets")
    page.keyboard.type("6")
    tab_to(page, "select Documents")
    page.keyboard.type("office-day")
    tab_to(page, "button Load")
    page.keyboard.press("Enter")
    display(page, "6 sheets in the feeder")
    page.locator(".sheets img").nth(5).wait_for(timeout=WAIT)
    picture(page, "device")
    frame(page, 1500)
    tab_to(page, "button ◇Start")
    page.keyboard.press("Enter")
    for number in (1, 2):
        display(page, f"Page {number} of 6")
        frame(page, 700)
    tab_to(page, "switch Paper jam: feeder")
    page.keyboard.press("Space")
    display(page, "Paper jam (feeder)")
    assert demo.ask(f"/devices/{demo.device}")["state"] == "Stopped"
    picture(page, "jam")
    frame(page, 1800)
    tab_to(page, "button CClear")
    page.keyboard.press("Enter")
    if PICTURES is not None:
        for _ in range(2):
            page.wait_for_timeout(1400)
            frame(page, 700)
    display(page, "Completed")
    frame(page, 1500)
    assert page.locator(".state", has_text="Completed").first.is_visible()
    tab_to(page, "a Show it in the inbox")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Scan to PDF").wait_for(timeout=WAIT)
    picture(page, "inbox")
    frame(page, 1500)
    tab_to(page, "a Document 1|a 1 ")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Document 1, page 1 of 6").wait_for(timeout=WAIT)
    page.locator(".marks polygon").first.wait_for(state="attached", timeout=WAIT)
    [scan] = demo.ask("/scans")["scans"]
    truth = demo.ask(f"/scans/{scan['token']}/images/1/truth")["pages"]
    assert page.locator(".marks polygon.words").count() == len(truth[0]["words"])
    assert page.get_by_text("stored as it was sent").count() == 1
    picture(page, "page")
    frame(page, 3500)
    animated("demo")
    [pdf] = (demo.folder / "inbox").glob("*.pdf")
    assert pdf.read_bytes() == Path(scan["images"][0]["files"][0]).read_bytes()
    page.goto(f"{demo.base}/panel/#/conversation")
    page.get_by_role("heading", name="Conversation").wait_for(timeout=WAIT)
    page.get_by_label("follow").uncheck()
    page.get_by_role("link", name="SendImage 1").first.click(timeout=WAIT)
    page.get_by_role("heading", name="SendImage 1").wait_for(timeout=WAIT)
    page.locator(".xml .tag", has_text="dsp:SendImageRequest").first.wait_for(timeout=WAIT)
    assert page.locator(".parts td", has_text="application/pdf").count() == 1
    picture(page, "conversation")


def test_ten_tabs_are_live_and_answer_a_click(demo: Emulator, opened: Opened) -> None:
    first = opened(demo)
    tabs = [first]
    asked: list[str] = []
    first.context.on("request", lambda request: asked.append(urlsplit(request.url).path))
    for _ in range(9):
        tab = first.context.new_page()
        tab.goto(f"{demo.base}/panel/#/device/{demo.device}")
        tab.wait_for_selector(".display", timeout=WAIT)
        tabs.append(tab)
    for sheets in (7, 9):
        demo.ask(f"/devices/{demo.device}/load", {"sheets": sheets, "replace": True})
        for tab in tabs:
            display(tab, f"{sheets} sheets in the feeder")
    # The tabs ask for devices; what they hear of comes by the one worker that they share.
    assert asked.count("/panel/live.js") == 9 and not [each for each in asked if each.endswith("/events")]
    took = tabs[4].evaluate(
        """() => new Promise((resolve) => {
        const buttons = [...document.querySelectorAll('button')];
        const key = buttons.find((each) => each.textContent.includes('Lamp error'));
        const begun = performance.now();
        new MutationObserver((_, watch) => {
            if (key.getAttribute('aria-checked') !== 'true') return;
            watch.disconnect();
            resolve(performance.now() - begun);
        }).observe(document.body, { subtree: true, attributes: true, childList: true });
        key.click();
        })"""
    )
    print(f"a click in one of ten tabs is answered in {took:.0f} ms")
    for tab in tabs:
        display(tab, "Lamp error")
    demo.ask(f"/devices/{demo.device}/clear", {})


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(shade: str, demo: Emulator, opened: Opened) -> None:
    # axe is put into the page by the test, which the page's own policy forbids.
    page = opened(demo, color_scheme=shade, bypass_csp=True, reduced_motion="reduce")
    scan = demo.ask("/scans")["scans"][0]["token"] if demo.ask("/scans")["scans"] else ""
    views = ["", "devices", "conversation", "inbox", f"inbox/{scan}", f"inbox/{scan}/1"]
    for view in views:
        page.goto(f"{demo.base}/panel/#/{view}")
        page.wait_for_selector("main h1", timeout=WAIT)
        page.wait_for_timeout(700)
        if not page.evaluate("() => 'axe' in window"):
            page.add_script_tag(path=AXE)
        found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        told = [(each["id"], [node["target"] for node in each["nodes"]][:4]) for each in found["violations"]]
        assert not told, (view, told)
        assert len(found["passes"]) > 10
    if shade == "dark":
        page.goto(f"{demo.base}/panel/#/")
        display(page, "Ready")
        picture(page, "dark")


def test_a_read_only_link_shows_everything_and_does_nothing(demo: Emulator, opened: Opened) -> None:
    url = demo.ask("/session/link", {})["url"]
    page = opened(demo, token=url.partition("#")[2])
    page.get_by_text("read-only").wait_for(timeout=WAIT)
    display(page, "Ready")
    keys = page.locator(".keys button, .toggle, form button")
    assert keys.count() > 8
    assert all(keys.nth(each).is_disabled() for each in range(keys.count()))
    assert "look=" not in page.url
    [cookie] = page.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    headers = {
        "Cookie": f"{cookie['name']}={cookie['value']}",
        "Content-Type": "application/json",
        "Origin": demo.base,
    }
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(f"{demo.base}/devices/{demo.device}/jam", b"{}", headers), timeout=60)
    assert refused.value.code == 403
    refused.value.close()
    assert demo.ask(f"/devices/{demo.device}")["state"] == "Idle"


def test_names_of_anybody_are_text(tmp_path: Path, opened: Opened) -> None:
    office = tmp_path / "office"
    office.mkdir()
    for each in (PROJECT / "profiles" / "office").iterdir():
        text = each.read_text()
        if each.name == "users.toml":
            text = text.replace('"Demo User"', json.dumps(MARKUP))
            text = text.replace('"Joe Scanner"', json.dumps("J" * 10_000))
        if each.name == "scan-to-pdf.toml":
            text = text.replace('"Scan to PDF"', json.dumps(MARKUP))
        (office / each.name).write_text(text)
    directory = ("--directory", "office", "--server", "embedded", "--store", "s", "--name", MARKUP)
    with emulator("run", "--no-multicast", "--state", "state", *directory, folder=tmp_path) as there:
        device = f"/devices/{there.device}"
        there.ask(f"{device}/describe", {"location": "L" * 255})
        there.ask(f"{device}/load", {"sheets": 1, "replace": True})
        job = there.ask(f"{device}/start", {"scan_process": MARKUP, "settings": ["Format=png"]})
        there.ask(f"{device}/wait", {"until": {"job": job["job"], "done": True}, "within": 30})
        page = opened(there)
        page.wait_for_selector(".display", timeout=WAIT)
        for view in ("", "devices", "inbox", "conversation"):
            page.goto(f"{there.base}/panel/#/{view}")
            page.wait_for_selector("main h1", timeout=WAIT)
            page.wait_for_timeout(500)
            assert page.locator("img[src=x]").count() == 0
            assert "hit" not in page.title()
        page.goto(f"{there.base}/panel/#/inbox")
        page.locator(".jobs bdi", has_text="<img src=x").first.wait_for(timeout=WAIT)
        page.goto(f"{there.base}/panel/#/devices")
        shown = page.locator("tbody th bdi").first
        shown.wait_for(timeout=WAIT)
        assert shown.inner_text().startswith("<img src=x")
        assert shown.evaluate("(each) => getComputedStyle(each).unicodeBidi") == "isolate"


def test_a_thousand_devices_and_a_thousand_pages_are_a_few_rows(demo: Emulator, opened: Opened) -> None:
    page = opened(demo)
    [scan, *_] = demo.ask("/scans")["scans"]
    scans = [scan | {"token": f"job-{number}", "user": f"user{number}@contoso.example"} for number in range(1000)]
    [listed] = demo.ask("/devices")["devices"]
    states = ("Idle", "Idle", "Processing", "Idle", "Idle", "Stopped", "Idle")
    profiles = ("office-mfp", "office-mfp", "flatbed", "production-duplex", "brother-ads-2700w")
    devices = [
        listed
        | {
            "uuid": str(UUID(int=number * 2**64 + 7919 * number)),
            "name": f"Floor {number}",
            "state": states[number % 7],
            "profile": profiles[number % 5],
            "sheets": None if profiles[number % 5] == "flatbed" else number * 37 % 101,
        }
        for number in range(1000)
    ]
    small = demo_picture(demo, scan)
    page.route("**/scans", lambda route: route.fulfill(json={"scans": scans}))
    page.route("**/devices", lambda route: route.fulfill(json={"devices": devices}))
    page.route("**/images/**", lambda route: route.fulfill(body=small, content_type="image/png"))
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def metrics() -> dict[str, float]:
        return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}

    before = metrics()
    page.goto(f"{demo.base}/panel/#/inbox")
    page.locator(".jobs li").first.wait_for(timeout=WAIT)
    after = metrics()
    script, heap = after["ScriptDuration"] - before["ScriptDuration"], after["JSHeapUsedSize"] / 1e6
    print(f"inbox of 1,000 jobs: {1000 * script:.0f} ms of scripting, {heap:.0f} MB")
    assert page.locator(".jobs li").count() < 60
    page.get_by_role("searchbox", name="Search").fill("user777@")
    page.locator(".jobs li", has_text="user777@").wait_for(timeout=WAIT)
    assert page.locator(".jobs li").count() == 1
    page.goto(f"{demo.base}/panel/#/devices")
    page.locator("tbody tr.row").first.wait_for(timeout=WAIT)
    assert page.locator("tbody tr.row").count() < 80
    picture(page, "devices")
    page.locator(".rows").evaluate("(each) => { each.scrollTop = each.scrollHeight; }")
    page.get_by_role("link", name="Floor 999").wait_for(timeout=WAIT)
    assert metrics()["JSHeapUsedSize"] < 200e6


def demo_picture(demo: Emulator, scan: dict[str, Any]) -> bytes:
    request = Request(
        f"{demo.base}/scans/{scan['token']}/images/1?width=80", headers={"Authorization": f"Bearer {demo.token}"}
    )
    with urlopen(request, timeout=60) as answer:
        return bytes(answer.read())


def test_all_that_the_panel_asks_is_in_openapi_json(demo: Emulator, opened: Opened) -> None:
    page = opened(demo)
    display(page, "Ready")
    page.get_by_role("switch", name="Storage full").click()
    display(page, "Storage full")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("switch", name="Each page 2 s later").click()
    page.get_by_text("1 fault").wait_for(timeout=WAIT)
    assert [each["name"] for each in demo.ask("/faults")["faults"]] == ["slow scan head"]
    page.get_by_role("switch", name="Each page 2 s later").click()
    page.locator("#faults ~ .aside", has_text="none").wait_for(timeout=WAIT)
    assert demo.ask("/faults")["faults"] == []
    page.set_input_files("input[type=file]", PROJECT / "sample_images" / "letter.png")
    page.get_by_text("1 file laid in.").wait_for(timeout=WAIT)
    document = demo.ask("/openapi.json")
    calls = [each for each in demo.asked if urlsplit(each[1]).path != "/openapi.json"]
    met = set()
    for method, url, body, kind in calls:
        parts = urlsplit(url)
        if parts.path.startswith("/panel/"):
            continue
        template, operation = operation_of(document, method, parts.path)
        met.add(operation["operationId"])
        known = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        assert {name for name, _ in parse_qsl(parts.query)} <= known, (url, known)
        if body is not None and "json" in kind:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            jsonschema.validate(json.loads(body), {**schema, "components": document["components"]})
        elif kind and method != "GET":
            assert kind.partition(";")[0] in operation["requestBody"]["content"], (template, kind)
    print(f"{len(calls)} requests of the panel meant {len(met)} operations: {', '.join(sorted(met))}")
    assert {
        "getDevice",
        "listSheets",
        "getSheet",
        "conditionAtDevice",
        "putFaults",
        "deleteFaults",
        "layPages",
    } <= met


def operation_of(document: dict[str, Any], method: str, path: str) -> tuple[str, dict[str, Any]]:
    for template, operations in sorted(document["paths"].items(), key=lambda each: each[0].count("{")):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            return template, operations[method.lower()]
    raise AssertionError(f"openapi.json has no {method} {path}")


def test_a_page_says_that_the_emulator_is_gone_and_goes_on_when_it_is_back(tmp_path: Path, browser: Any) -> None:
    (tmp_path / "token").write_text("a-token-of-twenty-characters-and-more\n")
    options = ("--no-multicast", "--state", "state", "--control-token", "token", "--store", "s")
    context = browser.new_context()
    try:
        with emulator("run", *options, folder=tmp_path) as there:
            port = str(urlsplit(there.base).port)
            page = context.new_page()
            page.goto(f"{there.base}/panel/#token={there.token}")
            display(page, "Ready")
        page.get_by_text("The emulator does not answer.").first.wait_for(timeout=WAIT)
        with emulator("run", *options, "--control-port", port, folder=tmp_path) as again:
            again.ask(f"/devices/{again.device}/load", {"sheets": 3, "replace": True})
            display(page, "3 sheets in the feeder")
    finally:
        context.close()
