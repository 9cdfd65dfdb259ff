"""What detection, delivery, cost and quota resources look like once they exist."""

from __future__ import annotations

from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, Kind, accountwide, last_part, regional


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

KINDS: dict[str, Kind] = {short: Kind(identifier) for short, identifier in _IDS.items()} | {
    "accessanalyzer/analyzer": Kind("{analyzerName}", regional("access-analyzer", "analyzer/{analyzerName}")),
    "accessanalyzer/archiveRule": Kind("{analyzerName}/{ruleName}"),
    "cfg/recorder": Kind("{name}"),
    "cfg/deliveryChannel": Kind("{name}"),
    "cfg/recorderStatus": Kind("{name}"),
    "cfg/retentionConfiguration": Kind("default", outputs={"name": lambda t: "default"}),
    "cfg/rule": Kind(
        "{name}", regional("config", "config-rule/config-rule-{lower6}"), {"ruleId": "config-rule-{lower6}"}
    ),
    "cfg/conformancePack": Kind("{name}", regional("config", "conformance-pack/{name}/conformance-pack-{lower9}")),
    "cfg/configurationAggregator": Kind("{name}", regional("config", "config-aggregator/config-aggregator-{lower8}")),
    "cfg/aggregateAuthorization": Kind(
        "{accountId}:{authorizedAwsRegion}",
        regional("config", "aggregation-authorization/{accountId}/{authorizedAwsRegion}"),
    ),
    "cfg/remediationConfiguration": Kind(
        "{configRuleName}", regional("config", "remediation-configuration/{configRuleName}/{uuid}")
    ),
    "guardduty/detector": Kind(
        "{hex32}",
        regional("guardduty", "detector/{id}"),
        {"accountId": "{account}", "findingPublishingFrequency": "SIX_HOURS"},
    ),
    "guardduty/detectorFeature": Kind("{detectorId}/{name}"),
    "guardduty/filter": Kind("{detectorId}:{name}", regional("guardduty", "detector/{detectorId}/filter/{name}")),
    "guardduty/publishingDestination": Kind(
        "{detectorId}:{hex32}",
        regional("guardduty", "detector/{detectorId}/publishingdestination/{hex32}"),
        {"destinationId": "{hex32}"},
    ),
    "guardduty/malwareProtectionPlan": Kind(
        "{hex20}", regional("guardduty", "malware-protection-plan/{id}"), {"status": "ACTIVE"}
    ),
    "securityhub/account": Kind("{account}", regional("securityhub", "hub/default")),
    "securityhub/standardsSubscription": Kind("{arn}", _standards_subscription),
    "securityhub/actionTarget": Kind("{arn}", _custom_action),
    "securityhub/automationRule": Kind("{arn}", regional("securityhub", "automation-rule/{uuid}")),
    "securityhub/insight": Kind("{arn}", regional("securityhub", "insight/{account}/custom/{uuid}")),
    "securityhub/findingAggregator": Kind("{arn}", regional("securityhub", "finding-aggregator/{uuid}")),
    "securityhub/productSubscription": Kind(
        "{productArn},{arn}", regional("securityhub", "product-subscription/{lower8}")
    ),
    "inspector2/enabler": Kind(
        lambda t: (
            ":".join(t.inputs.get("accountIds") or []) + "-" + ":".join(sorted(t.inputs.get("resourceTypes") or []))
        )
    ),
    "inspector2/filter": Kind("{arn}", regional("inspector2", "owner/{account}/filter/{hex16}")),
    "detective/graph": Kind("{arn}", regional("detective", "graph:{hex32}"), {"graphArn": "{arn}"}),
    "macie2/account": Kind("{account}"),
    "budgets/budget": Kind("{account}:{name}", accountwide("budgets", "budget/{name}"), {"accountId": "{account}"}),
    "budgets/budgetAction": Kind(
        "{account}:{uuid}:{budgetName}",
        accountwide("budgets", "budget/{budgetName}/action/{uuid}"),
        {"accountId": "{account}", "actionId": "{uuid}", "status": "STANDBY"},
    ),
    "costexplorer/anomalyMonitor": Kind("{arn}", accountwide("ce", "anomalymonitor/{uuid}")),
    "costexplorer/anomalySubscription": Kind(
        "{arn}", accountwide("ce", "anomalysubscription/{uuid}"), {"accountId": "{account}"}
    ),
    "costexplorer/costCategory": Kind("{arn}", accountwide("ce", "costcategory/{uuid}")),
    "costexplorer/costAllocationTag": Kind("{tagKey}", outputs={"type": "UserDefined"}),
    "computeoptimizer/enrollmentStatus": Kind("{account}"),
    "computeoptimizer/recommendationPreferences": Kind("{resourceType},AccountId,{account}"),
    "costoptimizationhub/enrollmentStatus": Kind("{account}", outputs={"status": "Active"}),
    "costoptimizationhub/preferences": Kind("{account}"),
    "savingsplans/savingsPlan": Kind(
        "{uuid}", outputs={"savingsPlanArn": accountwide("savingsplans", "savingsplan/{id}")}
    ),
    "servicequotas/serviceQuota": Kind(
        "{serviceCode}/{quotaCode}",
        regional("servicequotas", "{serviceCode}/{quotaCode}"),
        {"adjustable": lambda t: True},
    ),
    "servicequotas/template": Kind("{awsRegion},{quotaCode},{serviceCode}"),
    "servicequotas/templateAssociation": Kind("{account}", outputs={"status": "ASSOCIATED"}),
    "codebuild/project": Kind(
        "{arn}",
        regional("codebuild", "project/{name}"),
        {"badgeUrl": "", "publicProjectAlias": "", "description": "", "encryptionKey": regional("kms", "alias/aws/s3")},
    ),
    "codebuild/reportGroup": Kind("{arn}", regional("codebuild", "report-group/{name}")),
    "codebuild/fleet": Kind("{arn}", regional("codebuild", "fleet/{name}:{uuid}")),
    "codebuild/sourceCredential": Kind("{arn}", regional("codebuild", "token/{serverType}")),
    "codebuild/resourcePolicy": Kind("{resourceArn}"),
    "codebuild/webhook": Kind("{projectName}"),
    "codecommit/repository": Kind(
        "{repositoryName}",
        regional("codecommit", "{repositoryName}"),
        {
            "cloneUrlHttp": "https://git-codecommit.{region}.{suffix}/v1/repos/{repositoryName}",
            "cloneUrlSsh": "ssh://git-codecommit.{region}.{suffix}/v1/repos/{repositoryName}",
            "repositoryId": "{uuid}",
        },
    ),
    "codecommit/approvalRuleTemplate": Kind("{name}", outputs={"approvalRuleTemplateId": "{uuid}"}),
    "codecommit/approvalRuleTemplateAssociation": Kind("{approvalRuleTemplateName},{repositoryName}"),
    "codecommit/trigger": Kind("{repositoryName}"),
    "codeconnections/connection": Kind(
        "{arn}",
        regional("codeconnections", "connection/{uuid}"),
        # A person completes the handshake in the console.
        {"connectionStatus": "PENDING", "ownerAccountId": "{account}"},
    ),
    "codeconnections/host": Kind("{arn}", regional("codeconnections", "host/{uuid}")),
    "codepipeline/pipeline": Kind("{name}", regional("codepipeline", "{name}")),
    "codepipeline/customActionType": Kind(
        "{category}:{providerName}:{version}",
        regional("codepipeline", "actiontype:Custom/{category}/{providerName}/{version}"),
    ),
    "eks/capability": Kind(
        "{clusterName},{capabilityName}", regional("eks", "capability/{clusterName}/{type}/{capabilityName}/{uuid}")
    ),
    "codepipeline/webhook": Kind("{arn}", regional("codepipeline", "webhook:{name}")),
    "codedeploy/application": Kind(
        "{uuid}:{name}", regional("codedeploy", "application:{name}"), {"applicationId": "{uuid}"}
    ),
    "codedeploy/deploymentGroup": Kind(
        "{uuid}", regional("codedeploy", "deploymentgroup:{appName}/{deploymentGroupName}")
    ),
    "dlm/lifecyclePolicy": Kind("policy-{hex17}", regional("dlm", "policy/{id}")),
    "fis/experimentTemplate": Kind("EXT{lower16}"),
    "fis/targetAccountConfiguration": Kind("{accountId},{experimentTemplateId}"),
    "verifiedaccess/instance": Kind("vai-{hex17}"),
    "verifiedaccess/group": Kind(
        "vagr-{hex17}", outputs={"verifiedaccessGroupArn": regional("ec2", "verified-access-group/{id}")}
    ),
    "verifiedaccess/endpoint": Kind("vae-{hex17}"),
    "verifiedaccess/trustProvider": Kind("vatp-{hex17}"),
    "kinesis/stream": Kind("{arn}", regional("kinesis", "stream/{name}")),
    "kinesis/firehoseDeliveryStream": Kind("{arn}", regional("firehose", "deliverystream/{name}")),
}
