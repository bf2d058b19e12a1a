"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

from emulator.cli.parameters import Command, Parameter

COMMANDS: Final[dict[str, Command]] = {
    "": Command("What is true of pages: compare what a reader made of them.", page="truth-compare.md"),
    "compare": Command(
        "Score what a reader (OCR, an extractor) made of pages against what is true of them.",
        parameters=(
            Parameter(
                "truth",
                (),
                "path",
                "What is checked",
                "SET",
                "Folder that render or scan --truth wrote to.",
                required=True,
                completion="folder",
            ),
            Parameter(
                "reading",
                (),
                "path",
                "What is checked",
                "OUTPUT",
                "Folder of what a reader made of the pages, page-0001.txt and so on; or one file.",
                required=True,
                completion="file",
            ),
            Parameter(
                "format",
                ("--format",),
                "choice",
                "What is checked",
                "text|hocr|alto|markdown|json",
                "Read only files of this format. Default: what the suffixes say.",
                choices=("text", "hocr", "alto", "markdown", "json"),
            ),
            Parameter(
                "ignore_case", ("--ignore-case",), "truth", "What is checked", "", "Capitals or not: no difference."
            ),
            Parameter(
                "ignore_punctuation",
                ("--ignore-punctuation",),
                "truth",
                "What is checked",
                "",
                "Punctuation and symbols: no difference.",
            ),
            Parameter(
                "limit",
                ("--limit",),
                "text",
                "What is checked",
                "NAME=VALUE",
                "Fail where a page is worse: word_error=0.05, fields=0.9; set.word_error=0.02 of all pages together. Repeatable.",
                many=True,
            ),
            Parameter(
                "images",
                ("--images",),
                "path",
                "What is checked",
                "DIR",
                "Where the images of the pages are. Default: beside the truth.",
                completion="folder",
            ),
            Parameter(
                "page_seconds",
                ("--page-seconds",),
                "number",
                "Limits",
                "SECONDS",
                "Longest time to open a PDF or a suspicious image, and to render each of its pages. Default: 60.",
            ),
            Parameter(
                "page_memory",
                ("--page-memory",),
                "size",
                "Limits",
                "SIZE",
                "Most memory of the process that does it: 2G, 512M. Not bounded on Windows. Default: 2G.",
            ),
            Parameter(
                "junit",
                ("--junit",),
                "path",
                "Output",
                "FILE.xml",
                "Each page and limit as a test in JUnit's XML.",
                completion="file",
            ),
            Parameter(
                "worst",
                ("--worst",),
                "path",
                "Output",
                "DIR",
                "Folder for the worst words as pictures, and worst.html.",
                completion="folder",
            ),
            Parameter("worst_words", ("--worst-words",), "whole", "Output", "N", "How many of them. Default: 50."),
            Parameter(
                "overwrite", ("--overwrite",), "truth", "Output", "", "Replace files that are there already."
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
        examples=(
            "dsm-emulator render --documents office-day --pages 2 --hocr --output graded",
            "dsm-emulator truth compare graded graded",
        ),
        page="truth-compare.md",
    ),
}
