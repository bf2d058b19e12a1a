"""Operations on HTTP exchanges with their envelopes: one of them, those with a text, all as a HAR file."""

from __future__ import annotations

import json
from typing import Any, Final

from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Answered, Call, Operation, Parameter, ok
from emulator.panel.api.refusals import Refused
from emulator.panel.api.schemas import ANYTHING, COUNT, TEXT, described, listed, table

HAR_TYPE: Final = "application/json"
_HINT: Final = "the newest 2000 are kept, from the first request to /exchanges on"


async def _list(house: House, call: Call) -> Answer:
    house.exchanges.begin()
    text = call.query["text"]
    return Answer({"numbers": house.exchanges.containing(text or "")})


async def _get(house: House, call: Call) -> Answer:
    house.exchanges.begin()
    number = call.path["exchange"]
    found = house.exchanges.find(number)
    if found is None:
        raise Refused(404, f"no exchange {str(number)[:20]} is kept", hint=_HINT)
    return Answer(found)


async def _har(house: House, call: Call) -> Answer:
    house.exchanges.begin()
    octets = json.dumps(house.exchanges.har(), ensure_ascii=False).encode("utf-8", "replace")
    headers = (("Content-Disposition", 'attachment; filename="exchanges.har"'), ("Cache-Control", "no-store"))
    return Answer(octets=octets, media_type=HAR_TYPE, headers=headers)


def _numbers(house: House) -> list[Any]:
    return house.exchanges.containing("")


EXCHANGE: Final = Parameter("exchange", COUNT, "Number of the exchange's entry of the journal.", _numbers)
OPERATIONS: Final = (
    Operation(
        "GET", "/exchanges", "listExchanges",
        "Numbers of the exchanges whose envelopes are kept: from the first such request on.", _list,
        ok("The numbers, the oldest first.", table(numbers=listed(COUNT))), "exchanges",
        query=(
            Parameter(
                "text", TEXT,
                "Only those with this text, in any case, in their URL or envelopes.",
            ),
        ),
    ),
    Operation(
        "GET", "/exchanges/{exchange}", "getExchange",
        "An exchange as an entry of a HAR file: envelopes as text, attachments by size and hash, secrets masked.",
        _get, ok("The exchange.", described(ANYTHING, "HAR 1.2, `entry`.")), "exchanges", refuses=(404,),
    ),
    Operation(
        "GET", "/exchanges.har", "getHar", "All exchanges that are kept as a HAR file.", _har,
        {200: Answered("HAR 1.2.", ANYTHING)}, "exchanges",
    ),
)  # fmt: skip
