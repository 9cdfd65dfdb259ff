"""Serves the pack to the Pulumi engine."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

from pack import configuration
from pack.judge import Judge
from pack.policies import initial_config, policies
from pack.registry import BY_NAME, RULES
from pack.servicer import install
from pack.waivers import load
from pulumi_policy import EnforcementLevel, PolicyPack

HERE = Path(__file__).parent
WAIVERS = HERE / "waivers.json"

# The engine tells of the stack in the environment. What the run is given by --policy-pack-config goes before the files.
production = configuration.says_production(
    os.environ.get("PULUMI_PROJECT", ""), json.loads(os.environ.get("PULUMI_CONFIG") or "{}")
)
settings = configuration.load(HERE / "config", os.environ.get("PULUMI_STACK", ""), BY_NAME, production=production)

judge = Judge(configuration=settings, waivers=load(WAIVERS, BY_NAME, datetime.datetime.now(datetime.UTC).date()))
install()
PolicyPack(
    "saleday",
    policies(RULES, judge),
    enforcement_level=EnforcementLevel.MANDATORY,
    initial_config=None if settings.faults else initial_config(settings),  # faults stop the run once the engine asks
    description="Encryption, least privilege and the baseline of an online shop on AWS",
    provider="aws",
)
