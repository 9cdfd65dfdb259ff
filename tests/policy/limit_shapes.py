"""For each quota that is counted: a stack that takes so much of it."""

from __future__ import annotations

from typing import Final

from tests.policy import shapes
from tests.policy.shapes import Shape, made

ROLE, LAMBDA, ECS = "aws:iam/role:Role", "aws:lambda/function:Function", "aws:ecs/service:Service"
VPC, TABLE, BUCKET = "aws:ec2/vpc:Vpc", "aws:dynamodb/table:Table", "aws:s3/bucket:Bucket"
CDN, WEB_ACL = "aws:cloudfront/distribution:Distribution", "aws:wafv2/webAcl:WebAcl"
CACHED, FORWARDED = "aws:cloudfront/cachePolicy:CachePolicy", "aws:cloudfront/originRequestPolicy:OriginRequestPolicy"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
GROUP, CLUSTER = "aws:autoscaling/group:Group", "aws:eks/cluster:Cluster"
TARGET, PIPELINE = "aws:appautoscaling/target:Target", "aws:codepipeline/pipeline:Pipeline"
CACHE, ENDPOINT = "aws:elasticache/replicationGroup:ReplicationGroup", "aws:ec2/vpcEndpoint:VpcEndpoint"
TRAIL, DASHBOARD = "aws:cloudtrail/trail:Trail", "aws:cloudwatch/dashboard:Dashboard"
KEYED = "parametersInCacheKeyAndForwardedToOrigin"
PACK = "aws:cfg/conformancePack:ConformancePack"
CONFIG_RULE = "Type: AWS::Config::ConfigRule\n"
IN_PACK: Shape = lambda count: [made(PACK, "it", templateBody=CONFIG_RULE * count)]  # noqa: E731

