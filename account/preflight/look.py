"""Context of a check: the stack's graph and settings, the account, DNS and registries."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from account.preflight.account import AwsAccount
from account.preflight.dns import Resolver
from account.preflight.reads import Read, read
from account.preflight.registry import Registry
from account.preflight.verdict import ReportLine
from aws_facts.regions import EDGE_REGION
from devtools.recording.recorded import Recorded, Resource
from devtools.recording.state import exported
from policy.pack.graph import Graph
from policy.pack.limits import Need, needs
from policy.pack.stacks import parse
from sale.plan import Plan, compile_plan
from specs.shop import Shop

TAGGED: Final = read(
    "resourcegroupstaggingapi", "get_resources", "tag:GetResources", "ResourceTagMappingList[].ResourceARN"
)

_OUTLIVES: Final = re.compile(r"arn:[^:]*:(kms:[^:]*:[^:]*:key/|secretsmanager:|ecs:[^:]*:[^:]*:task-definition/)")
"""Resources that keep their tags after a destroy: keys and secrets until deletion, inactive task definitions."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The stack, as its settings make it in this account."""

    shop: Shop
    program: Recorded
    plan: Plan
    """Plan of the upcoming sales."""
    needs: tuple[Need, ...]
    """Use of the account's quotas by the graph."""

    @classmethod
    def of_stack(cls, shop: Shop, program: Recorded, now: datetime) -> Subject:
        """The stack with what follows from it."""
        graph = Graph(parse(json.dumps(exported(program, shop.stack))).resources)
        return cls(shop=shop, program=program, plan=compile_plan(shop, now), needs=tuple(needs(graph)))

    def of(self, *tokens: str) -> list[Resource]:
        """Resources of these types, those of remote components too."""
        return [resource for resource in self.program.resources if resource.token in tokens]


@dataclass(frozen=True, kw_only=True)
class World:
    """External sources of a check."""

    account: AwsAccount
    resolver: Resolver
    registry: Registry


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question. `hold` may make the calls in `reads` and no others: the least policy is made of them."""

    title: str
    """Heads its lines in the report."""
    hold: Callable[[Look], Iterable[ReportLine]]
    reads: tuple[Read, ...] = ()
    concerns: Callable[[Subject], object] = bool
    """Whether the stack has what it asks about; all stacks by default."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """One check's view."""

    subject: Subject
    world: World
    reads: tuple[Read, ...]

    @property
    def shop(self) -> Shop:
        return self.subject.shop

    @property
    def account_id(self) -> str:
        return self.world.account.account_id

    def ask(self, asked: Read, region: str = "", **arguments: Any) -> list[Any]:
        """The relevant part of the answer to a declared read, by default in the stack's region.

        Raises NotKnown where the account does not answer.
        """
        assert asked in self.reads, f"{asked.service}:{asked.operation} is not declared"
        return self.world.account.ask(asked, region, **arguments)

    def region_of(self, resource: Resource) -> str:
        """The region that a resource is made in: an explicit provider is named after its own."""
        name = resource.provider.rpartition("::")[0].rpartition("::")[2]
        return EDGE_REGION if name == EDGE_REGION else self.shop.region

    def owned(self, region: str = "") -> frozenset[str]:
        """ARNs of what carries the stack's own tags. Empty where the stack was never deployed."""
        filters = [{"Key": "Project", "Values": [self.shop.project]}, {"Key": "Stack", "Values": [self.shop.stack]}]
        return frozenset(self.ask(TAGGED, region, TagFilters=filters))

    def stands(self) -> bool:
        """Whether the stack was deployed, in whole or in part, and not destroyed since."""
        return any(not _OUTLIVES.match(arn) for arn in (*self.owned(), *self.owned(EDGE_REGION)))


def owns(arns: Iterable[str], name: str) -> bool:
    """Whether one of these ARNs is that of a thing with this name; some end with an id after it."""
    bare = name.removeprefix("/")  # a parameter's ARN has one slash, a log group's none before the name's own
    return any(f"{sign}{bare}{end}" in f"{arn}/" for arn in arns for sign in ":/" for end in ":/")
