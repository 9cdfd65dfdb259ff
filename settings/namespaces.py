"""Namespaces of the configuration: whose settings there can be in a stack of this program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from specs.names import meant

# Of Pulumi itself, of the providers that the program uses, and of others that a stack's file may configure beside it.
OTHERS: Final = (
    "pulumi", "aws", "awsx", "aws-native", "awscc", "cloudflare", "cloudinit", "command", "datadog", "docker",
    "docker-build", "eks", "github", "kubernetes", "null", "pagerduty", "pulumiservice", "random", "std", "time", "tls",
)  # fmt: skip


def refuse_strays(keys: Iterable[str], own: str) -> None:
    """Raises ValueError (one line) for a key that nobody reads, such as one with a misspelt namespace."""
    for key in keys:
        namespace, _, _ = key.partition(":")
        if namespace != own and namespace not in OTHERS:
            remedy = meant(namespace, (own, *OTHERS), f"the program's own are {own}:<name>; otherwise remove it")
            raise ValueError(f"{key}: nothing reads the settings of {namespace} (got {key}); {remedy}")
