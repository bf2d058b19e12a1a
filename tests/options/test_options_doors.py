"""A wrong value has the same words at every door, whichever option it is, and nothing begins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.cli.command import GivenOptions
from emulator.cli.main import app
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.option_model import OptionField, Options, WrongOption, fields_of
from emulator.options.commands import COMMANDS
from emulator.options.press import ACTIONS
from emulator.options.scan import START_FIELDS, ScanOptions
from emulator.panel.actions import BadRequest, do_action
from emulator.panel.post_scan import PanelJobs

MODELS: dict[type[Options], None] = {model: None for command in COMMANDS.values() for model in command.models}


@dataclass(frozen=True)
class Wrong:
    """A value that an option cannot have, as Python has it and as it is typed (None: it cannot be typed)."""

    value: Any
    typed: str | None


def wrong_values(option: OptionField) -> Iterator[Wrong]:
    """By kind and bounds."""
    if option.kind in ("whole", "number"):
        yield Wrong("two", "two")
        yield Wrong(True, None)
        yield Wrong([1], None)
        if option.kind == "whole":
            yield Wrong(1.5, None)
        else:
            yield Wrong(float("nan"), "nan")
            yield Wrong(float("inf"), "inf")
        if option.least is not None:
            below = option.least - (1 if option.kind == "whole" else 0.05)
            yield Wrong(int(below) if option.kind == "whole" else below, f"{below:g}")
        if option.most is not None:
            yield Wrong(int(option.most) + 1, str(int(option.most) + 1))
    elif option.kind == "size":
        yield Wrong("2X", "2X")
        yield Wrong("1M", "1M")
        yield Wrong(1.5, None)
    elif option.kind == "choice":
        yield Wrong("no-such", "no-such")
        yield Wrong(3, None)
    elif option.kind == "date":
        yield Wrong("yesterday", "yesterday")
    elif option.kind == "truth":
        yield Wrong("yes", None)
        yield Wrong(2, None)
    else:
        yield Wrong(3, None)
        if option.many:
            yield Wrong([3], None)


CASES = [
    pytest.param(model, option, wrong, id=f"{model.__name__}-{option.option}-{wrong.value}")
    for model in MODELS
    for option in fields_of(model).values()
    for wrong in wrong_values(option)
    if not option.within
]


@pytest.mark.parametrize(("model", "option", "wrong"), CASES)
def test_a_wrong_value_is_refused_with_the_option_s_name_and_what_is_allowed(
    model: type[Options], option: OptionField, wrong: Wrong
) -> None:
    with pytest.raises(WrongOption) as caught:
        model.of(**{option.name: wrong.value})
    said = str(caught.value)
    assert caught.value.code is ExitCode.USAGE and said.startswith(option.name) and said.isprintable()
    assert "Input should" not in said and "pydantic" not in said
    assert f" is {option.allowed}, not " in said or option.kind in ("choice", "size"), said


TYPED = [
    pytest.param(command, option, wrong, id=f"{command}-{option.flag}-{wrong.typed}")
    for command, spoken in COMMANDS.items()
    for model in spoken.models
    for option in fields_of(model).values()
    for wrong in wrong_values(option)
    if wrong.typed is not None and option.said.short != "-v" and not option.said.argument
]


@pytest.mark.parametrize(("command", "option", "wrong"), TYPED)
def test_the_command_line_says_it_with_the_option_as_it_is_typed(
    command: str, option: OptionField, wrong: Wrong, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert wrong.typed is not None
    os.chdir(tmp_path)
    needed = {"verify": ["m", "d"], "inspect": ["127.0.0.1:9"], "lab-ca": ["d"],
              "profiles capture": ["127.0.0.1:9"],
              "press condition": ["LampError"],
              "scan-processes show": ["x"], "truth compare": ["s", "o"],
              "play": ["x"], "check server": ["127.0.0.1:9"],
              "check device": ["127.0.0.1:9"], "exec": ["--", "true"]}.get(command, [])  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        app([*command.split(), option.flag, wrong.typed, *needed], prog_name="dsm-emulator")
    told = capsys.readouterr()
    with pytest.raises(WrongOption) as of_model:
        option.model.of(**{option.name: wrong.value})
    assert ended.value.code == ExitCode.USAGE and told.out == ""
    says = of_model.value.says.partition(", not ")[0]
    assert f"{option.flag}{'' if says.startswith(':') else ' '}{says}" in told.err
    assert told.err.startswith(f"error: {option.flag}") and not list(tmp_path.iterdir())
    assert f"dsm-emulator {command} -h tells" in told.err


@pytest.mark.parametrize("option", START_FIELDS, ids=lambda option: option.name)
async def test_the_control_api_says_the_same_of_a_post_scan_job(option: OptionField) -> None:
    desk = PanelJobs(ScanOptions())
    name = option.option if option.within else option.name
    for wrong in wrong_values(option):
        with pytest.raises(LabError) as caught:
            await desk.start(None, {name: wrong.value})  # type: ignore[arg-type]  # it is not come to
        with pytest.raises(WrongOption) as of_model:
            option.model.of(**{option.name: wrong.value})
        assert str(caught.value) == f"{name}{str(of_model.value).removeprefix(option.name)}"


@pytest.mark.parametrize("action", ACTIONS)
async def test_the_control_api_says_the_same_of_an_action(action: str) -> None:
    for option in fields_of(ACTIONS[action]).values():
        for wrong in wrong_values(option):
            rest = {"name": "LampError"} if action == "condition" and option.name != "name" else {}
            asked = {**rest, option.name: wrong.value}
            with pytest.raises(WrongOption) as of_model:
                ACTIONS[action].of(**asked)
            with pytest.raises(WrongOption) as caught:
                await do_action(None, action, asked)  # type: ignore[arg-type]  # not come to
            assert str(caught.value) == str(of_model.value)
    with pytest.raises(BadRequest, match=f"'no_such' is no field of {action}; there are: "):
        await do_action(None, action, {"no_such": 1})  # type: ignore[arg-type]


def test_a_name_that_no_option_has() -> None:
    with pytest.raises(LabError, match=r"^'page' is no option; did you mean pages\?$"):
        ScanOptions.of(page=3)
    with pytest.raises(LabError, match=r"^'ca_fil' is no option; did you mean ca_file\?$"):
        ScanOptions.of(ca_fil="x")


def test_every_way_to_say_the_same(tmp_path: Path) -> None:
    """Names of the command line and of fields, texts and paths, one and several."""
    one = ScanOptions(
        files="a.pdf", settings="Format=png", ca_file="ca.pem", crl="c.crl", no_wait=True, preflight="full",
        folder="//a/b", directory_timeout=3.0, page_memory="1G", manifest="m.jsonl", habit="2008r2",
    )  # fmt: skip
    other = ScanOptions.of(
        files=(Path("a.pdf"),), settings=["Format=png"], trust={"ca_file": Path("ca.pem"), "crls": ("c.crl",)} and
        type(one.trust).of(ca_file=Path("ca.pem"), crls=("c.crl",)), wait=False, full_preflight=True,
        folders=("//a/b",), ldap=type(one.ldap).of(timeout=3), page_memory=1024**3, manifest=Path("m.jsonl"),
        habits=("2008r2",),
    )  # fmt: skip
    assert one == other
    assert one.wait is False and one.full_preflight and one.trust.crls == (Path("c.crl"),)
    assert ScanOptions(manifest="none").manifest == "none"
    assert repr(ScanOptions(pages=2)) == "ScanOptions(pages=2)"
    assert one.but(insecure=True).trust == one.trust.but(insecure=True) and one.trust.insecure is False
    with pytest.raises(Exception, match="frozen"):
        one.pages = 3  # type: ignore[misc]


def test_a_model_is_cheap_to_make() -> None:
    """A thousand jobs of a load run: measured 6 us each, and 35 with options of trust."""
    import time

    begun = time.process_time()
    for _ in range(1000):
        ScanOptions(pages=3, files="a.pdf")
        ScanOptions(pages=3, ca_file="ca.pem")
    assert time.process_time() - begun < 0.5


def test_what_is_given_belongs_to_the_models_that_have_it() -> None:
    from emulator.cli.tables.scan import COMMANDS as TABLE

    given = GivenOptions(TABLE[""], {"ca_file": "x", "pages": 2, "control_port": 0})
    assert given.of(ScanOptions).trust.ca_file == Path("x") and given.of(ScanOptions).pages == 2
