"""Puts the cases to a server and says in one line what came back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import websockets

from tests.door.cases import PASSWORD, USERNAME, Request, Talk
from tests.door.wire import WAIT_S, Link, ask, head

THE_END = "this is the end"
LAST_WHEN_IN = json.dumps({"type": "message", "content": THE_END})
LAST_ELSE = json.dumps({"type": "is there anybody"})
"""Answered by an error, whose code tells whether the door has logged the client in."""


async def register(port: int) -> str:
    """Make the account that the cases use; return its token."""
    body = json.dumps({"username": USERNAME, "password": PASSWORD}).encode()
    headers = [
        ("Host", "localhost"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    ]
    answer = await ask(port, "POST", "/auth/register", headers, body)
    assert answer.status == 201, answer
    return str(answer.json["token"])


async def answer_to(port: int, token: str, case: Request | Talk) -> str:
    """Return a server's answer to a case, in the form of `expected`."""
    return await (_ask(port, case) if isinstance(case, Request) else _talk(port, token, case))


async def _ask(port: int, case: Request) -> str:
    headers = [*(("Host", host) for host in case.hosts), *case.headers]
    async with await Link.open(port) as link:
        if case.is_later:
            await link.ask(head("GET", "/", [("Host", "localhost")]))
        answer = await link.ask(head(case.method, case.target, headers) + case.body, case.method != "HEAD")
    if answer.status == 0:
        return "no answer"
    shown = ((name, answer.header(name).partition(";")[0]) for name in case.shows)
    return "; ".join([str(answer.status), *(f"{name}: {value}" for name, value in shown if value)])


async def _talk(port: int, token: str, case: Talk) -> str:
    headers = [(name, value.format(token=token)) for name, value in case.headers]
    offered: Any = [each.format(token=token) for each in case.subprotocols] or None
    url = f"ws://127.0.0.1:{port}{case.target.format(token=token)}"
    seen: list[str] = []
    async with (
        asyncio.timeout(WAIT_S),
        websockets.connect(
            url, additional_headers=headers, subprotocols=offered, proxy=None, compression=None, max_size=None
        ) as socket,
    ):
        log_in = json.dumps({"type": "authenticate", "token": token})
        try:
            for text in (log_in, *case.says, LAST_WHEN_IN) if case.says else (LAST_ELSE,):
                await socket.send(text)
            while (frame := json.loads(await socket.recv())).get("content") != THE_END:
                seen.append(_name_of(frame))
                if not case.says and frame.get("code") in ("UNAUTHORIZED", "INVALID_MESSAGE_TYPE"):
                    break
        except websockets.ConnectionClosed:
            seen.append(f"closed {socket.close_code}")
    passed_over = ("connection", "authentication", "user_list") if case.says else ("user_list",)
    return ", ".join(name for name in seen if name not in passed_over)


def _name_of(frame: dict[str, Any]) -> str:
    more = frame.get("code", "") if frame["type"] == "error" else ""
    if frame["type"] == "message_delivered":
        more = repr(frame["messageId"])
    return f"{frame['type']} {more}".rstrip()
