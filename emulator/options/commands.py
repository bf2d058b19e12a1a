"""Every command: what it does, whose options it has, examples that run, and the page that tells more. What the
command line reads is made from this (docs/make_options.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from emulator.environment.option_model import Options
from emulator.environment.options import LabCaOptions
from emulator.options.asking import CaptureOptions, DiscoverOptions, InspectOptions
from emulator.options.check import (
    CheckClientOptions,
    CheckDeviceOptions,
    CheckServerOptions,
    ExplainedCheck,
    ListedChecks,
    RenderedReport,
)
from emulator.options.demo import DemoOptions
from emulator.options.groups import ControlOptions, PanelOptions, PrintOptions, QuietOptions, Verbosity
from emulator.options.keeping import (
    CheckedDocumentSets,
    CheckedPlans,
    CheckedProfiles,
    CheckedScanProcesses,
    ListedAlterations,
    ListedScanProcesses,
    SamplesOptions,
    ShownAlteration,
    ShownDocumentSet,
    ShownProfile,
    ShownScanProcess,
    VerifyOptions,
)
from emulator.options.load import LoadOptions
from emulator.options.play import PlayOptions
from emulator.options.press import (
    ACTIONS,
    DoctorOptions,
    HealthOptions,
    PressOptions,
    StartOptions,
    WatchOptions,
)
from emulator.options.render import RenderOptions
from emulator.options.run import NetworkOptions, StartedJobs
from emulator.options.scan import ScanOptions
from emulator.options.server import ServerOptions
from emulator.options.truth import CompareOptions
from emulator.options.wrapping import ExecOptions


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """One command."""

    does: str
    """In a sentence."""
    models: tuple[type[Options], ...] = ()
    """Whose options it has. One that two of them have is given to both."""
    examples: tuple[str, ...] = ()
    """Lines that run as they stand."""
    page: str = ""
    """Of docs/."""
    hidden: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Earlier names of options in this command alone."""


_PRINTED: Final = (PrintOptions, Verbosity)
_ALL_PRINTED: Final = (PrintOptions, QuietOptions, Verbosity)
_PRESS: Final = (PressOptions, PrintOptions, Verbosity)
_ROOTS: Final = MappingProxyType({"directory_ca_file": ("--ca-file",)})

