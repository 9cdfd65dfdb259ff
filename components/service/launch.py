"""Launch template of the cluster's instances: hardened, with the ECS agent's configuration."""

from __future__ import annotations

import base64
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.handles import KeyRing

# The newest ECS-optimised Amazon Linux 2023 for ARM64, by AWS's public parameter: EC2 looks it up at each launch.
AMI: Final = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
_ROOT_DEVICE: Final = "/dev/xvda"  # of that AMI
# One hop: the instance itself. Its containers are one further away and have roles of their own.
_METADATA_HOPS: Final = 1


def launch_template(
    tier: Component,
    keys: KeyRing,
    *,
    cluster_name: str,
    instance_type: str,
    volume_gb: int,
    profile: aws.iam.InstanceProfile,
    group_id: pulumi.Output[str],
) -> aws.ec2.LaunchTemplate:
    """The template of both groups. A change of it makes a new version, which is the default one from then on."""
    physical = tier.site.named("instances")
    # Systems Manager patches the instances of the stack's group between their replacements.
    tags = tier.tags("confidential", physical) | {"PatchGroup": tier.site.prefix}
    return aws.ec2.LaunchTemplate(
        tier.child("template"),
        name=physical,
        description=f"{tier.site.prefix}: instances of the ECS cluster",
        image_id=AMI,
        instance_type=instance_type,
        update_default_version=True,
        ebs_optimized="true",
        iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            http_put_response_hop_limit=_METADATA_HOPS,
            instance_metadata_tags="disabled",
        ),
        monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),  # by the minute: scaling follows it
        network_interfaces=[
            aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                device_index=0,
                associate_public_ip_address="false",
                delete_on_termination="true",
                security_groups=[group_id],
            )
        ],
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=_ROOT_DEVICE,
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_type="gp3",
                    volume_size=volume_gb,
                    encrypted="true",
                    kms_key_id=keys.data.arn,
                    delete_on_termination="true",
                ),
            )
        ],
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
            for kind in ("instance", "volume", "network-interface")
        ],
        user_data=_user_data(cluster_name),
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )


def _user_data(cluster_name: str) -> str:
    """The agent's configuration (ECS developer guide, "Amazon ECS container agent configuration"), as base64."""
    agent = {
        "ECS_CLUSTER": cluster_name,
        # Tasks leave an instance that Spot is about to take back.
        "ECS_ENABLE_SPOT_INSTANCE_DRAINING": "true",
        # An instance that is prepared for the warm pool registers when it leaves it, not before.
        "ECS_WARM_POOLS_CHECK": "true",
        "ECS_AWSVPC_BLOCK_IMDS": "true",
        "ECS_ENABLE_TASK_IAM_ROLE": "true",
        "ECS_IMAGE_PULL_BEHAVIOR": "prefer-cached",  # tags are immutable
    }
    lines = ["#!/bin/bash", "cat >> /etc/ecs/ecs.config <<'CONFIG'"]
    lines += [f"{name}={value}" for name, value in agent.items()]
    return base64.b64encode("\n".join([*lines, "CONFIG", ""]).encode()).decode()
