"""The security tier: detection, incident response, people and patching of one stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.base import Component
from components.handles import BucketHandle, EdgeHandle, KeyRing, NetworkHandle, ServiceHandle
from components.security import detection, edge, patching, people, recording
from components.security.response import Responder, ResponseArgs, approver_rights
from components.site import Site
from specs import security as specs
from specs.account import Account


@dataclass(frozen=True, kw_only=True)
class SecurityArgs:
    site: Site
    keys: KeyRing
    security: specs.Security
    account: Account
    """Singletons of the account that this stack creates."""
    network: NetworkHandle
    edge: EdgeHandle
    services: Mapping[str, ServiceHandle]
    access_logs: BucketHandle
    """Bucket that takes S3's access logs."""
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int
    edge_provider: pulumi.ProviderResource
    """AWS provider in us-east-1."""


class Security(Component):
    """Detection, incident response, roles for people, and patching of instances."""

    tier = "security"
    kind = "Security"

    role_arns: Mapping[str, pulumi.Output[str]]
    """Roles for people, by name."""

    def __init__(self, name: str, args: SecurityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        wanted = args.security
        recorder = recording.record(
            self, wanted.detection, args.account.recorder, key=args.keys.logs, access_logs=args.access_logs
        )
        detector_id = detection.watch(self, wanted.detection, args.account, keys=args.keys, recorder=recorder)
        edge.watch(self, wanted.detection, args.account, args.edge_provider, wanted.response.severity)
        # Roles whose sessions a response may revoke: workloads and people. Not break-glass, the way back in.
        roles = [args.site.iam_arn(f"role/{args.site.named(one)}") for one in ("developer", "operator", "auditor")]
        revocable = sorted([*roles, *(service.task_role_arn for service in args.services.values())])
        patterns = sorted({*roles, *(_pattern(args.site, one) for one in args.services.values())})
        crew = people.employ(
            self,
            wanted.people,
            logs_alias=args.keys.logs.alias_name,
            queue_aliases=[args.keys.data.alias_name, args.keys.delivery.alias_name],
            revocable=patterns,
            also=approver_rights(args.site, args.keys.logs),
        )
        responder = Responder(
            self,
            ResponseArgs(
                response=wanted.response,
                keys=args.keys,
                network=args.network,
                ip_sets=args.edge.response_ip_sets,
                revocable=revocable,
                revocable_patterns=patterns,
                people=crew,
                topic_arn=args.alert_topic_arn,
                log_retention_days=args.log_retention_days,
            ),
        )
        patching.patch(
            self,
            patching.PatchArgs(
                patching=wanted.patching,
                keys=args.keys,
                topic_arn=args.alert_topic_arn,
                log_retention_days=args.log_retention_days,
            ),
        )
        self.role_arns = {one: role.arn for one, role in crew.roles.items()}
        self.register_outputs(
            {
                "roleArns": dict(self.role_arns),
                "responseArn": responder.machine_arn,
                # Features absent from the stack on purpose: the account has them, and the stack relies on them.
                "adopted": {"detectorId": detector_id} if args.account.detector == "adopt" else {},
            }
        )


def _pattern(site: Site, service: ServiceHandle) -> str:
    """All roles that are named as this service's: a document that names each would outgrow what IAM takes."""
    return service.task_role_arn.replace(f"{service.service_name}-", f"{site.prefix}-*-")
