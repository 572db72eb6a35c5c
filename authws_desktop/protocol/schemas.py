"""JSON schemas of messages and bodies, made from their types."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, get_type_hints

import msgspec
from msgspec import UNSET

Schema = dict[str, Any]
Struct = type[msgspec.Struct]

_NAMES = {"HttpError": "Error", "HostMessage": "Sending", "WireUser": "User", "WirePresence": "ListedUser"}
"""Names in the documents, where a class has another one in the program."""
REF = "#/components/schemas/{name}"


def schema_name(struct: Struct) -> str:
    """Return the name of a struct in the documents."""
    return _NAMES.get(struct.__name__, struct.__name__)


def schemas_of(structs: Iterable[Struct], *, received: frozenset[Struct] = frozenset()) -> dict[str, Schema]:
    """Return the schemas of structs, and of what they hold, by their names in the documents.

    Args:
        structs: Types of messages and bodies.
        received: Those among them that clients send. In these a field with a default is optional; in what
            the server sends, only a field that may be `UNSET` is.
    """
    wanted = list(structs)
    # msgspec puts each struct among the components, those that others hold included.
    _, components = msgspec.json.schema_components(map(_described, wanted), ref_template=REF)
    by_class = {struct.__name__: struct for struct in wanted}
    found = {}
    for class_name, raw in components.items():
        name = _NAMES.get(class_name, class_name)
        schema: Schema = _tidy({**raw, "title": name})
        struct = by_class.get(class_name)
        # msgspec calls every field with a default optional; in an answer it is always there.
        if "properties" in schema and struct not in received:
            schema["required"] = _always_there(struct, schema)
        found[name] = schema
    for schema in found.values():
        if "properties" in schema:
            schema["examples"] = [example_of(schema, found)]
    return found


def _described(struct: Struct) -> Struct:
    """Return a struct that msgspec can describe: it cannot where a field's default is raw JSON."""
    fields = msgspec.structs.fields(struct)
    if not any(isinstance(field.default, msgspec.Raw) for field in fields):
        return struct
    config, kinds = struct.__struct_config__, get_type_hints(struct, include_extras=True)
    described = [
        (field.encode_name, kinds[field.name])
        if field.required
        else (field.encode_name, kinds[field.name], _without_raw(field.default))
        for field in fields
    ]
    made = msgspec.defstruct(struct.__name__, described, tag_field=config.tag_field, tag=config.tag)
    made.__doc__ = struct.__doc__
    return made


def _without_raw(default: Any) -> Any:
    return UNSET if isinstance(default, msgspec.Raw) else default


def _always_there(struct: Struct | None, schema: Schema) -> list[str]:
    """Return the fields of an answer that are never left out: all but those that may be `UNSET`."""
    if struct is None:
        return list(schema["properties"])
    absent = {field.encode_name for field in msgspec.structs.fields(struct) if field.default is UNSET}
    return [name for name in schema["properties"] if name not in absent]


def _tidy(value: Any) -> Any:
    """Return a schema as people write it: one paragraph of description, `const`, no defaults, our names."""
    if isinstance(value, list):
        return [_tidy(each) for each in value]
    if not isinstance(value, dict):
        return value
    # msgspec's `discriminator` is OpenAPI's object. AsyncAPI 3.0 wants a string, or refuses the document. The
    # `const` of each alternative tells them apart as well.
    left_out = ("default", "discriminator")
    tidy = {key: _tidy(each) for key, each in value.items() if key not in left_out}
    if isinstance(text := tidy.get("description"), str):
        tidy["description"] = inspect.cleandoc(text).partition("\n\n")[0].replace("\n", " ")
    if isinstance(choices := tidy.get("enum"), list) and len(choices) == 1:
        tidy["const"] = choices[0]
        del tidy["enum"]
    if isinstance(reference := tidy.get("$ref"), str):
        head, _, name = reference.rpartition("/")
        tidy["$ref"] = f"{head}/{_NAMES.get(name, name)}"
    return tidy


def example_of(schema: Schema, schemas: dict[str, Schema]) -> Any:
    """Return an example that fits a schema, made of the examples of its parts.

    Args:
        schema: Of a field or a whole body.
        schemas: The schemas that its references name, by name.
    """
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "const" in schema:
        return schema["const"]
    for key in ("examples", "enum"):
        if key in schema:
            return schema[key][0]
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return example_of(schema[key][0], schemas)
    match schema.get("type"):
        case "object":
            required = schema.get("required", [])
            return {name: example_of(schema["properties"][name], schemas) for name in required}
        case "array":
            return [example_of(schema["items"], schemas)]
        case "boolean":
            return False
        case "null":
            return None
    raise LookupError(f"A field has no example: {schema}")
