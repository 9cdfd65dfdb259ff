"""What watches the account for intruders: GuardDuty, Security Hub, Inspector, Access Analyzer; and how disks start.

Each is there once in an account and region, so a stack makes them only where it owns the account's settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Tier
from components.handles import KeyRing
from specs.security import Detection, Standard

# Where GuardDuty brings its agent by itself: Fargate tasks, instances, nodes of EKS. In the order of the names, as the
# API gives them back.
AGENTS: Final = ("EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT")
# A finding that goes on is told again at most this often; the first time it is told within five minutes in any case.
PUBLISHING: Final = "FIFTEEN_MINUTES"
STANDARDS: Final[dict[Standard, str]] = {
    "foundational": "aws-foundational-security-best-practices/v/1.0.0",
    "cis": "cis-aws-foundations-benchmark/v/3.0.0",
    "pciDss": "pci-dss/v/4.0.1",
    "nist": "nist-800-53/v/5.0.0",
}


def watch(tier: Tier, detection: Detection, *, keys: KeyRing, recorder: Sequence[pulumi.Resource]) -> None:
    """Everything that looks; `recorder` is what Security Hub's checks wait for."""
    if detection.guard_duty:
        _guard_duty(tier, detection)
    if detection.standards:
        _security_hub(tier, detection.standards, recorder)
    if detection.inspected:
        _inspector(tier, detection)
    _access_analyzer(tier, detection.unused_access_days)
    _disks(tier, keys)


def _guard_duty(tier: Tier, detection: Detection) -> None:
    name = tier.site.named("detector")
    detector = aws.guardduty.Detector(
        tier.child("guardduty"),
        enable=True,
        finding_publishing_frequency=PUBLISHING,
        tags=tier.tags("confidential", name),
        opts=tier.opts(),
    )
    for feature in detection.guard_duty_features:
        aws.guardduty.DetectorFeature(
            tier.child("guardduty", feature.lower().replace("_", "-")),
            detector_id=detector.id,
            name=feature,
            status="ENABLED",
            additional_configurations=[
                aws.guardduty.DetectorFeatureAdditionalConfigurationArgs(name=agent, status="ENABLED")
                for agent in AGENTS
            ]
            if feature == "RUNTIME_MONITORING"
            else None,
            opts=tier.opts(parent=detector),
        )


def _security_hub(tier: Tier, standards: Sequence[Standard], recorder: Sequence[pulumi.Resource]) -> None:
    hub = aws.securityhub.Account(
        tier.child("hub"),
        # The standards are those of the settings; Security Hub would begin with a choice of its own.
        enable_default_standards=False,
        auto_enable_controls=True,
        # One finding for a control, however many standards ask for it.
        control_finding_generator="SECURITY_CONTROL",
        opts=tier.opts(depends_on=recorder),
    )
    for standard in standards:
        aws.securityhub.StandardsSubscription(
            tier.child("hub", standard.lower()),
            standards_arn=f"arn:aws:securityhub:{tier.site.region}::standards/{STANDARDS[standard]}",
            opts=tier.opts(parent=hub, depends_on=[hub]),
        )


def _inspector(tier: Tier, detection: Detection) -> None:
    enabler = aws.inspector2.Enabler(
        tier.child("inspector"),
        account_ids=[tier.site.account_id],
        resource_types=sorted(detection.inspected),
        opts=tier.opts(),
    )
    if "ECR" in detection.inspected:
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
            opts=tier.opts(parent=enabler, depends_on=[enabler]),
        )


def _access_analyzer(tier: Tier, unused_days: int | None) -> None:
    outside = tier.site.named("outside-access")
    aws.accessanalyzer.Analyzer(
        tier.child("analyzer", "outside"),
        analyzer_name=outside,
        type="ACCOUNT",
        tags=tier.tags("confidential", outside),
        opts=tier.opts(),
    )
    if unused_days is None:
        return
    unused = tier.site.named("unused-access")
    aws.accessanalyzer.Analyzer(
        tier.child("analyzer", "unused"),
        analyzer_name=unused,
        type="ACCOUNT_UNUSED_ACCESS",
        configuration=aws.accessanalyzer.AnalyzerConfigurationArgs(
            unused_access=aws.accessanalyzer.AnalyzerConfigurationUnusedAccessArgs(unused_access_age=unused_days)
        ),
        tags=tier.tags("confidential", unused),
        opts=tier.opts(),
    )


def _disks(tier: Tier, keys: KeyRing) -> None:
    """Volumes are encrypted whoever makes them, snapshots are nobody else's, and instances ask for IMDSv2."""
    key = aws.ebs.DefaultKmsKey(tier.child("disks"), key_arn=keys.data.arn, opts=tier.opts())
    aws.ebs.EncryptionByDefault(tier.child("disks"), enabled=True, opts=tier.opts(depends_on=[key]))
    aws.ebs.SnapshotBlockPublicAccess(tier.child("disks"), state="block-all-sharing", opts=tier.opts())
    aws.ec2.InstanceMetadataDefaults(
        tier.child("disks", "metadata"), http_tokens="required", http_put_response_hop_limit=1, opts=tier.opts()
    )
