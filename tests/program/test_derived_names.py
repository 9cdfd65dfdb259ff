"""The whole program with names that are parts of each other, of fixed words, or as long as they may be: it comes to
physical names that are all different and as long as AWS takes, or to one line that says which names do not go together.
"""

from __future__ import annotations

import pulumi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devtools.recording.programs import run
from devtools.recording.recorded import Recorded
from devtools.rehearsal.fake_outputs import AccountRegion
from devtools.rehearsal.plugins.identities import ResourceIds
from tests.configuration import service

WORDS = ("db", "dlq", "orders", "cart-deploy", "service-cart", "task", "tasks", "schedule", "image-import", "read")
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map("-".join).filter(lambda name: len(name) <= 15)


def claimed(program: Recorded) -> int:
    """How many resources have taken their names; raises DuplicateError where AWS would take two for the same thing."""
    taken = ResourceIds()
    made = [one for one in program.all if one.token.startswith("aws:")]
    for one in made:
        place = AccountRegion.of("us-east-1" if "::us-east-1::" in one.provider else "ap-south-1")
        taken.claim(one.token, one.urn, str(one.outputs.get("id", "")), one.inputs, place)
    return len(made)


def recorded(changes: dict[str, object]) -> Recorded | str:
    """The program, or the line that it ends with."""
    try:
        return run("dev", changes)
    except pulumi.RunError as refused:
        return str(refused)


def shop(*names: str) -> dict[str, object]:
    services = [service(name, scaling={"min": 1, "max": 2}) for name in names]
    stores = {
        "databases": [{"name": name, "engine": "aurora-mysql", "databaseName": "shop"} for name in names],
        "tables": [{"name": name, "hashKey": {"name": "id"}} for name in names],
        "caches": [{"name": name} for name in names],
        "queues": [{"name": name} for name in names],
    }
    return {
        "saleday:services": services,
        "saleday:data": stores,
        "saleday:jobs": None,
        "saleday:events": None,
        "saleday:delivery": None,
    }


@settings(max_examples=1, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(NAMES, min_size=2, max_size=4, unique=True))
def test_names_are_told_apart_or_refused(names: list[str]) -> None:
    program = recorded(shop(*names))
    if isinstance(program, str):
        assert "two of them come to the same (got " in program
    else:
        assert claimed(program) > 200


@pytest.mark.parametrize("name", ["orders-dlq", "cart-deploy"])
def test_names_that_come_to_one_are_refused(name: str) -> None:
    other = {"orders-dlq": "orders", "cart-deploy": "service-cart"}[name]
    with pytest.raises(pulumi.RunError, match=r"names are joined with fixed words") as caught:
        run("dev", shop(other, name))
    assert f"[{name}]" in str(caught.value)
