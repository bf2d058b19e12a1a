"""The options of `truth compare`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emulator.environment.option_model import APath, Option, Texts
from emulator.options.groups import OUTPUT, PageLimitOptions
from emulator.options.keeping import CHECK


class CompareOptions(PageLimitOptions):
    """Options of `truth compare`."""

    truth: Annotated[
        APath,
        Option("Folder that render or scan --truth wrote to.", CHECK, "SET", argument=True, completion="folder"),
    ]
    reading: Annotated[
        APath,
        Option(
            "Folder of what a reader made of the pages, page-0001.txt and so on; or one file.",
            CHECK,
            "OUTPUT",
            argument=True,
            completion="file",
        ),
    ]
    format: Annotated[
        Literal["text", "hocr", "alto", "markdown", "json"] | None,
        Option("Read only files of this format.", CHECK, default="what the suffixes say"),
    ] = None
    ignore_case: Annotated[bool, Option("Capitals or not: no difference.", CHECK)] = False
    ignore_punctuation: Annotated[bool, Option("Punctuation and symbols: no difference.", CHECK)] = False
    limits: Annotated[
        Texts,
        Option(
            "Fail where a page is worse: word_error=0.05, fields=0.9; set.word_error=0.02 of all pages together. "
            "Repeatable.",
            CHECK,
            "NAME=VALUE",
            flag="--limit",
        ),
    ] = ()
    junit: Annotated[
        APath | None, Option("Each page and limit as a test in JUnit's XML.", OUTPUT, "FILE.xml", completion="file")
    ] = None
    worst: Annotated[
        APath | None,
        Option("Folder for the worst words as pictures, and worst.html.", OUTPUT, "DIR", completion="folder"),
    ] = None
    worst_words: Annotated[int, Field(ge=1, le=10_000), Option("How many of them.", OUTPUT, "N")] = 50
    images: Annotated[
        APath | None,
        Option("Where the images of the pages are.", CHECK, "DIR", default="beside the truth", completion="folder"),
    ] = None
    overwrite: Annotated[bool, Option("Replace files that are there already.", OUTPUT)] = False
