"""Snippets that connect as one account: ready to run, with address and token filled in."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

from authws_desktop.accounts.program_snippets import PROGRAMS, fill_in


@dataclass(frozen=True)
class SnippetValues:
    """The values that are filled into each snippet.

    Attributes:
        http_url: Address of the HTTP side, without a slash at the end.
        ws_url: Address of the WebSocket side.
        token: A valid token.
        username, password: For logging in anew; an empty password leaves that part out.
    """

    http_url: str
    ws_url: str
    token: str
    username: str
    password: str = ""

    def __repr__(self) -> str:
        return f"SnippetValues({self.ws_url!r}, {self.username!r})"


@dataclass(frozen=True)
class Snippet:
    """Code that connects as one account.

    Attributes:
        key: Stable name: `javascript`, `python`, `wscat`, `curl`, or one of `program_snippets.PROGRAMS`.
        title: As shown.
        hint: One line: where to run it.
        text: The code.
    """

    key: str
    title: str
    hint: str
    text: str

    def __repr__(self) -> str:
        return f"Snippet({self.key!r})"


def make_snippets(values: SnippetValues) -> list[Snippet]:
    """Return one snippet a tool, browser first."""
    return [
        Snippet(
            "javascript",
            "Browser",
            "Paste it into the console of a page on this server, or into a page's script.",
            _javascript(values),
        ),
        Snippet(
            "python",
            "Python",
            "Needs the package websockets 15 or newer: pip install websockets",
            _python(values),
        ),
        Snippet(
            "wscat",
            "wscat",
            "For a Linux or macOS shell with Node.js; then type messages as JSON.",
            _wscat(values),
        ),
        Snippet("curl", "curl", "For a Linux or macOS shell.", _curl(values)),
        *(
            Snippet(key, title, hint, fill_in(code, values.ws_url, values.token))
            for key, (title, hint, code) in PROGRAMS.items()
        ),
    ]


def _javascript(values: SnippetValues) -> str:
    return f"""\
const socket = new WebSocket({json.dumps(values.ws_url)});
const send = (message) => socket.send(JSON.stringify(message));

socket.onopen = () => send({{ type: "authenticate", token: {json.dumps(values.token)} }});
socket.onmessage = (event) => {{
  const message = JSON.parse(event.data);
  console.log(message);
  if (message.type === "authentication") {{
    send({{ type: "message", content: {{ text: "Hello from the browser" }} }});
  }}
}};
socket.onclose = (event) => console.log("closed", event.code, event.reason);
"""


def _python(values: SnippetValues) -> str:
    return f"""\
import json

from websockets.sync.client import connect

with connect({json.dumps(values.ws_url)}, proxy=None) as socket:
    socket.send(json.dumps({{"type": "authenticate", "token": {json.dumps(values.token)}}}))
    for frame in socket:
        message = json.loads(frame)
        print(message, flush=True)
        if message["type"] == "authentication":
            socket.send(json.dumps({{"type": "message", "content": {{"text": "Hello from Python"}}}}))
"""


def _wscat(values: SnippetValues) -> str:
    login = json.dumps({"type": "authenticate", "token": values.token})
    hello = json.dumps({"type": "message", "content": {"text": "Hello from wscat"}})
    return f"""\
npx wscat --connect {shlex.quote(values.ws_url)} --wait=-1 \\
  --execute {shlex.quote(login)} \\
  --execute {shlex.quote(hello)}
"""


def _curl(values: SnippetValues) -> str:
    who = f"""\
# Who does this token belong to?
curl --noproxy '*' {shlex.quote(values.http_url + "/auth/me")} \\
  --header {shlex.quote(f"Authorization: Bearer {values.token}")}
"""
    if not values.password:
        return who
    body = json.dumps({"username": values.username, "password": values.password})
    return f"""\
{who}
# Log in for a new token
curl --noproxy '*' {shlex.quote(values.http_url + "/auth/login")} \\
  --header 'Content-Type: application/json' \\
  --data {shlex.quote(body)}
"""
