"""The domain: zone, delegation, certificate authorities, addresses and distributions."""

from __future__ import annotations

from typing import Any

import pytest

from account.preflight.checks import edge
from account.preflight.look import Check
from account.preflight.verdict import Outcome
from tests.account.preflight.world import DENIED, THROTTLED, Dns, Refused, lines, outcomes, resource, subject, world

ZONE, RECORDS, ISSUERS, ALIASES = edge.checks()
DOMAIN = "shop.example.com"
SERVERS = ("ns-1.awsdns-00.com", "ns-2.awsdns-00.org")
SHOP = subject(
    resource("aws:acm/certificate:Certificate", domainName=DOMAIN, subjectAlternativeNames=[f"origin.{DOMAIN}"]),
    resource("aws:cloudfront/distribution:Distribution", aliases=[DOMAIN]),
    resource("aws:route53/record:Record", name=DOMAIN, type="A"),
    edge={"domain": DOMAIN, "hostedZoneId": "Z1"},
)
NO_TAGS = {"resourcegroupstaggingapi.get_resources": {"ResourceTagMappingList": []}}
STANDS = {"resourcegroupstaggingapi.get_resources": {"ResourceTagMappingList": [{"ResourceARN": "arn:of:own"}]}}


@pytest.mark.parametrize("check", [ZONE, RECORDS, ALIASES])
@pytest.mark.parametrize("refused", [DENIED, THROTTLED])
def test_what_is_refused_is_not_known(check: Check, refused: Refused) -> None:
    answers = {f"{read.service}.{read.operation}": refused for read in check.reads}
    assert outcomes(check, SHOP, world(answers)) == [Outcome.NOT_KNOWN]


def test_a_stack_without_a_domain_asks_nothing() -> None:
    assert not any(check.concerns(subject()) for check in edge.checks())


def zone(name: str = "example.com.", *, private: bool = False) -> dict[str, Any]:
    found = {"Id": "Z1", "Name": name, "CallerReference": "x", "Config": {"PrivateZone": private}}
    return {"route53.get_hosted_zone": {"HostedZone": found, "DelegationSet": {"NameServers": list(SERVERS)}}}


DELEGATED = Dns({("example.com", "NS"): tuple(f"{server}." for server in SERVERS)})


@pytest.mark.parametrize(
    ("answers", "dns", "expected", "says"),
    [
        (zone(), DELEGATED, [Outcome.HOLDS, Outcome.HOLDS], "is delegated to its hosted zone"),
        (zone(), Dns(), [Outcome.HOLDS, Outcome.FAILS], "is delegated to nobody"),
        (zone(), Dns({("example.com", "NS"): ("ns.elsewhere.",)}), [Outcome.HOLDS, Outcome.FAILS], "ns.elsewhere"),
        (
            zone(),
            Dns({("example.com", "NS"): (SERVERS[0], "ns.elsewhere.")}),
            [Outcome.HOLDS, Outcome.FAILS],
            "to others as well: ns.elsewhere",
        ),
        (zone(), Dns(reason="no network"), [Outcome.HOLDS, Outcome.NOT_KNOWN], "no network"),
        (zone(private=True), DELEGATED, [Outcome.FAILS], "private zone"),
        (zone("ample.com."), DELEGATED, [Outcome.FAILS], "is the zone of ample.com"),
        ({"route53.get_hosted_zone": Refused("NoSuchHostedZone")}, DELEGATED, [Outcome.FAILS], "no hosted zone Z1"),
    ],
)
def test_the_zone_and_its_delegation(answers: Any, dns: Dns, expected: list[Outcome], says: str) -> None:
    found = lines(ZONE, SHOP, world(answers, dns))
    assert [line.outcome for line in found] == expected
    assert says in found[-1].text


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({}, [Outcome.HOLDS]),
        ({("example.com", "CAA"): ('0 issue "amazon.com"',)}, [Outcome.HOLDS]),
        ({("example.com", "CAA"): ('0 issue "awstrust.com; policy=x"',)}, [Outcome.HOLDS]),
        ({("example.com", "CAA"): ('0 iodef "mailto:x@example.com"',)}, [Outcome.HOLDS]),
        ({("example.com", "CAA"): ('0 issue "letsencrypt.org"',)}, [Outcome.FAILS, Outcome.FAILS]),
        ({("example.com", "CAA"): ('0 issue ";"',)}, [Outcome.FAILS, Outcome.FAILS]),
        (
            {("example.com", "CAA"): ('0 issue "letsencrypt.org"',), (DOMAIN, "CAA"): ('0 issue "amazon.com"',)},
            [Outcome.HOLDS],
        ),
        ({(f"origin.{DOMAIN}", "CAA"): ('0 issue "letsencrypt.org"',)}, [Outcome.FAILS, Outcome.HOLDS]),
    ],
)
def test_amazon_may_issue_where_the_nearest_records_let_it(
    records: dict[tuple[str, str], tuple[str, ...]], expected: list[Outcome]
) -> None:
    assert outcomes(ISSUERS, SHOP, world(dns=Dns(records))) == expected


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (('0 issue "amazon.com"', '0 issuewild "letsencrypt.org"'), Outcome.FAILS),
        (('0 issue "letsencrypt.org"', '0 issuewild "amazon.com"'), Outcome.HOLDS),
    ],
)
def test_wildcards_have_a_record_of_their_own(records: tuple[str, ...], expected: Outcome) -> None:
    wild = subject(resource("aws:acm/certificate:Certificate", domainName=f"*.{DOMAIN}"))
    assert outcomes(ISSUERS, wild, world(dns=Dns({(DOMAIN, "CAA"): records}))) == [expected]


