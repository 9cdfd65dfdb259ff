"""Outputs of IAM, KMS, Secrets Manager, Systems Manager and Organizations resources."""

from __future__ import annotations

from typing import Any, Final

from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, ResourceKind, accountwide, last_part, regional

_CREATED: Final = "2026-01-01T00:00:00Z"


def _path(thing: FakeResource) -> str:
    return thing.text("path", "/")


def _iam(kind: str, prefix: str, **outputs: Any) -> ResourceKind:
    """An IAM principal: id is its name, the ARN carries its path, the unique id its kind's prefix."""
    return ResourceKind(
        "{name}",
        lambda t: t.fill(accountwide("iam", f"{kind}{_path(t)}{{name}}")),
        {"uniqueId": prefix + "{upper17}", **outputs},
    )


def _inline(owner: str) -> ResourceKind:
    """An inline policy of a role, user or group: owner:policy."""
    return ResourceKind(f"{{{owner}}}:{{name}}")


def _attached(owner: str) -> ResourceKind:
    return ResourceKind(f"{{{owner}}}/{{policyArn}}")


def _service_role_name(thing: FakeResource) -> str:
    service = thing.text("awsServiceName").split(".")[0]
    suffix = thing.text("customSuffix")
    return f"AWSServiceRoleFor{service.capitalize()}" + (f"_{suffix}" if suffix else "")


def _service_role_arn(thing: FakeResource) -> str:
    return thing.fill(accountwide("iam", f"role/aws-service-role/{{awsServiceName}}/{_service_role_name(thing)}"))


def _key_id(thing: FakeResource) -> str:
    """A UUID, or mrk- and 32 digits for a key that other regions may replicate."""
    return thing.fill("mrk-{hex32}") if thing.inputs.get("multiRegion") else thing.uuid()


def _target_key_arn(thing: FakeResource) -> str:
    key = thing.text("targetKeyId")
    return key if key.startswith("arn:") else thing.fill(regional("kms", f"key/{key}"))


def _parameter_path(thing: FakeResource) -> str:
    return thing.name.removeprefix("/")


