"""The domain: its hosted zone, who answers for it, who may issue its certificates, and whether it is in use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from account.preflight.look import TAGGED, Check, Look, Subject
from account.preflight.reads import read
from account.preflight.verdict import NotKnown, ReportLine, fails, holds, unanswered
from aws_facts.regions import EDGE_REGION

TITLE: Final = "domain"
_ZONE: Final = read(
    "route53",
    "get_hosted_zone",
    "route53:GetHostedZone",
    "[HostedZone.Name, HostedZone.Config.PrivateZone, DelegationSet.NameServers]",
    "NoSuchHostedZone",
)
_RECORDS: Final = read(
    "route53",
    "list_resource_record_sets",
    "route53:ListResourceRecordSets",
    "ResourceRecordSets[].[Name, Type]",
    "NoSuchHostedZone",
)
_DISTRIBUTIONS: Final = read(
    "cloudfront", "list_distributions", "cloudfront:ListDistributions", "DistributionList.Items[].[ARN, Aliases.Items]"
)
_CERTIFICATE: Final = "aws:acm/certificate:Certificate"
_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
_RECORD: Final = "aws:route53/record:Record"
# Each of them lets ACM issue (ACM user guide, "Configure a CAA record").
AMAZON: Final = frozenset({"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"})


def checks() -> tuple[Check, ...]:
    return (
        Check(title=TITLE, hold=_zone, reads=(_ZONE,), concerns=_zone_id),
        Check(title=TITLE, hold=_records, reads=(_RECORDS, TAGGED), concerns=_zone_id),
        Check(title=TITLE, hold=_issuers, concerns=_certified),
        Check(title=TITLE, hold=_aliases, reads=(_DISTRIBUTIONS, TAGGED), concerns=_alias_names),
    )


def _zone_id(subject: Subject) -> str | None:
    return subject.shop.edge.hosted_zone_id


def _certified(subject: Subject) -> list[str]:
    """The names on the stack's certificates."""
    certificates = subject.of(_CERTIFICATE)
    return sorted(
        {
            name
            for one in certificates
            for name in (one.inputs["domainName"], *one.inputs.get("subjectAlternativeNames", ()))
        }
    )


def _alias_names(subject: Subject) -> list[str]:
    return sorted({name for one in subject.of(_DISTRIBUTION) for name in one.inputs.get("aliases", ())})


def _zone(look: Look) -> Iterator[ReportLine]:
    zone_id, domain = look.shop.edge.hosted_zone_id, look.shop.edge.domain
    answer = look.ask(_ZONE, EDGE_REGION, Id=zone_id)
    if not answer:
        yield fails(
            f"this account has no hosted zone {zone_id}", "set saleday:edge.hostedZoneId to that of the domain's zone"
        )
        return
    name, private, *servers = answer
    zone = str(name).rstrip(".")
    if private:
        yield fails(f"{zone_id} is a private zone", "set saleday:edge.hostedZoneId to the domain's public zone")
    elif domain != zone and not f"{domain}".endswith(f".{zone}"):
        yield fails(
            f"{zone_id} is the zone of {zone}, and {domain} is not in it",
            "set saleday:edge.domain or hostedZoneId anew",
        )
    else:
        yield holds(f"{zone_id} is the public zone of {zone}")
        yield from _delegation(look, zone, {str(server).rstrip(".").lower() for server in servers[0]})


def _delegation(look: Look, zone: str, servers: set[str]) -> Iterator[ReportLine]:
    try:
        named = {server.rstrip(".").lower() for server in look.world.resolver.ask(zone, "NS")}
    except NotKnown as reason:
        yield unanswered(reason, f"whether {zone} is delegated to its hosted zone")
        return
    remedy = f"enter {', '.join(sorted(servers))} as name servers of {zone} where the domain is registered"
    if not named & servers:
        said = f"is delegated to {', '.join(sorted(named))}" if named else "is delegated to nobody"
        yield fails(f"{zone} {said}: its certificates are never validated", remedy)
    elif named - servers:
        yield fails(f"{zone} is delegated to others as well: {', '.join(sorted(named - servers))}", remedy)
    else:
        yield holds(f"{zone} is delegated to its hosted zone")


