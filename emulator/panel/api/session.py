"""Operations for pages in a browser: the token is shown once, and a cookie stands for it from then on."""

from __future__ import annotations

from typing import Final

from emulator.panel.api.callers import Rights
from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Answered, Call, Operation, ok
from emulator.panel.api.schemas import TEXT, TRUTH, described, one_of, table


async def _begin(house: House, call: Call) -> Answer:
    return Answer(status=204, headers=(("Set-Cookie", house.callers.begin_session(call.request)),))


async def _end(house: House, call: Call) -> Answer:
    return Answer(status=204, headers=(("Set-Cookie", house.callers.end_session(call.request)),))


async def _get(house: House, call: Call) -> Answer:
    rights = house.callers.rights_of(call.request)
    return Answer({"may": rights.value, "devices": bool(house.devices)})


async def _link(house: House, call: Call) -> Answer:
    return Answer({"url": f"{house.base_url}/panel/#look={house.callers.look_token}"})


OPERATIONS: Final = (
    Operation(
        "GET", "/session", "getSession", "What who asks may do.", _get,
        ok("It.", table(
            may=described(one_of(each.value for each in Rights), "look: everything is told, nothing done."),
            devices=described(TRUTH, "Whether devices are driven here, or a scan server runs alone."),
        )), "session",
    ),
    Operation(
        "POST", "/session/link", "createLink",
        "A link to the front panel for an audience: by it everything can be looked at, and nothing be done.", _link,
        ok("The link.", table(url=TEXT)), "session",
    ),
    Operation(
        "POST", "/session", "beginSession", "Take a cookie for the token (HttpOnly, SameSite=Strict).", _begin,
        {204: Answered("The cookie is set.")}, "session", changes=False,
    ),
    Operation(
        "DELETE", "/session", "endSession", "Give the cookie back.", _end, {204: Answered("It is of no use now.")},
        "session", changes=False,
    ),
)  # fmt: skip
