"""Charges by use that no forecast knows: gigabytes kept, logs, builds, findings. Listed with their prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_facts.prices import REFERENCE_REGION, Prices
from cost.graph import Node


@dataclass(frozen=True, kw_only=True, order=True)
class ByUse:
    """One thing that costs as it is used."""

    service: str
    what: str
    item: str
    """What its price is called in `aws_facts/data/prices.json`; empty where the table has no such item."""
    unit: str
    price: float | None
    """USD for one unit; None where there is none in the region."""
    about: float | None
    """The reference region's price, where the region has none."""


_BY_USE: Final[Mapping[str, Sequence[tuple[str, str, str]]]] = {
    "backup.Vault": [("AWS Backup", "backups", "auroraBackupGbMonth")],
    "cfg.Recorder": [("Config", "items recorded", "configItem"), ("Config", "rules evaluated", "configEvaluation")],
    "cloudfront.KeyValueStore": [
        ("CloudFront", "the gate's reads of the key-value store", "keyValueRead"),
        ("CloudFront", "writes of the key-value store", "keyValueOperation"),
    ],
    "cloudtrail.Trail": [("CloudTrail", "data events", "cloudtrailDataEvent")],
    "cloudwatch.EventArchive": [("EventBridge", "archive of order events", "eventArchiveGb")],
    "cloudwatch.LogGroup": [("CloudWatch", "logs taken in", "logsGb"), ("CloudWatch", "logs kept", "logsGbMonth")],
    "codebuild.Project": [("CodeBuild", "builds", "codebuildMinute")],
    "codepipeline.Pipeline": [("CodePipeline", "actions", "pipelineMinute")],
    "dynamodb.ContributorInsights": [("CloudWatch", "contributor insights of tables", "")],
    "dynamodb.Table": [("DynamoDB", "storage", "dynamodbGbMonth"), ("DynamoDB", "backups", "dynamodbPitrGbMonth")],
    "ec2.FlowLog": [("CloudWatch", "flow logs", "logsGb")],
    "ec2.NatGateway": [("VPC", "data through NAT gateways", "natGb")],
    "ec2.VpcEndpoint": [("VPC", "data through endpoints", "vpcEndpointGb")],
    "ecr.Repository": [("ECR", "images", "ecrGbMonth")],
    "guardduty.Detector": [("GuardDuty", "flow and DNS logs", "guarddutyGb")],
    "guardduty.DetectorFeature": [("GuardDuty", "its features", "")],
    "inspector2.Enabler": [("Inspector", "images and instances scanned", "")],
    "kms.Key": [("KMS", "requests", "kmsRequest")],
    "lambda.Function": [("Lambda", "time of functions", "lambdaArmGbSecond")],
    "rds.Cluster": [("Aurora", "storage", "auroraGbMonth"), ("Aurora", "I/O", "auroraIo")],
    "route53.Zone": [("Route 53", "queries", "dnsQuery")],
    "s3.Bucket": [("S3", "storage", "s3GbMonth")],
    "s3.BucketV2": [("S3", "storage", "s3GbMonth")],
    "securityhub.Account": [("Security Hub", "checks and findings", "")],
    "securityhub.StandardsSubscription": [("Security Hub", "checks and findings", "")],
    "wafv2.WebAcl": [("WAF", "requests that Bot Control inspects, where it does", "botControlRequest")],
    "sfn.StateMachine": [("Step Functions", "state transitions", "stateTransition")],
}


def knows(kind: str) -> bool:
    """Whether a type is charged by use."""
    return kind in _BY_USE


def by_use(nodes: Sequence[Node], prices: Prices) -> list[ByUse]:
    """Charges by use of a stack's resources, by service."""
    found = {one for node in nodes for one in _BY_USE.get(node.type, ())}
    return sorted(_of(prices, *one) for one in found)


def _of(prices: Prices, service: str, what: str, item: str) -> ByUse:
    if not item:
        return ByUse(service=service, what=what, item="", unit="", price=None, about=None)
    price, reference = prices.find(item), prices.find(item, REFERENCE_REGION)
    return ByUse(
        service=service,
        what=what,
        item=item,
        unit=prices.table["items"][item]["unit"],
        price=None if price is None else price.value,
        about=reference.value if price is None and reference is not None else None,
    )
