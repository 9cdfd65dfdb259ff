"""What components are given in tests, and what comes of them: the site, keys, network and buckets of a small shop."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Sequence
from typing import Any

import pulumi

from components.handles import BucketHandle, KeyHandle, KeyRing, NetworkHandle
from components.site import Site
from devtools.recording.recorded import Recorded, Resource

ACCOUNT = "123456789012"
REGION = "ap-south-1"
DATA_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data"
LOGS_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/logs"


@dataclasses.dataclass(frozen=True)
class Built:
    """What a component registered."""

    recorded: Recorded

    def of(self, token: str) -> list[Resource]:
        """Resources of `aws:<token>`, in the order of their names."""
        return sorted(self.recorded.of(f"aws:{token}"), key=lambda resource: resource.name)

    def one(self, token: str, name: str | None = None) -> Resource:
        """The only one of `aws:<token>`, or the only one of that name."""
        return self.recorded.one(f"aws:{token}", name)


def statements(document: str) -> dict[str, dict[str, Any]]:
    """The statements of an IAM document by their Sid."""
    listed = json.loads(document)["Statement"]
    by_sid = {statement["Sid"]: statement for statement in listed}
    assert len(by_sid) == len(listed), "IAM refuses a Sid twice"
    return by_sid


def site(
    *,
    production: bool = False,
    stack: str | None = None,
    region: str = REGION,
    zones: Sequence[str] = "ab",
) -> Site:
    """`zones` are letters; the stack is `prod` in production and `dev` otherwise, if it isn't named."""
    return Site(
        project="saleday",
        stack=stack or ("prod" if production else "dev"),
        region=region,
        account_id=ACCOUNT,
        owner="platform@shop.example",
        cost_centre="42",
        production=production,
        zones=tuple(f"{region}{zone}" for zone in zones),
    )


def known(value: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value)


def key(domain: str, *, stack: str = "dev", region: str = REGION) -> KeyHandle:
    arn = f"arn:aws:kms:{region}:{ACCOUNT}:key/{domain}"
    return KeyHandle(key_id=known(domain), arn=known(arn), alias_name=f"alias/saleday-{stack}-{domain}")


def keys(stack: str = "dev", *, edge_region: str = REGION) -> KeyRing:
    edge = key("edge", stack=stack, region=edge_region)
    return KeyRing(data=key("data", stack=stack), logs=key("logs", stack=stack), edge=edge,
                   delivery=key("delivery", stack=stack))  # fmt: skip


def bucket(name: str, region: str = REGION) -> BucketHandle:
    return BucketHandle(
        name=name,
        arn=f"arn:aws:s3:::{name}",
        bucket=known(name),
        regional_domain_name=known(f"{name}.s3.{region}.amazonaws.com"),
    )


def network(zones: Sequence[str] = "ab", *, app_cidrs: tuple[str, ...] = ("10.0.0.0/19",)) -> NetworkHandle:
    """A VPC with a public, an application and a data subnet in each zone: `subnet-app-a` and the like."""
    return NetworkHandle(
        vpc_id=known("vpc-1"),
        cidr="10.0.0.0/16",
        public_subnet_ids=[known(f"subnet-public-{zone}") for zone in zones],
        app_subnet_ids=[known(f"subnet-app-{zone}") for zone in zones],
        data_subnet_ids=[known(f"subnet-data-{zone}") for zone in zones],
        app_cidrs=app_cidrs,
        endpoints_security_group_id=known("sg-endpoints"),
        s3_prefix_list_id=known("pl-s3"),
        dynamodb_prefix_list_id=known("pl-dynamodb"),
    )


def resolve(handle: Any, into: dict[str, Any]) -> None:
    """Write the fields of a handle into a mapping, outputs once they are known."""
    for item in dataclasses.fields(handle):
        value = getattr(handle, item.name)
        if isinstance(value, pulumi.Output):
            value.apply(functools.partial(into.__setitem__, item.name))
        else:
            into[item.name] = value
