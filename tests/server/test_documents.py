"""The machine-readable contract says what the program does: paths, bodies, answers, codes."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from authws_desktop.accounts.records import Role
from authws_desktop.protocol import (
    PROTOCOL_VERSION,
    admin_messages,
    client_messages,
    http_messages,
    server_messages,
)
from authws_desktop.protocol.codes import CLOSE_TEXT, AuthReason, CloseCode, ErrorCode, HttpErrorCode
from authws_desktop.protocol.limits import APP_NAME_MAX_CHARS
from authws_desktop.server import admin_api, http_api, http_errors, http_requests
from authws_desktop.server.endpoint import Endpoint

API_DIR = Path(__file__).parents[2] / "resources" / "api"
OPENAPI: dict[str, Any] = json.loads((API_DIR / "openapi.json").read_text("utf-8"))
ASYNCAPI: dict[str, Any] = json.loads((API_DIR / "asyncapi.json").read_text("utf-8"))
HTTP_SCHEMAS: dict[str, Any] = OPENAPI["components"]["schemas"]
MESSAGES: dict[str, Any] = ASYNCAPI["components"]["messages"]
HTTP_MODULES = (http_api, http_errors, http_requests, admin_api)

HTTP_STRUCTS: dict[str, type[msgspec.Struct]] = {
    "Credentials": http_messages.Credentials,
    "Registration": http_messages.Registration,
    "PendingAnswer": http_messages.PendingAnswer,
    "PasswordChange": http_messages.PasswordChange,
    "TokenUser": http_messages.TokenUser,
    "TokenAnswer": http_messages.TokenAnswer,
    "Profile": http_messages.Profile,
    "ProfileAnswer": http_messages.ProfileAnswer,
    "ServerStatus": http_messages.ServerStatus,
    "Error": http_messages.HttpError,
    "NewUser": admin_messages.NewUser,
    "UserChange": admin_messages.UserChange,
    "PasswordReset": admin_messages.PasswordReset,
    "Sending": admin_messages.Sending,
    "AdminUser": admin_messages.AdminUser,
    "UsersAnswer": admin_messages.UsersAnswer,
    "UserAnswer": admin_messages.UserAnswer,
    "AdminConnection": admin_messages.AdminConnection,
    "ConnectionsAnswer": admin_messages.ConnectionsAnswer,
    "AdminSession": admin_messages.AdminSession,
    "SessionsAnswer": admin_messages.SessionsAnswer,
    "SentAnswer": admin_messages.SentAnswer,
}
CLIENT_STRUCTS: dict[str, type[msgspec.Struct]] = {
    "authenticate": client_messages.Authenticate,
    "sendMessage": client_messages.Message,
    "sendDirect": client_messages.Direct,
}
SERVER_STRUCTS: dict[str, type[msgspec.Struct]] = {
    "connection": server_messages.Connected,
    "authentication": server_messages.Authenticated,
    "message": server_messages.Broadcast,
    "direct": server_messages.DirectMessage,
    "messageDelivered": server_messages.Delivered,
    "userList": server_messages.UserList,
    "error": server_messages.ErrorMessage,
}


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


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and operation of the HTTP document."""
    for path, item in OPENAPI["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method.upper(), path, operation


def field_names(struct: type[msgspec.Struct]) -> tuple[set[str], set[str]]:
    """Return the names on the wire of all fields, and of those that are always there."""
    fields = msgspec.structs.fields(struct)
    names = {field.encode_name for field in fields}
    always = {field.encode_name for field in fields if field.default is not msgspec.UNSET}
    tag = struct.__struct_config__.tag_field
    return (names | {tag}, always | {tag}) if tag else (names, always)


@pytest.mark.parametrize("document", [OPENAPI, ASYNCAPI], ids=["openapi", "asyncapi"])
def test_every_reference_points_at_something(document: dict[str, Any]) -> None:
    """No `$ref` is broken."""
    for reference in references(document):
        assert reference.startswith("#/")
        assert resolve(document, reference) is not None


def test_openapi_has_the_shape_of_3_1() -> None:
    """What OpenAPI 3.1 requires is there."""
    assert OPENAPI["openapi"].startswith("3.1.")
    assert OPENAPI["info"]["title"]
    assert OPENAPI["info"]["version"] == str(PROTOCOL_VERSION)
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    tags = {tag["name"] for tag in OPENAPI["tags"]}
    for method, path, operation in operations():
        assert set(operation["tags"]) <= tags
        assert any(status.startswith("2") for status in operation["responses"]), (method, path)
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status)
            found = resolve(OPENAPI, response["$ref"]) if "$ref" in response else response
            assert found["description"]
        for scheme in operation.get("security", []):
            assert set(scheme) <= set(OPENAPI["components"]["securitySchemes"])


def test_path_parameters_are_described() -> None:
    """Each `{name}` of a path has its parameter and the other way round."""
    for path, item in OPENAPI["paths"].items():
        described = {entry["name"] for entry in item.get("parameters", [])}
        assert described == set(re.findall(r"{(\w+)}", path))


def test_asyncapi_has_the_shape_of_3_0() -> None:
    """What AsyncAPI 3.0 requires is there."""
    assert ASYNCAPI["asyncapi"].startswith("3.0.")
    assert ASYNCAPI["info"]["title"]
    assert ASYNCAPI["info"]["version"] == str(PROTOCOL_VERSION)
    for server in ASYNCAPI["servers"].values():
        assert server["host"]
        assert server["protocol"] == "ws"
        assert set(re.findall(r"{(\w+)}", server["host"])) == set(server["variables"])
    used: set[str] = set()
    for operation in ASYNCAPI["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/")
            used.add(message["$ref"].rpartition("/")[2])
    assert used == set(MESSAGES)


