"""Table of the provider's type for each type of Pulumi's SDK.

Pulumi renames every type by hand (`aws_db_instance` is `aws:rds/instance:Instance`), mostly by rule: the module is a
prefix, sometimes another one. The table is made by trying each module's prefixes against the names that the provider's
documentation lists; what follows no rule is in `data/names.yaml`. A type in doubt stays out of the table, so that it
fails a run instead of being judged as another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from devtools.sdk import Sdk

NAMES_FILE = Path(__file__).parent / "data" / "names.yaml"

# Modules whose types carry other prefixes than the module's own name, in the order in which they are tried.
_PREFIXES: dict[str, tuple[str, ...]] = {
    "amp": ("prometheus_",),
    "autoscaling": ("autoscaling_", ""),
    "bcmdata": ("bcmdataexports_",),
    "cfg": ("config_",),
    "cloudcontrol": ("cloudcontrolapi_",),
    "costexplorer": ("ce_",),
    "directconnect": ("dx_",),
    "directoryservice": ("directory_service_",),
    "ebs": ("ebs_", ""),
    "ec2": ("", "ec2_"),
    "ec2clientvpn": ("ec2_client_vpn_", "ec2_"),
    "ec2transitgateway": ("ec2_transit_gateway_",),
    "elasticbeanstalk": ("elastic_beanstalk_",),
    "elb": ("elb_", "lb_", "load_balancer_"),
    "index": ("",),
    "mskconnect": ("mskconnect_",),
    "oam": ("oam_",),
    "rds": ("rds_", "db_"),
    "s3": ("s3_", "s3_bucket_"),
    "servicediscovery": ("service_discovery_",),
    "verifiedaccess": ("verifiedaccess_",),
    "vpc": ("vpc_", ""),
    "waf": ("waf_",),
    "wafregional": ("wafregional_",),
}

# The provider has each of these twice, under a second prefix that its documentation mentions only in passing.
_TWINS = {"lb": "alb"}


@dataclass(frozen=True, kw_only=True)
class TokenTable:
    """The provider's name of each token, and the SDK's tokens that it could not tell."""

    resources: dict[str, str]
    functions: dict[str, str]
    untold: tuple[str, ...]

    def as_json(self) -> dict[str, dict[str, str]]:
        """Content of `data/tokens.json`, which the plugin reads."""
        return {"functions": self.functions, "resources": self.resources}


class TableError(Exception):
    """The names in `data/names.yaml` don't fit the SDK or the provider: which one and why, in one line."""


def make_table(sdk: Sdk, provider_module: Path, names_file: Path = NAMES_FILE) -> TokenTable:
    """The table for `sdk` and the provider whose Go module is in the folder `provider_module`. Raises TableError."""
    by_hand = yaml.safe_load(names_file.read_text())
    resource_names = documented(provider_module / "website/docs/r")
    function_names = documented(provider_module / "website/docs/d")
    resources = _match(sdk.resources, resource_names, by_hand["resources"])
    functions = _match(sdk.functions, function_names, by_hand["functions"])
    untold = sorted({*sdk.resources, *sdk.functions} - {*resources, *functions})
    return TokenTable(resources=resources, functions=functions, untold=tuple(untold))


def documented(folder: Path) -> frozenset[str]:
    """The names of the types that have a page in `folder` of the provider's documentation, twins included."""
    names = {f"aws_{page.name.split('.')[0]}" for page in folder.iterdir()}
    for prefix, twin in _TWINS.items():
        names |= {re.sub(f"^aws_{prefix}(?=_|$)", f"aws_{twin}", name) for name in names}
    return frozenset(names)


def snake(name: str) -> str:
    """`HostedZoneDnsSec` as `hosted_zone_dns_sec`, `IPSet` as `ip_set`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _match(tokens: Iterable[str], names: frozenset[str], by_hand: dict[str, str]) -> dict[str, str]:
    tokens = set(tokens)
    for token, name in by_hand.items():
        if token not in tokens:
            raise TableError(f"data/names.yaml: the installed pulumi_aws has no {token}: remove it")
        if name not in names:
            raise TableError(
                f"data/names.yaml: {token} is said to be {name}, which the provider doesn't have: correct it"
            )
    claims: dict[str, list[str]] = defaultdict(list)
    for token in tokens - set(by_hand):
        for name in _candidates(token):
            if name in names:
                claims[name].append(token)
                break
    taken = set(by_hand.values())
    table = dict(by_hand)
    for name, claimants in claims.items():
        # Two claimants: the one in whose module the name belongs is right, and a rule can't tell which.
        if len(claimants) == 1 and name not in taken:
            table[claimants[0]] = name
    return dict(sorted(table.items()))


def _candidates(token: str) -> list[str]:
    _, place, kind = token.split(":")
    module = place.split("/")[0]
    kind = kind.removeprefix("get") if place.split("/")[-1].startswith("get") else kind
    prefixes = _PREFIXES.get(module, (f"{snake(module)}_",))
    return [f"aws_{prefix}{snake(kind)}" for prefix in prefixes]
