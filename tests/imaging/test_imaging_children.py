"""Children that decode: wherever the program that starts them comes from, and however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hostile_files import write
from programs import PROJECT, environment

from emulator.imaging.decoding import child_process
from emulator.imaging.decoding.child_process import ChildDied, ChildProcess
from emulator.imaging.decoding.limits import PageLimits
from emulator.imaging.files import open_files
from emulator.imaging.pages import SourceError

INVOICE = PROJECT / "sample_images" / "invoice.pdf"

READ = f"""
from pathlib import Path
from emulator.imaging.files import open_files
source = open_files([Path({str(INVOICE)!r})])
sizes = [source.page(number).image.size for number in range(len(source))]
source.close()
print("read", sizes)
"""
RENDER = """
import asyncio
from pathlib import Path
from emulator.jobs.render import RenderOptions, render
files = (Path({invoice!r}),)
done = asyncio.run(render(RenderOptions(files=files, pages=6, repeat=True, jobs=2, output=Path("out"))))
print("rendered", len(done.files))
"""
"""Without a `__main__` guard."""
IN_A_THREAD = (
    "import threading\ndef work():\n"
    + "".join(f"    {line}\n" for line in READ.splitlines() if line)
    + ("thread = threading.Thread(target=work)\nthread.start()\nthread.join()\n")
)
LOOP_IN_A_THREAD = """
import asyncio, threading
from pathlib import Path
from emulator import Lab
async def job():
    async with Lab() as lab:
        scanner = await lab.add_device("office-mfp")
        return await scanner.scan({invoice!r}, page_seconds=50.0)
