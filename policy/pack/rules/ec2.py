"""Rules for EC2 instances and what launches them."""

from __future__ import annotations

from ..encryption import OUTSIDE_KEYS, key_problem
from ..resource import Resource
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..tokens import AUTO_SCALING_GROUP, INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE
from ..values import Block, UndecidedError, Unknown

LAUNCHERS = (INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION)
ATTACHMENTS = (
    "aws:autoscaling/attachment:Attachment",
    "aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment",
)
DEFAULT_ENCRYPTION = "aws:ebs/encryptionByDefault:EncryptionByDefault"
DEFAULT_KEY = "aws:ebs/defaultKmsKey:DefaultKmsKey"
VOLUME = "aws:ebs/volume:Volume"
# Fixed addresses, by the properties that name a machine; NAT gateways and load balancers name their address themselves.
ADDRESSES = {
    "aws:ec2/eip:Eip": ("instance", "networkInterface"),
    "aws:ec2/eipAssociation:EipAssociation": ("instanceId", "networkInterfaceId"),
}
DISKS = ("rootBlockDevice", "ebsBlockDevices", "blockDeviceMappings")


@rule(
    *LAUNCHERS,
    name="ec2-imdsv2",
    title="Instances require sessions for metadata requests (IMDSv2).",
    severity=Severity.HIGH,
    controls=("FSBP EC2.8", "FSBP EC2.170", "CKV_AWS_79"),
    remedy="Set metadata_options http_tokens to required",
)
def ec2_imdsv2(resource: Resource, context: RuleContext) -> Problems:
    if resource.text("metadataOptions.httpEndpoint") == "disabled":
        return
    if resource.token == INSTANCE and resource.present("launchTemplate") and not resource.present("metadataOptions"):
        return  # the template says it
    if resource.text("metadataOptions.httpTokens") != "required":
        yield "answers metadata requests without a session"


@rule(
    *LAUNCHERS,
    VOLUME,
    "aws:ebs/snapshotCopy:SnapshotCopy",
    name="ec2-ebs-cmk",
    title="Volumes are encrypted with a key of this program.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP EC2.3", "CKV_AWS_3", "CKV_AWS_8", "CKV_AWS_189"),
    options=(OUTSIDE_KEYS,),
    remedy="Set encrypted=True and kms_key_id on every volume",
)
def ec2_ebs_cmk(resource: Resource, context: RuleContext) -> Problems:
    if resource.token not in LAUNCHERS:
        yield from _clear(resource, "kmsKeyId", resource, "it", context)
        return
    for path in DISKS:
        for disk in resource.blocks(path):
            inner = disk.blocks("ebs") if path == "blockDeviceMappings" else [disk]
            for block in inner:
                yield from _clear(resource, path, block, disk.text("deviceName") or path, context)
    if _by_default(resource, context):
        return
    own = DISKS if resource.token == LAUNCH_TEMPLATE else ("rootBlockDevice", "launchTemplate")
    if not any(resource.present(path) for path in own):
        yield "leaves the root volume's encryption to the image"


def _by_default(resource: Resource, context: RuleContext) -> bool:
    """Whether the program lets EC2 encrypt every volume of the region by itself, with a key of its own.

    Unknown for a single resource: the switches may be elsewhere in the stack.
    """
    if context.alone:
        return True
    region = resource.text("region")
    switches = [item for item in context.whole.of(DEFAULT_ENCRYPTION) if item.text("region") == region]
    keys = [item for item in context.whole.of(DEFAULT_KEY) if item.text("region") == region]
    on = any(item.flag("enabled", default=True) for item in switches)
    return on and any(not key_problem(item, "keyArn", context) for item in keys)


def _clear(resource: Resource, path: str, block: Block, name: str, context: RuleContext) -> Problems:
    if not block.flag("encrypted") and (block.present("encrypted") or not _by_default(resource, context)):
        yield f"{name} is not encrypted"
    elif not block.present("kmsKeyId") and _by_default(resource, context):
        return
    elif resource.token == LAUNCH_CONFIGURATION:
        return  # it has no place for a key: the account's default key is used
    elif not block.present("kmsKeyId"):
        yield f"{name} is encrypted with AWS's own key"
    elif problem := key_problem(resource, path, context, block=block, inner="kmsKeyId"):
        yield f"{name} {problem}"


@rule(
    *LAUNCHERS,
    *ADDRESSES,
    name="ec2-no-public-ip",
    title="Instances have no public address.",
    severity=Severity.HIGH,
    controls=("FSBP EC2.9", "FSBP EC2.25", "FSBP AutoScaling.5", "CKV_AWS_88"),
    remedy="Set associate_public_ip_address to False and place them in private subnets",
)
def ec2_no_public_ip(resource: Resource, context: RuleContext) -> Problems:
    if resource.token in ADDRESSES:
        if any(resource.present(path) for path in ADDRESSES[resource.token]):
            yield "gives an instance a public address"
        return
    if resource.flag("associatePublicIpAddress") or any(
        block.flag("associatePublicIpAddress") for block in resource.blocks("networkInterfaces")
    ):
        yield "gives out public addresses"


@rule(
    AUTO_SCALING_GROUP,
    name="asg-resilient",
    title="Auto Scaling groups span zones, use a launch template, and replace instances failing ELB health checks.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("FSBP AutoScaling.1", "FSBP AutoScaling.2", "FSBP AutoScaling.9", "CKV_AWS_315"),
    remedy="Name subnets of at least two zones, a launch template, and health_check_type ELB behind a load balancer",
)
def asg_resilient(group: Resource, context: RuleContext) -> Problems:
    if _zones(group) < _MIN_ZONES:
        yield "is in one zone only"
    if group.present("launchConfiguration"):
        yield "starts from a launch configuration, which AWS no longer develops"
    balanced = any(group.present(path) for path in ("targetGroupArns", "loadBalancers", "trafficSources"))
    attached = context.whole.companions(group, "autoscalingGroupName", *ATTACHMENTS)
    if (balanced or attached) and group.text("healthCheckType") != "ELB":
        yield "keeps instances that fail its load balancer's health check"


_MIN_ZONES = 2


def _zones(group: Resource) -> int:
    """Availability zones of a group at most: one for each subnet, known or not."""
    for path in ("vpcZoneIdentifiers", "availabilityZones"):
        value = group.raw(path)
        if isinstance(value, Unknown):
            if len(group.linked(path)) < _MIN_ZONES:
                raise UndecidedError(path)
            return _MIN_ZONES
        if group.present(path):
            return len(group.items(path))
    return 0


RULES = (ec2_imdsv2, ec2_ebs_cmk, ec2_no_public_ip, asg_resilient)
