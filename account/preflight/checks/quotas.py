"""The stack's use of AWS quotas, against the account's values and its other use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from account.preflight.kinds import of_token
from account.preflight.look import TAGGED, Check, Look, Subject, owns
from account.preflight.reads import Read, read
from account.preflight.verdict import NotKnown, ReportLine, SettingChange, fails, holds, not_known, unanswered
from aws_facts.quotas import QUOTAS, Quota, value
from aws_facts.regions import EDGE_REGION, ZONES

TITLE: Final = "quotas"
_APPLIED: Final = read(
    "service-quotas", "list_service_quotas", "servicequotas:ListServiceQuotas", "Quotas[].[QuotaCode, Value]"
)
_DEFAULTS: Final = read(
    "service-quotas",
    "list_aws_default_service_quotas",
    "servicequotas:ListAWSDefaultServiceQuotas",
    "Quotas[].[QuotaCode, Value]",
)
_LAMBDA: Final = read(
    "lambda",
    "get_account_settings",
    "lambda:GetAccountSettings",
    "[AccountLimit.ConcurrentExecutions, AccountLimit.UnreservedConcurrentExecutions]",
)
_CONCURRENCY: Final = "lambdaConcurrency"
# Listings of resources with small default quotas: often those that also list the taken names.
_USED: Final[dict[str, tuple[Read, dict[str, Any]]]] = {
    "vpcs": (read("ec2", "describe_vpcs", "ec2:DescribeVpcs", "Vpcs[].VpcId"), {}),
    "internetGateways": (
        read(
            "ec2", "describe_internet_gateways", "ec2:DescribeInternetGateways", "InternetGateways[].InternetGatewayId"
        ),
        {},
    ),
    "elasticIps": (read("ec2", "describe_addresses", "ec2:DescribeAddresses", "Addresses[].AllocationId"), {}),
    **{
        quota: (kind.read, next(iter(kind.asked((), ()))))
        for quota, kind in {
            "rolesPerAccount": of_token("aws:iam/role:Role"),
            "customerPolicies": of_token("aws:iam/policy:Policy"),
            "cachePolicies": of_token("aws:cloudfront/cachePolicy:CachePolicy"),
            "originRequestPolicies": of_token("aws:cloudfront/originRequestPolicy:OriginRequestPolicy"),
            "responseHeadersPolicies": of_token("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"),
            "vpcOrigins": of_token("aws:cloudfront/vpcOrigin:VpcOrigin"),
            "databaseClusters": of_token("aws:rds/cluster:Cluster"),
            "clusterParameterGroups": of_token("aws:rds/clusterParameterGroup:ClusterParameterGroup"),
            "logResourcePolicies": of_token("aws:cloudwatch/logResourcePolicy:LogResourcePolicy"),
        }.items()
    },
}
_EVERYWHERE: Final = "the account"
_NO_CODE: Final = ""
"""In the place of a service: quotas that Service Quotas does not know."""
_UNLISTED: Final = "AWS does not list, by its guides or quotas.granted"


def checks() -> Iterator[Check]:
    for service in sorted({quota.service or _NO_CODE for quota in QUOTAS.values()}):
        listings = [one for name, (one, _) in _USED.items() if (QUOTAS[name].service or _NO_CODE) == service]
        reads = (*listings, TAGGED) if listings else ()
        if service:
            reads = (_APPLIED, _DEFAULTS, *reads)
        if service == "lambda":
            reads = (_LAMBDA, TAGGED)
        yield Check(title=TITLE, hold=partial(_held, service), reads=reads, concerns=partial(taken_of, service))


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The stack's use of one quota in one region, at base load and in a sale."""

    quota: Quota
    region: str
    base: float
    sale: float


