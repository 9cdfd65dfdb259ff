"""Outputs of certificates, DNS, load balancers, CloudFront, WAF and Shield."""

from __future__ import annotations

from typing import Any, Final

from aws_facts.regions import column
from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, ResourceKind, accountwide, bare, regional

# The hosted zone that every CloudFront distribution's alias record points to.
CLOUDFRONT_ZONE: Final = "Z2FDTNDATAQYW2"

# Hosted zones of Application Load Balancers' names, by region (AWS General Reference, ELB endpoints).
ALB_ZONES: Final = column("loadBalancerZone")
_DNS_TLDS: Final = ("org", "co.uk", "com", "net")


def _validation_options(thing: FakeResource) -> list[dict[str, str]]:
    """One CNAME per distinct domain of the certificate; a wildcard is validated by its parent's record."""
    domains = [thing.text("domainName"), *(thing.inputs.get("subjectAlternativeNames") or [])]
    return [
        {
            "domainName": domain,
            "resourceRecordName": thing.fill(f"_{{hex32:{_apex(domain)}}}.{domain.removeprefix('*.')}."),
            "resourceRecordType": "CNAME",
            "resourceRecordValue": thing.fill(f"_{{hex32:v{_apex(domain)}}}.{{lower10}}.acm-validations.aws."),
        }
        for domain in dict.fromkeys(domains)
        if thing.text("validationMethod") == "DNS"
    ]


def _apex(domain: str) -> str:
    """A salt that a domain and its wildcard share."""
    return "".join(char if char.isalnum() else "_" for char in domain.removeprefix("*."))


def _name_servers(thing: FakeResource) -> list[str]:
    numbers = [int(thing.made_up("digits", 3, f"ns{index}")) for index in range(len(_DNS_TLDS))]
    return [
        f"ns-{number + 500 * index}.awsdns-{number % 64:02d}.{tld}"
        for index, (number, tld) in enumerate(zip(numbers, _DNS_TLDS, strict=True))
    ]


def _record_id(thing: FakeResource) -> str:
    parts = [thing.text("zoneId"), thing.text("name"), thing.text("type"), thing.text("setIdentifier")]
    return "_".join(part for part in parts if part)


def _letter(thing: FakeResource) -> str:
    """app, net or gwy: how a load balancer's ARN names its type."""
    return {"network": "net", "gateway": "gwy"}.get(thing.text("loadBalancerType"), "app")


def _balancer_dns(thing: FakeResource) -> str:
    if _letter(thing) == "net":
        return thing.fill("{name}-{hex16}.elb.{region}.{suffix}")
    return thing.fill(("internal-" if thing.inputs.get("internal") else "") + "{name}-{digits10}.{region}.elb.{suffix}")


def _below(prop: str, kind: str) -> Any:
    """ARN of a child of a load balancer or listener: the parent's ARN with another kind, and 16 hex digits."""

    def arn(thing: FakeResource) -> str:
        head, _, tail = thing.text(prop).partition(f":{_PARENT[kind]}/")
        return (
            thing.fill(f"{head}:{kind}/{tail}/{{hex16}}") if tail else thing.fill(regional(_ELB, f"{kind}/{{hex16}}"))
        )

    return arn


_ELB: Final = "elasticloadbalancing"
_PARENT: Final = {"listener": "loadbalancer", "listener-rule": "listener"}


def _suffix_of(thing: FakeResource) -> str:
    """The part of an ARN that CloudWatch uses as a dimension: app/name/0123456789abcdef."""
    return thing.arn.split(":", 5)[-1].removeprefix("loadbalancer/").removeprefix("truststore/")


def _waf(kind: str, **outputs: Any) -> ResourceKind:
    def arn(thing: FakeResource) -> str:
        scope = "global" if thing.text("scope") == "CLOUDFRONT" else "regional"
        return thing.fill(regional("wafv2", f"{scope}/{kind}/{{name}}/{{id}}"))

    return ResourceKind("{uuid}", arn, {"lockToken": "{uuid:lock}", **outputs})


def _cloudfront(identifier: str, kind: str, **outputs: Any) -> ResourceKind:
    return ResourceKind(identifier, accountwide("cloudfront", kind), {"etag": "E{upper13:etag}", **outputs})


