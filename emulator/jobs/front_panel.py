"""What a person does at a device, in words: whoever drives one, by the control API or from Python, does it here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from inspect import isawaitable
from typing import Any

from emulator.device.scanner import LANGUAGE, VirtualScanner
from emulator.environment.exit_codes import LabError
from emulator.environment.option_model import fields_of
from emulator.imaging.decoding.limits import PageLimits
from emulator.jobs.documents import document_source
from emulator.options.press import (
    ACTIONS,
    AttentionAction,
    CancelAction,
    ClearAction,
    CloseAction,
    ConditionAction,
    DescribeAction,
    HoldAction,
    JamAction,
    LoadAction,
    OpenAction,
    PauseAction,
    ReleaseAction,
    ResetAction,
    ResumeAction,
)
from emulator.wsscan.values.status import LocalizedText


def _limits(load: LoadAction, own: PageLimits) -> PageLimits:
    """Those of `own` with what is given. Raises ValueError."""
    return PageLimits(
        own.seconds if load.page_seconds is None else load.page_seconds,
        own.memory if load.page_memory is None else load.page_memory,
    )


class FrontPanel:
    """Of one scanner. Each method does the action of its name; they run in the event loop and raise ValueError for
    what cannot be, with a line that says why."""

    def __init__(self, scanner: VirtualScanner) -> None:
        self._scanner = scanner

    async def do(self, name: str, request: Mapping[str, Any]) -> None:
        """The action of that name, with what a request says. Raises also WrongOption, KeyError for another name."""
        model = ACTIONS[name]
        needed = {each.name: None for each in fields_of(model).values() if each.required}
        action = model.of(**needed | {key: value for key, value in request.items() if value is not None})
        done = getattr(self, name)(action)
        if isawaitable(done):
            await done

    async def load(self, load: LoadAction) -> None:
        """Put it in. With `replace` what lies in the feeder gives way when the new sheets are there, so that of two
        who do so at once the later one's lie there alone, and nothing is gone for a file that cannot be read.
        Raises also SourceError for such a file, NotAcceptingJobs when the scanner is switched off meanwhile."""
        scanner, limits = self._scanner, _limits(load, self._scanner.page_limits)
        files = load.files or ()
        if load.platen or load.film:
            await scanner.place_file(files[0], film=load.film, limits=limits)
            return
        if load.documents is not None:
            await self._load_documents(load, load.documents)
        elif files:
            await scanner.load_files(files, two_sided=load.two_sided, replace=load.replace, limits=limits)
        elif load.sheets:
            scanner.load_letters(load.sheets, replace=load.replace)

    async def _load_documents(self, load: LoadAction, documents: str) -> None:
        """A document set once, or so many sheets of it."""
        pages = None if load.sheets is None else load.sheets * (2 if load.two_sided else 1)
        try:
            source = await asyncio.to_thread(document_source, documents, seed=load.seed, pages=pages)
        except LabError as error:
            raise ValueError(str(error)) from None
        self._scanner.load_pages(source, two_sided=load.two_sided, replace=load.replace)

    def open(self, action: OpenAction) -> None:
        """Open a cover; None: wherever the device has one."""
        self._scanner.open(action.component)

    def close(self, action: CloseAction) -> None:
        """Close a cover, or every one."""
        self._scanner.close(action.component)

    def jam(self, action: JamAction) -> None:
        """Jam the paper."""
        self._scanner.jam(action.component)

    def condition(self, action: ConditionAction) -> None:
        """Any condition on or off."""
        if action.on:
            self._scanner.set_condition(action.name, action.component, action.severity)
        else:
            self._scanner.clear_condition(action.name, action.component)

    def pause(self, action: PauseAction | None = None) -> None:
        """Stopped, with the reason Paused."""
        self._scanner.pause()

    def resume(self, action: ResumeAction | None = None) -> None:
        """No more paused."""
        self._scanner.resume()

    def attention(self, action: AttentionAction) -> None:
        """AttentionRequired on or off."""
        self._scanner.call_attention(on=action.on)

    def hold(self, action: HoldAction) -> None:
        """A scan job that waits, or all that wait and come."""
        self._scanner.hold(action.job_id)

    def release(self, action: ReleaseAction) -> None:
        """A scan job that is held, or all."""
        self._scanner.release(action.job_id)

    def clear(self, action: ClearAction | None = None) -> None:
        """End all conditions that a person can end."""
        self._scanner.clear()

    async def reset(self, action: ResetAction | None = None) -> None:
        """Jobs cancelled, conditions ended, feeder and glass as at the start."""
        await self._scanner.reset()

    async def cancel(self, action: CancelAction) -> None:
        """A scan job, or all."""
        job_id = action.job_id
        if not await self._scanner.cancel_at_panel(job_id):
            raise ValueError("there is no such scan job to cancel" if job_id else "there is no scan job to cancel")

    def describe(self, action: DescribeAction) -> None:
        """Another ScannerDescription; what is not given stays as it is, an empty `info` or `location` goes."""
        texts = {"names": action.name, "info": action.info, "location": action.location}
        said = {
            field: (LocalizedText(text, LANGUAGE),) if text else ()
            for field, text in texts.items()
            if text is not None
        }
        self._scanner.change_description(replace(self._scanner.description, **said))
