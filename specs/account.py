"""Settings of the things that an AWS account has once: who makes each of them."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from specs.base import Spec
from specs.cost import Anomalies

Holding = Literal["create", "adopt", "leave"]


class Account(Spec):
    """Things that an account has once, or once in a region; one setting each.

    - `create`: the stack makes the thing and owns it, and `pulumi destroy` takes it away with the stack. It fails, or
      overwrites a setting, where the account has it already.
    - `adopt`: the account has it, and somebody else owns it. The stack relies on it, looks it up where AWS lets it,
      adds parts of its own where there are some, and never changes or removes it.
    - `leave`: the stack neither makes it nor relies on it.

    In an account that several stacks share, one of them says `create` at most.
    """

    detector: Holding = "leave"
    """GuardDuty's detector in the stack's region. `adopt` refuses one that is not there or suspended."""
    edge_detector: Holding = "leave"
    """GuardDuty's detector in us-east-1, where CloudFront, IAM, STS and console sign-ins are seen. Nothing
    in a stack of us-east-1, where `detector` is the same one."""
    recorder: Holding = "leave"
    """AWS Config's recorder and delivery channel in the stack's region. With `adopt` the stack adds its conformance
    pack alone."""
    hub: Holding = "leave"
    """Security Hub in the stack's region, with the standards of `security.detection`; its checks need a recorder.
    `adopt` refuses one that is not there, and warns of standards that are not switched on in it."""
    inspector: Holding = "leave"
    """Inspector's scanning in the stack's region. `create` switches off what `security.detection.inspected` leaves
    out."""
    registry_scanning: Holding = "leave"
    """How ECR scans images in the stack's region: `create` makes it Inspector's continuous scanning, so Inspector has
    to be there. `adopt` asserts that it is."""
    outside_access: Holding = "leave"
    """Access Analyzer's analyzer of access from outside the account, in the stack's region."""
    edge_outside_access: Holding = "leave"
    """The same in us-east-1, where the edge's key and topic are. Nothing in a stack of us-east-1."""
    unused_access: Holding = "leave"
    """Access Analyzer's analyzer of access that nobody used; charged by role and month."""
    disk_encryption: Holding = "leave"
    """Encryption of new EBS volumes in the stack's region. `create` switches it on for good, with the stack's data key
    for as long as the stack is there; `adopt` refuses an account in which it is off."""
    snapshot_sharing: Holding = "leave"
    """Block of EBS snapshots that are shared with everybody, in the stack's region. `create` sets it for good."""
    instance_metadata: Holding = "leave"
    """IMDSv2 as the default of new instances, in the stack's region. `create` sets it for good."""
    trace_encryption: Holding = "leave"
    """X-Ray's encryption in the stack's region. `create` points it at the stack's key, and it stays when the stack
    goes: `docs/runbooks.md#after-destroying-a-stack` puts it back."""
    cost_monitor: Holding = "leave"
    """Cost Anomaly Detection's monitor of AWS services. AWS makes it for most accounts: `adopt` it there, with its ARN
    as `cost.anomalies.monitorArn`."""
    right_sizing: Holding = "leave"
    """The account's enrolment in Compute Optimizer; it stays when the stack goes."""
    search_role: Holding = "leave"
    """OpenSearch Service's role for domains in a VPC, `AWSServiceRoleForAmazonOpenSearchService`. AWS makes it with the
    account's first domain if whoever deploys may `iam:CreateServiceLinkedRole`, which `leave` relies on; `create` makes
    it beforehand."""
    github_provider: Holding = "leave"
    """IAM's OIDC provider of GitHub Actions, which the roles of `delivery.platform` trust by its ARN. With `leave` they
    are made, and nobody takes them on before there is one; `adopt` refuses one that is not there or not for AWS."""

    @model_validator(mode="after")
    def _has_what_it_reads(self) -> Account:
        for name, value, needed, needed_value, why in (
            ("hub", self.hub, "recorder", self.recorder, "Security Hub checks what AWS Config records"),
            ("registryScanning", self.registry_scanning, "inspector", self.inspector, "Inspector scans the registry"),
        ):
            if value == "create" and needed_value == "leave":
                raise ValueError(
                    f"{why} (got {name} create with {needed} leave); set {needed} to create or adopt, or {name} "
                    "to leave"
                )
        return self

    def check(self, anomalies: Anomalies | None) -> None:
        """Refuses what does not go with the rest of the stack. Raises ValueError with one line."""
        if self.cost_monitor != "leave" and anomalies is None:
            raise ValueError(
                f"account.costMonitor: a monitor is there for alerts (got {self.cost_monitor} with cost.anomalies "
                "null); set it to leave, or remove cost.anomalies"
            )
        named = anomalies.monitor_arn if anomalies else None
        if self.cost_monitor == "adopt" and named is None:
            raise ValueError(
                "account.costMonitor: AWS finds no monitor by its kind, so an adopted one is named (got adopt without "
                "cost.anomalies.monitorArn); add its ARN, from `aws ce get-anomaly-monitors`"
            )
        if self.cost_monitor != "adopt" and named is not None:
            raise ValueError(
                f"cost.anomalies.monitorArn: it names a monitor that is there already (got account.costMonitor "
                f"{self.cost_monitor}); set account.costMonitor to adopt, or remove it"
            )