KINDS: dict[str, ResourceKind] = {
    "acm/certificate": ResourceKind(
        "{arn}",
        regional("acm", "certificate/{uuid}"),
        {
            "domainValidationOptions": _validation_options,
            "subjectAlternativeNames": lambda t: [t.text("domainName")],
            "status": "PENDING_VALIDATION",
            "type": "AMAZON_ISSUED",
            "keyAlgorithm": "RSA_2048",
            "renewalEligibility": "INELIGIBLE",
        },
    ),
    "acm/certificateValidation": ResourceKind("2026-01-01 00:00:00 +0000 UTC"),
    "route53/zone": ResourceKind(
        "Z0{upper19}",
        bare("route53", "hostedzone/{id}"),
        {"zoneId": "{id}", "nameServers": _name_servers, "primaryNameServer": lambda t: _name_servers(t)[0]},
    ),
    "route53/record": ResourceKind(_record_id, outputs={"fqdn": lambda t: t.text("name").rstrip(".")}),
    "route53/healthCheck": ResourceKind("{uuid}", bare("route53", "healthcheck/{id}")),
    "route53/queryLog": ResourceKind("{uuid}", bare("route53", "queryloggingconfig/{id}")),
    "route53/delegationSet": ResourceKind(
        "N{upper13}", bare("route53", "delegationset/{id}"), {"nameServers": _name_servers}
    ),
    "route53/keySigningKey": ResourceKind("{hostedZoneId},{name}"),
    "route53/recordsExclusive": ResourceKind("{zoneId}"),
    "route53/zoneAssociation": ResourceKind("{zoneId}:{vpcId}", outputs={"owningAccount": "{account}"}),
    "route53/vpcAssociationAuthorization": ResourceKind("{zoneId}:{vpcId}"),
    "route53/cidrCollection": ResourceKind("{uuid}", bare("route53", "cidrcollection/{id}")),
    "route53/cidrLocation": ResourceKind("{cidrCollectionId},{name}"),
    "route53/trafficPolicy": ResourceKind("{uuid}", bare("route53", "trafficpolicy/{id}"), {"version": lambda t: 1}),
    "route53/trafficPolicyInstance": ResourceKind("{uuid}", bare("route53", "trafficpolicyinstance/{id}")),
    "lb/loadBalancer": ResourceKind(
        "{arn}",
        lambda t: t.fill(regional(_ELB, f"loadbalancer/{_letter(t)}/{{name}}/{{hex16}}")),
        {
            "arnSuffix": _suffix_of,
            "dnsName": _balancer_dns,
            "zoneId": lambda t: ALB_ZONES.get(t.place.region, t.fill("Z{upper13:zone}")),
            "ipAddressType": "ipv4",
            "vpcId": "vpc-{hex17:vpc}",
        },
    ),
    "lb/targetGroup": ResourceKind(
        "{arn}", regional(_ELB, "targetgroup/{name}/{hex16}"), {"arnSuffix": _suffix_of, "protocolVersion": "HTTP1"}
    ),
    "lb/listener": ResourceKind("{arn}", _below("loadBalancerArn", "listener"), {"protocol": "HTTP"}),
    "lb/listenerRule": ResourceKind(
        "{arn}", _below("listenerArn", "listener-rule"), {"priority": lambda t: 1 + int(t.made_up("digits", 4))}
    ),
    "lb/listenerCertificate": ResourceKind("{listenerArn}_{certificateArn}"),
    "lb/targetGroupAttachment": ResourceKind("{targetGroupArn}-{digits26}"),
    "lb/trustStore": ResourceKind("{arn}", regional(_ELB, "truststore/{name}/{hex16}"), {"arnSuffix": _suffix_of}),
    "lb/trustStoreRevocation": ResourceKind("{trustStoreArn},1", outputs={"revocationId": lambda t: 1}),
    "cloudfront/distribution": _cloudfront(
        "E{upper13}",
        "distribution/{id}",
        domainName="d{lower13}.cloudfront.net",
        hostedZoneId=CLOUDFRONT_ZONE,
        status="Deployed",
        callerReference="terraform-20260101000000000000000001",
    ),
    "cloudfront/multitenantDistribution": _cloudfront(
        "E{upper13}", "distribution/{id}", domainName="d{lower13}.cloudfront.net", status="Deployed"
    ),
    "cloudfront/cachePolicy": _cloudfront("{uuid}", "cache-policy/{id}"),
    "cloudfront/originRequestPolicy": _cloudfront("{uuid}", "origin-request-policy/{id}"),
    "cloudfront/responseHeadersPolicy": _cloudfront("{uuid}", "response-headers-policy/{id}"),
    "cloudfront/continuousDeploymentPolicy": _cloudfront("{uuid}", "continuous-deployment-policy/{id}"),
    "cloudfront/originAccessControl": _cloudfront("E{upper13}", "origin-access-control/{id}"),
    "cloudfront/originAccessIdentity": ResourceKind(
        "E{upper13}",
        accountwide("cloudfront", "origin-access-identity/{id}"),
        {
            "cloudfrontAccessIdentityPath": "origin-access-identity/cloudfront/{id}",
            "iamArn": "arn:{partition}:iam::cloudfront:user/CloudFront Origin Access Identity {id}",
            "s3CanonicalUserId": "{hex64}",
            "etag": "E{upper13:etag}",
        },
    ),
    "cloudfront/function": _cloudfront(
        "{name}", "function/{name}", liveStageEtag="E{upper13:live}", status="UNASSOCIATED"
    ),
    "cloudfront/keyValueStore": _cloudfront("{name}", "key-value-store/{uuid}"),
    "cloudfront/keyGroup": ResourceKind("{uuid}", outputs={"etag": "E{upper13:etag}"}),
    "cloudfront/publicKey": ResourceKind("K{upper13}", outputs={"etag": "E{upper13:etag}"}),
    "cloudfront/vpcOrigin": _cloudfront("vo_{lower22}", "vpcorigin/{id}"),
    "cloudfront/monitoringSubscription": ResourceKind("{distributionId}"),
    "cloudfront/realtimeLogConfig": ResourceKind("{arn}", accountwide("cloudfront", "realtime-log-config/{name}")),
    "cloudfront/fieldLevelEncryptionConfig": _cloudfront("E{upper13}", "field-level-encryption-config/{id}"),
    "cloudfront/fieldLevelEncryptionProfile": _cloudfront("P{upper13}", "field-level-encryption-profile/{id}"),
    "cloudfront/keyvaluestoreKey": ResourceKind("{keyValueStoreArn},{key}"),
    "wafv2/webAcl": _waf(
        "webacl", capacity=lambda t: 50 * len(t.inputs.get("rules") or []), applicationIntegrationUrl=""
    ),
    "wafv2/ruleGroup": _waf("rulegroup"),
    "wafv2/ipSet": _waf("ipset"),
    "wafv2/regexPatternSet": _waf("regexpatternset"),
    "wafv2/webAclAssociation": ResourceKind("{webAclArn},{resourceArn}"),
    "wafv2/webAclLoggingConfiguration": ResourceKind("{resourceArn}"),
    "wafv2/webAclRuleGroupAssociation": ResourceKind("{webAclArn},{ruleName}"),
    "wafv2/apiKey": ResourceKind("{hex64},{scope}", outputs={"apiKey": "{hex64}"}),
    "shield/protection": ResourceKind("{uuid}", accountwide("shield", "protection/{id}")),
    "shield/protectionGroup": ResourceKind(
        "{protectionGroupId}",
        outputs={"protectionGroupArn": accountwide("shield", "protection-group/{protectionGroupId}")},
    ),
    "shield/protectionHealthCheckAssociation": ResourceKind("{shieldProtectionId}+{healthCheckArn}"),
    "shield/applicationLayerAutomaticResponse": ResourceKind("{resourceArn}"),
    "shield/drtAccessLogBucketAssociation": ResourceKind("{logBucket}"),
    "shield/drtAccessRoleArnAssociation": ResourceKind("{account}"),
    "shield/proactiveEngagement": ResourceKind("{account}"),
    "shield/subscription": ResourceKind("{account}"),
}