def test_issuers_are_not_known_without_a_dns() -> None:
    assert set(outcomes(ISSUERS, SHOP, world(dns=Dns(reason="no network")))) == {Outcome.NOT_KNOWN}


def records(*found: tuple[str, str]) -> dict[str, Any]:
    listed = [{"Name": f"{name}.", "Type": kind} for name, kind in found]
    return {"route53.list_resource_record_sets": {"ResourceRecordSets": listed, "IsTruncated": False, "MaxItems": "9"}}


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (records(("example.com", "NS"), (DOMAIN, "MX")), Outcome.HOLDS),
        (records((DOMAIN, "A")) | NO_TAGS, Outcome.FAILS),
        (records((DOMAIN, "CNAME")) | NO_TAGS, Outcome.FAILS),
        (records((DOMAIN, "A")) | STANDS, Outcome.HOLDS),
        (records((DOMAIN, "A")), Outcome.NOT_KNOWN),
    ],
)
def test_the_domain_has_no_address_yet(answers: Any, outcome: Outcome) -> None:
    assert outcomes(RECORDS, SHOP, world(answers)) == [outcome]


def distributions(*found: tuple[str, str]) -> dict[str, Any]:
    items = [{"ARN": arn, "Aliases": {"Quantity": 1, "Items": [alias]}} for arn, alias in found]
    return {"cloudfront.list_distributions": {"DistributionList": {"IsTruncated": False, "Items": items}}}


OTHER = "arn:aws:cloudfront::123456789012:distribution/E1"


@pytest.mark.parametrize(
    ("answers", "dns", "outcome", "says"),
    [
        (distributions(), Dns(), Outcome.HOLDS, "no distribution"),
        (distributions((OTHER, DOMAIN)) | NO_TAGS, Dns(), Outcome.FAILS, "the distribution E1"),
        (
            distributions((OTHER, DOMAIN))
            | {"resourcegroupstaggingapi.get_resources": {"ResourceTagMappingList": [{"ResourceARN": OTHER}]}},
            Dns(),
            Outcome.HOLDS,
            "the stack's distribution",
        ),
        (distributions(), Dns({(DOMAIN, "CNAME"): ("d1.cloudfront.net.",)}), Outcome.FAILS, "another account"),
        (distributions(), Dns(reason="no network"), Outcome.NOT_KNOWN, "no network"),
    ],
)
def test_the_domain_belongs_to_no_other_distribution(answers: Any, dns: Dns, outcome: Outcome, says: str) -> None:
    (line,) = lines(ALIASES, SHOP, world(answers, dns))
    assert line.outcome is outcome
    assert says in line.text
