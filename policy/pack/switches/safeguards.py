"""Switches of the account's defaults, and of monitoring and protection of a resource."""

from __future__ import annotations

from ..tokens import LOAD_BALANCER
from .switch import Switch

_OFF = ("false",)

SAFEGUARDS = (
    Switch(
        token="aws:ebs/encryptionByDefault:EncryptionByDefault",
        path="enabled",
        absent="true",
        says="leaves new volumes unencrypted",
        source="FSBP EC2.7, CKV_AWS_106",
    ),
    Switch(
        token="aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
        path="httpTokens",
        right=("required",),
        absent="no-preference",
        says="lets instances answer metadata requests without a session",
        source="FSBP EC2.8",
    ),
    Switch(
        token="aws:ec2/serialConsoleAccess:SerialConsoleAccess",
        path="enabled",
        right=_OFF,
        absent="true",
        says="opens the serial console of every instance",
        source="provider",
    ),
    Switch(
        token="aws:ec2/allowedImagesSettings:AllowedImagesSettings",
        path="state",
        right=("enabled",),
        says="rejects no image",
        source="provider",
    ),
    Switch(
        token="aws:lambda/codeSigningConfig:CodeSigningConfig",
        path="policies.untrustedArtifactOnDeployment",
        right=("enforce",),
        absent="warn",
        says="lets unsigned code in",
        source="provider",
    ),
    Switch(
        token="aws:cloudfront/originAccessControl:OriginAccessControl",
        path="signingBehavior",
        right=("always",),
        says="doesn't sign every request to an origin",
        source="provider",
    ),
    Switch(
        token="aws:route53/resolverFirewallConfig:ResolverFirewallConfig",
        path="firewallFailOpen",
        right=("disabled",),
        absent="disabled",
        says="lets requests pass unfiltered when it fails",
        source="provider",
    ),
    Switch(
        token=LOAD_BALANCER,
        path="enableWafFailOpen",
        right=_OFF,
        absent="false",
        says="lets requests pass when its web ACL fails",
        source="provider",
    ),
    Switch(
        token="aws:acm/certificate:Certificate",
        path="options.certificateTransparencyLoggingPreference",
        right=("enabled",),
        absent="enabled",
        says="keeps its certificate out of the public logs",
        source="CKV_AWS_234",
    ),
    Switch(
        token="aws:ssm/maintenanceWindow:MaintenanceWindow",
        path="enabled",
        absent="true",
        says="is disabled",
        source="provider",
    ),
    Switch(
        token="aws:sagemaker/notebookInstance:NotebookInstance",
        path="rootAccess",
        right=("disabled",),
        absent="enabled",
        says="makes its users root",
        source="FSBP SageMaker.3",
    ),
)
