"""LINE's own OpenAPI files as a checker that shares nothing with our limits or the SDK's models.

As published, a JSON Schema tool stops at every discriminator: `Message`, `Action`, `FlexComponent` are bases whose
children inherit by `allOf`, and only the base is checked. Here each base becomes `if type = const then child`, and the
children inherit from a plain copy, so that checking goes all the way down.

    validate_body("push", {"to": "U…", "messages": […]})   what is wrong with a request body; [] if nothing
    validate_answer("push", 409, {…})                       the same for an answer LINE gave
    validate_event({…})                                     the same for one webhook event
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "line-openapi"

needs_openapi = pytest.mark.skipif(not FOLDER.is_dir(), reason="LINE's OpenAPI files are not here (../shared)")


def validate_body(endpoint: str, body: Any) -> list[str]:
    """Complaints about a request body of `endpoint`: push, multicast, reply, validate/push or a path from /v2/."""
    said = _operation(endpoint)["requestBody"]["content"]["application/json"]["schema"]
    return _complaints("messaging-api.yml", said, body)


def validate_answer(
    endpoint: str, status: int, body: Any, method: str = "post", file: str = "messaging-api.yml"
) -> list[str]:
    """Complaints about an answer; an answer the file does not describe must be an ErrorResponse or empty."""
    described = _operation(endpoint, method, file)["responses"].get(str(status))
    if described is None:
        return _complaints("messaging-api.yml", {"$ref": "#/components/schemas/ErrorResponse"}, body)
    content = described.get("content")
    if content is None:
        return [] if body in ({}, None) else [f"no body is described for {status}: {body!r}"]
    return _complaints(file, next(iter(content.values()))["schema"], body)


def validate_event(event: Any) -> list[str]:
    """Complaints about one webhook event."""
    return _complaints("webhook.yml", {"$ref": "#/components/schemas/Event"}, event)


def _operation(endpoint: str, method: str = "post", file: str = "messaging-api.yml") -> dict[str, Any]:
    path = endpoint if endpoint.startswith("/") else f"/v2/bot/message/{endpoint}"
    return _file(file)["paths"][path][method]


def _complaints(file: str, schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": _file(file)["components"]}
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(whole).iter_errors(value)]


@cache
def _file(name: str) -> dict[str, Any]:
    said: dict[str, Any] = YAML(typ="safe").load(FOLDER / name)
    said["components"]["schemas"] = _deepened(said["components"]["schemas"])
    return said


def _deepened(schemas: dict[str, Any]) -> dict[str, Any]:
    bases = {name: one for name, one in schemas.items() if "discriminator" in one}
    plain = {f"#/components/schemas/{name}": f"#/components/schemas/{name}__plain" for name in bases}
    deep: dict[str, Any] = {}
    for name, schema in schemas.items():
        inherited = [{"$ref": plain[p["$ref"]]} if p.get("$ref") in plain else p for p in schema.get("allOf", [])]
        deep[name] = {**schema, "allOf": inherited} if inherited else schema
    for name, schema in bases.items():
        key, mapping = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
        deep[f"{name}__plain"] = {part: said for part, said in deep[name].items() if part != "discriminator"}
        cases = [
            {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": {"$ref": child}}
            for value, child in mapping.items()
        ]
        known = {"properties": {key: {"enum": list(mapping)}}, "required": [key]}
        deep[name] = {"allOf": [{"$ref": f"#/components/schemas/{name}__plain"}, known, *cases]}
    return deep
