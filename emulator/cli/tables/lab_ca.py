"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

from emulator.cli.parameters import Command, Parameter

COMMANDS: Final[dict[str, Command]] = {
    "": Command(
        "Make a CA for a lab, with certificates of servers and users as PEM and PKCS#12. Never for anything else.",
        parameters=(
            Parameter(
                "folder", (), "path", "Certificates", "DIR", "Folder of the CA.", required=True, completion="folder"
            ),
            Parameter(
                "server",
                ("--server",),
                "text",
                "Certificates",
                "NAME[,NAME]...",
                "A certificate for a server or device of these DNS names and IP addresses. Repeatable.",
                many=True,
            ),
            Parameter(
                "user",
                ("--user",),
                "text",
                "Certificates",
                "USER",
                "A certificate for a user: demo of the folder of users, or any demo@contoso.example. Repeatable.",
                many=True,
            ),
            Parameter(
                "revoke",
                ("--revoke",),
                "text",
                "Certificates",
                "NAME",
                "Put the certificate of that name onto the revocation list. Repeatable.",
                many=True,
            ),
            Parameter(
                "key",
                ("--key",),
                "choice",
                "Certificates",
                "rsa|ec",
                "RSA of 2048 bits, or NIST P-256. Default: rsa.",
                choices=("rsa", "ec"),
            ),
            Parameter(
                "crl_url",
                ("--crl-url",),
                "text",
                "Certificates",
                "URL",
                "URL of the revocation list, written into the certificates (Windows wants one).",
            ),
            Parameter(
                "password_file",
                ("--password-file",),
                "path",
                "Certificates",
                "FILE",
                "File with the password of the PKCS#12 files. Default: a new one for each.",
                completion="file",
            ),
            Parameter(
                "legacy",
                ("--legacy",),
                "truth",
                "Certificates",
                "",
                "PKCS#12 for Windows before 10 and Server 2019 (3DES, SHA-1).",
            ),
            Parameter(
                "overwrite",
                ("--overwrite",),
                "truth",
                "Certificates",
                "",
                "Make certificates anew that are there already.",
                hidden=("--force",),
            ),
            Parameter(
                "directory",
                ("--directory",),
                "path",
                "Directory",
                "DIR",
                "Folder of users and scan processes. Default: the office that comes along.",
                completion="folder",
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
        examples=("dsm-emulator lab-ca lab --server localhost,127.0.0.1 --user demo",),
        page="trust.md",
    ),
}
