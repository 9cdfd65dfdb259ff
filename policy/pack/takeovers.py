"""Actions by which an identity grants itself or others new permissions, as data.

Sources: the Service Authorization Reference, 2026-10; the published catalogues of Rhino Security Labs (2018) and of
pathfinding.cloud. Names of actions are AWS's.
"""

from __future__ import annotations

from dataclasses import dataclass

# Access settings of a resource: its policy, its permissions, its grants. Of the actions of access level
# "Permissions management" those that write, and beside them those that the reference calls a mere write. Left out are
# the ones that AWS's own guides give to services' roles (`logs:PutResourcePolicy` for deliveries of logs,
# `ec2:CreateNetworkInterfacePermission` for builds in a VPC) and ACLs of objects, which don't count where they are off.
OF_RESOURCES = {
    "a key": (
        "kms:PutKeyPolicy",
        "kms:CreateGrant",
        "cloudhsm:PutResourcePolicy",
        "payment-cryptography:PutResourcePolicy",
    ),
    "a bucket": (
        "s3:PutBucketPolicy",
        "s3:PutBucketAcl",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutAccountPublicAccessBlock",
        "s3:PutAccessPointPolicy",
        "s3:PutAccessPointPolicyForObjectLambda",
        "s3:PutAccessPointPublicAccessBlock",
        "s3:PutMultiRegionAccessPointPolicy",
        "s3:PutAccessGrantsInstanceResourcePolicy",
        "s3:CreateAccessGrant",
        "s3:CreateAccessGrantsLocation",
        "s3:UpdateAccessGrantsLocation",
        "s3express:PutBucketPolicy",
        "s3express:PutAccessPointPolicy",
        "s3express:PutAccessPointScope",
        "s3-outposts:PutBucketPolicy",
        "s3-outposts:PutAccessPointPolicy",
        "s3tables:PutTableBucketPolicy",
        "s3tables:PutTablePolicy",
        "s3vectors:PutVectorBucketPolicy",
        "s3files:PutFileSystemPolicy",
    ),
    "a secret": ("secretsmanager:PutResourcePolicy",),
    "a function": (
        "lambda:AddPermission",
        "lambda:AddLayerVersionPermission",
        "lambda:PutResourcePolicy",
    ),
    "a queue": ("sqs:AddPermission", "sqs:SetQueueAttributes"),
    "a topic": ("sns:AddPermission", "sns:SetTopicAttributes", "sns:PutDataProtectionPolicy"),
    "a table": ("dynamodb:PutResourcePolicy",),
    "a stream": ("kinesis:PutResourcePolicy",),
    "an event bus": ("events:PutPermission", "events:PutResourcePolicy", "schemas:PutResourcePolicy"),
    "a repository": (
        "ecr:SetRepositoryPolicy",
        "ecr:PutRegistryPolicy",
        "ecr-public:SetRepositoryPolicy",
        "codeartifact:PutRepositoryPermissionsPolicy",
        "codeartifact:PutDomainPermissionsPolicy",
    ),
    "a vault of backups": (
        "backup:PutBackupVaultAccessPolicy",
        "backup:PutBackupVaultSharingPolicy",
        "glacier:SetVaultAccessPolicy",
    ),
    "a file system": ("elasticfilesystem:PutFileSystemPolicy", "fsx:PutResourcePolicy"),
    "a snapshot or an image": (
        "ec2:ModifySnapshotAttribute",
        "ec2:ModifyImageAttribute",
        "ec2:PutResourcePolicy",
        "ec2:DisableImageBlockPublicAccess",
        "ec2:DisableSnapshotBlockPublicAccess",
        "rds:ModifyDBSnapshotAttribute",
        "rds:ModifyDBClusterSnapshotAttribute",
        "redshift:AuthorizeSnapshotAccess",
    ),
    "a warehouse": (
        "redshift:PutResourcePolicy",
        "redshift:AuthorizeDataShare",
        "redshift:AuthorizeEndpointAccess",
        "redshift-serverless:PutResourcePolicy",
        "redshift:ModifyClusterIamRoles",
    ),
    "a catalogue of data": (
        "glue:PutResourcePolicy",
        "lakeformation:GrantPermissions",
        "lakeformation:BatchGrantPermissions",
        "lakeformation:PutDataLakeSettings",
    ),
    "a search domain": (
        "es:UpdateDomainConfig",
        "es:UpdateElasticsearchDomainConfig",
        "aoss:CreateAccessPolicy",
        "aoss:UpdateAccessPolicy",
        "cloudsearch:UpdateServiceAccessPolicies",
    ),
    "a cluster": ("kafka:PutClusterPolicy",),
    "an API": (
        "apigateway:UpdateRestApiPolicy",
        "apigateway:UpdateDomainNamePolicy",
        "apigateway:UpdateDomainNameManagementPolicy",
        "vpc-lattice:PutAuthPolicy",
        "vpc-lattice:PutResourcePolicy",
    ),
    "an endpoint service": ("ec2:ModifyVpcEndpointServicePermissions",),
    "a build": ("codebuild:PutResourcePolicy", "signer:AddProfilePermission"),
    "an image recipe": (
        "imagebuilder:PutComponentPolicy",
        "imagebuilder:PutContainerRecipePolicy",
        "imagebuilder:PutImagePolicy",
        "imagebuilder:PutImageRecipePolicy",
    ),
    "a document": ("ssm:ModifyDocumentPermission", "ssm:PutResourcePolicy"),
    "an identity that sends mail": (
        "ses:PutIdentityPolicy",
        "ses:CreateEmailIdentityPolicy",
        "ses:UpdateEmailIdentityPolicy",
    ),
    "a certificate authority": ("acm-pca:PutPolicy", "acm-pca:CreatePermission"),
    "what is shared with others": ("ram:CreateResourceShare", "ram:AssociateResourceShare"),
    "things of the Internet of Things": (
        "iot:AttachPolicy",
        "iot:AttachPrincipalPolicy",
        "iot:CreatePolicyVersion",
        "iot:SetDefaultPolicyVersion",
    ),
}
# Condition keys (lower case) under which such an action grants only permissions approved beforehand.
_NARROWED = {
    "kms:CreateGrant": ("kms:grantisforawsresource", "kms:granteeprincipal", "kms:viaservice"),
    "lambda:AddPermission": ("lambda:principal",),
    "ec2:ModifySnapshotAttribute": ("ec2:add/userid",),
    "ec2:ModifyImageAttribute": ("ec2:add/userid", "ec2:attribute"),
    "ram:CreateResourceShare": ("ram:allowsexternalprincipals", "ram:requestedallowsexternalprincipals"),
    "ram:AssociateResourceShare": ("ram:principal", "ram:allowsexternalprincipals"),
}


