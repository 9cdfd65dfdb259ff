"""Outputs of detection, delivery, cost and quota resources."""

from __future__ import annotations

from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, ResourceKind, accountwide, last_part, regional


def _standards_subscription(thing: FakeResource) -> str:
    """A standard's ARN with this account's subscription in the place of the standard."""
    standard = thing.text("standardsArn")
    path = standard.partition("standards/")[2] or standard.partition("ruleset/")[2] or last_part(standard)
    return thing.fill(regional("securityhub", f"subscription/{path}"))


def _custom_action(thing: FakeResource) -> str:
    return thing.fill(regional("securityhub", "action/custom/{identifier}"))


# Types known by what they belong to, or by the account: an id and nothing else of their own.
_IDS: dict[str, str] = {
    "autoscaling/trafficSourceAttachment": "{autoscalingGroupName},elbv2,{digits10}",
    "cloudwatch/logTransformer": "{logGroupArn}",
    "ebs/fastSnapshotRestore": "{availabilityZone},{snapshotId}",
    "ec2/allowedImagesSettings": "{region}",
    "ec2/amiLaunchPermission": "{accountId}/{imageId}",
    "ec2/eipDomainName": "{allocationId}",
    "ec2/natGatewayEipAssociation": "{natGatewayId},{allocationId}",
    "ec2/spotFleetRequest": "sfr-{uuid}",
    "ec2/vpnGatewayAttachment": "vpn-attachment-{hex8}",
    "ecr/pullTimeUpdateExclusion": "{principalArn}",
    "guardduty/member": "{detectorId}:{accountId}",
    "guardduty/organizationAdminAccount": "{adminAccountId}",
    "guardduty/organizationConfiguration": "{detectorId}",
    "iam/groupPoliciesExclusive": "{groupName}",
    "iam/groupPolicyAttachmentsExclusive": "{groupName}",
    "iam/outboundWebIdentityFederation": "{account}",
    "iam/userLoginProfile": "{user}",
    "iam/userPoliciesExclusive": "{userName}",
    "iam/userPolicyAttachmentsExclusive": "{userName}",
    "inspector2/delegatedAdminAccount": "{accountId}",
    "inspector2/memberAssociation": "{accountId}",
    "inspector2/organizationConfiguration": "{account}",
    "kms/customKeyStore": "cks-{hex17}",
    "lambda/functionRecursionConfig": "{functionName}",
    "lambda/layerVersionPermission": "{layerName},{versionNumber}",
    "lambda/runtimeManagementConfig": "{functionName},$LATEST",
    "organizations/tag": "{resourceId},{key}",
    "rds/clusterActivityStream": "{resourceArn}",
    "rds/exportTask": "{exportTaskIdentifier}",
    "s3control/accessGrantsInstance": "{account}",
    "s3control/accessGrantsInstanceResourcePolicy": "{account}",
    "secretsmanager/tag": "{secretId},{key}",
    "securityhub/member": "{accountId}",
    "securityhub/organizationAdminAccount": "{adminAccountId}",
    "securityhub/organizationConfiguration": "{account}",
    "securityhub/standardsControl": "{standardsControlArn}",
    "securityhub/standardsControlAssociation": "{securityControlId},{standardsArn}",
    "verifiedaccess/instanceLoggingConfiguration": "{verifiedaccessInstanceId}",
    "verifiedaccess/instanceTrustProviderAttachment": "{verifiedaccessInstanceId}/{verifiedaccessTrustProviderId}",
}

