"""The account, read through boto3: every read is made once, in parallel; what AWS does not answer is unknown."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final

import boto3
import jmespath
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ParamValidationError,
)
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError

from account.preflight.reads import Read
from account.preflight.verdict import NotKnown

PARALLEL: Final = 12
"""Checks at a time: most of their time is waiting."""
_DENIED: Final = (
    "AccessDenied",
    "Unauthorized",
    "NotAuthorized",
    "Forbidden",
    "AuthFailure",
    "403",
    "OptInRequired",
    "InvalidClientTokenId",
    "UnrecognizedClient",
)
_THROTTLED: Final = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "LimitExceededException")
_TRIES: Final = 3
_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 15


class AwsAccount:
    """One account in one region, seen with one set of credentials."""

    def __init__(self, session: boto3.Session, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[object, list[Any] | NotKnown] = {}
        self._silent: dict[tuple[str, str], str] = {}
        """Unreachable endpoints, with the reason: waiting for each call anew would take minutes."""
        self._asking: dict[object, threading.Lock] = {}
        self._lock = threading.Lock()

    def ask(self, read: Read, region: str = "", **asked: Any) -> list[Any]:
        """The relevant part of the answer, from all its pages; empty if there is none.

        Raises NotKnown where the account does not answer.
        """
        key = (read, region or self.region, repr(sorted(asked.items())))
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:  # a concurrent caller of the same read waits for the answer
            if key not in self._answers:
                try:
                    self._answers[key] = self._asked(read, region or self.region, asked)
                except NotKnown as reason:
                    self._answers[key] = reason
        answer = self._answers[key]
        if isinstance(answer, NotKnown):
            raise NotKnown(answer.reason, answer.code, answer.called, answer.remedy)
        return answer

    def _asked(self, read: Read, region: str, asked: Mapping[str, Any]) -> list[Any]:
        called = read.action or f"{read.service}:{read.operation}"
        silent = f"has no answer in {region}"
        if (read.service, region) in self._silent:
            raise NotKnown(silent, self._silent[read.service, region], called)
        try:
            return [thing for page in self._pages(read, region, asked) for thing in _listed(read.found, page)]
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in read.absent:
                return []
            raise _refused(called, code) from None
        except ParamValidationError:
            raise  # the question itself is wrong, which no account can help
        except (BotoCoreError, ResponseParserError, NotImplementedError) as error:
            kind = type(error).__name__
            if isinstance(error, NoConnection):
                self._silent[read.service, region] = kind
            raise NotKnown(silent, kind, called) from None

    def _pages(self, read: Read, region: str, asked: Mapping[str, Any]) -> Iterable[Any]:
        client = self._client(read.service, region)
        if client.can_paginate(read.operation):
            yield from client.get_paginator(read.operation).paginate(**asked)
            return
        call, following = getattr(client, read.operation), dict(asked)
        while True:
            page = call(**following)
            yield page
            token = jmespath.search(read.more[0], page) if read.more else None
            if read.more is None or not token or token == following.get(read.more[1]):
                return
            following[read.more[1]] = token

    def _client(self, service: str, region: str) -> Any:
        with self._lock:  # a session is not safe to make clients from side by side
            if (service, region) not in self._clients:
                self._clients[service, region] = self._session.client(service, region, config=config())
            return self._clients[service, region]


def config() -> Config:
    """Standard retries and short timeouts; AWS_MAX_ATTEMPTS in the environment applies."""
    tries = int(os.environ.get("AWS_MAX_ATTEMPTS", _TRIES))
    return Config(
        retries={"mode": "standard", "total_max_attempts": tries},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=PARALLEL,
    )


def _listed(found: str, page: Any) -> list[Any]:
    things = jmespath.search(found, page)
    return [thing for thing in (things if isinstance(things, list) else [things]) if thing is not None]


def _refused(called: str, code: str) -> NotKnown:
    if any(part in code for part in _DENIED):
        return NotKnown("is not allowed", code, called, "POLICY=1 prints the policy that these credentials need")
    if any(part in code for part in _THROTTLED):
        return NotKnown("is throttled", code, called, "run it again")
    return NotKnown("was refused", code or "no reason given", called)
