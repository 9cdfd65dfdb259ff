"""Runs in cloudsplaining's own environment: documents as JSON on standard input, its findings on standard output."""

from __future__ import annotations

import json
import sys

from cloudsplaining.scan.policy_document import PolicyDocument  # ty: ignore[import-not-found]


def findings(document: dict[str, object]) -> dict[str, bool] | None:
    """Whether each of its questions on a document is answered by at least one finding; None where it breaks off."""
    try:
        return _findings(PolicyDocument(document))
    except Exception:  # noqa: BLE001 - whatever the tool stumbles over: that it did is the finding
        return None


def _findings(policy: PolicyDocument) -> dict[str, bool]:
    return {
        "PrivilegeEscalation": bool(policy.allows_privilege_escalation),
        "DataExfiltration": bool(policy.allows_data_exfiltration_actions),
        "CredentialsExposure": bool(policy.credentials_exposure),
        "ResourceExposure": bool(policy.permissions_management_without_constraints),
        "InfrastructureModification": bool(policy.infrastructure_modification),
        "ServiceWildcard": bool(policy.service_wildcard),
    }


if __name__ == "__main__":
    json.dump({name: findings(document) for name, document in json.load(sys.stdin).items()}, sys.stdout)