@dataclass(frozen=True, kw_only=True)
class Takeover:
    """A single action that grants the caller new permissions."""

    action: str
    effect: str
    """Effect, to follow "it ": `writes any policy into a role`."""
    narrowed_by: tuple[str, ...] = ()
    """Condition keys (lower case) that limit it to permissions approved beforehand."""


_POLICY, _LIMIT = "iam:policyarn", "iam:permissionsboundary"

TAKEOVERS = (
    Takeover(action="iam:CreatePolicyVersion", effect="rewrites a policy"),
    Takeover(action="iam:SetDefaultPolicyVersion", effect="puts an older version of a policy in force"),
    Takeover(action="iam:AttachRolePolicy", effect="attaches any policy to a role", narrowed_by=(_POLICY, _LIMIT)),
    Takeover(action="iam:AttachUserPolicy", effect="attaches any policy to a user", narrowed_by=(_POLICY, _LIMIT)),
    Takeover(action="iam:AttachGroupPolicy", effect="attaches any policy to a group", narrowed_by=(_POLICY,)),
    Takeover(action="iam:PutRolePolicy", effect="writes any policy into a role", narrowed_by=(_LIMIT,)),
    Takeover(action="iam:PutUserPolicy", effect="writes any policy into a user", narrowed_by=(_LIMIT,)),
    Takeover(action="iam:PutGroupPolicy", effect="writes any policy into a group"),
    Takeover(action="iam:AddUserToGroup", effect="joins any group"),
    Takeover(action="iam:UpdateAssumeRolePolicy", effect="lets itself assume a role"),
    Takeover(action="iam:CreateAccessKey", effect="makes keys of another user"),
    Takeover(action="iam:CreateLoginProfile", effect="gives another user a password"),
    Takeover(action="iam:UpdateLoginProfile", effect="changes another user's password"),
    Takeover(action="iam:CreateServiceSpecificCredential", effect="makes credentials of another user"),
    Takeover(action="iam:ResetServiceSpecificCredential", effect="makes credentials of another user"),
    Takeover(action="iam:DeleteRolePermissionsBoundary", effect="frees a role of its boundary"),
    Takeover(action="iam:DeleteUserPermissionsBoundary", effect="frees a user of its boundary"),
    Takeover(action="iam:PutRolePermissionsBoundary", effect="gives a role another boundary", narrowed_by=(_LIMIT,)),
    Takeover(action="iam:PutUserPermissionsBoundary", effect="gives a user another boundary", narrowed_by=(_LIMIT,)),
    Takeover(action="iam:UpdateSAMLProvider", effect="signs in as any identity of the identity provider"),
    Takeover(action="iam:CreateSAMLProvider", effect="brings an identity provider of its own"),
    Takeover(action="iam:CreateOpenIDConnectProvider", effect="brings an identity provider of its own"),
    Takeover(
        action="iam:UpdateOpenIDConnectProviderThumbprint", effect="signs in as any identity of the identity provider"
    ),
    Takeover(action="sso:PutInlinePolicyToPermissionSet", effect="rewrites a permission set"),
    Takeover(action="sso:AttachManagedPolicyToPermissionSet", effect="attaches any policy to a permission set"),
    Takeover(
        action="sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
        effect="attaches any policy to a permission set",
    ),
    Takeover(action="sso:CreateAccountAssignment", effect="gives itself a permission set"),
    Takeover(action="identitystore:CreateGroupMembership", effect="joins any group of the organisation"),
    Takeover(action="cognito-identity:SetIdentityPoolRoles", effect="gives an identity pool other roles"),
    Takeover(
        action="eks:AssociateAccessPolicy",
        effect="makes itself administrator of a cluster",
        narrowed_by=("eks:policyarn", "eks:accessscope"),
    ),
    Takeover(
        action="eks:CreateAccessEntry",
        effect="lets itself into a cluster",
        narrowed_by=("eks:principalarn", "eks:kubernetesgroups"),
    ),
    Takeover(action="eks:UpdateAccessEntry", effect="joins groups of a cluster", narrowed_by=("eks:kubernetesgroups",)),
    *(
        Takeover(action=action, effect=f"writes who may use {what}", narrowed_by=_NARROWED.get(action, ()))
        for what, actions in OF_RESOURCES.items()
        for action in actions
    ),
)
OWN_USER = "user/${aws:username}"
"""A resource that ends so is the caller's own user: to manage one's own credentials is no escalation."""
OF_ONE_USER = frozenset(
    (
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile",
        "iam:CreateServiceSpecificCredential",
        "iam:ResetServiceSpecificCredential",
    )
)
