"""What is mutated, and which tests are to notice: a table. The quickest tests stand first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Modules that hold the rules of one matter, and the test files that hold them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


def _modules(package: str, *names: str) -> tuple[str, ...]:
    return tuple(f"emulator.{package}.{name}" for name in names)


def _tests(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{folder}/test_{folder}_{name}.py" for name in names)


TARGETS: dict[str, Target] = {
    "wsscan/resolving": Target(
        _modules(
            "wsscan", "resolution", *(f"resolving.{each}" for each in ("color", "document", "medium", "record"))
        ),
        _tests(
            "wsscan",
            "resolution_told",
            "resolution",
            "detection",
            "valid_tickets",
            "final_parameters",
            "ticket_properties",
        )
        + _tests("device", "valid_tickets"),
    ),
    "dsm/sequencer": Target(
        _modules("dsm", "sequencer", "sequence_steps", "sequence_table"),
        _tests("dsm", "sequencer_told", "sequencer", "sequencer_events", "contradictions", "sequencer_model"),
    ),
    "device/scan_jobs": Target(
        _modules("device", "scan_job_states", "scan_jobs", "scan_job_limits", "scan_job_keeper", "scanner_states"),
        _tests(
            "device",
            "scan_job_table",
            "scan_job_states",
            "scan_jobs_told",
            "conditions",
            "scanner_jobs",
            "scanner",
            "overlapping_jobs",
            "production",
            "events",
            "scan_faults",
        ),
    ),
    "scan_server/rules": Target(
        _modules(
            "scan_server",
            "jobs",
            "job_keeper",
            "job_operations",
            "processing_service",
            "time_limit",
            "filters",
            "configuration_service",
        ),
        _tests(
            "scan_server",
            "job_table",
            "keeper_told",
            "filters_told",
            "operations_told",
            "jobs",
            "choices",
            "refusals",
            "configuration",
            "faults",
            "time_limit",
            "answers",
            "habits",
        ),
    ),
    "soap/mime": Target(_modules("soap", "mime"), _tests("soap", "mime_told", "mime", "mtom", "hostile_bytes")),
    # Without the tests that kill a server, or fail it, at every call: they take minutes.
    "scan_server/store": Target(
        _modules("scan_server", "store", "custody", "notes", "disk", "files", "naming"),
        _tests("scan_server", "disk", "files", "notes", "custody", "recovery", "store_runs", "naming", "store"),
    ),
    "reports": Target(
        _modules("reports", "verdict", "result", "writing", "reading", "terminal", "junit_document", "junit"),
        _tests("reports", "lines", "rendering"),
    ),
    # Without the tests that play: each takes a lab.
    "scenarios": Target(
        _modules("scenarios", "expectations", "variables", "draft", "step_reading", "reading"),
        _tests("scenarios", "expectations", "reading"),
    ),
}