COMMANDS: Final[Mapping[str, CommandOptions]] = MappingProxyType(
    {
        "scan": CommandOptions(
            "Scan pages and deliver them: one whole post-scan job at a DSM scan server.",
            (ScanOptions, ControlOptions, *_ALL_PRINTED),
            (
                "dsm-emulator scan --pages 2",
                "dsm-emulator scan sample_images/invoice.pdf --set Format=png --set Resolution=200x200",
            ),
            "scan.md",
        ),
        "run": CommandOptions(
            "Put virtual scanners on the network; SIGINT or SIGTERM stops them.",
            (NetworkOptions, StartedJobs, ControlOptions, PanelOptions, *_ALL_PRINTED),
            ("dsm-emulator run", "dsm-emulator run office-mfp flatbed --speed real"),
            "run.md",
        ),
        "demo": CommandOptions(
            "Show it: a device, a scan server, documents and the front panel in one, until you stop it.",
            (DemoOptions, ControlOptions, *_ALL_PRINTED),
            ("dsm-emulator demo", "dsm-emulator demo --no-open --to inbox"),
            "demo.md",
        ),
        "press": CommandOptions(
            "Drive a running device: load, start, open, close, jam, clear, reset ...", page="press.md"
        ),
        "press status": CommandOptions(
            "Show how the device is.", _PRESS, ("dsm-emulator press status",), "press.md"
        ),
        "press watch": CommandOptions(
            "Show what happens at the device, a line each, until it ends or you interrupt it.",
            (WatchOptions, *_PRESS),
            ("dsm-emulator press watch --for 1",),
            "journal.md",
        ),
        **{
            f"press {name}": CommandOptions(action.DOES, (action, *_PRESS), (action.EXAMPLE,), "press.md")
            for name, action in ACTIONS.items()
        },
        "press start": CommandOptions(
            "Start a post-scan job of what lies in the device; exits with its result. With --to the scan is "
            "offered to a PC, which fetches it or does not.",
            (StartOptions, *_PRESS),
            ("dsm-emulator press start --set Format=png",),
            "press.md",
        ),
        "health": CommandOptions(
            "Ask what runs whether it is ready; exits with 0 or 1.",
            (HealthOptions, *_PRINTED),
            ("dsm-emulator health", "dsm-emulator health --json"),
            "control.md",
        ),
        "doctor": CommandOptions(
            "Look at this machine: interfaces, multicast, ports, limits, clock, optional components.",
            (DoctorOptions, *_PRINTED),
            ("dsm-emulator doctor",),
            "control.md",
        ),
        "server": CommandOptions(
            "Run the embedded scan server alone; SIGINT or SIGTERM stops it.",
            (ServerOptions, ControlOptions, PanelOptions, *_ALL_PRINTED),
            ("dsm-emulator server", "dsm-emulator server --http --port 0 --habit 2008r2"),
            "server.md",
        ),
        "render": CommandOptions(
            "Write pages to a folder as a device would scan them: no scan server, no job.",
            (RenderOptions, *_ALL_PRINTED),
            ("dsm-emulator render --documents office-day --pages 2 --gallery",),
            "render.md",
        ),
        "verify": CommandOptions(
            "Prove that what a server stored is what was sent: by content, at any depth, under any name.",
            (VerifyOptions, *_PRINTED),
            ("dsm-emulator scan --pages 1 --manifest job.jsonl", "dsm-emulator verify job.jsonl scans"),
            "verify.md",
        ),
        "play": CommandOptions(
            "Play scenarios: what is done at devices, step by step, and what is expected of it.",
            (PlayOptions, *_ALL_PRINTED),
            ("dsm-emulator play jam", "dsm-emulator play job two-devices --report out"),
            "scenarios.md",
        ),
        "load": CommandOptions(
            "Load a scan server: many devices have jobs at once, with pages of which no two are alike.",
            (LoadOptions, *_ALL_PRINTED),
            ("dsm-emulator load --users 2 --jobs 6 --calibrate none",),
            "load.md",
        ),
        "exec": CommandOptions(
            "Run a command between devices and a scan server, then prove that what was acknowledged is stored; "
            "exits with the command's code.",
            (ExecOptions, QuietOptions, Verbosity),
            ("dsm-emulator exec -- dsm-emulator press start --set InputSource=Platen",),
            "exec.md",
        ),
        "discover": CommandOptions(
            "List the devices and scan servers that answer a Probe (WS-Discovery).",
            (DiscoverOptions, *_PRINTED),
            ("dsm-emulator discover --timeout 1",),
            "discover.md",
        ),
        "inspect": CommandOptions(
            "Show what a device or a scan server tells of itself: metadata, services, configuration, status, jobs.",
            (InspectOptions, *_PRINTED),
            ("dsm-emulator inspect http://127.0.0.1:5362/ScanServer",),
            "inspect.md",
        ),
        "check": CommandOptions(
            "Judge scan servers, devices and clients against the documents, clause by clause.",
            page="test-my-scan-server.md",
        ),
        "check server": CommandOptions(
            "Judge a scan server: each clause with what was sent, what came, what should have come.",
            (CheckServerOptions, *_ALL_PRINTED),
            ('dsm-emulator check server http://127.0.0.1:5362/ScanServer --select "dsp/answer/*" --report report',),
            "test-my-scan-server.md",
        ),
        "check device": CommandOptions(
            "Judge a device: each clause with what was sent, what came, what should have come.",
            (CheckDeviceOptions, *_ALL_PRINTED),
            (
                'dsm-emulator check device 127.0.0.1:5357 --select "wscn/*" --report report',
                "dsm-emulator check device 127.0.0.1:5357 --post-scan --ask --offer 192.0.2.7:5362",
            ),
            "test-my-device.md",
        ),
        "check client": CommandOptions(
            "Judge a client that scans: it is run, or waited for, at a device that is well, jams, is empty, lies.",
            (CheckClientOptions, *_ALL_PRINTED),
            ("dsm-emulator check client --situation ordinary -- scanimage --format=png -o page.png",),
            "test-my-client.md",
        ),
        "check list": CommandOptions(
            "List the checks in the order in which they run.",
            (ListedChecks, *_PRINTED),
            ('dsm-emulator check list --grade must --select "dsp/*"',),
            "test-my-scan-server.md",
        ),
        "check explain": CommandOptions(
            "Explain a check: its clause, where that stands, what is done, what a departure comes to.",
            (ExplainedCheck, *_PRINTED),
            ("dsm-emulator check explain dsp/answer/cancel-of-an-ended-job",),
            "test-my-scan-server.md",
        ),
        "check report": CommandOptions(
            "Render a report again from its results; one that was cut off is told as unfinished.",
            (RenderedReport, *_PRINTED),
            (
                "dsm-emulator check server http://127.0.0.1:5362/ScanServer --report report",
                "dsm-emulator check report report",
            ),
            "test-my-scan-server.md",
        ),
        "lab-ca": CommandOptions(
            "Make a CA for a lab, with certificates of servers and users as PEM and PKCS#12. Never for anything "
            "else.",
            (LabCaOptions, *_PRINTED),
            ("dsm-emulator lab-ca lab --server localhost,127.0.0.1 --user demo",),
            "trust.md",
        ),
        "profiles": CommandOptions("Device profiles: list, show, validate, capture.", page="profiles.md"),
        "profiles list": CommandOptions(
            "List the profiles that come along.", _PRINTED, ("dsm-emulator profiles list",), "profiles.md"
        ),
        "profiles show": CommandOptions(
            "Show what a device of a profile can do.",
            (ShownProfile, *_PRINTED),
            ("dsm-emulator profiles show office-mfp", "dsm-emulator profiles show office-mfp --toml"),
            "profiles.md",
        ),
        "profiles validate": CommandOptions(
            "Check profiles; each mistake is named with file, field and what is allowed.",
            (CheckedProfiles, Verbosity),
            ("dsm-emulator profiles validate office-mfp",),
            "profiles.md",
        ),
        "profiles capture": CommandOptions(
            "Make a profile of a WS-Scan device: who it is, what it can do, its default ticket, its quirks.",
            (CaptureOptions, *_PRINTED),
            ("dsm-emulator profiles capture http://127.0.0.1:5357/ -o copy.toml",),
            "profiles.md",
        ),
        "documents": CommandOptions("Document sets: list, show, validate.", page="documents.md"),
        "documents list": CommandOptions(
            "List the document sets that come along.", _PRINTED, ("dsm-emulator documents list",), "documents.md"
        ),
        "documents show": CommandOptions(
            "Show which documents a set holds.",
            (ShownDocumentSet, *_PRINTED),
            ("dsm-emulator documents show office-day", "dsm-emulator documents show office-day --toml"),
            "documents.md",
        ),
        "documents validate": CommandOptions(
            "Check document sets; each mistake is named with file, line, page, field and what is allowed.",
            (CheckedDocumentSets, Verbosity),
            ("dsm-emulator documents validate office-day",),
            "documents.md",
        ),
        "truth": CommandOptions(
            "What is true of pages: compare what a reader made of them.", page="truth-compare.md"
        ),
        "truth compare": CommandOptions(
            "Score what a reader (OCR, an extractor) made of pages against what is true of them.",
            (CompareOptions, *_PRINTED),
            (
                "dsm-emulator render --documents office-day --pages 2 --hocr --output graded",
                "dsm-emulator truth compare graded graded",
            ),
            "truth-compare.md",
        ),
        "faults": CommandOptions(
            "What can be done otherwise on purpose, and fault plans: list, show, validate.", page="faults.md"
        ),
        "faults list": CommandOptions(
            "List the alterations that a fault plan may name.",
            (ListedAlterations, *_PRINTED),
            ("dsm-emulator faults list --at wire",),
            "faults.md",
        ),
        "faults show": CommandOptions(
            "Show what an alteration does, what it breaks, what it can be told.",
            (ShownAlteration, *_PRINTED),
            ("dsm-emulator faults show indented",),
            "faults.md",
        ),
        "faults validate": CommandOptions(
            "Check fault plans; each mistake is named with file, line, field and what is allowed.",
            (CheckedPlans, *_PRINTED),
            ("dsm-emulator faults validate faults.toml",),
            "faults.md",
        ),
        "scan-processes": CommandOptions(
            "Scan processes of a folder: list, show, validate.", page="scan-processes.md"
        ),
        "scan-processes list": CommandOptions(
            "List the scan processes of a directory; what cannot be used stands on stderr with the reason.",
            (ListedScanProcesses, *_PRINTED),
            ("dsm-emulator scan-processes list",),
            "scan-processes.md",
            _ROOTS,
        ),
        "scan-processes show": CommandOptions(
            "Show one scan process: its ticket, its filters, what a device may change.",
            (ShownScanProcess, *_PRINTED),
            ('dsm-emulator scan-processes show "Scan to folder"',),
            "scan-processes.md",
            _ROOTS,
        ),
        "scan-processes validate": CommandOptions(
            "Check scan processes against the schema and the documents; each problem in a line.",
            (CheckedScanProcesses, Verbosity),
            ("dsm-emulator scan-processes validate",),
            "scan-processes.md",
            _ROOTS,
        ),
        "samples": CommandOptions(
            "Copy what comes along to a folder: sample pages, device profiles, document sets, templates, "
            "scenarios, users and scan processes.",
            (SamplesOptions, *_PRINTED),
            ("dsm-emulator samples lab",),
            "install.md",
        ),
    }
)
"""By what is typed, in the order of the help."""