def taken_of(service: str, subject: Subject) -> list[Taken]:
    """The stack's use of a service's quotas."""
    found: dict[tuple[str, str], tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for need in subject.needs:
        if (QUOTAS[need.quota].service or _NO_CODE) == service and need.base + need.sale:
            key = need.quota, _region(need.place, subject)
            base, sale = found[key]
            found[key] = (max(base, need.base), max(sale, need.base, need.sale))
    for name, sale in subject.plan.quotas.items():
        if (QUOTAS[name].service or _NO_CODE) == service:
            base, before = found[name, subject.shop.region]
            found[name, subject.shop.region] = (base, max(before, sale))
    return [
        Taken(quota=QUOTAS[name], region=region, base=base, sale=sale)
        for (name, region), (base, sale) in sorted(found.items())
    ]


def _region(place: str, subject: Subject) -> str:
    """Region to ask about the quota of a place: a region, a zone, the whole account, or a resource of the stack."""
    if place == _EVERYWHERE:
        return EDGE_REGION
    return next((region for region in (place, place[:-1]) if region in ZONES), subject.shop.region)


def _held(service: str, look: Look) -> Iterator[ReportLine]:
    enough = 0
    unknown: dict[str, list[NotKnown]] = defaultdict(list)
    for taken in taken_of(service, look.subject):
        try:
            lines = list(_one(look, taken))
        except NotKnown as reason:
            unknown[str(reason)].append(reason)
            continue
        enough += not lines
        yield from lines
    for reasons in unknown.values():
        yield unanswered(reasons[0], f"{len(reasons)} of {service}", len(reasons))
    if enough:
        yield holds(f"{enough} of {service}" if service else f"{enough} that {_UNLISTED}")


def _one(look: Look, taken: Taken) -> Iterator[ReportLine]:
    """Report on a quota; empty if it suffices and the settings already have its value."""
    quota, granted = taken.quota, look.shop.quotas.granted
    has, others = _applied(look, taken), _others(look, taken)
    said = f"{quota.title}: the stack takes {_number(taken.base)}" + (f", others {_number(others)}" if others else "")
    changes = () if _is_known(quota, has, taken, granted.get(quota.name)) else (_grant(quota, has),)
    if taken.base + others > has:
        yield fails(f"{said}, and the account has {_number(has)}", _remedy(quota, taken.base + others), *changes)
    elif taken.sale + others > has:
        said = f"{quota.title}: a sale takes {_number(taken.sale + others)}, and the account has {_number(has)}"
        if quota.requestable and look.shop.quotas.request:
            yield not_known(
                f"{said}; the stack asks AWS for more", "wait until AWS has granted it, then WRITE=1", *changes
            )
        else:
            yield fails(said, _remedy(quota, taken.sale + others), *changes)
    elif changes:
        yield holds(f"{quota.title}: the account has {_number(has)}", *changes)


def _is_known(quota: Quota, has: float, taken: Taken, granted: float | None) -> bool:
    """Whether the settings need no entry for the account's value: they have it, or the default is enough."""
    if granted is None and taken.sale <= quota.least <= has:
        return True
    return has == (quota.least if granted is None else granted)


def _grant(quota: Quota, has: float) -> SettingChange:
    return SettingChange(path=("config", "saleday:quotas", "granted", quota.name), value=has)


def _remedy(quota: Quota, need: float) -> str:
    if not quota.adjustable:
        return "AWS doesn't raise it: take less of it"
    if not quota.requestable:
        return f"ask AWS Support for {_number(need)}, then WRITE=1"
    asked = f"--service-code {quota.service} --quota-code {quota.code} --desired-value {need:g}"
    return f"aws service-quotas request-service-quota-increase {asked}, and when it is granted WRITE=1"


def _applied(look: Look, taken: Taken) -> float:
    """The account's value of the quota. Raises NotKnown where AWS does not answer."""
    if taken.quota.name == _CONCURRENCY:
        return float(look.ask(_LAMBDA, taken.region)[0])
    if taken.quota.service is None:
        return value(taken.quota.name, look.shop.quotas.granted)
    for asked in (_APPLIED, _DEFAULTS):
        found = dict(look.ask(asked, taken.region, ServiceCode=taken.quota.service))
        if taken.quota.code in found:
            return float(found[taken.quota.code])
    raise NotKnown(f"Service Quotas lists no {taken.quota.code}")


def _others(look: Look, taken: Taken) -> float:
    """Use of a quota by resources outside the stack."""
    if taken.quota.name == _CONCURRENCY:
        has, unreserved = look.ask(_LAMBDA, taken.region)
        return 0.0 if look.stands() else float(has - unreserved)
    if taken.quota.name not in _USED:
        return 0.0
    listing, asked = _USED[taken.quota.name]
    names = {text for one in look.subject.program.resources for text in one.inputs.values() if isinstance(text, str)}
    there, own = look.ask(listing, taken.region, **asked), look.owned(taken.region)
    return float(sum(thing not in names and not owns(own, thing) for thing in there))


def _number(amount: float) -> str:
    return f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.2f}"
