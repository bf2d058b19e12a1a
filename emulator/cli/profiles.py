"""`profiles`: device profiles, listed, shown, validated, captured."""

from __future__ import annotations

from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.passwords import ask_password
from emulator.cli.running import run, run_async, set_up_logging, shown


def list_profiles(given: GivenOptions) -> None:
    """List the profiles that come along."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.device.profiles import profiles

    found = run(profiles)
    if given.json:
        told = [{"name": p.name, "friendly_name": p.friendly_name, "model": p.model_name} for p in found]
        print_result({"profiles": told})
        return
    names = max(len(profile.name) for profile in found) + 2
    titles = max(len(profile.friendly_name) for profile in found) + 2
    for profile in found:
        sources = ", ".join(profile.configuration().input_sources)
        typer.echo(f"{profile.name:<{names}}{profile.friendly_name:<{titles}}{sources}")


def show(given: GivenOptions) -> None:
    """Show what a device of a profile can do."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_profile, print_result
    from emulator.device.profiles import profile_of, profile_text
    from emulator.options.keeping import ShownProfile

    asked = given.of(ShownProfile)
    name = asked.profile
    found = shown(given, asked.toml, lambda: profile_text(name), lambda: profile_of(name))
    if found is None:
        return
    if given.json:
        print_result(found.model_dump(mode="json", by_alias=True))
    else:
        print_profile(found)


def validate(given: GivenOptions) -> None:
    """Check profiles; each mistake is named with file, field and what is allowed."""
    set_up_logging(given.verbose)
    from emulator.device.profiles import check_profile
    from emulator.options.keeping import CheckedProfiles

    bad = False
    for name in given.of(CheckedProfiles).profiles:
        mistakes, warnings = run(lambda name=name: check_profile(name))  # type: ignore[misc]
        bad = bad or bool(mistakes)
        for line in mistakes:
            typer.echo(f"error: {line}", err=True)
        for line in warnings:
            typer.echo(f"{name}: {line}")
        if not mistakes:
            typer.echo(f"{name}: valid")
    raise typer.Exit(2 if bad else 0)


def capture(given: GivenOptions) -> None:
    """Make a profile of a WS-Scan device: who it is, what it can do, its default ticket, its quirks."""
    set_up_logging(given.verbose)
    from emulator.cli.inspection import print_capture
    from emulator.cli.output import print_result
    from emulator.environment.options import TrustOptions
    from emulator.inspector.capture import capture as capture_device
    from emulator.options.asking import CaptureOptions

    asked = given.of(CaptureOptions).but(trust=given.of(TrustOptions, ask=ask_password))
    made = run_async(
        lambda: capture_device(asked.sources, asked, asked.output, overwrite=asked.overwrite),
        verbosity=given.verbose,
    )
    if given.json:
        print_result(made.as_dict())
    else:
        print_capture(made, deviations=given.verbose > 0)


COMMANDS: Final[dict[str, Handler]] = {
    "list": list_profiles,
    "show": show,
    "validate": validate,
    "capture": capture,
}
