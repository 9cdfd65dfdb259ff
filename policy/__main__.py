"""Serves the pack to the Pulumi engine."""

from __future__ import annotations

import datetime
from pathlib import Path

from pack.judge import Judge
from pack.policies import policies
from pack.registry import BY_NAME, RULES
from pack.servicer import install
from pack.waivers import load
from pulumi_policy import EnforcementLevel, PolicyPack

WAIVERS = Path(__file__).with_name("waivers.json")

judge = Judge(waivers=load(WAIVERS, BY_NAME, datetime.datetime.now(datetime.UTC).date()))
install()
PolicyPack(
    "saleday",
    policies(RULES, judge),
    enforcement_level=EnforcementLevel.MANDATORY,
    description="Encryption, least privilege and the baseline of an online shop on AWS",
    provider="aws",
)
