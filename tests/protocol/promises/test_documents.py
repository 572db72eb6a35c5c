"""The machine-readable contract is made of the program's own types and tables, and is what its format asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import validate

from authws_desktop.accounts.models import Role
from authws_desktop.protocol import PROTOCOL_VERSION, client_messages, server_messages
from authws_desktop.protocol.asyncapi import MESSAGES, WireMessage, asyncapi
from authws_desktop.protocol.codes import (
    CLOSE_TEXT,
    ERROR_TEXT,
    RECONNECT_TEXT,
    AuthReason,
    CloseCode,
    ErrorCode,
    HttpErrorCode,
)
from authws_desktop.protocol.limits import (
    APP_NAME_MAX_CHARS,
    PASSWORD_MAX_CHARS,
    PASSWORD_MIN_CHARS,
    USERNAME_MAX_CHARS,
    USERNAME_MIN_CHARS,
)
from authws_desktop.protocol.openapi import openapi
from authws_desktop.protocol.routes import FILE_ROUTES, ROUTES
from authws_desktop.protocol.schemas import example_of

OPENAPI, ASYNCAPI = openapi(), asyncapi()
HTTP_SCHEMAS: dict[str, Any] = OPENAPI["components"]["schemas"]
WS_MESSAGES: dict[str, Any] = ASYNCAPI["components"]["messages"]
KEYS = [message.key for message in MESSAGES]


def references(value: Any) -> Iterator[str]:
    """Yield every `$ref` below a value."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def resolve(document: dict[str, Any], reference: str) -> Any:
    """Return what a local `$ref` points at (RFC 6901)."""
    value: Any = document
    for step in reference.removeprefix("#/").split("/"):
        value = value[step.replace("~1", "/").replace("~0", "~")]
    return value


def test_the_http_document_is_valid() -> None:
    """OpenAPI 3.1, by its own validator."""
    validate(OPENAPI)
    assert OPENAPI["info"]["version"] == str(PROTOCOL_VERSION)


@pytest.mark.parametrize("document", [OPENAPI, ASYNCAPI], ids=["openapi", "asyncapi"])
def test_every_reference_points_at_something(document: dict[str, Any]) -> None:
    """No `$ref` is broken, and the whole is JSON."""
    assert json.loads(json.dumps(document)) == document
    for reference in references(document):
        assert reference.startswith("#/")
        assert resolve(document, reference) is not None


@pytest.mark.parametrize("name", HTTP_SCHEMAS)
def test_schemas_have_titles_and_fitting_examples(name: str) -> None:
    """Generated code bears these names; an example that does not fit would mislead."""
    schema = HTTP_SCHEMAS[name]
    assert schema["title"] == name
    whole = {**schema, "components": OPENAPI["components"]}
    for example in schema.get("examples", []):
        jsonschema.validate(example, whole, jsonschema.Draft202012Validator)


def test_what_is_enforced_is_in_the_document() -> None:
    """Lengths, roles, and the fields that may be left out."""
    registration = HTTP_SCHEMAS["Registration"]
    name, password = (registration["properties"][each] for each in ("username", "password"))
    assert (name["minLength"], name["maxLength"]) == (USERNAME_MIN_CHARS, USERNAME_MAX_CHARS)
    assert (password["minLength"], password["maxLength"]) == (PASSWORD_MIN_CHARS, PASSWORD_MAX_CHARS)
    assert registration["required"] == ["username", "password"]
    assert HTTP_SCHEMAS["Error"]["required"] == ["code", "message", "status"]
    assert set(HTTP_SCHEMAS["Profile"]["properties"]["role"]["enum"]) == set(Role)
    # Nobody is made a guest.
    assert set(HTTP_SCHEMAS["NewUser"]["properties"]["role"]["enum"]) == set(Role) - {Role.GUEST}
    assert WS_MESSAGES["authenticate"]["payload"]["properties"]["app"]["maxLength"] == APP_NAME_MAX_CHARS


def test_every_code_of_http_is_in_use() -> None:
    """A code that no route can answer would be a promise of nothing."""
    used = {failure.code for route in (*ROUTES, *FILE_ROUTES) for failure in route.all_failures}
    assert used == set(HttpErrorCode) == set(HTTP_SCHEMAS["HttpErrorCode"]["enum"])


