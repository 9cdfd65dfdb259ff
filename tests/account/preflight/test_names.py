"""Whose the names are that a stack wants to give."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import jmespath
import pytest
from moto import mock_aws

from account.preflight.account import AwsAccount
from account.preflight.checks import names
from account.preflight.kinds import KINDS, prefixes
from account.preflight.look import Check, World, owns
from account.preflight.verdict import Outcome
from aws_facts.singletons import SINGLETONS
from tests.account.preflight.world import (
    DENIED,
    NOW,
    REGION,
    THROTTLED,
    Dns,
    Images,
    Refused,
    lines,
    outcomes,
    resource,
    subject,
    whole,
    world,
)

TAGGED = "resourcegroupstaggingapi.get_resources"
NOTHING = {TAGGED: {"ResourceTagMappingList": []}}
QUEUE = "aws:sqs/queue:Queue"


def check_of(token: str) -> Check:
    """The check of one kind of names."""
    index = next(index for index, kind in enumerate(KINDS) if kind.token == token)
    return list(names.checks())[index]


def tagged(*arns: str) -> dict[str, object]:
    return {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns]}


TABLE = resource("aws:dynamodb/table:Table", "carts", name="saleday-test-carts")
TABLES = check_of(TABLE.token)


def test_a_name_that_nothing_has_is_free() -> None:
    (line,) = lines(TABLES, subject(TABLE), world({"dynamodb.list_tables": {"TableNames": ["other"]}}))
    assert (line.outcome, line.text, line.free) == (Outcome.HOLDS, "tables", 1)


def test_a_name_that_somebody_else_has_will_fail() -> None:
    there = {"dynamodb.list_tables": {"TableNames": ["saleday-test-carts"]}}
    (line,) = lines(TABLES, subject(TABLE), world(there | NOTHING))
    assert line.outcome is Outcome.FAILS
    assert "saleday-test-carts: there are such tables already, and they are not this stack's" in line.text
    assert "pulumi import aws:dynamodb/table:Table" in line.remedy


def test_a_name_that_carries_the_stacks_tags_is_its_own() -> None:
    there = {
        "dynamodb.list_tables": {"TableNames": ["saleday-test-carts"]},
        TAGGED: tagged("arn:aws:dynamodb:ap-south-1:1:table/saleday-test-carts"),
    }
    (line,) = lines(TABLES, subject(TABLE), world(there))
    assert (line.outcome, line.text) == (Outcome.HOLDS, "1 tables are the stack's own")


@pytest.mark.parametrize("refused", [DENIED, THROTTLED])
def test_a_list_that_nobody_may_see_is_not_known(refused: Refused) -> None:
    (line,) = lines(TABLES, subject(TABLE), world({"dynamodb.list_tables": refused}))
    assert line.outcome is Outcome.NOT_KNOWN
    assert "whether the names of 1 tables are free: dynamodb:ListTables" in line.text


def test_a_name_that_is_there_is_not_held_where_nobody_says_whose_it_is() -> None:
    (line,) = lines(TABLES, subject(TABLE), world({"dynamodb.list_tables": {"TableNames": ["saleday-test-carts"]}}))
    assert line.outcome is Outcome.NOT_KNOWN
    assert line.text.startswith("whose the tables saleday-test-carts are, which are there already: tag:GetResources")


ALARM = resource("aws:cloudwatch/metricAlarm:MetricAlarm", name="saleday-test-errors")


def test_what_a_put_overwrites_will_be_adopted() -> None:
    there = {"cloudwatch.describe_alarms": {"MetricAlarms": [{"AlarmName": "saleday-test-errors"}]}}
    (line,) = lines(check_of(ALARM.token), subject(ALARM), world(there | NOTHING))
    assert line.outcome is Outcome.ADOPTED


DASHBOARD = resource("aws:cloudwatch/dashboard:Dashboard", dashboardName="saleday-test")


def test_what_carries_no_tags_belongs_to_a_stack_that_stands() -> None:
    there = {
        "cloudwatch.list_dashboards": {"DashboardEntries": [{"DashboardName": "saleday-test"}]},
        TAGGED: tagged("arn:aws:sqs:ap-south-1:1:saleday-test-orders"),
    }
    assert outcomes(check_of(DASHBOARD.token), subject(DASHBOARD), world(there)) == [Outcome.HOLDS]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:kms:ap-south-1:1:key/0",
        "arn:aws:secretsmanager:ap-south-1:1:secret:saleday/test/token-x",
        "arn:aws:ecs:ap-south-1:1:task-definition/saleday-test-ui:7",
    ],
)
def test_what_outlives_a_destroy_makes_no_stack_stand(arn: str) -> None:
    there = {
        "cloudwatch.list_dashboards": {"DashboardEntries": [{"DashboardName": "saleday-test"}]},
        TAGGED: tagged(arn),
    }
    assert outcomes(check_of(DASHBOARD.token), subject(DASHBOARD), world(there)) == [Outcome.ADOPTED]


SECRET_ARN = "arn:aws:secretsmanager:ap-south-1:1:secret:saleday/test/token-AbCdEf"
PROXY_ARN = "arn:aws:rds:ap-south-1:1:db-proxy:prx-0123456789"
SECRET = resource("aws:secretsmanager/secret:Secret", name="saleday/test/token")


@pytest.mark.parametrize(("deleted", "expected"), [({}, []), ({"DeletedDate": NOW}, [Outcome.FAILS])])
def test_a_deleted_secret_keeps_its_name_until_its_end(deleted: dict[str, object], expected: list[Outcome]) -> None:
    there = {
        "secretsmanager.list_secrets": {"SecretList": [{"Name": "saleday/test/token", "ARN": SECRET_ARN, **deleted}]},
        TAGGED: tagged(SECRET_ARN),
    }
    index = next(index for index, kind in enumerate(KINDS) if kind.token == SECRET.token and kind.kept)
    assert outcomes(list(names.checks())[index], subject(SECRET), world(there)) == expected
    (line,) = lines(check_of(SECRET.token), subject(SECRET), world(there))
    assert (line.outcome, line.text) == (Outcome.HOLDS, "secrets" if deleted else "1 secrets are the stack's own")


@pytest.mark.parametrize(
    ("token", "listing", "inputs"),
    [
        (
            "aws:rds/proxy:Proxy",
            {"rds.describe_db_proxies": {"DBProxies": [{"DBProxyName": "it", "DBProxyArn": PROXY_ARN}]}},
            {"name": "it"},
        ),
        (
            "aws:rds/proxyEndpoint:ProxyEndpoint",
            {
                "rds.describe_db_proxy_endpoints": {
                    "DBProxyEndpoints": [{"DBProxyEndpointName": "it", "DBProxyEndpointArn": PROXY_ARN}]
                }
            },
            {"dbProxyEndpointName": "it"},
        ),
    ],
)
def test_what_has_an_id_in_its_arn_is_told_by_the_arn(
    token: str, listing: dict[str, object], inputs: dict[str, str]
) -> None:
    of = subject(resource(token, **inputs))
    assert outcomes(check_of(token), of, world(listing | {TAGGED: tagged(PROXY_ARN)})) == [Outcome.HOLDS]
    assert outcomes(check_of(token), of, world(listing | NOTHING)) == [Outcome.FAILS]


def test_a_thing_of_another_service_tells_nothing_of_a_name() -> None:
    there = {
        "dynamodb.list_tables": {"TableNames": ["saleday-test-carts"]},
        TAGGED: tagged("arn:aws:sqs:ap-south-1:1:saleday-test-carts"),
    }
    assert outcomes(TABLES, subject(TABLE), world(there)) == [Outcome.FAILS]


WITH_IDS = frozenset({"database proxies", "proxy endpoints", "secrets", "secrets that wait for their end"})


@pytest.mark.parametrize("stack", ["dev", "prod", "eks"])
def test_the_arns_of_a_whole_stack_tell_its_names(stack: str) -> None:
    of = whole(stack)
    for kind in KINDS:
        if not kind.tagged or kind.tags or kind.title in WITH_IDS:
            continue
        for one in of.of(kind.token):
            if name := jmespath.search(kind.prop, one.inputs):
                arn = one.outputs["arn"]
                assert owns([arn], name), (kind.title, name, arn)
                assert arn.split(":")[2] == kind.read.action.partition(":")[0]


ROLE = resource("aws:iam/role:Role", name="saleday-test-flow")
ROLES = check_of(ROLE.token)


@pytest.mark.parametrize(
    ("tags", "outcome"), [({"Project": "saleday", "Stack": "test"}, Outcome.HOLDS), ({"Stack": "test"}, Outcome.FAILS)]
)
def test_roles_are_told_by_tags_of_their_own(tags: dict[str, str], outcome: Outcome) -> None:
    listed = {"Path": "/", "RoleName": "saleday-test-flow", "RoleId": "x", "Arn": "x" * 20, "CreateDate": 0}
    there = {
        "iam.list_roles": {"Roles": [listed]},
        "iam.list_role_tags": {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]},
    }
    assert outcomes(ROLES, subject(ROLE), world(there)) == [outcome]


BUCKET = resource("aws:s3/bucket:Bucket", bucket="saleday-test-logs")
BUCKETS = list(names.checks())[-1]


@pytest.mark.parametrize(
    ("own", "head", "outcome", "says"),
    [
        ([], Refused("404"), Outcome.HOLDS, "buckets"),
        ([], Refused("403"), Outcome.FAILS, "another account has buckets of these names"),
        ([], Refused("SlowDown"), Outcome.NOT_KNOWN, "is free: s3:ListBucket is throttled"),
        (["saleday-test-logs"], Refused("404"), Outcome.FAILS, "not this stack's"),
    ],
)
def test_a_buckets_name_is_held_against_all_of_aws(own: list[str], head: Refused, outcome: Outcome, says: str) -> None:
    there = {"s3.list_buckets": {"Buckets": [{"Name": name} for name in own]}, "s3.head_bucket": head}
    (line,) = lines(BUCKETS, subject(BUCKET), world(there | NOTHING))
    assert line.outcome is outcome
    assert says in line.text


def test_buckets_are_not_known_where_the_accounts_own_are_not() -> None:
    assert outcomes(BUCKETS, subject(BUCKET), world({"s3.head_bucket": Refused("403")})) == [Outcome.NOT_KNOWN]


def test_names_at_the_edge_are_looked_for_there() -> None:
    provider = "urn:pulumi:test::saleday::pulumi:providers:aws::us-east-1::id"
    topic = resource("aws:sns/topic:Topic", provider=provider, name="saleday-test-alerts")
    there = {"sns.list_topics": {"Topics": [{"TopicArn": "arn:aws:sns:us-east-1:1:saleday-test-alerts"}]}}
    from tests.account.preflight.world import Stubbed

    stubbed = Stubbed(there | NOTHING)
    assert outcomes(check_of(topic.token), subject(topic), world(stubbed)) == [Outcome.FAILS]
    assert stubbed.asked[0] == ("sns", "ListTopics", "us-east-1")


def test_names_have_few_beginnings() -> None:
    stems = ("shop-prod", "shop/prod")
    given = ["/aws/lambda/shop-prod-a", "/aws/lambda/shop-prod-b", "/shop/prod/trail", "shop-prod", "elsewhere"]
    assert prefixes(given, stems) == ["/aws/lambda/shop-prod", "/shop/prod", "elsewhere", "shop-prod"]


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield World(
            account=AwsAccount(boto3.Session(region_name=REGION), "123456789012", REGION),
            resolver=Dns(),
            registry=Images(),
        )


def test_moto_tells_own_and_strange_queues_apart(moto: World) -> None:
    sqs = boto3.client("sqs", REGION)
    sqs.create_queue(QueueName="saleday-test-own", tags={"Project": "saleday", "Stack": "test"})
    sqs.create_queue(QueueName="saleday-test-strange")
    queues = [resource(QUEUE, one, name=f"saleday-test-{one}") for one in ("own", "strange", "new")]
    found = lines(check_of(QUEUE), subject(*queues), moto)
    assert [(line.outcome, line.free) for line in found] == [
        (Outcome.HOLDS, 1),
        (Outcome.HOLDS, 0),
        (Outcome.FAILS, 0),
    ]
    assert found[-1].text.startswith("saleday-test-strange:")


# Parts of something that is held by its own name.
PARTS = """
    acm/certificateValidation:CertificateValidation appautoscaling/policy:Policy
    appautoscaling/scheduledAction:ScheduledAction appautoscaling/target:Target autoscaling/policy:Policy
    autoscaling/schedule:Schedule backup/selection:Selection backup/vaultPolicy:VaultPolicy
    cfg/recorderStatus:RecorderStatus cloudfront/monitoringSubscription:MonitoringSubscription
    cloudwatch/eventTarget:EventTarget cloudwatch/logDelivery:LogDelivery cloudwatch/logMetricFilter:LogMetricFilter
    dynamodb/contributorInsights:ContributorInsights ec2/defaultSecurityGroup:DefaultSecurityGroup
    ec2/networkAclRule:NetworkAclRule ec2/route:Route ec2/routeTableAssociation:RouteTableAssociation
    ec2/securityGroup:SecurityGroup ecr/lifecyclePolicy:LifecyclePolicy
    ecs/clusterCapacityProviders:ClusterCapacityProviders ecs/service:Service eks/accessEntry:AccessEntry
    eks/accessPolicyAssociation:AccessPolicyAssociation eks/addon:Addon eks/fargateProfile:FargateProfile
    eks/podIdentityAssociation:PodIdentityAssociation guardduty/detectorFeature:DetectorFeature
    iam/rolePolicy:RolePolicy iam/rolePolicyAttachment:RolePolicyAttachment
    lambda/eventSourceMapping:EventSourceMapping lambda/invocation:Invocation lambda/permission:Permission
    lb/listener:Listener lb/listenerRule:ListenerRule rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup
    rds/proxyTarget:ProxyTarget s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration
    s3/bucketLogging:BucketLogging s3/bucketNotification:BucketNotification
    s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration s3/bucketObjectv2:BucketObjectv2
    s3/bucketOwnershipControls:BucketOwnershipControls s3/bucketPolicy:BucketPolicy
    s3/bucketPublicAccessBlock:BucketPublicAccessBlock
    s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration
    s3/bucketVersioning:BucketVersioning scheduler/schedule:Schedule secretsmanager/secretRotation:SecretRotation
    securityhub/standardsSubscription:StandardsSubscription sns/topicPolicy:TopicPolicy
    sns/topicSubscription:TopicSubscription sqs/queuePolicy:QueuePolicy
    ssm/maintenanceWindowTarget:MaintenanceWindowTarget ssm/maintenanceWindowTask:MaintenanceWindowTask
    ssm/patchGroup:PatchGroup vpc/securityGroupEgressRule:SecurityGroupEgressRule
    vpc/securityGroupIngressRule:SecurityGroupIngressRule wafv2/webAclAssociation:WebAclAssociation
    wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration
"""
# AWS names them, and takes any number of one description.
NAMED_BY_AWS = """
    acm/certificate:Certificate backup/plan:Plan cloudfront/distribution:Distribution
    cloudwatch/queryDefinition:QueryDefinition costexplorer/anomalySubscription:AnomalySubscription ec2/eip:Eip
    ec2/flowLog:FlowLog ec2/internetGateway:InternetGateway ec2/natGateway:NatGateway ec2/networkAcl:NetworkAcl
    ec2/routeTable:RouteTable ec2/subnet:Subnet ec2/vpc:Vpc ec2/vpcEndpoint:VpcEndpoint
    ecs/taskDefinition:TaskDefinition kms/key:Key servicequotas/serviceQuota:ServiceQuota
    ssm/association:Association ssm/maintenanceWindow:MaintenanceWindow ssm/patchBaseline:PatchBaseline
"""
# Held by checks of their own.
ELSEWHERE = "iam/serviceLinkedRole:ServiceLinkedRole route53/record:Record s3/bucket:Bucket"
ONE_AN_ACCOUNT = {token for one in SINGLETONS.values() for token in one.tokens}


@pytest.mark.parametrize("stack", ["prod", "eks", "ec2"])
def test_every_kind_of_name_is_held_or_can_be_given_twice(stack: str) -> None:
    held = {kind.token for kind in KINDS} | ONE_AN_ACCOUNT
    held |= {f"aws:{token}" for token in f"{PARTS} {NAMED_BY_AWS} {ELSEWHERE}".split()}
    missing = {
        one.token
        for one in whole(stack).program.resources
        if one.custom and one.token.startswith("aws:") and one.token not in held
    }
    assert not missing, "add a kind to account/preflight/kinds.py, or say above why it needs none"


def test_every_kind_finds_its_name_in_the_graph() -> None:
    stacks = [whole(stack) for stack in ("prod", "eks", "ec2")]
    for kind in KINDS:
        for one in (one for stack in stacks for one in stack.of(kind.token)):
            assert jmespath.search(kind.prop, one.inputs), f"{kind.title}: {one.name} has no {kind.prop}"