KINDS: dict[str, ResourceKind] = {short: ResourceKind(identifier) for short, identifier in _IDS.items()} | {
    "accessanalyzer/analyzer": ResourceKind("{analyzerName}", regional("access-analyzer", "analyzer/{analyzerName}")),
    "accessanalyzer/archiveRule": ResourceKind("{analyzerName}/{ruleName}"),
    "cfg/recorder": ResourceKind("{name}"),
    "cfg/deliveryChannel": ResourceKind("{name}"),
    "cfg/recorderStatus": ResourceKind("{name}"),
    "cfg/retentionConfiguration": ResourceKind("default", outputs={"name": lambda t: "default"}),
    "cfg/rule": ResourceKind(
        "{name}", regional("config", "config-rule/config-rule-{lower6}"), {"ruleId": "config-rule-{lower6}"}
    ),
    "cfg/conformancePack": ResourceKind(
        "{name}", regional("config", "conformance-pack/{name}/conformance-pack-{lower9}")
    ),
    "cfg/configurationAggregator": ResourceKind(
        "{name}", regional("config", "config-aggregator/config-aggregator-{lower8}")
    ),
    "cfg/aggregateAuthorization": ResourceKind(
        "{accountId}:{authorizedAwsRegion}",
        regional("config", "aggregation-authorization/{accountId}/{authorizedAwsRegion}"),
    ),
    "cfg/remediationConfiguration": ResourceKind(
        "{configRuleName}", regional("config", "remediation-configuration/{configRuleName}/{uuid}")
    ),
    "guardduty/detector": ResourceKind(
        "{hex32}",
        regional("guardduty", "detector/{id}"),
        {"accountId": "{account}", "findingPublishingFrequency": "SIX_HOURS"},
    ),
    "guardduty/detectorFeature": ResourceKind("{detectorId}/{name}"),
    "guardduty/filter": ResourceKind(
        "{detectorId}:{name}", regional("guardduty", "detector/{detectorId}/filter/{name}")
    ),
    "guardduty/publishingDestination": ResourceKind(
        "{detectorId}:{hex32}",
        regional("guardduty", "detector/{detectorId}/publishingdestination/{hex32}"),
        {"destinationId": "{hex32}"},
    ),
    "guardduty/malwareProtectionPlan": ResourceKind(
        "{hex20}", regional("guardduty", "malware-protection-plan/{id}"), {"status": "ACTIVE"}
    ),
    "securityhub/account": ResourceKind("{account}", regional("securityhub", "hub/default")),
    "securityhub/standardsSubscription": ResourceKind("{arn}", _standards_subscription),
    "securityhub/actionTarget": ResourceKind("{arn}", _custom_action),
    "securityhub/automationRule": ResourceKind("{arn}", regional("securityhub", "automation-rule/{uuid}")),
    "securityhub/insight": ResourceKind("{arn}", regional("securityhub", "insight/{account}/custom/{uuid}")),
    "securityhub/findingAggregator": ResourceKind("{arn}", regional("securityhub", "finding-aggregator/{uuid}")),
    "securityhub/productSubscription": ResourceKind(
        "{productArn},{arn}", regional("securityhub", "product-subscription/{lower8}")
    ),
    "inspector2/enabler": ResourceKind(
        lambda t: (
            ":".join(t.inputs.get("accountIds") or []) + "-" + ":".join(sorted(t.inputs.get("resourceTypes") or []))
        )
    ),
    "inspector2/filter": ResourceKind("{arn}", regional("inspector2", "owner/{account}/filter/{hex16}")),
    "detective/graph": ResourceKind("{arn}", regional("detective", "graph:{hex32}"), {"graphArn": "{arn}"}),
    "macie2/account": ResourceKind("{account}"),
    "budgets/budget": ResourceKind(
        "{account}:{name}", accountwide("budgets", "budget/{name}"), {"accountId": "{account}"}
    ),
    "budgets/budgetAction": ResourceKind(
        "{account}:{uuid}:{budgetName}",
        accountwide("budgets", "budget/{budgetName}/action/{uuid}"),
        {"accountId": "{account}", "actionId": "{uuid}", "status": "STANDBY"},
    ),
    "costexplorer/anomalyMonitor": ResourceKind("{arn}", accountwide("ce", "anomalymonitor/{uuid}")),
    "costexplorer/anomalySubscription": ResourceKind(
        "{arn}", accountwide("ce", "anomalysubscription/{uuid}"), {"accountId": "{account}"}
    ),
    "costexplorer/costCategory": ResourceKind("{arn}", accountwide("ce", "costcategory/{uuid}")),
    "costexplorer/costAllocationTag": ResourceKind("{tagKey}", outputs={"type": "UserDefined"}),
    "computeoptimizer/enrollmentStatus": ResourceKind("{account}"),
    "computeoptimizer/recommendationPreferences": ResourceKind("{resourceType},AccountId,{account}"),
    "costoptimizationhub/enrollmentStatus": ResourceKind("{account}", outputs={"status": "Active"}),
    "costoptimizationhub/preferences": ResourceKind("{account}"),
    "savingsplans/savingsPlan": ResourceKind(
        "{uuid}", outputs={"savingsPlanArn": accountwide("savingsplans", "savingsplan/{id}")}
    ),
    "servicequotas/serviceQuota": ResourceKind(
        "{serviceCode}/{quotaCode}",
        regional("servicequotas", "{serviceCode}/{quotaCode}"),
        {"adjustable": lambda t: True},
    ),
    "servicequotas/template": ResourceKind("{awsRegion},{quotaCode},{serviceCode}"),
    "servicequotas/templateAssociation": ResourceKind("{account}", outputs={"status": "ASSOCIATED"}),
    "codebuild/project": ResourceKind(
        "{arn}",
        regional("codebuild", "project/{name}"),
        {"badgeUrl": "", "publicProjectAlias": "", "description": "", "encryptionKey": regional("kms", "alias/aws/s3")},
    ),
    "codebuild/reportGroup": ResourceKind("{arn}", regional("codebuild", "report-group/{name}")),
    "codebuild/fleet": ResourceKind("{arn}", regional("codebuild", "fleet/{name}:{uuid}")),
    "codebuild/sourceCredential": ResourceKind("{arn}", regional("codebuild", "token/{serverType}")),
    "codebuild/resourcePolicy": ResourceKind("{resourceArn}"),
    "codebuild/webhook": ResourceKind("{projectName}"),
    "codecommit/repository": ResourceKind(
        "{repositoryName}",
        regional("codecommit", "{repositoryName}"),
        {
            "cloneUrlHttp": "https://git-codecommit.{region}.{suffix}/v1/repos/{repositoryName}",
            "cloneUrlSsh": "ssh://git-codecommit.{region}.{suffix}/v1/repos/{repositoryName}",
            "repositoryId": "{uuid}",
        },
    ),
    "codecommit/approvalRuleTemplate": ResourceKind("{name}", outputs={"approvalRuleTemplateId": "{uuid}"}),
    "codecommit/approvalRuleTemplateAssociation": ResourceKind("{approvalRuleTemplateName},{repositoryName}"),
    "codecommit/trigger": ResourceKind("{repositoryName}"),
    "codeconnections/connection": ResourceKind(
        "{arn}",
        regional("codeconnections", "connection/{uuid}"),
        # A person completes the handshake in the console.
        {"connectionStatus": "PENDING", "ownerAccountId": "{account}"},
    ),
    "codeconnections/host": ResourceKind("{arn}", regional("codeconnections", "host/{uuid}")),
    "codepipeline/pipeline": ResourceKind("{name}", regional("codepipeline", "{name}")),
    "codepipeline/customActionType": ResourceKind(
        "{category}:{providerName}:{version}",
        regional("codepipeline", "actiontype:Custom/{category}/{providerName}/{version}"),
    ),
    "eks/capability": ResourceKind(
        "{clusterName},{capabilityName}", regional("eks", "capability/{clusterName}/{type}/{capabilityName}/{uuid}")
    ),
    "codepipeline/webhook": ResourceKind("{arn}", regional("codepipeline", "webhook:{name}")),
    "codedeploy/application": ResourceKind(
        "{uuid}:{name}", regional("codedeploy", "application:{name}"), {"applicationId": "{uuid}"}
    ),
    "codedeploy/deploymentGroup": ResourceKind(
        "{uuid}", regional("codedeploy", "deploymentgroup:{appName}/{deploymentGroupName}")
    ),
    "dlm/lifecyclePolicy": ResourceKind("policy-{hex17}", regional("dlm", "policy/{id}")),
    "fis/experimentTemplate": ResourceKind("EXT{lower16}"),
    "fis/targetAccountConfiguration": ResourceKind("{accountId},{experimentTemplateId}"),
    "verifiedaccess/instance": ResourceKind("vai-{hex17}"),
    "verifiedaccess/group": ResourceKind(
        "vagr-{hex17}", outputs={"verifiedaccessGroupArn": regional("ec2", "verified-access-group/{id}")}
    ),
    "verifiedaccess/endpoint": ResourceKind("vae-{hex17}"),
    "verifiedaccess/trustProvider": ResourceKind("vatp-{hex17}"),
    "kinesis/stream": ResourceKind("{arn}", regional("kinesis", "stream/{name}")),
    "kinesis/firehoseDeliveryStream": ResourceKind("{arn}", regional("firehose", "deliverystream/{name}")),
}
