"""What AWS would answer to the data sources that a program may ask (`aws.get_caller_identity()` and the like).

An account in a rehearsal is empty but for what AWS itself puts into every account, so a function that looks for
something a person made (a VPC, a certificate) is not offered: it would have to invent it. What AWS publishes (its
parameters, images, prefix lists) is there, under made-up ids, and so are the hosted zone that a program names and what
it says the account has once.
"""

from __future__ import annotations

import difflib
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from aws_facts.quotas import BY_CODE
from devtools.rehearsal.fake_outputs import adopted
from devtools.rehearsal.fake_outputs.account_region import AccountRegion
from devtools.rehearsal.fake_outputs.edge import ALB_ZONES
from devtools.rehearsal.fake_outputs.fake_resource import FakeResource
from devtools.rehearsal.fake_outputs.iam_document import render

Arguments = Mapping[str, Any]
Function = Callable[[Arguments, AccountRegion], dict[str, Any]]

# Ids that AWS publishes for its managed CloudFront policies; the same in every account.
_CACHE_POLICIES: Final = {
    "Managed-Amplify": "2e54312d-136d-493c-8eb9-b001f22f67d2",
    "Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "Managed-CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "Managed-CachingOptimizedForUncompressedObjects": "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
    "UseOriginCacheControlHeaders": "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
    "UseOriginCacheControlHeaders-QueryStrings": "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
}
_ORIGIN_REQUEST_POLICIES: Final = {
    "Managed-AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3",
    "Managed-AllViewerAndCloudFrontHeaders-2022-06": "33f36d7e-f396-46d9-90e0-52428a34d9dc",
    "Managed-AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    "Managed-CORS-CustomOrigin": "59781a5b-3903-41f3-afcb-af62929ccde1",
    "Managed-CORS-S3Origin": "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
    "Managed-UserAgentRefererHeaders": "acba4595-bd28-49b8-b9fe-13317c0390fa",
}
_RESPONSE_HEADERS_POLICIES: Final = {
    "Managed-CORS-With-Preflight": "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
    "Managed-CORS-and-SecurityHeadersPolicy": "e61eb60c-9c35-4d20-a928-2b84e02af89c",
    "Managed-CORS-with-preflight-and-SecurityHeadersPolicy": "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
    "Managed-SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03",
    "Managed-SimpleCORS": "60669652-455b-4ae9-85a4-c4c02393f86c",
}
# Accounts from which Elastic Load Balancing writes access logs, by region (Elastic Load Balancing user guide).
_ELB_ACCOUNTS: Final = {
    "af-south-1": "098369216593",
    "ap-east-1": "754344448648",
    "ap-northeast-1": "582318560864",
    "ap-northeast-2": "600734575887",
    "ap-northeast-3": "383597477331",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ca-central-1": "985666609251",
    "cn-north-1": "638102146993",
    "cn-northwest-1": "037604701340",
    "eu-central-1": "054676820928",
    "eu-north-1": "897822967062",
    "eu-south-1": "635631232127",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-west-3": "009996457667",
    "me-south-1": "076674570225",
    "sa-east-1": "507241528517",
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-gov-east-1": "190560391635",
    "us-gov-west-1": "048591011584",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
}
# The canonical user that CloudFront's standard logs are delivered by, outside China.
_LOG_DELIVERY_USER: Final = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"


class UnknownFunctionError(LookupError):
    """The rehearsal has no answer to that function; the message says which it has."""


class NotInAccountError(LookupError):
    """The function looks for something that an empty account doesn't have."""