@pytest.mark.parametrize(
    ("content", "is_known"),
    [
        ({"kind": "hand"}, True),
        ({"kind": "hand", "raised": False, "text": "down"}, True),
        ({"kind": "hand", "raised": "yes"}, False),
        ({"kind": "poll", "id": "p1", "question": "When?", "options": ["8", "9"]}, True),
        ({"kind": "poll", "id": "p1", "question": "When?", "options": ["8"]}, False),
        ({"kind": "vote", "poll": "p1", "option": 1}, True),
        ({"kind": "vote", "poll": "p1", "option": -1}, False),
        ({"kind": "image", "data": "data:image/png;base64,iVBO", "width": 2, "height": 1}, True),
        ({"kind": "image", "data": "x", "width": 0, "height": 1}, False),
        ({"kind": "other"}, False),
    ],
)
def test_the_web_client_s_conventions_are_in_the_document(content: object, is_known: bool) -> None:
    """As its own tests have them: for who writes another client."""
    whole = {**ASYNCAPI["x-content-conventions"], "components": ASYNCAPI["components"]}
    del whole["description"]
    assert jsonschema.Draft202012Validator(whole).is_valid(content) is is_known


def test_asyncapi_has_the_shape_of_3_0() -> None:
    """What AsyncAPI 3.0 requires is there, and each message is used by one operation."""
    assert ASYNCAPI["asyncapi"].startswith("3.0.")
    assert ASYNCAPI["info"]["version"] == str(PROTOCOL_VERSION)
    for place in ASYNCAPI["servers"].values():
        assert set(re.findall(r"{(\w+)}", place["host"])) == set(place["variables"])
    used = []
    for operation in ASYNCAPI["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/")
            used.append(message["$ref"].rpartition("/")[2])
    assert sorted(used) == sorted(WS_MESSAGES)


def test_asyncapi_has_no_discriminator_of_openapi() -> None:
    """AsyncAPI's own is a string, and the official parser takes no document with an object there."""
    alternatives = [each for each in every_schema(ASYNCAPI) if "anyOf" in each or "oneOf" in each]
    assert alternatives
    assert not [each for each in alternatives if isinstance(each.get("discriminator", ""), dict)]


def every_schema(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from every_schema(each)


@pytest.mark.parametrize("message", MESSAGES, ids=KEYS)
def test_payloads_are_named_as_the_protocol_s_word(message: WireMessage) -> None:
    """What code generators make is called `MessageDelivered`, not `AnonymousSchema_22`."""
    described = WS_MESSAGES[message.key]
    payload = described["payload"]
    assert described["name"] == payload["properties"]["type"]["const"] == message.word
    word = "".join(part.title() for part in message.word.split("_"))
    assert payload["title"] in (word, f"Send{word}")
    jsonschema.Draft202012Validator.check_schema(payload)


@pytest.mark.parametrize("message", MESSAGES, ids=KEYS)
def test_examples_of_messages_are_what_the_program_speaks(message: WireMessage) -> None:
    """What clients send is decoded as this message, what the server sends is written the same again."""
    for example in WS_MESSAGES[message.key]["examples"]:
        data = json.dumps(example["payload"]).encode()
        if message.replies:
            assert type(client_messages.decode(data, is_kept=True)) is message.struct
        else:
            decoded = msgspec.json.decode(data, type=message.struct)
            assert json.loads(server_messages.encode(decoded)) == example["payload"]


def test_codes_reasons_and_close_codes_are_all_described() -> None:
    """Those of the program, each with its meaning."""
    properties = WS_MESSAGES["error"]["payload"]["properties"]
    assert [each["const"] for each in properties["code"]["oneOf"]] == list(ErrorCode) == list(ERROR_TEXT)
    assert [each["const"] for each in properties["reason"]["oneOf"]] == list(AuthReason)
    assert set(RECONNECT_TEXT) == set(CLOSE_TEXT) >= {code for code in CloseCode if code >= 4000}
    assert set(ASYNCAPI["x-close-codes"]) == {str(int(code)) for code in RECONNECT_TEXT}


def test_a_field_without_an_example_is_an_error() -> None:
    """An example is made of those of the parts, never of nothing."""
    with pytest.raises(LookupError, match="no example"):
        example_of({"type": "string"}, {})
