"""What this machine's resolvers say, and when they are not believed."""

from __future__ import annotations

from typing import Any, cast

import dns.exception
import dns.resolver
import pytest

from account.preflight.dns import PublicDns
from account.preflight.verdict import NotKnown


class Record:
    def __init__(self, text: str) -> None:
        self.text = text

    def to_text(self) -> str:
        return self.text


class Resolver:
    """Answers from a table; the public DNS has top-level domains."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {"com.": [Record("a.gtld-servers.net.")], **answers}

    def resolve(self, name: str, kind: str, lifetime: float) -> Any:
        answer = self.answers.get(name, dns.resolver.NXDOMAIN())
        if isinstance(answer, Exception):
            raise answer
        return answer


def ask(**answers: Any) -> tuple[str, ...]:
    return PublicDns(cast("dns.resolver.Resolver", Resolver(**answers))).ask("example.com", "NS")


def test_records_come_as_in_a_zone_file() -> None:
    assert ask(**{"example.com.": [Record("ns-1."), Record("ns-2.")]}) == ("ns-1.", "ns-2.")


@pytest.mark.parametrize("none", [dns.resolver.NXDOMAIN(), dns.resolver.NoAnswer()])
def test_a_name_without_records_has_none(none: Exception) -> None:
    assert ask(**{"example.com.": none}) == ()


@pytest.mark.parametrize("error", [dns.exception.Timeout(), dns.resolver.NoNameservers(), OSError("no network")])
def test_no_answer_is_not_known(error: Exception) -> None:
    with pytest.raises(NotKnown, match=r"DNS has no answer for NS of example\.com"):
        ask(**{"example.com.": error})


def test_a_resolver_that_denies_top_level_domains_is_not_believed() -> None:
    with pytest.raises(NotKnown, match="do not know the public DNS"):
        ask(**{"com.": dns.resolver.NXDOMAIN()})
