"""Buckets of AWS's own that a VPC reads by presigned URLs of AWS's accounts, or without signing in.

Such a request has no principal of the stack's account, so an endpoint policy admits it by the bucket alone.
"""

from __future__ import annotations

from typing import Final

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

# Names that end in something of the region's own: Systems Manager user guide, "Amazon S3 buckets for patching
# operations" (2026-02).
_PATCH_MANAGER: Final = {
    "af-south-1": "bdd5f65a9",
    "ap-east-1": "632356271",
    "ap-northeast-1": "4849fa78f",
    "ap-northeast-2": "10467995c",
    "ap-northeast-3": "67373598a",
    "ap-south-1": "cb7c62ff9",
    "ap-south-2": "32f4b4128",
    "ap-southeast-1": "7fdfd9ef7",
    "ap-southeast-2": "17283a275",
    "ap-southeast-3": "aa48fc462",
    "ap-southeast-4": "01e2c40d3",
    "ca-central-1": "3148e69e3",
    "ca-west-1": "9e3a4b2f9",
    "eu-central-1": "9163fdaaf",
    "eu-central-2": "184ce43c8",
    "eu-north-1": "795879e9b",
    "eu-south-1": "c52f3f594",
    "eu-south-2": "a4cf248b1",
    "eu-west-1": "5522fb710",
    "eu-west-2": "902a2bc74",
    "eu-west-3": "29bf85721",
    "il-central-1": "e221cb57b",
    "me-central-1": "2932f2f80",
    "me-south-1": "a53fc9dce",
    "sa-east-1": "ddf4b6a09",
    "us-east-1": "1970c647d",
    "us-east-2": "552881074",
    "us-west-1": "8badb4304",
    "us-west-2": "34d7f99f8",
}
_SNAPSHOTS: Final = {
    "af-south-1": "-tbxdb5b9",
    "ap-south-2": "-50209442",
    "ap-southeast-3": "-be0a3174",
    "ap-southeast-4": "-dc6f76ce",
    "eu-south-2": "-df2c9d70",
    "me-south-1": "-uduvl7q8",
}


def image_layers(region: str) -> str:
    """The bucket of image layers that ECR hands out."""
    return IMAGE_LAYERS.format(region=region)


def of_instances(region: str) -> tuple[str, ...]:
    """Buckets that an instance of Amazon Linux 2023 and its agents read. Raises KeyError for an unknown region."""
    return (
        *(bucket.format(region=region) for bucket in _OF_INSTANCES),
        f"aws-patch-manager-{region}-{_PATCH_MANAGER[region]}",
        f"patch-baseline-snapshot-{region}{_SNAPSHOTS.get(region, '')}",
    )
