"""Results of data sources as from AWS (`aws.get_caller_identity()` and the like).

The account of a rehearsal has only what AWS itself puts into every account, so a function that looks up
a user's resource (a VPC, a certificate) is not supported: it would have to invent it. What AWS publishes (its
parameters, images, prefix lists) is there, under made-up ids, and so are the hosted zone that a program names and what
it says the account has once.
"""

from __future__ import annotations

import difflib
import json
from typing import Any, Final

from aws_facts.quotas import BY_CODE
from devtools.rehearsal.fake_outputs import adopted, edge_functions, purchases
from devtools.rehearsal.fake_outputs.account_region import AccountRegion
from devtools.rehearsal.fake_outputs.function import Arguments, Function, NotInAccountError, invoked
from devtools.rehearsal.fake_outputs.iam_document import render


class UnknownFunctionError(LookupError):
    """The rehearsal doesn't support that function; the message lists those it supports."""


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
    return {"json": text, "minifiedJson": minified, "id": invoked(arguments, place, text).made_up("digits", 10)}


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
    identifier = name if name.startswith("pl-") else invoked(arguments, place, name).fill("pl-{hex8}")
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


def _canonical_user(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    return {"id": invoked({}, place, place.account_id).fill("{hex64}"), "displayName": ""}


def _parameter(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """A public parameter of AWS (/aws/service/…): an image id if its name suggests one, else a made-up word."""
    name = str(arguments.get("name", ""))
    if not name.startswith("/aws/service/"):
        raise NotInAccountError(
            f"no parameter {name!r} in an empty account; AWS's public ones start with /aws/service/"
        )
    thing = invoked(arguments, place, name)
    value = thing.fill("ami-{hex17}") if "image_id" in name or "/ami" in name else thing.fill("{lower12}")
    arn = f"arn:{place.partition}:ssm:{place.region}::parameter{name}"
    return {"id": name, "arn": arn, "type": "String", "value": value, "insecureValue": value, "version": 1}


def _parameters_by_path(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """No parameter exists below any path yet: AWS returns empty lists, not an error."""
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
    identifier = invoked(arguments, place, f"{name}|{architecture}").fill("ami-{hex17}")
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
    thing = invoked(arguments, AccountRegion.of("us-east-1"), name or str(arguments.get("zoneId")))
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
    thing = invoked(arguments, place, str(arn))
    document = '{"Version":"2012-10-17","Statement":[]}'
    extra = {"policyId": thing.fill("ANPA{upper17}"), "path": "/", "description": "", "attachmentCount": 0, "tags": {}}
    return {"id": arn, "arn": arn, "name": name, "policy": document, **extra}


def _session(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """The role behind an assumed-role ARN; any other ARN is returned as it is."""
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
    key = invoked(arguments, place, name).uuid()
    prefix = f"arn:{place.partition}:kms:{place.region}:{place.account_id}"
    return {
        "id": f"{prefix}:{name}",
        "arn": f"{prefix}:{name}",
        "targetKeyId": key,
        "targetKeyArn": f"{prefix}:key/{key}",
    }


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


FUNCTIONS: Final[dict[str, Function]] = (
    adopted.FUNCTIONS
    | edge_functions.FUNCTIONS
    | purchases.FUNCTIONS
    | {
        "ec2/getAmi": _image,
        "ec2/getManagedPrefixList": _managed_prefix_list,
        "ec2/getPrefixList": _service_prefix_list,
        "iam/getPolicy": _managed_iam_policy,
        "iam/getPolicyDocument": _policy_document,
        "iam/getSessionContext": _session,
        "index/getAvailabilityZone": _zone,
        "index/getAvailabilityZones": _zones,
        "index/getCallerIdentity": _caller,
        "index/getDefaultTags": _default_tags,
        "index/getPartition": _partition,
        "index/getRegion": _region,
        "index/getServicePrincipal": _service_principal,
        "kms/getAlias": _kms_alias,
        "route53/getZone": _hosted_zone,
        "s3/getCanonicalUserId": _canonical_user,
        "servicequotas/getServiceQuota": _service_quota,
        "ssm/getParameter": _parameter,
        "ssm/getParametersByPath": _parameters_by_path,
    }
)