SHAPES: Final[dict[str, Shape]] = {
    "fargateVcpu": shapes.fleet("FARGATE"),
    "fargateSpotVcpu": shapes.fleet("FARGATE_SPOT"),
    "ec2Vcpu": shapes.instances(),
    "ec2SpotVcpu": shapes.instances(instanceMarketOptions={"marketType": "spot"}),
    "lambdaConcurrency": shapes.reserved,
    # identities
    "rolesPerAccount": shapes.each(ROLE),
    "customerPolicies": shapes.each("aws:iam/policy:Policy"),
    "instanceProfiles": shapes.each("aws:iam/instanceProfile:InstanceProfile"),
    "identityProviders": shapes.each("aws:iam/openIdConnectProvider:OpenIdConnectProvider"),
    "samlProviders": shapes.each("aws:iam/samlProvider:SamlProvider"),
    "usersPerAccount": shapes.each("aws:iam/user:User"),
    "userGroups": shapes.each("aws:iam/group:Group"),
    "managedPolicySize": shapes.text("aws:iam/policy:Policy", "policy"),
    "trustPolicySize": shapes.text(ROLE, "assumeRolePolicy"),
    "inlinePoliciesPerRole": shapes.children(ROLE, "aws:iam/rolePolicy:RolePolicy", "role", policy="x"),
    "inlinePoliciesPerUser": shapes.children("aws:iam/user:User", "aws:iam/userPolicy:UserPolicy", "user", policy="x"),
    "inlinePoliciesPerGroup": shapes.children(
        "aws:iam/group:Group", "aws:iam/groupPolicy:GroupPolicy", "group", policy="x"
    ),
    "policiesPerRole": shapes.children(ROLE, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role"),
    "policiesPerUser": shapes.children(
        "aws:iam/user:User", "aws:iam/userPolicyAttachment:UserPolicyAttachment", "user"
    ),
    "policiesPerGroup": shapes.children(
        "aws:iam/group:Group", "aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "group"
    ),
    "kmsKeys": shapes.each("aws:kms/key:Key"),
    "keyPolicySize": shapes.text("aws:kms/key:Key", "policy"),
    "aliasesPerKey": shapes.children("aws:kms/key:Key", "aws:kms/alias:Alias", "targetKeyId"),
    "grantsPerKey": shapes.children("aws:kms/key:Key", "aws:kms/grant:Grant", "keyId"),
    "secrets": shapes.each("aws:secretsmanager/secret:Secret"),
    "secretPolicySize": shapes.text("aws:secretsmanager/secretPolicy:SecretPolicy", "policy"),
    # networks
    "vpcs": shapes.each(VPC),
    "internetGateways": shapes.each("aws:ec2/internetGateway:InternetGateway"),
    "elasticIps": shapes.each("aws:ec2/eip:Eip"),
    "subnetsPerVpc": shapes.children(VPC, "aws:ec2/subnet:Subnet", "vpcId"),
    "cidrBlocksPerVpc": shapes.blocks,
    "natGatewaysPerZone": shapes.gateways,
    "addressesPerNatGateway": lambda count: shapes.listed("aws:ec2/natGateway:NatGateway", "secondaryAllocationIds")(
        count - 1
    ),
    "routeTablesPerVpc": shapes.children(VPC, "aws:ec2/routeTable:RouteTable", "vpcId"),
    "routesPerTable": shapes.children("aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route", "routeTableId"),
    "securityGroups": shapes.each("aws:ec2/securityGroup:SecurityGroup"),
    "rulesPerSecurityGroup": shapes.rules("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", cidrIpv6="::/0"),
    "securityGroupsPerInterface": shapes.listed("aws:rds/proxy:Proxy", "vpcSecurityGroupIds"),
    "rulesPerInterface": shapes.interface,
    "networkAclsPerVpc": shapes.children(VPC, "aws:ec2/networkAcl:NetworkAcl", "vpcId"),
    "rulesPerNetworkAcl": shapes.acl,
    "interfaceEndpointsPerVpc": shapes.children(VPC, ENDPOINT, "vpcId", vpcEndpointType="Interface"),
    "gatewayEndpoints": shapes.each(ENDPOINT),
    "endpointPolicySize": shapes.text(ENDPOINT, "policy"),
    # compute
    "ecsClusters": shapes.each("aws:ecs/cluster:Cluster"),
    "servicesPerCluster": shapes.children("aws:ecs/cluster:Cluster", ECS, "cluster"),
    "tasksPerService": shapes.tasks,
    "servicesPerNamespace": shapes.connected,
    "namespaces": shapes.each("aws:servicediscovery/httpNamespace:HttpNamespace"),
    "containersPerTask": shapes.document(
        "aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions", lambda count: [{}] * count
    ),
    "taskDefinitionSize": shapes.text("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions"),
    "taskSecurityGroups": shapes.listed(ECS, "networkConfiguration.securityGroups"),
    "taskSubnets": shapes.listed(ECS, "networkConfiguration.subnets"),
    "targetGroupsPerService": shapes.listed(ECS, "loadBalancers", {}),
    "providersPerCluster": shapes.listed(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "capacityProviders"
    ),
    "eksClusters": shapes.each(CLUSTER),
    "nodeGroupsPerCluster": shapes.children(CLUSTER, "aws:eks/nodeGroup:NodeGroup", "clusterName"),
    "nodesPerGroup": shapes.number("aws:eks/nodeGroup:NodeGroup", "scalingConfig.maxSize"),
    "clusterSecurityGroups": shapes.listed(CLUSTER, "vpcConfig.securityGroupIds"),
    "publicCidrsPerCluster": shapes.listed(CLUSTER, "vpcConfig.publicAccessCidrs"),
    "accessEntriesPerCluster": shapes.children(CLUSTER, "aws:eks/accessEntry:AccessEntry", "clusterName"),
    "fargateProfilesPerCluster": shapes.children(CLUSTER, "aws:eks/fargateProfile:FargateProfile", "clusterName"),
    "launchTemplates": shapes.each("aws:ec2/launchTemplate:LaunchTemplate"),
    "userDataSize": lambda count: shapes.text("aws:ec2/launchTemplate:LaunchTemplate", "userData")(count * 4 // 3),
    "autoScalingGroups": shapes.each(GROUP),
    "groupScheduledActions": shapes.children(GROUP, "aws:autoscaling/schedule:Schedule", "autoscalingGroupName"),
    "groupScalingPolicies": shapes.children(GROUP, "aws:autoscaling/policy:Policy", "autoscalingGroupName"),
    "groupLifecycleHooks": shapes.children(
        GROUP, "aws:autoscaling/lifecycleHook:LifecycleHook", "autoscalingGroupName"
    ),
    "scalableEcs": shapes.each(TARGET, serviceNamespace="ecs"),
    "scalableRds": shapes.each(TARGET, serviceNamespace="rds"),
    "scalableDynamodb": shapes.each(TARGET, serviceNamespace="dynamodb"),
    "scalableElasticache": shapes.each(TARGET, serviceNamespace="elasticache"),
    "scalableLambda": shapes.each(TARGET, serviceNamespace="lambda"),
    "targetScheduledActions": shapes.children(
        TARGET, "aws:appautoscaling/scheduledAction:ScheduledAction", "resourceId"
    ),
    "targetScalingPolicies": shapes.children(TARGET, "aws:appautoscaling/policy:Policy", "resourceId"),
    "functionVariables": lambda count: [made(LAMBDA, "it", environment={"variables": {"": "x" * count}})],
    "functionLayers": shapes.listed(LAMBDA, "layers"),
    "functionTimeout": shapes.number(LAMBDA, "timeout"),
    "functionPolicySize": shapes.children(LAMBDA, "aws:lambda/permission:Permission", "function"),
    "repositories": shapes.each("aws:ecr/repository:Repository"),
    "lifecyclePolicySize": shapes.text("aws:ecr/lifecyclePolicy:LifecyclePolicy", "policy"),
    "lifecyclePolicyRules": shapes.document(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy", "policy", lambda count: {"rules": [{}] * count}
    ),
    "repositoryPolicySize": shapes.text("aws:ecr/repositoryPolicy:RepositoryPolicy", "policy"),
    "pullThroughRules": shapes.each("aws:ecr/pullThroughCacheRule:PullThroughCacheRule"),
    "buildProjects": shapes.each("aws:codebuild/project:Project"),
    "buildSecurityGroups": shapes.listed("aws:codebuild/project:Project", "vpcConfig.securityGroupIds"),
    "pipelines": shapes.each(PIPELINE),
    "stagesPerPipeline": shapes.listed(PIPELINE, "stages", {}),
    "actionsPerStage": lambda count: [made(PIPELINE, "it", stages=[{"actions": [{}] * count}])],
    "actionsPerPipeline": lambda count: [made(PIPELINE, "it", stages=[{"actions": [{}]}] * count)],
    "actionValueSize": lambda count: [
        made(PIPELINE, "it", stages=[{"actions": [{"configuration": {"Text": "x" * count}}]}])
    ],
    "codeRepositories": shapes.each("aws:codecommit/repository:Repository"),
    # the entrance
    "loadBalancers": shapes.each("aws:lb/loadBalancer:LoadBalancer"),
    "targetGroups": shapes.each("aws:lb/targetGroup:TargetGroup"),
    "targetGroupsPerBalancer": shapes.forwarded,
    "listenersPerBalancer": shapes.children(
        "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener", "loadBalancerArn"
    ),
    "rulesPerBalancer": shapes.balanced("aws:lb/listenerRule:ListenerRule"),
    "certificatesPerBalancer": shapes.balanced("aws:lb/listenerCertificate:ListenerCertificate"),
    "valuesPerRule": lambda count: [
        made("aws:lb/listenerRule:ListenerRule", "it", conditions=shapes.conditions(["/x"] * count))
    ],
    "wildcardsPerRule": lambda count: [
        made("aws:lb/listenerRule:ListenerRule", "it", conditions=shapes.conditions(["/" + "*" * count]))
    ],
    "targetGroupsPerAction": shapes.listed("aws:lb/listener:Listener", "defaultActions.forward.targetGroups", {}),
    "distributions": shapes.each(CDN),
    "behavioursPerDistribution": lambda count: shapes.listed(CDN, "orderedCacheBehaviors", {})(count - 1),
    "originsPerDistribution": shapes.listed(CDN, "origins", {}),
    "originGroupsPerDistribution": shapes.listed(CDN, "originGroups", {}),
    "namesPerDistribution": shapes.listed(CDN, "aliases"),
    "cachePolicies": shapes.each(CACHED),
    "headersPerCachePolicy": shapes.listed(CACHED, f"{KEYED}.headersConfig.headers.items"),
    "cookiesPerCachePolicy": shapes.listed(CACHED, f"{KEYED}.cookiesConfig.cookies.items"),
    "queriesPerCachePolicy": shapes.listed(CACHED, f"{KEYED}.queryStringsConfig.queryStrings.items"),
    "originRequestPolicies": shapes.each(FORWARDED),
    "headersPerOriginPolicy": shapes.listed(FORWARDED, "headersConfig.headers.items"),
    "cookiesPerOriginPolicy": shapes.listed(FORWARDED, "cookiesConfig.cookies.items"),
    "queriesPerOriginPolicy": shapes.listed(FORWARDED, "queryStringsConfig.queryStrings.items"),
    "responseHeadersPolicies": shapes.each(HEADERS),
    "headersPerResponsePolicy": shapes.listed(HEADERS, "customHeadersConfig.items", {}),
    "removedPerResponsePolicy": shapes.listed(HEADERS, "removeHeadersConfig.items", {}),
    "vpcOrigins": shapes.each("aws:cloudfront/vpcOrigin:VpcOrigin"),
    "originAccessControls": shapes.each("aws:cloudfront/originAccessControl:OriginAccessControl"),
    "keyGroups": shapes.each("aws:cloudfront/keyGroup:KeyGroup"),
    "edgeFunctions": shapes.each("aws:cloudfront/function:Function"),
    "edgeFunctionSize": shapes.text("aws:cloudfront/function:Function", "code"),
    "webAclsRegional": shapes.each(WEB_ACL, scope="REGIONAL"),
    "webAclsCloudfront": shapes.each(WEB_ACL, scope="CLOUDFRONT"),
    "webAclCapacity": shapes.number(WEB_ACL, "capacity"),
    "rateRulesPerWebAcl": shapes.listed(WEB_ACL, "rules", {"statement": {"rateBasedStatement": {"limit": 100}}}),
    "responseBodiesPerWebAcl": shapes.listed(WEB_ACL, "customResponseBodies", {}),
    "tokenDomainsPerWebAcl": shapes.listed(WEB_ACL, "tokenDomains"),
    "ipSetsRegional": shapes.each("aws:wafv2/ipSet:IpSet", scope="REGIONAL"),
    "ipSetsCloudfront": shapes.each("aws:wafv2/ipSet:IpSet", scope="CLOUDFRONT"),
    "addressesPerIpSet": shapes.listed("aws:wafv2/ipSet:IpSet", "addresses"),
    "patternSetsRegional": shapes.each("aws:wafv2/regexPatternSet:RegexPatternSet", scope="REGIONAL"),
    "patternSetsCloudfront": shapes.each("aws:wafv2/regexPatternSet:RegexPatternSet", scope="CLOUDFRONT"),
    "patternsPerSet": shapes.listed("aws:wafv2/regexPatternSet:RegexPatternSet", "regularExpressions", {}),
    "ruleGroupsRegional": shapes.each("aws:wafv2/ruleGroup:RuleGroup", scope="REGIONAL"),
    "ruleGroupsCloudfront": shapes.each("aws:wafv2/ruleGroup:RuleGroup", scope="CLOUDFRONT"),
    "certificates": shapes.each("aws:acm/certificate:Certificate"),
    "namesPerCertificate": lambda count: [
        made(
            "aws:acm/certificate:Certificate", "it", subjectAlternativeNames=[f"{one}.example" for one in range(count)]
        )
    ],
    "hostedZones": shapes.each("aws:route53/zone:Zone"),
    "recordsPerZone": shapes.children("aws:route53/zone:Zone", "aws:route53/record:Record", "zoneId"),
    "healthChecks": shapes.each("aws:route53/healthCheck:HealthCheck"),
    # stores
    "databaseClusters": shapes.each("aws:rds/cluster:Cluster"),
    "databaseInstances": shapes.each("aws:rds/instance:Instance"),
    "readersPerCluster": shapes.readers,
    "clusterParameterGroups": shapes.each("aws:rds/clusterParameterGroup:ClusterParameterGroup"),
    "parameterGroups": shapes.each("aws:rds/parameterGroup:ParameterGroup"),
    "databaseSubnetGroups": shapes.each("aws:rds/subnetGroup:SubnetGroup"),
    "databaseProxies": shapes.each("aws:rds/proxy:Proxy"),
    "databaseEvents": shapes.each("aws:rds/eventSubscription:EventSubscription"),
    "endpointsPerCluster": shapes.children(
        "aws:rds/cluster:Cluster", "aws:rds/clusterEndpoint:ClusterEndpoint", "clusterIdentifier"
    ),
    "rolesPerCluster": shapes.listed("aws:rds/cluster:Cluster", "iamRoles"),
    "tables": shapes.each(TABLE),
    "indexesPerTable": shapes.listed(TABLE, "globalSecondaryIndexes", {}),
    "localIndexesPerTable": shapes.listed(TABLE, "localSecondaryIndexes", {}),
    "cacheNodes": shapes.number(CACHE, "numCacheClusters"),
    "nodesPerCacheCluster": shapes.number(CACHE, "numNodeGroups", replicasPerNodeGroup=0),
    "nodesPerShard": lambda count: shapes.number(CACHE, "replicasPerNodeGroup")(count - 1),
    "serverlessCaches": shapes.each("aws:elasticache/serverlessCache:ServerlessCache"),
    "cacheUsers": shapes.each("aws:elasticache/user:User"),
    "cacheUserGroups": shapes.each("aws:elasticache/userGroup:UserGroup"),
    "usersPerCacheGroup": shapes.listed("aws:elasticache/userGroup:UserGroup", "userIds"),
    "cacheParameterGroups": shapes.each("aws:elasticache/parameterGroup:ParameterGroup"),
    "cacheSubnetGroups": shapes.each("aws:elasticache/subnetGroup:SubnetGroup"),
    "buckets": shapes.each(BUCKET),
    "bucketPolicySize": shapes.text("aws:s3/bucketPolicy:BucketPolicy", "policy"),
    "bucketLifecycleRules": shapes.listed(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "rules", {}
    ),
    "bucketNotifications": shapes.listed("aws:s3/bucketNotification:BucketNotification", "queues", {}),
    "bucketReplicationRules": shapes.listed("aws:s3/bucketReplicationConfig:BucketReplicationConfig", "rules", {}),
    "queuePolicySize": shapes.text("aws:sqs/queuePolicy:QueuePolicy", "policy"),
    "queuePolicyStatements": shapes.document(
        "aws:sqs/queuePolicy:QueuePolicy", "policy", lambda count: {"Statement": [{}] * count}
    ),
    "queuePolicyPrincipals": shapes.document(
        "aws:sqs/queuePolicy:QueuePolicy", "policy", lambda count: {"Statement": {"Principal": {"AWS": ["1"] * count}}}
    ),
    "topics": shapes.each("aws:sns/topic:Topic"),
    "topicPolicySize": shapes.text("aws:sns/topicPolicy:TopicPolicy", "policy"),
    "filtersPerTopic": shapes.children(
        "aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription", "topic", filterPolicy="{}"
    ),
    "backupVaults": shapes.each("aws:backup/vault:Vault"),
    "backupPlans": shapes.each("aws:backup/plan:Plan"),
    "selectionsPerPlan": shapes.children("aws:backup/plan:Plan", "aws:backup/selection:Selection", "planId"),
    "deliveryStreams": shapes.each("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"),
    "tagsPerResource": lambda count: [made(TABLE, "it", tags={str(number): "x" for number in range(count)})],
    # what watches
    "logGroups": shapes.each("aws:cloudwatch/logGroup:LogGroup"),
    "logResourcePolicies": shapes.each("aws:cloudwatch/logResourcePolicy:LogResourcePolicy"),
    "logPolicySize": shapes.text("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyDocument"),
    "metricFiltersPerGroup": shapes.children(
        "aws:cloudwatch/logGroup:LogGroup", "aws:cloudwatch/logMetricFilter:LogMetricFilter", "logGroupName"
    ),
    "subscriptionsPerGroup": shapes.children(
        "aws:cloudwatch/logGroup:LogGroup", "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", "logGroup"
    ),
    "savedQueries": shapes.each("aws:cloudwatch/queryDefinition:QueryDefinition"),
    "alarms": shapes.each("aws:cloudwatch/metricAlarm:MetricAlarm"),
    "alarmsPerComposite": shapes.alarms,
    "compositesPerAlarm": shapes.composites,
    "compositeRuleSize": shapes.text("aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarmRule"),
    "actionsPerAlarm": shapes.listed("aws:cloudwatch/metricAlarm:MetricAlarm", "alarmActions"),
    "widgetsPerDashboard": shapes.dashboard(lambda count: [{}] * count),
    "metricsPerWidget": shapes.dashboard(lambda count: [shapes.graph(count)]),
    "metricsPerDashboard": shapes.dashboard(lambda count: [shapes.graph(1)] * count),
    "contributorRules": shapes.each("aws:cloudwatch/contributorInsightRule:ContributorInsightRule"),
    "canaries": shapes.each("aws:synthetics/canary:Canary"),
    "traceGroups": shapes.each("aws:xray/group:Group"),
    "samplingRules": shapes.each("aws:xray/samplingRule:SamplingRule"),
    "eventBuses": shapes.each("aws:cloudwatch/eventBus:EventBus"),
    "rulesPerBus": shapes.each("aws:cloudwatch/eventRule:EventRule"),
    "targetsPerEventRule": shapes.event_targets,
    "eventPatternSize": shapes.text("aws:cloudwatch/eventRule:EventRule", "eventPattern"),
    "busPolicySize": shapes.text("aws:cloudwatch/eventBusPolicy:EventBusPolicy", "policy"),
    "scheduleGroups": shapes.each("aws:scheduler/scheduleGroup:ScheduleGroup"),
    "stateMachines": shapes.each("aws:sfn/stateMachine:StateMachine"),
    "stateMachineSize": shapes.text("aws:sfn/stateMachine:StateMachine", "definition"),
    "parameters": shapes.each("aws:ssm/parameter:Parameter"),
    "parameterSize": shapes.text("aws:ssm/parameter:Parameter", "value"),
    "advancedParameterSize": shapes.text("aws:ssm/parameter:Parameter", "value", tier="Advanced"),
    "documents": shapes.each("aws:ssm/document:Document"),
    "documentSize": shapes.text("aws:ssm/document:Document", "content"),
    "maintenanceWindows": shapes.each("aws:ssm/maintenanceWindow:MaintenanceWindow"),
    "tasksPerWindow": shapes.children(
        "aws:ssm/maintenanceWindow:MaintenanceWindow", "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask", "windowId"
    ),
    "targetsPerWindow": shapes.children(
        "aws:ssm/maintenanceWindow:MaintenanceWindow",
        "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget",
        "windowId",
    ),
    "patchBaselines": shapes.each("aws:ssm/patchBaseline:PatchBaseline"),
    "patchGroupsPerBaseline": shapes.children(
        "aws:ssm/patchBaseline:PatchBaseline", "aws:ssm/patchGroup:PatchGroup", "baselineId"
    ),
    "trails": shapes.each(TRAIL),
    "trailConditions": lambda count: [
        made(TRAIL, "it", advancedEventSelectors=[{"fieldSelectors": [{"equals": ["x"] * count}]}])
    ],
    "trailDataResources": lambda count: [
        made(TRAIL, "it", eventSelectors=[{"dataResources": [{"values": ["x"] * count}]}])
    ],
    "configRules": shapes.each("aws:cfg/rule:Rule"),
    "conformancePacks": shapes.each(PACK),
    "rulesPerConformancePack": IN_PACK,
    "detectorFilters": shapes.each("aws:guardduty/filter:Filter"),
    "automationRules": shapes.each("aws:securityhub/automationRule:AutomationRule"),
    "budgetNotifications": shapes.listed("aws:budgets/budget:Budget", "notifications", {}),
}
