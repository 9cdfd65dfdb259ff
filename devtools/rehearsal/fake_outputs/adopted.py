"""Singletons of an account that a program adopts: on, and with AWS's defaults.

The account of a rehearsal is empty; only these are assumed to exist when the program says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from devtools.rehearsal.fake_outputs.account_region import AccountRegion
from devtools.rehearsal.fake_outputs.fake_resource import FakeResource

_STANDARDS: Final = (
    "aws-foundational-security-best-practices/v/1.0.0",
    "cis-aws-foundations-benchmark/v/3.0.0",
    "nist-800-53/v/5.0.0",
    "pci-dss/v/4.0.1",
)


def _detector(arguments: Mapping[str, Any], place: AccountRegion) -> dict[str, Any]:
    identifier = str(
        arguments.get("id") or FakeResource("", "", arguments, place, f"detector|{place.region}").fill("{hex32}")
    )
    role = "aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty"
    return {
        "id": identifier,
        "arn": f"arn:{place.partition}:guardduty:{place.region}:{place.account_id}:detector/{identifier}",
        "features": [],
        "findingPublishingFrequency": "SIX_HOURS",
        "region": place.region,
        "serviceRoleArn": f"arn:{place.partition}:iam::{place.account_id}:role/{role}",
        "status": "ENABLED",
        "tags": {},
    }


def _enabled_standards(_: Mapping[str, Any], place: AccountRegion) -> dict[str, Any]:
    mine = f"arn:{place.partition}:securityhub:{place.region}:{place.account_id}:subscription"
    subscriptions = [
        {
            "standardsArn": f"arn:{place.partition}:securityhub:{place.region}::standards/{standard}",
            "standardsControlsUpdatable": "READY_FOR_UPDATES",
            "standardsInputs": {},
            "standardsStatus": "READY",
            "standardsStatusReasons": [],
            "standardsSubscriptionArn": f"{mine}/{standard}",
        }
        for standard in _STANDARDS
    ]
    return {"id": place.region, "region": place.region, "standardsSubscriptions": subscriptions}


def _encryption_by_default(_: Mapping[str, Any], place: AccountRegion) -> dict[str, Any]:
    return {"enabled": True, "id": place.region, "region": place.region}


def _open_id_connect_provider(arguments: Mapping[str, Any], place: AccountRegion) -> dict[str, Any]:
    prefix = f"arn:{place.partition}:iam::{place.account_id}:oidc-provider/"
    host = str(arguments.get("url") or arguments.get("arn") or "").removeprefix("https://").removeprefix(prefix)
    return {
        "id": f"{prefix}{host}",
        "arn": f"{prefix}{host}",
        "url": host,
        "clientIdLists": ["sts.amazonaws.com"],
        "thumbprintLists": [],
        "tags": {},
    }


FUNCTIONS: Final[dict[str, Callable[[Mapping[str, Any], AccountRegion], dict[str, Any]]]] = {
    "ebs/getEncryptionByDefault": _encryption_by_default,
    "guardduty/getDetector": _detector,
    "iam/getOpenIdConnectProvider": _open_id_connect_provider,
    "securityhub/getEnabledStandards": _enabled_standards,
}
