"""Threat detection in the account: GuardDuty, Security Hub, Inspector, Access Analyzer; and EBS encryption by default.

Each is a singleton of an account and region, so a stack creates those that the account's settings name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.handles import KeyRing
from components.lookups import adopted, refuse
from specs.account import Account, Holding
from specs.security import Detection, Standard

# Platforms with GuardDuty-managed agents: Fargate tasks, instances, nodes of EKS. In the order of the names, as the
# API gives them back.
AGENTS: Final = ("EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT")
# A continuing finding is repeated at most this often; the first report comes within five minutes in any case.
PUBLISHING: Final = "FIFTEEN_MINUTES"
STANDARDS: Final[dict[Standard, str]] = {
    "foundational": "aws-foundational-security-best-practices/v/1.0.0",
    "cis": "cis-aws-foundations-benchmark/v/3.0.0",
    "pciDss": "pci-dss/v/4.0.1",
    "nist": "nist-800-53/v/5.0.0",
}


def watch(
    tier: Component, detection: Detection, account: Account, *, keys: KeyRing, recorder: Sequence[pulumi.Resource]
) -> pulumi.Input[str] | None:
    """Everything that looks; `recorder` is what Security Hub's checks wait for. Returns the id of the detector that
    watches the account, None where the stack relies on none."""
    detector_id = guard_duty(
        tier, account.detector, detection.guard_duty_features, setting="detector", names=("guardduty",)
    )
    _security_hub(tier, account.hub, detection.standards, recorder)
    _inspector(tier, account, detection)
    if account.outside_access == "create":
        outside_analyzer(tier, ("outside",))
    if account.unused_access == "create":
        _unused_analyzer(tier, detection.unused_access_days)
    _disks(tier, account, keys)
    return detector_id


def guard_duty(
    tier: Component,
    holding: Holding,
    features: Sequence[str],
    *,
    setting: str,
    names: Sequence[str],
    provider: pulumi.ProviderResource | None = None,
) -> pulumi.Input[str] | None:
    """The id of the detector of the provider's region, made or found; None where it is left alone.

    `names` start the logical names, `setting` is the account's setting that an error names.
    """
    if holding == "leave":
        return None
    if holding == "adopt":
        found = adopted(
            setting,
            "GuardDuty's detector",
            lambda: aws.guardduty.get_detector(opts=pulumi.InvokeOptions(parent=tier, provider=provider)),
        )
        if found.status != "ENABLED":
            raise refuse(setting, "an adopted detector is switched on", found.status)
        return found.id
    name = tier.site.named("detector")
    detector = aws.guardduty.Detector(
        tier.child(*names),
        enable=True,
        finding_publishing_frequency=PUBLISHING,
        tags=tier.tags("confidential", name),
        opts=tier.opts(provider=provider),
    )
    for feature in features:
        aws.guardduty.DetectorFeature(
            tier.child(*names, feature.lower().replace("_", "-")),
            detector_id=detector.id,
            name=feature,
            status="ENABLED",
            additional_configurations=[
                aws.guardduty.DetectorFeatureAdditionalConfigurationArgs(name=agent, status="ENABLED")
                for agent in AGENTS
            ]
            if feature == "RUNTIME_MONITORING"
            else None,
            opts=tier.opts(parent=detector, provider=provider),
        )
    return detector.id


def outside_analyzer(tier: Component, names: Sequence[str], provider: pulumi.ProviderResource | None = None) -> None:
    """Access Analyzer for external access to resources of the provider's region."""
    outside = tier.site.named("outside-access")
    aws.accessanalyzer.Analyzer(
        tier.child("analyzer", *names),
        analyzer_name=outside,
        type="ACCOUNT",
        tags=tier.tags("confidential", outside),
        opts=tier.opts(provider=provider),
    )