KINDS: dict[str, ResourceKind] = {
    "iam/role": _iam("role", "AROA", createDate=_CREATED),
    "iam/user": _iam("user", "AIDA"),
    "iam/group": _iam("group", "AGPA"),
    "iam/instanceProfile": _iam("instance-profile", "AIPA", createDate=_CREATED),
    "iam/policy": ResourceKind(
        "{arn}",
        lambda t: t.fill(accountwide("iam", f"policy{_path(t)}{{name}}")),
        {"policyId": "ANPA{upper17}", "attachmentCount": lambda t: 0},
    ),
    "iam/rolePolicy": _inline("role"),
    "iam/userPolicy": _inline("user"),
    "iam/groupPolicy": _inline("group"),
    "iam/rolePolicyAttachment": _attached("role"),
    "iam/userPolicyAttachment": _attached("user"),
    "iam/groupPolicyAttachment": _attached("group"),
    "iam/policyAttachment": ResourceKind("{name}"),
    "iam/groupMembership": ResourceKind("{name}"),
    "iam/userGroupMembership": ResourceKind("terraform-{hex26}"),
    "iam/rolePoliciesExclusive": ResourceKind("{roleName}"),
    "iam/rolePolicyAttachmentsExclusive": ResourceKind("{roleName}"),
    "iam/accessKey": ResourceKind("AKIA{upper16}", outputs={"createDate": _CREATED, "secret": "{lower40}"}),
    "iam/accountAlias": ResourceKind("{accountAlias}"),
    "iam/accountPasswordPolicy": ResourceKind("iam-account-password-policy"),
    "iam/openIdConnectProvider": ResourceKind(
        "{arn}",
        lambda t: t.fill(accountwide("iam", f"oidc-provider/{t.text('url').removeprefix('https://')}")),
    ),
    "iam/samlProvider": ResourceKind("{arn}", accountwide("iam", "saml-provider/{name}")),
    "iam/serverCertificate": ResourceKind("ASCA{upper17}", accountwide("iam", "server-certificate/{name}")),
    "iam/serviceLinkedRole": ResourceKind(
        "{arn}",
        _service_role_arn,
        {
            "name": _service_role_name,
            "path": "/aws-service-role/{awsServiceName}/",
            "uniqueId": "AROA{upper17}",
            "createDate": _CREATED,
        },
    ),
    "iam/virtualMfaDevice": ResourceKind(
        "{arn}", accountwide("iam", "mfa/{virtualMfaDeviceName}"), {"serialNumber": "{arn}"}
    ),
    "kms/key": ResourceKind(
        _key_id,
        regional("kms", "key/{id}"),
        {
            "keyId": "{id}",
            "description": "",
            "rotationPeriodInDays": lambda t: 365 if t.inputs.get("enableKeyRotation") else 0,
        },
    ),
    "kms/externalKey": ResourceKind(_key_id, regional("kms", "key/{id}"), {"keyState": "PendingImport"}),
    "kms/replicaKey": ResourceKind(
        lambda t: last_part(t.text("primaryKeyArn")), regional("kms", "key/{id}"), {"keyId": "{id}"}
    ),
    "kms/alias": ResourceKind("{name}", regional("kms", "{id}"), {"targetKeyArn": _target_key_arn}),
    "kms/keyPolicy": ResourceKind("{keyId}"),
    "kms/grant": ResourceKind("{keyId}:{hex64}", outputs={"grantId": "{hex64}", "grantToken": "{lower64}"}),
    "secretsmanager/secret": ResourceKind("{arn}", regional("secretsmanager", "secret:{name}-{lower6}")),
    "secretsmanager/secretPolicy": ResourceKind("{secretArn}"),
    "secretsmanager/secretRotation": ResourceKind("{secretId}", outputs={"rotationEnabled": lambda t: True}),
    "secretsmanager/secretVersion": ResourceKind(
        "{secretId}|terraform-{hex26}",
        "{secretId}",
        {"versionId": "terraform-{hex26}", "secretArn": "{secretId}", "versionStages": lambda t: ["AWSCURRENT"]},
    ),
    "ssm/parameter": ResourceKind(
        "{name}",
        lambda t: t.fill(regional("ssm", f"parameter/{_parameter_path(t)}")),
        {
            "version": lambda t: int(t.previous.get("version") or 0) + 1 if t.updating else 1,
            "dataType": "text",
            "tier": "Standard",
            "keyId": "",
        },
    ),
    "ssm/document": ResourceKind(
        "{name}",
        regional("ssm", "document/{name}"),
        {
            "owner": "{account}",
            "status": "Active",
            "hash": "{hex64}",
            "hashType": "Sha256",
            "schemaVersion": "2.2",
            "platformTypes": lambda t: ["Linux"],
            "createdDate": _CREATED,
        },
    ),
    "ssm/patchBaseline": ResourceKind("pb-{hex17}", regional("ssm", "patchbaseline/{id}")),
    "ssm/defaultPatchBaseline": ResourceKind("{operatingSystem}"),
    "ssm/patchGroup": ResourceKind("{patchGroup},{baselineId}"),
    "ssm/maintenanceWindow": ResourceKind("mw-{hex17}"),
    "ssm/maintenanceWindowTarget": ResourceKind("{uuid}"),
    "ssm/maintenanceWindowTask": ResourceKind("{uuid}", regional("ssm", "windowtask/{id}"), {"windowTaskId": "{id}"}),
    "ssm/association": ResourceKind("{uuid}", regional("ssm", "association/{id}"), {"associationId": "{id}"}),
    "ssm/activation": ResourceKind("{uuid}", outputs={"activationCode": "{lower20}"}),
    "ssm/resourceDataSync": ResourceKind("{name}"),
    "ssm/serviceSetting": ResourceKind("{settingId}", lambda t: _setting_arn(t), {"status": "Customized"}),
    "organizations/account": ResourceKind("{digits12}", accountwide("organizations", "account/o-{lower10:org}/{id}")),
    "organizations/organization": ResourceKind("o-{lower10}", accountwide("organizations", "organization/{id}")),
    "organizations/organizationalUnit": ResourceKind(
        "ou-{lower4}-{lower8}", accountwide("organizations", "ou/o-{lower10:org}/{id}")
    ),
    "organizations/policy": ResourceKind(
        "p-{lower8}", accountwide("organizations", "policy/o-{lower10:org}/service_control_policy/{id}")
    ),
    "organizations/policyAttachment": ResourceKind("{targetId}:{policyId}"),
}


def _setting_arn(thing: FakeResource) -> str:
    setting = thing.text("settingId")
    return setting if setting.startswith("arn:") else thing.fill(regional("ssm", f"servicesetting{setting}"))
