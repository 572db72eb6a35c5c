"""The WebSocket side as an AsyncAPI document, made from its messages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from authws_desktop.protocol import PROTOCOL_VERSION
from authws_desktop.protocol import client_messages as client
from authws_desktop.protocol import server_messages as server
from authws_desktop.protocol.codes import CLOSE_TEXT, RECONNECT_TEXT
from authws_desktop.protocol.conventions import CONVENTIONS
from authws_desktop.protocol.routes import JSON
from authws_desktop.protocol.schemas import REF, Schema, Struct, example_of, schema_name, schemas_of

_TEXT = (
    "`connection` is the first frame. Nothing but `connection` and `error` reaches a client that has not "
    "authenticated. Frames from one sender reach any one receiver in the order they were sent. A binary "
    "frame holding UTF-8 JSON is read like a text frame. Unknown fields are ignored. Operations are named "
    "from the server's side: `receive` is what clients send. The HTTP side is in /openapi.json."
)
_CHANNEL = "#/channels/websocket"
_SERVERS: dict[str, Any] = {
    "host": {
        "host": "{address}:{port}",
        "protocol": "ws",
        "description": "One port for HTTP and WebSocket.",
        "variables": {
            "address": {"default": "localhost", "description": "IP address or name of the computer."},
            "port": {"default": "4000"},
        },
    }
}


@dataclass(frozen=True, slots=True)
class WireMessage:
    """One kind of message.

    Attributes:
        key: Its key in the document.
        struct: Its type in the program.
        title: Names its payload in generated code: the protocol's word, with `Send` before it where both
            sides have one of that name.
        replies: Keys of the messages that answer it; empty for what the server sends.
    """

    key: str
    struct: Struct
    title: str
    replies: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The protocol's word: the `type` on the wire."""
        return str(self.struct.__struct_config__.tag)


MESSAGES = (
    WireMessage("authenticate", client.Authenticate, "Authenticate", ("authentication", "error")),
    WireMessage("sendMessage", client.Message, "SendMessage", ("message", "messageAccepted", "error")),
    WireMessage(
        "sendDirect", client.Direct, "SendDirect", ("messageDelivered", "messageAcknowledged", "error")
    ),
    WireMessage("sendHistory", client.HistoryRequest, "SendHistory", ("history", "error")),
    WireMessage("ack", client.Ack, "Ack", ("error",)),
    WireMessage("connection", server.Connected, "Connection"),
    WireMessage("authentication", server.Authenticated, "Authentication"),
    WireMessage("message", server.Broadcast, "Message"),
    WireMessage("messageUnpinned", server.Unpinned, "MessageUnpinned"),
    WireMessage("direct", server.DirectMessage, "Direct"),
    WireMessage("messageDelivered", server.Delivered, "MessageDelivered"),
    WireMessage("messageAccepted", server.Accepted, "MessageAccepted"),
    WireMessage("messageAcknowledged", server.Acknowledged, "MessageAcknowledged"),
    WireMessage("history", server.HistoryPage, "History"),
    WireMessage("userList", server.UserList, "UserList"),
    WireMessage("presence", server.Presence, "Presence"),
    WireMessage("error", server.ErrorMessage, "Error"),
)
_SHARED = (server.Broadcast, server.DirectMessage)
"""Messages that another one holds, too: their schemas stay among the components."""
_REQUIRED = {"sendDirect": ["type", "to", "content"]}
"""What the program checks by itself, to answer it with a code of its own."""


@cache
def asyncapi() -> Schema:
    """Return the document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Authws Desktop: WebSocket",
            "version": str(PROTOCOL_VERSION),
            "license": {"name": "MIT"},
            "description": _TEXT,
        },
        "defaultContentType": JSON,
        "servers": _SERVERS,
        "channels": {"websocket": _channel()},
        "operations": dict(_operation(message) for message in MESSAGES),
        "components": _components(),
        "x-content-conventions": {
            "description": "What the web client understands in `content` besides words. The server passes on "
            "any JSON and knows none of these; content with other fields than these is shown as text.",
            "oneOf": [{"$ref": REF.format(name=schema_name(struct))} for struct in CONVENTIONS],
        },
        "x-close-codes": {
            str(int(code)): {"description": CLOSE_TEXT[code], "reconnect": text}
            for code, text in RECONNECT_TEXT.items()
        },
    }


def _channel() -> dict[str, Any]:
    return {
        "address": "/ws",
        "summary": "The WebSocket: here, at /, and at every path that is no route of the HTTP side.",
        "messages": {message.key: {"$ref": f"#/components/messages/{message.key}"} for message in MESSAGES},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }


def _components() -> dict[str, Any]:
    structs: list[Struct] = [message.struct for message in MESSAGES]
    received: list[Struct] = [message.struct for message in MESSAGES if message.replies]
    schemas = schemas_of([*structs, *CONVENTIONS], received=frozenset([*received, *CONVENTIONS]))
    payloads = {message.key: schemas[schema_name(message.struct)] for message in MESSAGES}
    # Each stands in its message; as a component it would be there twice.
    for struct in structs:
        if struct not in _SHARED:
            del schemas[schema_name(struct)]
    messages = {message.key: _message(message, payloads[message.key], schemas) for message in MESSAGES}
    return {"messages": messages, "schemas": schemas}


def _message(message: WireMessage, payload: Schema, schemas: dict[str, Schema]) -> dict[str, Any]:
    payload = {**payload, "title": message.title}
    if message.key in _REQUIRED:
        payload["required"] = _REQUIRED[message.key]
        payload["properties"]["to"] = next(
            # Null is taken by the decoder, then answered with MISSING_RECIPIENT: for a sender, `to` is a
            # string.
            each
            for each in payload["properties"]["to"]["anyOf"]
            if each.get("type") != "null"
        )
    # In AsyncAPI the message has the example.
    del payload["examples"]
    return {
        "name": message.word,
        "title": message.title,
        "summary": payload["description"],
        "contentType": JSON,
        "payload": payload,
        "examples": [{"payload": example_of(payload, schemas)}],
    }


def _operation(message: WireMessage) -> tuple[str, dict[str, Any]]:
    channel = {"$ref": _CHANNEL}
    summary = (message.struct.__doc__ or "").partition("\n")[0]
    operation: dict[str, Any] = {
        # AsyncAPI 3 describes the application that owns the document: the server receives what clients send.
        "action": "receive" if message.replies else "send",
        "channel": channel,
        "summary": summary,
        "messages": [{"$ref": f"{_CHANNEL}/messages/{message.key}"}],
    }
    if not message.replies:
        return f"on{message.title}", operation
    answers = [{"$ref": f"{_CHANNEL}/messages/{key}"} for key in message.replies]
    return message.key, {**operation, "reply": {"channel": channel, "messages": answers}}
