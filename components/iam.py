"""IAM documents as values: statements in, JSON out. They are known at preview, as ARNs follow from fixed names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Condition = Mapping[str, Mapping[str, str | Sequence[str]]]
Statement = dict[str, Any]


def statement(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    effect: Literal["Allow", "Deny"] = "Allow",
    condition: Condition | None = None,
    principal: Mapping[str, str | Sequence[str]] | Literal["*"] | None = None,
) -> Statement:
    """One statement; `sid` names its purpose in letters and digits. `principal` belongs in resource policies only."""
    result: Statement = {"Sid": sid, "Effect": effect}
    if principal is not None:
        result["Principal"] = principal
    result["Action"] = sorted(actions)
    result["Resource"] = sorted(resources)
    if condition:
        result["Condition"] = condition
    return result


def sid(what: str, name: str) -> str:
    """The id of a statement about one named thing: `TableOrderMarks`."""
    return what + "".join(part.capitalize() for part in name.split("-"))


def document(*statements: Statement) -> str:
    """The JSON policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True)


def trust(
    service: str,
    *,
    account_id: str,
    source_arn: str | None = None,
    names_source: bool = True,
    actions: Sequence[str] = ("sts:AssumeRole",),
) -> str:
    """The trust policy that lets one AWS service assume a role for this account alone.

    `source_arn` (wildcards allowed) narrows it to resources of that service, against the confused deputy. Not every
    service is documented to name its source, and a plain condition on a key that it does not send would lock it out:
    without `names_source` the conditions bind only where the key is there.
    """
    only = "" if names_source else "IfExists"
    condition: dict[str, dict[str, str]] = {f"StringEquals{only}": {"aws:SourceAccount": account_id}}
    if source_arn is not None:
        condition[f"ArnLike{only}"] = {"aws:SourceArn": source_arn}
    trusted: Statement = {
        "Sid": "AssumedByService",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": actions[0] if len(actions) == 1 else list(actions),
        "Condition": condition,
    }
    return document(trusted)


def pod_trust(cluster_arn: str, namespace: str, service_account: str) -> str:
    """The trust policy that lets pods of one service account of an EKS cluster assume a role (EKS Pod Identity).

    EKS tags each session with where it comes from, and a tag of a request can't be made up by the pod.
    """
    tags = {
        "eks-cluster-arn": cluster_arn,
        "kubernetes-namespace": namespace,
        "kubernetes-service-account": service_account,
    }
    trusted: Statement = {
        "Sid": "AssumedByPods",
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {f"aws:RequestTag/{name}": value for name, value in tags.items()}},
    }
    return document(trusted)


def tls_only(actions: str, *arns: str) -> Statement:
    """The statement of a resource's policy that refuses requests without TLS, of `actions` such as `sqs:*`."""
    return statement(
        "DenyPlainHttp",
        [actions],
        list(arns),
        effect="Deny",
        principal="*",
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )
