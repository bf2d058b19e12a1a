"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

from emulator.cli.parameters import Command, Parameter

COMMANDS: Final[dict[str, Command]] = {
    "": Command("What can be done otherwise on purpose, and fault plans: list, show, validate.", page="faults.md"),
    "list": Command(
        "List the alterations that a fault plan may name.",
        parameters=(
            Parameter(
                "at",
                ("--at",),
                "choice",
                "What is checked",
                "PLACE",
                "Only those of that place; habit: what --habit alone takes.",
                choices=("page", "exchange", "package", "envelope", "wire", "datagram", "tls", "delivery", "habit"),
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
        examples=("dsm-emulator faults list --at wire",),
        page="faults.md",
    ),
    "show": Command(
        "Show what an alteration does, what it breaks, what it can be told.",
        parameters=(
            Parameter(
                "alteration",
                (),
                "text",
                "What is checked",
                "NAME",
                "Name of an alteration or a habit.",
                required=True,
                completion="alteration",
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
        examples=("dsm-emulator faults show indented",),
        page="faults.md",
    ),
    "validate": Command(
        "Check fault plans; each mistake is named with file, line, field and what is allowed.",
        parameters=(
            Parameter(
                "plans",
                (),
                "path",
                "What is checked",
                "FILE...",
                "Fault plans.",
                many=True,
                required=True,
                completion="file",
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
        examples=("dsm-emulator faults validate faults.toml",),
        page="faults.md",
    ),
}
