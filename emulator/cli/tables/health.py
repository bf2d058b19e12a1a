"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

from emulator.cli.parameters import Command, Parameter

COMMANDS: Final[dict[str, Command]] = {
    "": Command(
        "Ask what runs whether it is ready; exits with 0 or 1.",
        parameters=(
            Parameter(
                "control",
                ("--control",),
                "text",
                "Control",
                "URL",
                "Control URL, of a process or of a device. Default: all that run.",
            ),
            Parameter(
                "state",
                ("--state",),
                "path",
                "Control",
                "DIR",
                "State folder, which has the list of what runs. Default: the user's own.",
                completion="folder",
                variable="DSM_EMULATOR_STATE",
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
        examples=("dsm-emulator health", "dsm-emulator health --json"),
        page="control.md",
    ),
}