def work():
    outcome = asyncio.run(job())
    print("scanned", outcome.outcome, len(outcome.images))
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def run(*command: str, cwd: Path, stdin: str | None = None, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=60,
        env={**environment(checked=False), **env},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SIZES = "read [(1240, 1754), (1240, 1754), (1240, 1754)]"


def test_from_a_script_without_a_guard(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(READ + RENDER.format(invoice=str(INVOICE)))
    assert run("script.py", cwd=tmp_path).split("\n")[:2] == [SIZES, "rendered 6"]
    assert sorted(each.name for each in (tmp_path / "out").glob("*.jpg")) == [
        f"page-{n:04}.jpg" for n in range(1, 7)
    ]


def test_from_standard_input(tmp_path: Path) -> None:
    said = run("-", cwd=tmp_path, stdin=READ + RENDER.format(invoice=str(INVOICE)))
    assert said.split("\n")[:2] == [SIZES, "rendered 6"]


def test_from_a_console(tmp_path: Path) -> None:
    assert SIZES in run("-i", cwd=tmp_path, stdin=READ + RENDER.format(invoice=str(INVOICE)) + "\n")
    assert len(list((tmp_path / "out").glob("*.jpg"))) == 6


def test_from_a_thread(tmp_path: Path) -> None:
    assert run("-c", IN_A_THREAD, cwd=tmp_path).strip() == SIZES


def test_from_an_event_loop_in_a_thread(tmp_path: Path) -> None:
    assert run("-c", LOOP_IN_A_THREAD.format(invoice=str(INVOICE)), cwd=tmp_path).strip() == "scanned Completed 3"


SCOPE = "asyncio_default_fixture_loop_scope=function"


def test_under_xdist(tmp_path: Path) -> None:
    body = "".join(f"    {line}\n" for line in READ.splitlines() if line)
    (tmp_path / "test_it.py").write_text(f"def test_one():\n{body}\ndef test_two():\n{body}")
    said = run(
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "-p",
        "no:cacheprovider",
        "-o",
        SCOPE,
        "-W",
        "error",
        "test_it.py",
        cwd=tmp_path,
    )
    assert "2 passed" in said


@pytest.mark.parametrize("option", ["-c", "-m"])
def test_modules_of_the_current_folder_are_none_of_the_childs(option: str, tmp_path: Path) -> None:
    """A file of that name in the folder where somebody works is not run by a child, whoever runs the parent."""
    trap = "raise SystemExit('imported from the current folder')"
    work = tmp_path / "work"
    work.mkdir()
    for name in ("emulator.py", "queue.py", "PIL.py"):
        (work / name).write_text(trap)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "reader.py").write_text(READ)
    env = {"PYTHONPATH": os.pathsep.join((str(tree), str(PROJECT)))}
    command = ["-P", "-c", "import reader"] if option == "-c" else ["-P", "-m", "reader"]
    assert run(*command, cwd=work, **env).strip() == SIZES


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed there")
def test_a_current_folder_that_is_gone_is_not_needed(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    # -P: Python 3.13.0 itself fails where it looks for a module in a current folder that is gone.
    assert run("-P", "-c", f"import os\nos.rmdir({str(folder)!r})\n{READ}", cwd=folder).strip() == SIZES


def reason() -> str:
    with pytest.raises(SourceError) as caught:
        open_files([INVOICE], limits=PageLimits(seconds=17))  # of no child that is idle
    return caught.value.reason


@pytest.fixture
def no_idle_children() -> None:
    from emulator.imaging.decoding import decoder

    while decoder._idle._children:
        decoder._idle._children.pop().end()


@pytest.mark.usefixtures("no_idle_children")
def test_without_an_interpreter_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    assert "sys.executable is empty" in reason()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert "cannot be started: No such file" in reason() or sys.platform == "win32"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "this program is frozen" in reason()


@pytest.mark.usefixtures("no_idle_children")
def test_the_last_words_of_a_child_are_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nprint('the licence server', file=sys.stderr)\nprint('is out of order', file=sys.stderr)\n"
        "sys.stderr.flush()\nos._exit(3)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert reason() == (
        "a process for it has not started: its process has ended with code 3: the licence server / is out of order"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.usefixtures("no_idle_children")
def test_a_child_that_dies_by_a_signal_is_named_with_it_and_another_one_goes_on() -> None:
    source = open_files([INVOICE])
    from emulator.imaging.decoding import decoder

    (child,) = [each for each in decoder._idle._children if each.process.alive]
    source.page(0)
    os.kill(child.process._process.pid, signal.SIGSTOP)  # so that it is at work when it dies
    killer = subprocess.Popen(
        ["sh", "-c", f"sleep 0.3; kill -ABRT {child.process._process.pid}; kill -CONT {child.process._process.pid}"]
    )
    with pytest.raises(SourceError, match=r"page 2: its process was ended by SIGABRT; if it lacked memory \(2G"):
        source.page(1)
    killer.wait()
    assert source.page(1).origin == "invoice.pdf page 2"
    source.close()


@pytest.mark.needs(Path("/proc/self/status").exists(), "reads /proc")
@pytest.mark.parametrize("name", ["levels-of-forms.pdf", "scans.jpg"])
def test_a_child_ends_with_a_parent_that_is_killed(name: str, tmp_path: Path) -> None:
    """In the midst of its work; a JPEG decoder keeps the interpreter's lock then."""
    path = write(name, tmp_path)
    code = (
        "from pathlib import Path\nfrom emulator.imaging.files import open_files\n"
        "from emulator.imaging.decoding.limits import PageLimits\n"
        f"open_files([Path({str(path)!r})], limits=PageLimits(60.0, 2**32))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], env=environment(checked=False))
    child = busy_child(parent.pid)
    parent.kill()
    parent.wait()
    until = time.monotonic() + 12
    while (gone := not runs(child)) is False and time.monotonic() < until:
        time.sleep(0.05)
    assert gone


def runs(process: int) -> bool:
    """Whether it has not ended; one that nobody has waited for has."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def busy_child(parent: int) -> int:
    """The child of a process, when it has worked for a while."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for task in Path(f"/proc/{parent}/task").iterdir():
            for child in (task / "children").read_text().split():
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                if int(fields[11]) > 45:  # hundredths of a second
                    return int(child)
        time.sleep(0.02)
    raise AssertionError("no child at work")


@pytest.mark.needs(hasattr(os, "fork"), "there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_has_children_of_its_own() -> None:
    source = open_files([INVOICE])
    before = source.page(0).image.tobytes()
    pid = os.fork()
    if pid == 0:
        try:
            same = source.page(0).image.tobytes() == before
            source.close()
        finally:
            os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert source.page(1).image.size == (1240, 1754)
    source.close()


def test_a_child_that_is_none_of_ours_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "START_SECONDS", 0.5)
    (tmp_path / "sleeper.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    child = ChildProcess("sleeper")
    with pytest.raises(child_process.CannotStart, match=r"has not started within 0\.5 s"):
        child.ask(b"{}", 1)
    assert not child.alive


def test_children_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many sources at once two children stay, and those not for long."""
    from emulator.imaging.decoding import decoder

    sources = [open_files([INVOICE]) for _ in range(4)]
    for source in sources:
        source.page(0)
    monkeypatch.setattr(decoder, "_IDLE_SECONDS", 0.2)
    for source in sources:
        source.close()
    assert len(decoder._idle._children) == 2
    until = time.monotonic() + 15  # a timer of before may still run
    while decoder._idle._children and time.monotonic() < until:
        time.sleep(0.05)
    assert not decoder._idle._children


def test_what_died_cannot_be_asked_again() -> None:
    child = ChildProcess("emulator.imaging.decoding.nothing")
    for _ in range(2):
        with pytest.raises((child_process.CannotStart, ChildDied), match="No module named"):
            child.ask(b"{}", 5)
