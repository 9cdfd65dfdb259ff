"""The JSON Schema of `Pulumi.<stack>.yaml`, with which editors complete and check settings.

It describes each setting: names, types, ranges, patterns. Relations between settings are checked by the program.
"""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import BaseModel

from devtools.docsgen import settings
from devtools.docsgen.docstrings import meanings
from specs.shop import Shop

NAMESPACE: Final = "saleday"
DIALECT: Final = "http://json-schema.org/draft-07/schema#"  # the newest that the YAML language server takes in whole
SECRET: Final = {"type": "object", "required": ["secure"], "properties": {"secure": {"type": "string"}}}
# Given by Pulumi itself, or under another name.
_NOT_SETTINGS: Final = frozenset({"project", "stack", "region"})


def schema() -> dict[str, Any]:
    """The schema as a value."""
    shop = Shop.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = shop.pop("$defs")
    _explain(shop, Shop)
    for _, model in settings.models(Shop):
        _explain(definitions[model.__name__], model)
    known = {name: field for name, field in shop["properties"].items() if name not in _NOT_SETTINGS}
    keys = {f"{NAMESPACE}:{name}": _or_secret(field) for name, field in known.items()}
    required = [f"{NAMESPACE}:{name}" for name in shop["required"] if name in known]
    return {
        "$schema": DIALECT,
        "title": "A stack's settings",
        "description": "Pulumi.<stack>.yaml; every setting is explained in docs/settings.md.",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": required,
                "properties": {"aws:region": _region(shop["properties"]["region"]), **keys},
                "propertyNames": {
                    "anyOf": [
                        {"enum": sorted(keys)},
                        {"pattern": f"^{NAMESPACE}:({'|'.join(sorted(known))})\\."},  # inside a map
                        {"pattern": f"^(?!{NAMESPACE}:)[^:]+:.+"},
                    ]
                },
            }
        },
        "definitions": _plain(definitions),
    }


def render() -> str:
    """The schema as the file has it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _explain(described: dict[str, Any], model: type[BaseModel]) -> None:
    """Gives each property its field's description instead of a title made of its name."""
    said = meanings(model)
    for name, field in model.model_fields.items():
        entry = described["properties"][field.alias or name]
        entry.pop("title", None)
        if "$ref" in entry:  # beside a reference draft 7 reads nothing else
            entry["allOf"] = [{"$ref": entry.pop("$ref")}]
        if name in said:
            entry["description"] = said[name]


def _plain(definitions: dict[str, Any]) -> dict[str, Any]:
    for entry in definitions.values():
        entry.pop("title", None)
    return definitions


def _or_secret(field: dict[str, Any]) -> dict[str, Any]:
    """A setting may be encrypted as a whole (`pulumi config set --secret`); defaults that are maps are left out."""
    described = {key: field[key] for key in ("description", "default") if key in field}
    if isinstance(described.get("default"), dict | list):
        del described["default"]
    plain = {key: value for key, value in field.items() if key not in ("description", "default")}
    return {**described, "anyOf": [plain, SECRET]}


def _region(field: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in field.items() if key != "title"}
