"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

from emulator.cli.parameters import Command, Parameter

COMMANDS: Final[dict[str, Command]] = {
    "": Command("Document sets: list, show, validate.", page="documents.md"),
    "list": Command(
        "List the document sets that come along.",
        parameters=(
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
        examples=("dsm-emulator documents list",),
        page="documents.md",
    ),
    "show": Command(
        "Show which documents a set holds.",
        parameters=(
            Parameter(
                "document_set",
                (),
                "text",
                "Output",
                "SET",
                "Name or TOML file.",
                required=True,
                completion="documents",
            ),
            Parameter(
                "toml",
                ("--toml",),
                "truth",
                "Output",
                "",
                "Print the whole TOML with its comments, to start one's own from.",
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
        examples=("dsm-emulator documents show office-day", "dsm-emulator documents show office-day --toml"),
        page="documents.md",
    ),
    "validate": Command(
        "Check document sets; each mistake is named with file, line, page, field and what is allowed.",
        parameters=(
            Parameter(
                "document_sets",
                (),
                "text",
                "Output",
                "SET...",
                "Names or TOML files.",
                many=True,
                required=True,
                completion="documents",
            ),
            Parameter(
                "verbose",
                ("-v", "--verbose"),
                "count",
                "Output",
                "",
                "-v: what happens; -vv: every message and step, and tracebacks.",
            ),
        ),
        examples=("dsm-emulator documents validate office-day",),
        page="documents.md",
    ),
}
