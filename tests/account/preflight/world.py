"""An account of stubbed answers, below boto3's own checks; a small stack; and a DNS and a registry by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import boto3
from botocore import xform_name

import settings
from account.preflight.account import AwsAccount
from account.preflight.look import Check, Look, Subject, World
from account.preflight.run import lines_of
from account.preflight.verdict import NotKnown, Outcome, ReportLine
from devtools.recording.programs import recorded, recorded_values, stack_values
from devtools.recording.recorded import Recorded, Resource
from devtools.rehearsal.fake_outputs import ACCOUNT_ID
from settings.stack_file import read
from tests.configuration import small_shop

REGION = "ap-south-1"
NOW = datetime(2030, 9, 1, tzinfo=UTC)


class Refused(Exception):
    """What AWS answers instead: an error's code."""


DENIED = Refused("AccessDeniedException")
THROTTLED = Refused("ThrottlingException")
Answers = Mapping[str, Any]
"""By `service.operation`, as boto3 calls them: an answer, a `Refused`, or what makes one of the arguments."""


class _Session:
    """Makes each client once for all tests: they take longer to make than to ask."""

    def __init__(self) -> None:
        self._session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name=REGION)
        self._session.events.register("before-parameter-build", self._keep)
        self._session.events.register("before-call", self._answer)
        self.answering = Stubbed({})
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str, config: Any) -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = self._session.client(service, region, config=config)
        return self._clients[service, region]

    @staticmethod
    def _keep(params: Any, context: dict[str, Any], **_: Any) -> None:
        context["asked"] = dict(params)

    def _answer(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        return self.answering.answer(model, context)


@dataclass
class Stubbed:
    """An account that answers from a table, denies all else, and keeps which operations it was asked for."""

    answers: Answers
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Service, operation (AWS's name) and region of each call."""

    def account(self) -> AwsAccount:
        """The account; the last one that was asked for is the one that answers."""
        session = _session()
        session.answering = self
        return AwsAccount(cast("Any", session), ACCOUNT_ID, REGION)

    def answer(self, model: Any, context: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        service = model.service_model.service_name
        self.asked.append((service, model.name, context["client_region"]))
        answer = self.answers.get(f"{service}.{xform_name(model.name)}", DENIED)
        if callable(answer):
            answer = answer(**context["asked"])
        if isinstance(answer, Refused):
            return SimpleNamespace(status_code=400), {"Error": {"Code": str(answer), "Message": ""}}
        return SimpleNamespace(status_code=200), dict(answer)


@cache
def _session() -> _Session:
    return _Session()


@dataclass
class Dns:
    """Records by name and kind; `reason` is why there is no answer at all."""

    records: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    reason: str = ""

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        if self.reason:
            raise NotKnown(self.reason)
        return self.records.get((name, kind), ())


@dataclass
class Images:
    """A registry that has every image or none, or does not say."""

    there: bool | NotKnown = True

    def has(self, image: str) -> bool:
        if isinstance(self.there, NotKnown):
            raise self.there
        return self.there


def world(answers: Answers | Stubbed | None = None, dns: Dns | None = None, images: Images | None = None) -> World:
    stubbed = answers if isinstance(answers, Stubbed) else Stubbed(answers or {})
    return World(account=stubbed.account(), resolver=dns or Dns(), registry=images or Images())


def subject(*resources: Resource, **changes: object) -> Subject:
    """A small stack whose graph is these resources alone; `changes` replace settings."""
    shop = settings.parse("saleday", "test", small_shop(**changes))
    return Subject.of_stack(shop, Recorded(list(resources), [], {}), NOW)


def resource(token: str, logical: str = "it", /, *, provider: str = "", outputs: Any = None, **inputs: Any) -> Resource:
    return Resource(
        token=token,
        name=logical,
        urn=f"urn:pulumi:test::saleday::{token}::{logical}",
        parent="",
        inputs=inputs,
        secrets=frozenset(),
        outputs={"id": logical, **(outputs or {})},
        custom=True,
        provider=provider,
        dependencies=(),
        property_dependencies={},
        ignore_changes=[],
        protect=False,
    )


def lines(check: Check, of: Subject, around: World) -> list[ReportLine]:
    """What a check says."""
    return lines_of(check, of, around) if check.concerns(of) else []


def outcomes(check: Check, of: Subject, around: World) -> list[Outcome]:
    return [line.outcome for line in lines(check, of, around)]


def look(check: Check, of: Subject, around: World) -> Look:
    return Look(subject=of, world=around, reads=check.reads)


@cache
def whole(stack: str) -> Subject:
    """A stack as its file has it; `ec2` is dev on instances."""
    file = "dev" if stack == "ec2" else stack
    shop = read(file)
    program = (
        recorded_values(file, stack_values(file) | {"saleday:compute": "ec2"}) if stack == "ec2" else recorded(stack)
    )
    return Subject.of_stack(shop, program, NOW)
