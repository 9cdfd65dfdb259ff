"""The policies that stand before one resource, whichever way they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from ..conditions import Condition
from ..documents import Statement, statements
from ..grants import NamedActions
from ..graph import Graph
from ..patterns import matches
from ..resource import Resource
from ..tokens import (
    BUCKET,
    BUCKET_POLICY,
    KEY,
    LAMBDA,
    LAMBDA_PERMISSION,
    LOG_GROUP,
    QUEUE,
    REPOSITORY,
    SECRET,
    TABLE,
    TOPIC,
)
from ..values import UndecidedError
from .need import Gate
from .truth import Truth, covers_action

LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
EVENT_BUS = "aws:cloudwatch/eventBus:EventBus"
VAULT = "aws:backup/vault:Vault"

# For a type of resource: the types with a policy of it, the property that names it, and that of the document.
POLICIES_ON: dict[str, tuple[tuple[str, str, str], ...]] = {
    BUCKET: ((BUCKET_POLICY, "bucket", "policy"),),
    QUEUE: (("aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "policy"),),
    TOPIC: (("aws:sns/topicPolicy:TopicPolicy", "arn", "policy"),),
    SECRET: (("aws:secretsmanager/secretPolicy:SecretPolicy", "secretArn", "policy"),),
    KEY: (("aws:kms/keyPolicy:KeyPolicy", "keyId", "policy"),),
    REPOSITORY: (("aws:ecr/repositoryPolicy:RepositoryPolicy", "repository", "policy"),),
    TABLE: (("aws:dynamodb/resourcePolicy:ResourcePolicy", "resourceArn", "policy"),),
    EVENT_BUS: (("aws:cloudwatch/eventBusPolicy:EventBusPolicy", "eventBusName", "policy"),),
    VAULT: (("aws:backup/vaultPolicy:VaultPolicy", "backupVaultName", "policy"),),
}
OWN_POLICY = frozenset((BUCKET, QUEUE, TOPIC, SECRET, KEY))
"""Types that may carry their policy themselves, as `policy`."""


# The policy that a topic has until it is given one. Source: SNS Developer Guide, example cases for access control.
_DEFAULT_OF_TOPICS = Statement(
    label="the default policy",
    effect="allow",
    actions=("sns:Publish",),
    resources=("*",),
    principals=(("aws", "*"), ("service", "*")),
    conditions=(Condition(operator="stringequals", key="aws:sourceowner", values=("the account",)),),
)


@dataclass(frozen=True)
class GateStatement:
    """A statement and the resource that it is written in."""

    statement: Statement
    holder: Resource

    @cached_property
    def _named(self) -> NamedActions | None:
        """Its actions; None where one isn't known yet."""
        every = (*self.statement.actions, *self.statement.not_actions)
        if not all(isinstance(name, str) for name in every):
            return None
        excluded = self.statement.not_actions
        return NamedActions(self.statement.actions, excluded, all_but_excluded=bool(excluded))

    def covers(self, action: str) -> Truth:
        """Whether it is about an action."""
        named = self._named
        return covers_action(self.statement, action) if named is None else named.cover(action.lower())

    def gates(self, action: str) -> list[Gate]:
        """The gates that an action passes: each name or pattern that covers it; a policy of AWS's is one as a whole."""
        if self.is_attached:
            return [Gate(self.holder.urn, "attachment")]
        if self.statement.not_actions:
            return [gate_of(self.holder.urn, self.statement, "NotAction")]
        wanted = action.lower()
        named = (name for name in self.statement.actions if isinstance(name, str))
        return [gate_of(self.holder.urn, self.statement, name) for name in named if matches(name, wanted)]

    @property
    def is_attached(self) -> bool:
        """Whether it belongs to a policy of AWS's that an attachment names."""
        return "olicyAttachment:" in self.holder.urn

    @property
    def label(self) -> str:
        return f"{self.statement.label} of {self.holder.name}"


@dataclass(frozen=True)
class Gates:
    """What is written about one resource; `unknown` is the place of a document that isn't known yet."""

    found: tuple[GateStatement, ...]
    unknown: str = ""
    documents: int = 0


class ResourcePolicies:
    """One for a graph: `graph.derived(ResourcePolicies)`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.of = cache(self._of)

    def _of(self, resource: Resource) -> Gates:
        found: list[GateStatement] = []
        unknown, documents = "", 0
        for holder, body in self._documents(resource):
            documents += 1
            try:
                found += [GateStatement(statement, holder) for statement in _read(holder, body)]
            except UndecidedError as error:
                unknown = unknown or f"{holder.name}.{error.path}"
        if not documents and resource.token == TOPIC:
            found.append(GateStatement(_DEFAULT_OF_TOPICS, resource))
        return Gates(tuple(found), unknown, documents)

    def _documents(self, resource: Resource) -> Iterator[tuple[Resource, str]]:
        if resource.token in OWN_POLICY and resource.present("policy"):
            yield resource, "policy"
        for token, path, body in POLICIES_ON.get(resource.token, ()):
            yield from ((holder, body) for holder in self.graph.companions(resource, path, token))
        if resource.token == LAMBDA:
            yield from ((holder, "") for holder in self.graph.companions(resource, "function", LAMBDA_PERMISSION))
        if resource.token == LOG_GROUP:
            yield from ((holder, "policyDocument") for holder in self.graph.of(LOG_POLICY))


def _read(holder: Resource, path: str) -> Sequence[Statement]:
    return statements(holder.data.get(path)) if path else (_permission(holder),)


def _permission(holder: Resource) -> Statement:
    """A Lambda permission as the statement that it becomes."""
    conditions = [
        Condition(operator=operator, key=key, values=(holder.data.get(path),))
        for path, operator, key in (
            ("sourceArn", "arnlike", "aws:sourcearn"),
            ("sourceAccount", "stringequals", "aws:sourceaccount"),
            ("principalOrgId", "stringequals", "aws:principalorgid"),
        )
        if holder.present(path)
    ]
    principal = holder.data.get("principal")
    service = isinstance(principal, str) and principal.endswith(".amazonaws.com")
    return Statement(
        label="the permission",
        effect="allow",
        actions=(holder.data.get("action"),),
        resources=("*",),
        principals=(("service" if service else "aws", principal),),
        conditions=tuple(conditions),
    )


def gate_of(holder: str, statement: Statement, action: str) -> Gate:
    """One action of a statement as a gate."""
    return Gate(holder, f"{statement.label}: {action}")
