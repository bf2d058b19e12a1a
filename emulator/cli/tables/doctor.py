"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

from emulator.cli.parameters import Command, Parameter

COMMANDS: Final[dict[str, Command]] = {
    "": Command(
        "Look at this machine: interfaces, multicast, ports, limits, clock, optional components.",
        parameters=(
            Parameter(
                "state",
                ("--state",),
                "path",
                "Control",
                "DIR",
                "State folder that run and server would use. Default: the user's own.",
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
        examples=("dsm-emulator doctor",),
        page="control.md",
    ),
}
