"""Reviewed lists of AWS actions and condition keys; sources: the Service Authorization Reference, 2026-10."""

from __future__ import annotations

# Actions that take a resource by AWS's list, but are asked for before there is one to name, or are authorised on every
# one whichever is meant: for them, as for those that take none, a statement may say `*`. Lower case.
STAR_ALLOWED = frozenset(
    action.lower()
    for action in (
        "ce:GetCostAndUsage",  # a billing view is optional
        "cloudwatch:GetMetricData",  # a dataset is optional
        "cloudwatch:ListMetrics",
        # A function's own interface, in subnets that its configuration names.
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ecs:RegisterTaskDefinition",  # the revision has no ARN before
        "servicediscovery:DiscoverInstances",
    )
)

# Actions on `*` whose reach a condition can and must narrow: the action and the condition key, lower case.
STAR_WITH_CONDITION = {
    "cloudwatch:putmetricdata": "cloudwatch:namespace",
    # Of what a call makes anew nobody knows the id: snapshots carry the tags asked for, tags come with a creation only.
    "ec2:createsnapshots": "aws:requesttag/",
    "ec2:createtags": "ec2:createaction",
}

# Conditions that narrow which resources an action on `*` may touch, lower case; a trailing / or : takes any suffix.
RESOURCE_CONDITIONS = (
    "aws:resourcetag/",
    "ec2:resourcetag/",
    "ecs:cluster",
    "ecs:resourcetag/",
    "elasticloadbalancing:resourcetag/",
    "kms:resourcealiases",
    "rds:db-tag/",
    "rds:cluster-tag/",
    "secretsmanager:resourcetag/",
    "ssm:resourcetag/",
    "ec2:vpc",
    "ec2:subnet",
)

# Actions that hand data or secrets out (after cloudsplaining's list, with the stores that a shop uses added).
EXFILTRATION = (
    "dynamodb:BatchGetItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "rds:CopyDBClusterSnapshot",
    "rds:CopyDBSnapshot",
    "rds:ModifyDBClusterSnapshotAttribute",
    "rds:ModifyDBSnapshotAttribute",
    "rds:StartExportTask",
    "rds-data:ExecuteStatement",
    "rds-db:connect",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)

# Uses of a key that turn ciphertext into data.
DECRYPTION = ("kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:GenerateDataKeyPair")
KEY_CONDITIONS = ("kms:resourcealiases", "aws:resourcetag/")

# AWS-managed policies narrow enough to attach, by the name after `arn:aws:iam::aws:policy/`.
MANAGED_POLICIES = frozenset(
    (
        "AWSXRayDaemonWriteAccess",
        "AmazonSSMManagedInstanceCore",
        "AWSDenyAll",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKS_CNI_Policy",
        "AmazonEKSServicePolicy",
        "AmazonEKSVPCResourceController",
        "AmazonEKSWorkerNodePolicy",
        "service-role/AmazonEBSCSIDriverPolicy",
        "service-role/AmazonEFSCSIDriverPolicy",
        "AmazonEKSClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSFargatePodExecutionRolePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "CloudWatchAgentServerPolicy",
        "SecurityAudit",
        "job-function/ViewOnlyAccess",
        "service-role/AWSBackupServiceRolePolicyForBackup",
        "service-role/AWSBackupServiceRolePolicyForRestores",
        "AWSBackupServiceRolePolicyForS3Backup",
        "AWSBackupServiceRolePolicyForS3Restore",
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaVPCAccessExecutionRole",
        "service-role/AWS_ConfigRole",
        "service-role/AmazonEC2ContainerServiceforEC2Role",
        "AmazonECSInfrastructureRolePolicyForLoadBalancers",
        "service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
        "service-role/AmazonECSTaskExecutionRolePolicy",
        "service-role/AmazonRDSEnhancedMonitoringRole",
        "service-role/AmazonSSMMaintenanceWindowRole",
    )
)
ADMIN_POLICIES = frozenset(
    (
        "AdministratorAccess",
        "AdministratorAccess-AWSElasticBeanstalk",
        "AdministratorAccess-Amplify",
        "IAMFullAccess",
        "PowerUserAccess",
        "job-function/SystemAdministrator",
        "job-function/DatabaseAdministrator",
        "job-function/NetworkAdministrator",
    )
)
# Grants of AWS's broadest policies, as statements. The others are judged by their names alone.
AWS_MANAGED_GRANTS = {
    "AdministratorAccess": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    "IAMFullAccess": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}],
    "PowerUserAccess": [
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
    ],
    "job-function/SystemAdministrator": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}],
}
