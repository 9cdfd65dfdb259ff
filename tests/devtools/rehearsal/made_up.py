"""Made-up outputs of single resources, in Mumbai where nothing else is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devtools.rehearsal.fake_outputs import AccountRegion, outputs

MUMBAI = AccountRegion.of("ap-south-1")


def urn(token: str, name: str = "web") -> str:
    return f"urn:pulumi:dev::shop::{token}::{name}"


def made(token: str, inputs: Mapping[str, Any], place: AccountRegion = MUMBAI, name: str = "web") -> dict[str, Any]:
    return outputs(token, urn(token, name), inputs, place)[1]
