"""CloudFront's access logs (standard logging v2): every request, without cookies, into the log bucket."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.handles import BucketHandle
from components.site import Site

LOG_PREFIX: Final = "cloudfront"
PARTITIONS: Final = "{DistributionId}/{yyyy}/{MM}/{dd}/{HH}"

# Fields of a line (CloudFront Developer Guide, "Standard logging reference"): all that explain a customer's trouble or
# an attack, and no cookie.
FIELDS: Final = (
    "date",
    "time",
    "x-edge-location",
    "sc-bytes",
    "c-ip",
    "cs-method",
    "cs(Host)",
    "cs-uri-stem",
    "sc-status",
    "cs(Referer)",
    "cs(User-Agent)",
    "cs-uri-query",
    "x-edge-result-type",
    "x-edge-request-id",
    "x-host-header",
    "cs-protocol",
    "cs-bytes",
    "time-taken",
    "x-forwarded-for",
    "ssl-protocol",
    "ssl-cipher",
    "x-edge-response-result-type",
    "cs-protocol-version",
    "c-port",
    "time-to-first-byte",
    "x-edge-detailed-result-type",
    "sc-content-type",
    "sc-content-len",
    "origin-fbl",
    "origin-lbl",
    "asn",
    "c-country",
    "cache-behavior-path-pattern",
)


def deliver(
    tier: Component, distribution: aws.cloudfront.Distribution, *, logs: BucketHandle, provider: pulumi.ProviderResource
) -> aws.cloudwatch.LogDelivery:
    """Has CloudWatch Logs deliver the distribution's access logs to `logs`, from us-east-1 as AWS demands."""
    name = tier.site.named("cdn")
    source = aws.cloudwatch.LogDeliverySource(
        tier.child("cdn", "logs"),
        name=name,
        log_type="ACCESS_LOGS",
        resource_arn=distribution.arn,
        tags=tier.tags("confidential"),
        opts=tier.opts(parent=distribution, provider=provider),
    )
    destination = aws.cloudwatch.LogDeliveryDestination(
        tier.child("cdn", "logs"),
        name=name,
        output_format="w3c",
        delivery_destination_configuration=aws.cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
            # From the output, so that the bucket and its policy exist when AWS tries to write.
            destination_resource_arn=logs.bucket.apply(lambda bucket: f"{Site.bucket_arn(bucket)}/{LOG_PREFIX}")
        ),
        tags=tier.tags("confidential"),
        opts=tier.opts(parent=distribution, provider=provider),
    )
    return aws.cloudwatch.LogDelivery(
        tier.child("cdn", "logs"),
        delivery_source_name=source.name,
        delivery_destination_arn=destination.arn,
        record_fields=list(FIELDS),
        field_delimiter="\t",
        s3_delivery_configurations=[
            aws.cloudwatch.LogDeliveryS3DeliveryConfigurationArgs(
                suffix_path=PARTITIONS, enable_hive_compatible_path=False
            )
        ],
        tags=tier.tags("confidential"),
        opts=tier.opts(parent=distribution, provider=provider),
    )