def _security_hub(
    tier: Component, holding: Holding, standards: Sequence[Standard], recorder: Sequence[pulumi.Resource]
) -> None:
    wanted = {name: f"arn:aws:securityhub:{tier.site.region}::standards/{STANDARDS[name]}" for name in standards}
    if holding == "adopt":
        found = adopted(
            "hub",
            "the standards of Security Hub",
            lambda: aws.securityhub.get_enabled_standards(opts=pulumi.InvokeOptions(parent=tier)),
        )
        on = {one.standards_arn for one in found.standards_subscriptions}
        for name, arn in wanted.items():
            if arn not in on:
                pulumi.log.warn(f"saleday:security.detection.standards: {name} is off in the account's Security Hub")
    if holding != "create":
        return
    hub = aws.securityhub.Account(
        tier.child("hub"),
        # The standards are those of the settings; Security Hub would begin with a choice of its own.
        enable_default_standards=False,
        auto_enable_controls=True,
        # One finding for a control, however many standards ask for it.
        control_finding_generator="SECURITY_CONTROL",
        opts=tier.opts(depends_on=recorder),
    )
    for name, arn in wanted.items():
        aws.securityhub.StandardsSubscription(
            tier.child("hub", name.lower()),
            standards_arn=arn,
            opts=tier.opts(parent=hub, depends_on=[hub]),
        )


def _inspector(tier: Component, account: Account, detection: Detection) -> None:
    enabler = None
    if account.inspector == "create":
        enabler = aws.inspector2.Enabler(
            tier.child("inspector"),
            account_ids=[tier.site.account_id],
            resource_types=sorted(detection.inspected),
            opts=tier.opts(),
        )
    if account.registry_scanning == "create":
        # Images are judged again whenever a new vulnerability becomes known, not only when they are pushed.
        aws.ecr.RegistryScanningConfiguration(
            tier.child("inspector", "registry"),
            scan_type="ENHANCED",
            rules=[
                aws.ecr.RegistryScanningConfigurationRuleArgs(
                    scan_frequency="CONTINUOUS_SCAN",
                    repository_filters=[
                        aws.ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
                            filter="*", filter_type="WILDCARD"
                        )
                    ],
                )
            ],
            opts=tier.opts(parent=enabler, depends_on=[enabler] if enabler else None),
        )


def _unused_analyzer(tier: Component, days: int) -> None:
    unused = tier.site.named("unused-access")
    aws.accessanalyzer.Analyzer(
        tier.child("analyzer", "unused"),
        analyzer_name=unused,
        type="ACCOUNT_UNUSED_ACCESS",
        configuration=aws.accessanalyzer.AnalyzerConfigurationArgs(
            unused_access=aws.accessanalyzer.AnalyzerConfigurationUnusedAccessArgs(unused_access_age=days)
        ),
        tags=tier.tags("confidential", unused),
        opts=tier.opts(),
    )


def _disks(tier: Component, account: Account, keys: KeyRing) -> None:
    """Account defaults of EC2: encrypted volumes, no public snapshots, and IMDSv2.

    Destroying the stack keeps these settings. Only the key reverts to AWS's own, as the stack's is deleted with it.
    """
    if account.disk_encryption == "adopt":
        found = adopted(
            "diskEncryption",
            "the encryption of new volumes",
            lambda: aws.ebs.get_encryption_by_default(opts=pulumi.InvokeOptions(parent=tier)),
        )
        if not found.enabled:
            raise refuse("diskEncryption", "an adopted account encrypts new volumes", "no encryption")
    if account.disk_encryption == "create":
        key = aws.ebs.DefaultKmsKey(tier.child("disks"), key_arn=keys.data.arn, opts=tier.opts())
        aws.ebs.EncryptionByDefault(
            tier.child("disks"), enabled=True, opts=tier.opts(depends_on=[key], retain_on_delete=True)
        )
    if account.snapshot_sharing == "create":
        aws.ebs.SnapshotBlockPublicAccess(
            tier.child("disks"), state="block-all-sharing", opts=tier.opts(retain_on_delete=True)
        )
    if account.instance_metadata == "create":
        aws.ec2.InstanceMetadataDefaults(
            tier.child("disks", "metadata"),
            http_tokens="required",
            http_put_response_hop_limit=1,
            opts=tier.opts(retain_on_delete=True),
        )
