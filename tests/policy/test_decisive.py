"""No property that decides on encryption, exposure or access is forgotten: a table judges it, or a reason stands."""

from __future__ import annotations

from typing import Any

from devtools.rehearsal.schema import resource_type
from policy.pack.key_places import named_keys, required_keys
from policy.pack.resource_documents import RESOURCE_DOCUMENTS
from tests.each import for_each
from tests.policy.decisive import explained, judged, open_questions, properties, reasons

KEYS = {
    (token, path.replace("[]", ""))
    for places in (required_keys(), named_keys())
    for token, paths in places.items()
    for path in paths
}


def test_every_property_of_the_provider_that_decides_is_judged_or_explained() -> None:
    assert open_questions() == []


def test_every_reason_explains_something_that_no_table_judges() -> None:
    left = [place for place in properties() if place not in judged()]
    idle = [entry["properties"] for entry in reasons() if not any(explained(entry, *place) for place in left)]
    assert idle == []


@for_each(sorted({*KEYS, *RESOURCE_DOCUMENTS.items()}))
def test_every_place_that_a_table_names_is_there(place: tuple[str, str]) -> None:
    token, path = place
    fields: Any = resource_type(token).properties
    for step in path.split("."):
        assert step in fields
        field = fields[step]
        while field.kind in ("list", "map"):
            field = field.element
        fields = field.fields or {}
