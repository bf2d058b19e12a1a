"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

from emulator.cli.parameters import Command, Parameter

COMMANDS: Final[dict[str, Command]] = {
    "": Command(
        "Prove that what a server stored is what was sent: by content, at any depth, under any name.",
        parameters=(
            Parameter(
                "manifests",
                (),
                "path",
                "What is checked",
                "MANIFEST...",
                "Manifests, or folders of them; a file counts for one job.",
                many=True,
                required=True,
                completion="file",
            ),
            Parameter(
                "folder",
                (),
                "path",
                "What is checked",
                "DIR",
                "Folder where the server stored.",
                required=True,
                completion="folder",
            ),
            Parameter(
                "copies",
                ("--copies",),
                "whole",
                "What is checked",
                "N",
                "How often each image must be there. Default: once for each share.",
            ),
            Parameter(
                "exact",
                ("--exact",),
                "truth",
                "What is checked",
                "",
                "Files that no known job has sent are a failure too.",
            ),
            Parameter(
                "state",
                ("--state",),
                "path",
                "What is checked",
                "DIR",
                "State folder with the manifests of other jobs. Default: the user's own.",
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
        examples=("dsm-emulator scan --pages 1 --manifest job.jsonl", "dsm-emulator verify job.jsonl scans"),
        page="verify.md",
    ),
}
