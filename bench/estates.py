"""Large stacks to judge: the recorded graph of prod, copied under other names until it is as large as asked."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

_ID = re.compile(r"\b(?:vpc|subnet|sg|sgr|rtb|rtbassoc|igw|nat|acl|eipalloc|eni|vpce|pl|fl|r)-[0-9a-f]{8,17}\b")
_KEY = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def copies(state: dict[str, Any], resources: int) -> dict[str, Any]:
    """An exported state of at least this many resources, of which every copy of the stack knows only its own."""
    own = state["deployment"]["resources"]
    made: list[dict[str, Any]] = list(own)
    number = 1
    while len(made) < resources:
        made += _renamed(own, number)
        number += 1
    return {"version": 3, "deployment": {"resources": made}}


def _renamed(resources: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    text = json.dumps(copy.deepcopy(resources))
    text = text.replace("saleday", f"saleday{number}").replace("123456789012", f"{number:012d}")
    for pattern in (_ID, _KEY):
        text = pattern.sub(lambda match: f"{match[0]}{number:04x}", text)
    return json.loads(text)
