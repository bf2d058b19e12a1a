"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

from emulator.cli.parameters import Command, Parameter

COMMANDS: Final[dict[str, Command]] = {
    "": Command(
        "Copy what comes along to a folder: sample pages, device profiles, document sets, templates, scenarios, users and scan processes.",
        parameters=(
            Parameter("folder", (), "path", "Output", "DIR", "Where they go.", required=True, completion="folder"),
            Parameter(
                "overwrite",
                ("--overwrite",),
                "truth",
                "Output",
                "",
                "Replace files of these names that have other content.",
            ),
            Parameter("json", ("--json",), "truth", "Output", "", "One JSON object on stdout, all else on stderr."),
            Parameter(
                "verbose",
                ("-v", "--verbose"),
                "count",
                "Output",
                "",
                "-v: what happens; -vv: every message and step, and tracebacks.",
            ),
        ),
        examples=("dsm-emulator samples lab",),
        page="install.md",
    ),
}
