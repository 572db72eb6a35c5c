"""The HTTP side as an OpenAPI document, made from the table of routes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from authws_desktop.protocol import PROTOCOL_VERSION, failures
from authws_desktop.protocol.failures import Failure
from authws_desktop.protocol.http_messages import HttpError
from authws_desktop.protocol.limits import PASSWORD_MIN_CHARS
from authws_desktop.protocol.route import Answer, Auth, Route
from authws_desktop.protocol.routes import FILE_ROUTES, JSON, ROUTES
from authws_desktop.protocol.schemas import REF, Schema, Struct, schema_name, schemas_of
from authws_desktop.protocol.traffic_messages import TrafficRow

_TEXT = (
    "Accounts, status and the web client, on the same port as the WebSocket side (see /asyncapi.json). All "
    "bodies are JSON in UTF-8; a byte-order mark in front is skipped. Timestamps are ISO 8601 in UTC with "
    "milliseconds and `Z`. Unknown fields are ignored. Letter case and one slash at the end of a path do not "
    "count. Every failure, 404 and 405 included, is an `Error`. `info.version` is the version of the "
    "contract, `protocol` in the `connection` frame."
)
_TAGS = {
    "accounts": "Register, log in, tokens.",
    "server": "Status, documents, web client, documentation.",
    "admin": "Administration for scripts and tests: only for the role `host`, and only with a Bearer token "
    "in the header. Every act is in the host's audit.",
    "traffic": "What passed, for programs: only for the role `host`, or with the admin token of this run "
    "(`serve --admin-token`).",
}
_HEADERS = {
    405: {"Allow": "The methods that the path takes."},
    416: {"Content-Range": "How long the file is."},
    426: {"Upgrade": "`websocket`."},
    429: {"Retry-After": "Seconds until the next attempt counts."},
    503: {"Retry-After": "Seconds until the next attempt may succeed."},
}
_NAMES = {
    failure: name.title().replace("_", "")
    for name, failure in vars(failures).items()
    if isinstance(failure, Failure)
}


@cache
def openapi(min_password: int = PASSWORD_MIN_CHARS) -> Schema:
    """Return the document.

    Args:
        min_password: What a new password must have, characters; the host sets it.
    """
    routes = (*ROUTES, *FILE_ROUTES)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        item = paths.setdefault(route.path, _path_item(route.path))
        item[route.method.lower()] = _operation(route)
    bodies = [route.body for route in routes if route.body is not None]
    answers = [answer.body for route in routes for answer in route.answers if answer.body is not None]
    # A dict, not a set: the document must come out the same in every process.
    structs: list[Struct] = list(dict.fromkeys((*bodies, *answers, HttpError, TrafficRow)))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Authws Desktop: HTTP",
            "version": str(PROTOCOL_VERSION),
            "description": _TEXT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "The server that this document came from."}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": _with_password_rule(schemas_of(structs, received=frozenset(bodies)), min_password),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _with_password_rule(schemas: dict[str, Schema], min_password: int) -> dict[str, Schema]:
    """Set the host's minimum length on each field that takes a new password, in place; return the schemas."""
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            # A password that is only compared has no minimum: it may be older than the host's rule.
            if field.get("format") == "password" and "minLength" in field:
                field["minLength"] = min_password
    return schemas


def _path_item(path: str) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", path)
    if not names:
        return {}
    return {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {"tags": [route.tag], "operationId": route.name, "summary": route.summary}
    if route.text:
        operation["description"] = route.text
    if route.auth is not Auth.ANYONE:
        operation["security"] = [{"bearer": []}]
    if route.query:
        operation["parameters"] = [
            {"name": each.name, "in": "query", "description": each.text, "schema": {"type": each.kind}}
            for each in route.query
        ]
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(route.body)}}}
    operation["responses"] = _responses(route)
    return operation


def _responses(route: Route) -> dict[str, Any]:
    found = {str(answer.status): _success(answer) for answer in route.answers}
    # OpenAPI has one response a status; failures that share one become its examples.
    by_status: dict[int, list[Failure]] = {}
    for failure in route.all_failures:
        by_status.setdefault(failure.status, []).append(failure)
    for status, of_status in sorted(by_status.items()):
        found[str(status)] = _failure(status, of_status)
    return found


def _success(answer: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.when}
    content: dict[str, Any] = {kind: {} for kind in answer.kinds}
    if answer.body is not None:
        content[JSON] = {"schema": _ref(answer.body)}
    if content:
        response["content"] = content
    return response


def _failure(status: int, of_status: list[Failure]) -> dict[str, Any]:
    codes = sorted({str(each.code) for each in of_status})
    response: dict[str, Any] = {
        "description": " ".join(each.when for each in of_status),
        "content": {
            JSON: {
                "schema": {"allOf": [_ref(HttpError), {"properties": {"code": {"enum": codes}}}]},
                "examples": {
                    _NAMES[each]: {
                        "value": {"status": "error", "code": str(each.code), "message": each.sentence}
                    }
                    for each in of_status
                },
            }
        },
    }
    if status in _HEADERS:
        response["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in _HEADERS[status].items()
        }
    return response


def _ref(struct: Struct) -> dict[str, str]:
    return {"$ref": REF.format(name=schema_name(struct))}
