"""Buckets of AWS's own that a VPC reads by presigned URLs of AWS's accounts, or without signing in.

Such a request has no principal of the stack's account, so an endpoint policy admits it by the bucket alone.
"""

from __future__ import annotations

from typing import Final

from aws_facts.regions import REGIONS

# ECR user guide, "Amazon ECR interface VPC endpoints", minimum Amazon S3 bucket permissions; that ECR signs
# the URLs itself: AWS's data-perimeter-policy-examples, `service_owned_resources.md` (2026-03).
IMAGE_LAYERS: Final = "prod-{region}-starport-layer-bucket"

# Packages of Amazon Linux 2023, and what Systems Manager's agent loads to run commands, packages and patches: the same
# table (2026-03); "SSM Agent communications with AWS managed S3 buckets" in the Systems Manager user guide (2026-02).
_OF_INSTANCES: Final = (
    "al2023-{region}",
    "al2023-repos-{region}-de612dc2",
    "amazon-ssm-packages-{region}",
    "amazon-ssm-{region}",
    "aws-ssm-distributor-file-{region}",
    "aws-ssm-document-attachments-{region}",
    "aws-ssm-{region}",
    "{region}-birdwatcher-prod",
)


def image_layers(region: str) -> str:
    """ECR's bucket of image layers."""
    return IMAGE_LAYERS.format(region=region)


def of_instances(region: str) -> tuple[str, ...]:
    """Buckets that an instance of Amazon Linux 2023 and its agents read. Raises KeyError for an unknown region."""
    facts = REGIONS[region]
    return (
        *(bucket.format(region=region) for bucket in _OF_INSTANCES),
        f"aws-patch-manager-{region}-{facts['patchManagerSuffix']}",
        f"patch-baseline-snapshot-{region}{facts.get('patchSnapshotSuffix', '')}",
    )