def invoke(token: str, arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """The result of a function by its token, with its arguments echoed as the provider does.

    `region` among the arguments overrides the place. UnknownFunctionError when nothing is known of the function,
    NotInAccountError when AWS would not find what it asks for.
    """
    function = FUNCTIONS.get(token.removeprefix("aws:").rpartition(":")[0])
    if function is None:
        known = [f"aws:{name}:{name.rpartition('/')[2]}" for name in FUNCTIONS]
        near = difflib.get_close_matches(token, known, 1, 0.7)
        hint = f"; did you mean {near[0]}?" if near else f"; it answers {', '.join(sorted(FUNCTIONS))}"
        raise UnknownFunctionError(f"the rehearsal has no answer to the function {token!r}{hint}")
    region = arguments.get("region")
    if isinstance(region, str) and region:
        place = AccountRegion.of(region, place.account_id)
    return {key: value for key, value in arguments.items() if value is not None} | function(arguments, place)


def _thing(arguments: Arguments, place: AccountRegion, seed: str) -> FakeResource:
    return FakeResource("", "", arguments, place, f"{seed}|{place.region}")


def _caller(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    arn = f"arn:{place.partition}:iam::{place.account_id}:user/rehearsal"
    return {"accountId": place.account_id, "arn": arn, "userId": "AIDAREHEARSAL0000000", "id": place.account_id}


def _region(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    return {
        "id": place.region,
        "name": place.region,
        "region": place.region,
        "endpoint": f"ec2.{place.region}.{place.dns_suffix}",
        "description": place.region,
    }


def _partition(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    return {
        "id": place.partition,
        "partition": place.partition,
        "dnsSuffix": place.dns_suffix,
        "reverseDnsPrefix": ".".join(reversed(place.dns_suffix.split("."))),
    }


def _zones(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    excluded = {*(arguments.get("excludeNames") or []), *(arguments.get("excludeZoneIds") or [])}
    pairs = [pair for pair in zip(place.zones, place.zone_ids, strict=True) if not excluded.intersection(pair)]
    return {
        "id": place.region,
        "names": [name for name, _ in pairs],
        "zoneIds": [zone_id for _, zone_id in pairs],
        "groupNames": [f"{place.region}-zg-1"],
        "region": place.region,
    }


def _zone(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    zones = dict(zip(place.zones, place.zone_ids, strict=True))
    wanted = arguments.get("name") or arguments.get("zoneId")
    for name, zone_id in zones.items():
        if wanted in (name, zone_id, None):
            suffix = name.removeprefix(place.region)
            state = {"state": "available", "optInStatus": "opt-in-not-required", "zoneType": "availability-zone"}
            group = {"groupName": f"{place.region}-zg-1", "networkBorderGroup": place.region, "region": place.region}
            return {"id": name, "name": name, "zoneId": zone_id, "nameSuffix": suffix, **state, **group}
    raise NotInAccountError(f"no availability zone {wanted!r} in {place.region}; it has {', '.join(zones)}")


def _policy_document(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    text = render(arguments)
    minified = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    return {"json": text, "minifiedJson": minified, "id": _thing(arguments, place, text).made_up("digits", 10)}


def _filtered(arguments: Arguments, *names: str) -> str:
    """The value of the first filter of that name, or of the `name` argument."""
    if arguments.get("name"):
        return str(arguments["name"])
    for item in arguments.get("filters") or []:
        if item.get("name") in names and item.get("values"):
            return str(item["values"][0])
    return ""


def _prefix_list(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    name = _filtered(arguments, "prefix-list-name") or str(arguments.get("id") or arguments.get("prefixListId") or "")
    if not name.startswith(("com.amazonaws.", "pl-")):
        raise NotInAccountError(f"no prefix list {name!r} in {place.region}; AWS's own are called com.amazonaws.…")
    identifier = name if name.startswith("pl-") else _thing(arguments, place, name).fill("pl-{hex8}")
    return {"id": identifier, "name": name, "region": place.region}


def _managed_prefix_list(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    found = _prefix_list(arguments, place)
    family = "IPv6" if ".ipv6." in found["name"] else "IPv4"
    cidr = "2001:db8::/32" if family == "IPv6" else "203.0.113.0/24"
    return found | {
        "arn": f"arn:{place.partition}:ec2:{place.region}:aws:prefix-list/{found['id']}",
        "addressFamily": family,
        "entries": [{"cidr": cidr, "description": ""}],
        "maxEntries": 0,
        "ownerId": "AWS",
        "tags": {},
        "version": 0,
    }


def _service_prefix_list(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    return _prefix_list(arguments, place) | {"cidrBlocks": ["203.0.113.0/24"]}


def _elb_account(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    account = _ELB_ACCOUNTS.get(place.region)
    if account is None:
        raise NotInAccountError(
            f"{place.region} has no load balancing account: there, logs come from logdelivery.elasticloadbalancing"
            f".{place.dns_suffix}"
        )
    return {"id": account, "arn": f"arn:{place.partition}:iam::{account}:root", "region": place.region}


def _elb_zone(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    return {"id": ALB_ZONES.get(place.region) or _thing({}, place, "elb").fill("Z{upper13}"), "region": place.region}


def _managed_policy(kind: str, known: Mapping[str, str]) -> Function:
    def find(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
        name, identifier = arguments.get("name"), arguments.get("id")
        for managed, managed_id in known.items():
            if managed == name or managed_id == identifier:
                arn = f"arn:{place.partition}:cloudfront::{place.account_id}:{kind}/{managed_id}"
                return {"id": managed_id, "name": managed, "arn": arn, "etag": "E23ZP02F085DFQ", "comment": ""}
        raise NotInAccountError(f"no {kind} {name or identifier!r}; AWS's managed ones are {', '.join(known)}")

    return find


def _log_delivery_user(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    return {"id": _LOG_DELIVERY_USER, "region": place.region}


def _canonical_user(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    return {"id": _thing({}, place, place.account_id).fill("{hex64}"), "displayName": ""}


def _parameter(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """A public parameter of AWS's (/aws/service/…): an image id where its name says so, else a made-up word."""
    name = str(arguments.get("name", ""))
    if not name.startswith("/aws/service/"):
        raise NotInAccountError(
            f"no parameter {name!r} in an empty account; AWS's public ones start with /aws/service/"
        )
    thing = _thing(arguments, place, name)
    value = thing.fill("ami-{hex17}") if "image_id" in name or "/ami" in name else thing.fill("{lower12}")
    arn = f"arn:{place.partition}:ssm:{place.region}::parameter{name}"
    return {"id": name, "arn": arn, "type": "String", "value": value, "insecureValue": value, "version": 1}


def _parameters_by_path(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """Nobody has put a parameter below any path yet: AWS answers with empty lists, not with an error."""
    return {
        "id": str(arguments.get("path") or "/"),
        "names": [],
        "arns": [],
        "types": [],
        "values": [],
        "recursive": False,
        "withDecryption": True,
    }


def _image(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """The newest image that the filters ask for; its architecture and name follow from them."""
    filters = {item.get("name"): (item.get("values") or [""])[0] for item in arguments.get("filters") or []}
    name = str(filters.get("name") or arguments.get("nameRegex") or "ami").replace("*", "20260101")
    architecture = filters.get("architecture") or ("arm64" if "arm64" in name else "x86_64")
    identifier = _thing(arguments, place, f"{name}|{architecture}").fill("ami-{hex17}")
    return {
        "id": identifier,
        "imageId": identifier,
        "arn": f"arn:{place.partition}:ec2:{place.region}::image/{identifier}",
        "name": name,
        "architecture": architecture,
        "creationDate": "2026-01-01T00:00:00.000Z",
        "ownerId": "137112412989",
        "rootDeviceName": "/dev/xvda",
        "rootDeviceType": "ebs",
        "state": "available",
        "virtualizationType": "hvm",
        "blockDeviceMappings": [],
        "productCodes": [],
        "stateReason": {},
        "tags": {},
    }


def _hosted_zone(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """The zone that the program names: a domain is bought and delegated before the stack is made."""
    name = str(arguments.get("name") or "").rstrip(".")
    thing = _thing(arguments, AccountRegion.of("us-east-1"), name or str(arguments.get("zoneId")))
    identifier = str(arguments.get("zoneId") or thing.fill("Z0{upper19}"))
    servers = [f"ns-{number}.awsdns-{number % 64:02d}.{tld}" for number, tld in ((101, "com"), (612, "net"))]
    return {
        "id": identifier,
        "zoneId": identifier,
        "arn": f"arn:{place.partition}:route53:::hostedzone/{identifier}",
        "name": name or "example.com",
        "nameServers": servers,
        "primaryNameServer": servers[0],
        "privateZone": bool(arguments.get("privateZone")),
        "resourceRecordSetCount": 2,
        "callerReference": "rehearsal",
        "comment": "",
        "linkedServiceDescription": "",
        "linkedServicePrincipal": "",
        "tags": {},
        "vpcId": str(arguments.get("vpcId") or ""),
    }


def _managed_iam_policy(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """One of AWS's own policies, by name or ARN; its document is not known here."""
    arn = arguments.get("arn") or f"arn:{place.partition}:iam::aws:policy/{arguments.get('name')}"
    name = str(arn).rsplit("/", 1)[-1]
    thing = _thing(arguments, place, str(arn))
    document = '{"Version":"2012-10-17","Statement":[]}'
    extra = {"policyId": thing.fill("ANPA{upper17}"), "path": "/", "description": "", "attachmentCount": 0, "tags": {}}
    return {"id": arn, "arn": arn, "name": name, "policy": document, **extra}


def _session(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """The role behind an assumed-role ARN; any other ARN stands for itself."""
    arn = str(arguments.get("arn", ""))
    _, _, session = arn.partition(":assumed-role/")
    role, _, name = session.partition("/")
    issuer = f"arn:{place.partition}:iam::{place.account_id}:role/{role}" if session else arn
    return {"id": arn, "issuerArn": issuer, "issuerName": role, "issuerId": "", "sessionName": name}


def _service_principal(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    name = f"{arguments.get('serviceName')}.amazonaws.com"
    return {
        "id": f"{arguments.get('serviceName')}.{place.region}.amazonaws.com",
        "name": name,
        "suffix": "amazonaws.com",
    }


def _kms_alias(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """An alias of a key that AWS manages (alias/aws/…)."""
    name = str(arguments.get("name", ""))
    if not name.startswith("alias/aws/"):
        raise NotInAccountError(f"no key alias {name!r} in an empty account; AWS's own start with alias/aws/")
    key = _thing(arguments, place, name).uuid()
    prefix = f"arn:{place.partition}:kms:{place.region}:{place.account_id}"
    return {
        "id": f"{prefix}:{name}",
        "arn": f"{prefix}:{name}",
        "targetKeyId": key,
        "targetKeyArn": f"{prefix}:key/{key}",
    }


# What a year costs at once, in USD, by how it is paid: made up, and the same for every class and engine.
_UPFRONT_A_YEAR: Final = {"No Upfront": 0.0, "Partial Upfront": 500.0, "All Upfront": 1000.0}
_SECONDS_A_YEAR: Final = 31_536_000


def _offering(arguments: Arguments, place: AccountRegion, *, years: int) -> dict[str, Any]:
    """The one offering of AWS's price list that has these terms."""
    terms = "|".join(f"{name}={value}" for name, value in sorted(arguments.items()) if value is not None)
    price = _UPFRONT_A_YEAR.get(str(arguments.get("offeringType")), 0.0) * years
    offering = _thing(arguments, place, terms).uuid()
    return {"id": offering, "offeringId": offering, "fixedPrice": price}


def _reserved_instance(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    years = int(arguments.get("duration") or _SECONDS_A_YEAR) // _SECONDS_A_YEAR
    return _offering(arguments, place, years=years) | {"currencyCode": "USD"}


def _reserved_node(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    return _offering(arguments, place, years=int(str(arguments.get("duration") or "P1Y").strip("PY")))


def _savings_plans(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """One offering for every combination of what is asked for."""
    asked = itertools.product(
        arguments.get("planTypes") or ["Compute"],
        arguments.get("paymentOptions") or ["No Upfront"],
        arguments.get("durations") or [_SECONDS_A_YEAR],
    )
    offerings = [
        {
            "offeringId": _thing(arguments, place, f"{plan}|{payment}|{int(seconds)}").uuid(),
            "planType": plan,
            "paymentOption": payment,
            "durationSeconds": int(seconds),
            "currency": "USD",
        }
        for plan, payment, seconds in asked
    ]
    return {"id": place.region, "offerings": offerings}


def _service_quota(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """A quota as a new account has it."""
    service, code = str(arguments.get("serviceCode", "")), str(arguments.get("quotaCode", ""))
    quota = BY_CODE.get((service, code))
    if quota is None:
        raise NotInAccountError(f"the table of quotas has no {code!r} of {service!r}; add it, with its source")
    arn = f"arn:{place.partition}:servicequotas:{place.region}:{place.account_id}:{service}/{code}"
    return {
        "id": arn,
        "arn": arn,
        "adjustable": quota.adjustable,
        "defaultValue": quota.value,
        "globalQuota": False,
        "quotaName": quota.title,
        "serviceName": service,
        "usageMetrics": [],
        "value": quota.least,
    }


def _default_tags(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    return {"id": place.partition, "tags": {}}


FUNCTIONS: Final[dict[str, Function]] = adopted.FUNCTIONS | {
    "cloudfront/getCachePolicy": _managed_policy("cache-policy", _CACHE_POLICIES),
    "cloudfront/getLogDeliveryCanonicalUserId": _log_delivery_user,
    "cloudfront/getOriginRequestPolicy": _managed_policy("origin-request-policy", _ORIGIN_REQUEST_POLICIES),
    "cloudfront/getResponseHeadersPolicy": _managed_policy("response-headers-policy", _RESPONSE_HEADERS_POLICIES),
    "ec2/getAmi": _image,
    "ec2/getManagedPrefixList": _managed_prefix_list,
    "ec2/getPrefixList": _service_prefix_list,
    "elb/getHostedZoneId": _elb_zone,
    "elb/getServiceAccount": _elb_account,
    "iam/getPolicy": _managed_iam_policy,
    "iam/getPolicyDocument": _policy_document,
    "iam/getSessionContext": _session,
    "elasticache/getReservedCacheNodeOffering": _reserved_node,
    "index/getAvailabilityZone": _zone,
    "index/getAvailabilityZones": _zones,
    "index/getCallerIdentity": _caller,
    "index/getDefaultTags": _default_tags,
    "index/getPartition": _partition,
    "index/getRegion": _region,
    "index/getServicePrincipal": _service_principal,
    "kms/getAlias": _kms_alias,
    "lb/getHostedZoneId": _elb_zone,
    "rds/getReservedInstanceOffering": _reserved_instance,
    "route53/getZone": _hosted_zone,
    "s3/getCanonicalUserId": _canonical_user,
    "savingsplans/getOfferings": _savings_plans,
    "servicequotas/getServiceQuota": _service_quota,
    "ssm/getParameter": _parameter,
    "ssm/getParametersByPath": _parameters_by_path,
}
