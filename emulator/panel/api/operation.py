"""What an operation of the control API is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from emulator.panel.api.schemas import Schema, ref
from emulator.transport.http import Headers, IncomingRequest, OutgoingResponse

if TYPE_CHECKING:
    from emulator.panel.api.house import House


@dataclass(frozen=True, slots=True)
class Parameter:
    """One in the path or in the query."""

    name: str
    schema: Schema
    does: str
    examples: Callable[[House], list[Any]] = field(default=lambda house: [])
    """What is there now, for who reads openapi.json."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers, where all is well."""

    value: Any = None
    """For JSON; None with `octets` alone."""
    status: int = 200
    octets: bytes | None = None
    media_type: str = ""
    headers: Headers = ()
    response: OutgoingResponse | None = None
    """The whole answer, where it is made elsewhere."""


@dataclass(slots=True)
class Call:
    """A request, as the operation is given it: parameters and body are checked."""

    request: IncomingRequest
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: dict[str, Any]
    octets: bytes = b""
    """The body as it came, of an operation that reads it itself."""


Handle = Callable[["House", Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Answered:
    """One of the answers of an operation."""

    does: str
    schema: Schema | None = None
    media_types: tuple[str, ...] = ("application/json",)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path."""

    method: str
    path: str
    """With the names of parameters in braces."""
    id: str
    """operationId."""
    does: str
    """A sentence."""
    handle: Handle = field(repr=False)
    answers: Mapping[int, Answered] = field(repr=False)
    group: str
    """Tag."""
    body: Schema | None = None
    """None: it takes none."""
    needs_body: bool = False
    body_types: tuple[str, ...] = ("application/json",)
    query: tuple[Parameter, ...] = ()
    refuses: tuple[int, ...] = ()
    """Status codes of refusals, beside 400, 401 and 403 that each may give."""
    open: bool = False
    """It asks for no token."""
    changes: bool | None = None
    """It is not for who may only look; None: where its method is another one than GET."""
    streams: bool = False
    """It reads the body itself, as it comes."""

    @property
    def changes_something(self) -> bool:
        """Whether it is not for who may only look."""
        return self.method != "GET" if self.changes is None else self.changes

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts of the path."""
        return tuple(part for part in self.path.split("/") if part)


REFUSALS: Final[Mapping[int, str]] = {
    400: "What was asked for cannot be.",
    401: "The token is missing or wrong.",
    403: "By another host name than ours, or from a page of another site.",
    404: "There is no such thing.",
    405: "Another method is meant.",
    409: "Not now, or not in time.",
    413: "The body is too large.",
    500: "A bug of dsm-emulator.",
    503: "Too many wait already.",
}


def ok(does: str, schema: Schema | str, status: int = 200) -> Mapping[int, Answered]:
    """The one good answer. `schema`: one, or the name of one of the document's list."""
    return {status: Answered(does, ref(schema) if isinstance(schema, str) else schema)}