def _records(look: Look) -> Iterator[ReportLine]:
    """DNS names of the stack. Validation records of ACM are unknown before the certificates exist."""
    names = set(_alias_names(look.subject))
    wanted = {
        (record.inputs["name"], record.inputs["type"])
        for record in look.subject.of(_RECORD)
        if record.inputs["name"] in names
    }
    listed = look.ask(_RECORDS, EDGE_REGION, HostedZoneId=look.shop.edge.hosted_zone_id)
    taken = {(str(name).rstrip("."), kind) for name, kind in listed}
    # A CNAME admits no other record beside it.
    there = sorted(
        f"{kind} of {name}" for name, kind in taken if (name, kind) in wanted or (kind == "CNAME" and name in names)
    )
    if not there:
        yield holds(f"{', '.join(sorted(names))} has no address yet")
    elif look.stands():
        yield holds(f"{', '.join(there)} are the stack's own")
    else:
        yield fails(
            f"the zone has {', '.join(there)} already",
            "delete them when customers may move to this stack, or take another saleday:edge.domain",
        )


def _issuers(look: Look) -> Iterator[ReportLine]:
    """RFC 8659: the records of the nearest name that has any decide, for each name on a certificate."""
    allowed = []
    for name in _certified(look.subject):
        try:
            where, issuers = _nearest(look, name)
        except NotKnown as reason:
            yield unanswered(reason, f"whether Amazon may issue certificates for {name}")
            continue
        if issuers is None or issuers & AMAZON:
            allowed.append(name)
        else:
            told = ", ".join(sorted(issuers - {""})) or "nobody"
            yield fails(
                f"the CAA records of {where} let {told} issue certificates for {name}, not Amazon",
                f'add the record {where} CAA 0 issue "amazon.com"',
            )
    if allowed:
        yield holds(f"Amazon may issue certificates for {', '.join(allowed)}")


def _nearest(look: Look, name: str) -> tuple[str, set[str] | None]:
    """The name whose CAA records apply, and the authorities they allow; None if any may issue."""
    wild, labels = name.startswith("*."), name.removeprefix("*.").split(".")
    for start in range(len(labels)):
        where = ".".join(labels[start:])
        records = [record.split(None, 2) for record in look.world.resolver.ask(where, "CAA")]
        if records:
            kinds = {tag.lower() for _, tag, _ in records}
            tag = "issuewild" if wild and "issuewild" in kinds else "issue"
            if tag not in kinds:
                return where, None
            return where, {
                value.strip('"').partition(";")[0].strip().lower() for _, one, value in records if one.lower() == tag
            }
    return name, None


def _aliases(look: Look) -> Iterator[ReportLine]:
    """A name belongs to one CloudFront distribution in all of AWS."""
    names = set(_alias_names(look.subject))
    held = {arn: sorted(names & set(aliases or ())) for arn, aliases in look.ask(_DISTRIBUTIONS, EDGE_REGION)}
    taken = {arn: aliases for arn, aliases in held.items() if aliases}
    own = look.owned(EDGE_REGION) if taken else frozenset()
    for arn, aliases in taken.items():
        if arn not in own:
            yield fails(
                f"{', '.join(aliases)} belongs to the distribution {arn.rpartition('/')[2]} of this account",
                "take the name from it when customers may move to this stack, or take another saleday:edge.domain",
            )
    strange = {alias for arn, aliases in taken.items() if arn not in own for alias in aliases}
    for name in sorted(names - strange):
        mine = any(name in aliases for aliases in taken.values())
        yield holds(f"{name} belongs to the stack's distribution") if mine else _elsewhere(look, name)


def _elsewhere(look: Look, name: str) -> ReportLine:
    """Whether a name that no distribution of this account has leads to one of another account."""
    try:
        targets = [target.rstrip(".") for target in look.world.resolver.ask(name, "CNAME")]
    except NotKnown as reason:
        return unanswered(reason, f"whether {name} belongs to a distribution of another account")
    if any(target.endswith(".cloudfront.net") for target in targets):
        return fails(
            f"{name} leads to {targets[0]}, a distribution of another account",
            "take the name from it when customers may move to this stack, or take another saleday:edge.domain",
        )
    return holds(f"no distribution that can be seen has {name}")
