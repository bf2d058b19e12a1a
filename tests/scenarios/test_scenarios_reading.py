"""Mistakes in scenarios: each is told with its line before anything runs, and all of them together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scenario_play import scenario_of

from emulator.environment.directories import office_folder
from emulator.options.play import (
    DiscoverStep,
    ExpectStep,
    FaultsStep,
    FetchStep,
    StartToStep,
    SubscribeStep,
    WaitForPcStep,
    WaitStep,
)
from emulator.options.until import Until
from emulator.scenarios.reading import MAX_SCENARIO, open_scenario, read_all
from emulator.scenarios.scenario import ScenarioError
from emulator.scenarios.steps import FORMS
from emulator.scenarios.variables import Value

PROJECT = Path(__file__).resolve().parents[2]
HEAD = 'title = "t"\n[devices.mfp]\n'
TWO = 'title = "t"\n[devices.a]\n[devices.b]\n'
START = '[[step]]\nstart = {}\nas = "job"\n'
PC = '[[step]]\nsubscribe = {}\nas = "pc"\n'

MISTAKES = [
    # the file
    ("title = \n", 1, "is no TOML"),
    ('title = "t"\n[devices.mfp]\n', None, "step: a scenario without steps shows nothing"),
    ('title = "t"\nstep = []\n', 2, "a scenario without steps shows nothing"),
    ('title = ""\n[[step]]\nreset = {}\n', 1, "title"),
    ('[[step]]\nreset = {}\n', None, "title: missing"),
    ('title = "t"\ncolour = 1\n[[step]]\nreset = {}\n', 2, "colour: no such field"),
    ('title = "t"\nfaults = "gone.toml"\n[[step]]\nreset = {}\n', 2, "gone.toml is not there"),
    ('title = "t"\nfaults = "bad-plan.toml"\n[[step]]\nreset = {}\n', 2, "bad-plan.toml:1"),
    ('title = "t"\nhabits = ["no-such"]\n[[step]]\nreset = {}\n', 2, "no-such"),
    ('title = "t"\ndirectory = "nowhere"\n[[step]]\nreset = {}\n', 2, "is not there"),
    ('title = "t"\nstep = 5\n', 2, "step"),
    ('title = "t"\ndirectory = "bad-plan.toml"\n[[step]]\nreset = {}\n', 2, "directory: "),
    ('title = "t"\ndelivery = "bad-plan.toml"\n[[step]]\nreset = {}\n', 2, "bad-plan.toml:1"),
    ('title = "t"\nstrict = 1\n[[step]]\nreset = {}\n', 2, "strict: 1 is not allowed"),
    ('title = "t"\n' + "".join(f"[devices.d{n}]\n" for n in range(101)) + "[[step]]\nreset = {}\n", None, "100"),
    # devices and variables
    ('title = "t"\n[devices.mfp]\nprofile = "no-such"\n[[step]]\nreset = {}\n', 3, "no-such"),
    ('title = "t"\n[devices.mfp]\nspeed = "slow"\n[[step]]\nreset = {}\n', 3, "devices.mfp.speed: is real or max"),
    ('title = "t"\n[devices.mfp]\ncolour = 1\n[[step]]\nreset = {}\n', 3, "is no option"),
    ('title = "t"\n[devices."a b"]\n[[step]]\nreset = {}\n', 2, "letters, digits"),
    ('title = "t"\n[vars]\n9a = 1\n[[step]]\nreset = {}\n', 3, "letters, digits"),
    ('title = "t"\n[vars]\na = [1]\n[[step]]\nreset = {}\n', 3, "vars.a"),
    # steps
    (HEAD + "[[step]]\n", 3, "a step does something"),
    (HEAD + "[[step]]\nlaod = { sheets = 1 }\n", 4, "'laod' is no operation; there are: load"),
    (HEAD + "[[step]]\nclear = {}\nload = { sheets = 1 }\n", 5, "does one thing"),
    (HEAD + "[[step]]\nload = 5\n", 4, "a table is wanted"),
    (HEAD + "[[step]]\nload = {}\n", 4, "give sheets"),
    (HEAD + "[[step]]\nload = { sheets = 0 }\n", 4, "step.load.sheets: is a whole number of at least 1, not 0"),
    (HEAD + '[[step]]\nload = { sheets = "three" }\n', 4, "step.load.sheets: is a whole number"),
    (HEAD + "[[step]]\nload = { sheet = 1 }\n", 4, "is no field of load; there are: sheets"),
    (HEAD + "[[step]]\nclear = { on = true }\n", 4, "is no field of clear"),
    (HEAD + '[[step]]\nscan = { server = "x" }\n', 4, "is no field of scan"),
    (HEAD + '[[step]]\nstart = { password = "x" }\n', 4, "is no field of start"),
    (HEAD + '[[step]]\nstart = { to = "x", user = "y" }\n', 4, "is no field of start"),
    (HEAD + '[[step]]\ncondition = { name = "NoSuch" }\n', 4, "step.condition.name"),
    (HEAD + "[[step]]\nclear = {}\nexpect = 5\n", 5, "a table is wanted"),
    (HEAD + "[[step]]\nclear = {}\nexpect = { sheets = { min = 2, max = 1 } }\n", 5, "step.expect.sheets"),
    (HEAD + '[[step]]\nclear = {}\n[step.expect]\nstate = "Idle"\nsheets = { min = "a" }\n', 7, "are numbers"),
    (HEAD + "[[step]]\nclear = {}\ntitle = 5\n", 5, "title is a text"),
    (HEAD + '[[step]]\nclear = { device = "gone" }\n', 4, "there is no device 'gone'; there are: mfp"),
    (TWO + "[[step]]\nclear = {}\n", 5, "say which: a, b"),
    ('title = "t"\n[[step]]\nclear = {}\n', 3, "there are no [devices]"),
    (HEAD + '[[step]]\nfaults = { plan = "bad-plan.toml" }\n', 4, "bad-plan.toml:1"),
    (HEAD + '[[step]]\nfaults = { plan = "gone.toml" }\n', 4, "cannot be read"),
    (HEAD + '[[step]]\nfaults = "plan.toml"\n', 4, "a table is wanted: faults = { ... }"),
    # waits
    (HEAD + "[[step]]\nwait = {}\n", 4, "until says nothing"),
    (HEAD + '[[step]]\nwait = { state = "Sleeping" }\n', 4, "step.wait.state"),
    (HEAD + '[[step]]\nwait = { state = "Idle", within = 0 }\n', 4, "step.wait.within"),
    (HEAD + '[[step]]\nwait = { state = "Idle", within = 99999 }\n', 4, "step.wait.within"),
    (HEAD + '[[step]]\nwait = { job = "$job" }\n' + START, 4, "$job is what step 2 brings, which comes later"),
    (HEAD + '[[step]]\nwait = { job = "$a" }\nas = "b"\n[[step]]\nwait = { job = "$b" }\nas = "a"\n', 4, "later"),
    (HEAD + '[[step]]\nwait = { job = "job" }\n', 4, "nothing that an earlier step has brought"),
    (HEAD + "[[step]]\nwait = { job = 3 }\n", 4, "nothing that an earlier step has brought"),
    (HEAD + PC + '[[step]]\nwait = { job = "$pc" }\n', 7, "$pc is a pc (step 1), and a job is wanted"),
    (HEAD + START + '[[step]]\nwait = { subscription = "$job", event = "JobStatusEvent" }\n', 7, "a pc is wanted"),
    (HEAD + PC + '[[step]]\nwait = { subscription = "$pc" }\n', 7, "event: is missing"),
    (HEAD + PC + '[[step]]\nwait = { subscription = "$pc", event = "NoSuchEvent" }\n', 7, "is no event"),
    # names
    (HEAD + '[[step]]\nclear = {}\nas = "x"\n', 5, "clear brings nothing that has a name"),
    (HEAD + START + START, 8, "$job is there already"),
    (HEAD + '[[step]]\nstart = {}\nas = "1"\n', 5, "letters, digits"),
    (HEAD + '[[step]]\nstart = { user = "$who" }\n', 4, "there is no variable $who; there are none"),
    (HEAD + '[vars]\nwhom = "x"\n[[step]]\nstart = { user = "$who" }\n', 6, "there are: whom"),
    (HEAD + START + '[[step]]\nstart = { user = "$job" }\n', 7, "$job is what step 1 brings, and no value"),
    # expect alone
    (HEAD + "[[step]]\nexpect = {}\n", 4, "nothing is expected"),
    (HEAD + '[[step]]\nexpect = { device = "mfp" }\n', 4, "nothing is expected"),
    (HEAD + '[[step]]\nexpect = { state = "Idle" }\n', 4, "is of one thing"),
    (HEAD + '[[step]]\nexpect = { device = "mfp", server = true, state = "x" }\n', 4, "is of one thing"),
    (HEAD + '[[step]]\nexpect = { device = "gone", state = "Idle" }\n', 4, "there is no device 'gone'"),
    (HEAD + '[[step]]\n[step.expect]\nstate = "Idle"\ndevice = "gone"\n', 6, "there is no device 'gone'"),
    (HEAD + '[[step]]\nclear = {}\n[step.expect]\nstate = "$x"\n', 5, "there is no variable $x"),
    (HEAD + '[[step]]\nload = { page_memory = "1k", sheets = 1 }\n', 4, "load.page_memory: "),
    (HEAD + "[[step]]\nexpect = { server = 1, jobs = 0 }\n", 4, "step.expect.server"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "says"), MISTAKES, ids=[each[2] for each in MISTAKES])
def test_a_mistake_is_told_with_its_line(text: str, line: int | None, says: str, tmp_path: Path) -> None:
    (tmp_path / "bad-plan.toml").write_text("[[fault]\n")
    with pytest.raises(ScenarioError) as raised:
        scenario_of(text, tmp_path)
    found = raised.value.problems[0]
    assert (says in str(found) or says in str(raised.value)) and found.line == line, str(raised.value)
    assert "--faults" not in str(raised.value) and "\n" not in str(raised.value)


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(HEAD + "[[step]]\nlaod = {}\n[[step]]\nclear = { x = 1 }\n")
    (tmp_path / "two.toml").write_text("title = 5\n")
    (tmp_path / "good.toml").write_text(HEAD + "[[step]]\nclear = {}\n")
    names = ["one", "good", "two", "gone"]
    found, mistakes = read_all([tmp_path / f"{name}.toml" for name in names], {})
    assert [each.name for each in found] == ["good"]
    starts = ["one.toml:4: step.laod: ", "one.toml:6: step.clear.x: ", "two.toml:1: ", "two.toml", "gone.toml: "]
    assert [
        each.removeprefix(f"{tmp_path}/")[: len(start)] for each, start in zip(mistakes, starts, strict=True)
    ] == (starts)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff", "not UTF-8"), (b"a = " + b"[" * 100_000, "nested too deep"),
        (b"a = " + b"9" * 5000, "is no TOML"),
        (b"#" * (MAX_SCENARIO + 1), "is larger than"), (b"", "title"), (b"\x00", "is no TOML"),
        (HEAD.encode() + b"[[step]]\nclear = {}\n" * 1001, "1000"),
    ],
    ids=["octets", "deep", "long", "large", "empty", "nul", "many"],
)  # fmt: skip
def test_files_that_are_none_are_told(data: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(data)
    with pytest.raises(ScenarioError, match=says):
        open_scenario(tmp_path / "x.toml", {})


def test_a_name_that_is_none_is_told_with_those_that_come_along(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="there are: cancel, cover, faults, jam, job"):
        open_scenario(Path("no-such"), {})
    with pytest.raises(ScenarioError, match=r"no-such\.toml: cannot be read"):
        open_scenario(tmp_path / "no-such.toml", {})


def test_variables_of_the_command_line_go_before_those_of_the_file(tmp_path: Path) -> None:
    text = 'title = "t"\n[vars]\nn = 2\n[devices.mfp]\n[[step]]\nload = { sheets = "$n" }\n'
    given: dict[str, Value] = {"n": 5}
    (tmp_path / "a.toml").write_text(text)
    (tmp_path / "b.toml").write_text(HEAD + "[[step]]\nclear = {}\n")
    found, mistakes = read_all([tmp_path / "a.toml", tmp_path / "b.toml"], given)
    assert mistakes == [] and found[0].steps[0].given == {"sheets": 5}
    _, mistakes = read_all([tmp_path / "a.toml"], {"m": 5})
    assert mistakes == ["--var m: no [vars] of these scenarios has it; there are: n"]
    _, mistakes = read_all([tmp_path / "b.toml"], {"m": 5})
    assert mistakes == ["--var m: no [vars] of these scenarios has it; there are none"]
    _, (mistake,) = read_all([tmp_path / "a.toml"], {"n": "five"})
    assert mistake == f"{tmp_path / 'a.toml'}:6: step.load.sheets: is a whole number of at least 1, not 'five'"


def test_files_are_meant_as_beside_the_scenario_and_names_stay_names(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "letter.png").write_bytes(b"")
    (tmp_path / "in" / "set.toml").write_bytes(b"")
    scenario = scenario_of(
        HEAD + '[[step]]\nload = { files = ["letter.png"] }\n[[step]]\nload = { documents = "set.toml" }\n'
        '[[step]]\nload = { documents = "ocr" }\n',
        tmp_path / "in",
    )
    assert [dict(step.given) for step in scenario.steps] == [
        {"files": [str(tmp_path / "in" / "letter.png")]},
        {"documents": str(tmp_path / "in" / "set.toml")},
        {"documents": "ocr"},
    ]


def test_a_profile_beside_the_scenario_is_meant(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    profile = tmp_path / "in" / "own.toml"
    profile.write_text('extends = "flatbed"\nfriendly_name = "Own"\n')
    head = 'title = "t"\n[devices.mfp]\nprofile = "own.toml"\n'
    scenario = scenario_of(f"{head}[[step]]\nclear = {{}}\n", tmp_path / "in")
    assert scenario.devices["mfp"].profile == str(profile)
    profile.write_text('extends = "flatbed"\nfriendly_name = 5\n')
    with pytest.raises(ScenarioError, match=r"written\.toml:3: devices\.mfp\.profile: .*own\.toml:2"):
        scenario_of(f"{head}[[step]]\nclear = {{}}\n", tmp_path / "in")


def test_a_file_whose_name_has_a_line_break_makes_no_lines(tmp_path: Path) -> None:
    (tmp_path / "a\nb.toml").write_text(HEAD + "[[step]]\nclear = {}\n")
    (found,), _ = read_all([tmp_path / "a\nb.toml"], {})
    assert found.name == r"a\nb"


def test_two_files_of_one_name_and_one_file_twice_have_results_of_their_own(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.toml").write_text(HEAD + "[[step]]\nclear = {}\n")
    paths = [tmp_path / "a" / "x.toml", tmp_path / "b" / "x.toml", tmp_path / "b" / "x.toml"]
    found, _ = read_all(paths, {})
    whole = [(tmp_path / folder / "x").as_posix() for folder in ("a", "b")]
    assert [each.name for each in found] == [*whole, f"{whole[1]}-2"]


def test_all_that_stands_at_the_top_is_there_when_it_is_played(tmp_path: Path) -> None:
    shutil.copytree(office_folder(), tmp_path / "office")
    (tmp_path / "plan.toml").write_text('[[fault]]\nname = "x"\nat = "page"\npage = 9\ndo = "blank"\n')
    (tmp_path / "mail.toml").write_text('[mail]\nhost = "127.0.0.1"\ntls = "none"\nsender = "s@contoso.example"\n')
    scenario = scenario_of(
        'title = "All"\nfaults = "$WHICH.toml"\ndirectory = "office"\ndelivery = "mail.toml"\nstrict = true\n'
        'habits = ["fault-on-200"]\n[vars]\nWHICH = "plan"\n[devices.a]\nseed = 3\n[devices.b]\n'
        '[[step]]\ntitle = "begin"\nstart = { device = "b" }\nas = "Job_1"\n[[step]]\nwait = { job = "$Job_1" }\n',
        tmp_path,
    )
    assert (scenario.title, scenario.habits, scenario.strict) == ("All", ("fault-on-200",), True)
    files = (scenario.faults, scenario.directory, scenario.delivery)
    assert files == (tmp_path / "plan.toml", tmp_path / "office", tmp_path / "mail.toml")
    assert scenario.devices["a"].seed == 3 and list(scenario.devices) == ["a", "b"]
    begin, wait = scenario.steps
    assert (begin.title, begin.brings, begin.device, begin.id) == ("begin", "Job_1", "b", "01-start")
    assert (wait.title, wait.brings, wait.device, wait.given) == ("", "", "", {"job": "$Job_1"})
    assert scenario.place(begin) == f"{tmp_path}/written.toml:12"
    assert scenario.place(wait, "wait") == f"{tmp_path}/written.toml:17"
    (tmp_path / "plan.toml").write_text('[[fault]]\nname = "x"\nat = "delivery"\ndo = "full"\n')
    open_scenario(tmp_path / "written.toml", {})
    with pytest.raises(ScenarioError, match=r"written\.toml:2: faults: .*full is done by server") as raised:
        open_scenario(tmp_path / "written.toml", {}, server=False)
    assert len(raised.value.problems) == 2
    (tmp_path / "plan.toml").write_text('[[fault]]\nname = "x"\nat = "page"\npage = 9\ndo = "blank"\n')
    with pytest.raises(ScenarioError, match=r"written\.toml:4: delivery: is of the embedded scan server"):
        open_scenario(tmp_path / "written.toml", {}, server=False)


def test_the_page_tells_of_every_operation_and_field() -> None:
    page = (PROJECT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    steps = page.partition("## Steps")[2].partition("## Expectations")[0]
    assert [each.name for each in FORMS if f"`{each.name}`" not in steps] == []
    for model in (
        DiscoverStep,
        ExpectStep,
        FaultsStep,
        FetchStep,
        StartToStep,
        SubscribeStep,
        WaitForPcStep,
        WaitStep,
        Until,
    ):
        for name in model.model_fields:
            assert f"`{name}`" in steps or f"`{name} = true`" in steps, name
