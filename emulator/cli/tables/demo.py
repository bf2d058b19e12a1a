"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

from emulator.cli.parameters import Command, Parameter

COMMANDS: Final[dict[str, Command]] = {
    "": Command(
        "Show it: a device, a scan server, documents and the front panel in one, until you stop it.",
        parameters=(
            Parameter(
                "set",
                ("--set",),
                "text",
                "Pages",
                "SET",
                "Document set that lies in the feeder: a name or a TOML file. Default: office-day.",
                completion="documents",
            ),
            Parameter("sheets", ("--sheets",), "whole", "Pages", "N", "So many sheets of it. Default: all."),
            Parameter("seed", ("--seed",), "whole", "Pages", "N", "Seed of the documents."),
            Parameter(
                "to",
                ("--to",),
                "text",
                "Server",
                "DIR|smb:...|mailto:...",
                "Where each job's PDF goes beside the inbox: a folder, smb://SERVER/SHARE/FOLDER, mailto:ADDRESS. Default: the inbox alone.",
                completion="folder",
            ),
            Parameter(
                "delivery",
                ("--delivery",),
                "path",
                "Server",
                "FILE.toml",
                "By which servers smb: and mailto: deliver (docs/delivery.md).",
                completion="file",
            ),
            Parameter(
                "profile",
                ("--profile",),
                "text",
                "Device",
                "PROFILE",
                "Device profile: a name or a TOML file. Default: office-mfp.",
                completion="profile",
            ),
            Parameter(
                "speed",
                ("--speed",),
                "choice",
                "Device",
                "real|max",
                "real: the pages per minute of the profile. Default: real.",
                choices=("real", "max"),
            ),
            Parameter("no_open", ("--no-open",), "truth", "Control", "", "Open no browser."),
            Parameter(
                "control_port",
                ("--control-port",),
                "whole",
                "Control",
                "N",
                "Port of the control API, by which press drives; 0: a free one.",
            ),
            Parameter(
                "control_bind",
                ("--control-bind",),
                "text",
                "Control",
                "ADDRESS",
                "Address that the control API listens on, in plain HTTP; 0.0.0.0 and :: mean all. Default: 127.0.0.1.",
            ),
            Parameter(
                "control_token",
                ("--control-token",),
                "path",
                "Control",
                "FILE",
                "Its first line is the token of the control API; else one is made, and press finds it.",
                completion="file",
                variable="DSM_EMULATOR_TOKEN",
            ),
            Parameter("json", ("--json",), "truth", "Output", "", "One JSON object on stdout, all else on stderr."),
            Parameter("quiet", ("-q", "--quiet"), "truth", "Output", "", "Only errors."),
            Parameter(
                "verbose",
                ("-v", "--verbose"),
                "count",
                "Output",
                "",
                "-v: what happens; -vv: every message and step, and tracebacks.",
            ),
        ),
        examples=("dsm-emulator demo", "dsm-emulator demo --no-open --to inbox"),
        page="demo.md",
    ),
}