def test_the_direction_of_every_message_is_right() -> None:
    """The server receives what clients send."""
    actions = {
        operation["messages"][0]["$ref"].rpartition("/")[2]: operation["action"]
        for operation in ASYNCAPI["operations"].values()
    }
    assert {name for name, action in actions.items() if action == "receive"} == set(CLIENT_STRUCTS)
    assert {name for name, action in actions.items() if action == "send"} == set(SERVER_STRUCTS)


def test_the_routes_are_those_of_the_document() -> None:
    """Every route is described and every description has its route."""
    endpoint = cast(Endpoint, SimpleNamespace(accounts=None, hub=None))
    application = http_api.HttpApi(endpoint, Path(), lambda: None).application()
    routes = {
        (route.method, route.resource.canonical)
        for route in application.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert routes == {(method, path) for method, path, _ in operations()}


def test_the_websocket_paths_are_the_channels() -> None:
    """The addresses are those of the contract."""
    assert {channel["address"] for channel in ASYNCAPI["channels"].values()} == {"/", "/ws"}


def test_error_codes_of_http_are_all_described() -> None:
    """Every code that the HTTP side uses is in the document, and no other."""
    described = set(HTTP_SCHEMAS["Error"]["properties"]["code"]["enum"])
    sources = "".join(inspect.getsource(module) for module in HTTP_MODULES)
    used = set(re.findall(r"\b(?:HttpErrorCode|code)\.([A-Z_]+)\b", sources))
    assert used == described <= set(HttpErrorCode)
    of_responses = {
        code
        for response in OPENAPI["components"]["responses"].values()
        for part in response["content"]["application/json"]["schema"]["allOf"]
        for code in part.get("properties", {}).get("code", {}).get("enum", [])
    }
    assert of_responses == described


def test_throttled_answers_say_when_to_come_back() -> None:
    """429 and 503 carry Retry-After."""
    responses = OPENAPI["components"]["responses"]
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            if status in ("429", "503"):
                assert "Retry-After" in responses[response["$ref"].rpartition("/")[2]]["headers"]


def test_error_codes_reasons_and_close_codes_are_all_described() -> None:
    """The WebSocket side's codes are those of the program."""
    properties = MESSAGES["error"]["payload"]["properties"]
    assert {entry["const"] for entry in properties["code"]["oneOf"]} == set(ErrorCode)
    assert set(properties["reason"]["enum"]) == set(AuthReason)
    codes = {int(code) for code in ASYNCAPI["x-close-codes"]}
    assert codes >= {code for code in CloseCode if code >= 4000}
    assert codes >= set(CLOSE_TEXT)
    assert codes <= set(CloseCode)


def test_limits_and_roles_are_those_of_the_program() -> None:
    """Figures are not copied wrongly."""
    assert MESSAGES["authenticate"]["payload"]["properties"]["app"]["maxLength"] == APP_NAME_MAX_CHARS
    assert set(HTTP_SCHEMAS["Profile"]["properties"]["role"]["enum"]) == set(Role)


@pytest.mark.parametrize("name", HTTP_STRUCTS)
def test_http_bodies_have_the_documented_fields(name: str) -> None:
    """Field by field, required and optional, and the examples decode."""
    struct, schema = HTTP_STRUCTS[name], HTTP_SCHEMAS[name]
    names, always = field_names(struct)
    assert set(schema["properties"]) == names
    assert set(schema["required"]) == always
    for example in schema["examples"]:
        decoded = msgspec.json.decode(json.dumps(example), type=struct)
        assert json.loads(msgspec.json.encode(decoded)) == example


@pytest.mark.parametrize("name", CLIENT_STRUCTS)
def test_client_messages_decode(name: str) -> None:
    """The examples of what clients send are understood, each field is documented."""
    struct, message = CLIENT_STRUCTS[name], MESSAGES[name]
    assert set(message["payload"]["properties"]) == field_names(struct)[0]
    for example in message["examples"]:
        assert set(message["payload"]["required"]) <= set(example["payload"])
        assert type(client_messages.decode(json.dumps(example["payload"]).encode())) is struct


@pytest.mark.parametrize("name", SERVER_STRUCTS)
def test_server_messages_have_the_documented_fields(name: str) -> None:
    """Field by field; the examples are what the program's encoder writes."""
    struct, message = SERVER_STRUCTS[name], MESSAGES[name]
    names, always = field_names(struct)
    assert set(message["payload"]["properties"]) == names
    assert set(message["payload"]["required"]) == always
    for example in message["examples"]:
        decoded = msgspec.json.decode(json.dumps(example["payload"]), type=struct)
        assert json.loads(server_messages.encode(decoded)) == example["payload"]


def test_presence_entries_have_the_documented_fields() -> None:
    """The same one level down."""
    entry = MESSAGES["userList"]["payload"]["properties"]["users"]["items"]
    names, always = field_names(server_messages.WirePresence)
    assert (set(entry["properties"]), set(entry["required"])) == (names, always)


def test_names_on_the_wire_are_the_tags() -> None:
    """`name` of each message is its `type`."""
    for name, struct in {**CLIENT_STRUCTS, **SERVER_STRUCTS}.items():
        payload = MESSAGES[name]["payload"]["properties"]
        assert MESSAGES[name]["name"] == payload["type"]["const"] == struct.__struct_config__.tag
