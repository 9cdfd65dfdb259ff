"""Large stacks to judge: copies of prod's recorded graph under other names, and roles that may assume each other."""

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


_ACCOUNT = "123456789012"
_PREFIX = "urn:pulumi:prod::teams::"


def roles(count: int) -> dict[str, Any]:
    """An exported state of roles that trust the account and may assume each other by a pattern.

    The last may rewrite a role, so that each of the others gets there.
    """
    made: list[dict[str, Any]] = []
    everyone = f"arn:aws:iam::{_ACCOUNT}:role/team-*"
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    for number in range(count):
        name = f"team-{number}"
        arn = f"arn:aws:iam::{_ACCOUNT}:role/{name}"
        own = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": everyone}]
        if number == count - 1:
            own.append(
                {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": f"arn:aws:iam::{_ACCOUNT}:role/x"}
            )
        made.append(_resource("aws:iam/role:Role", name, arn=arn, name=name, assumeRolePolicy=_document([root])))
        made.append(_resource("aws:iam/rolePolicy:RolePolicy", name, role=name, policy=_document(own)))
    return {"version": 3, "deployment": {"resources": made}}


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _resource(token: str, name: str, /, **props: str) -> dict[str, Any]:
    urn = f"{_PREFIX}{token}::{name}"
    return {"urn": urn, "type": token, "custom": True, "id": name, "inputs": props, "outputs": {**props, "id": name}}
