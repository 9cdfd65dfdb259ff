"""What AWS would answer: complete, believable, and the same every time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from devtools.rehearsal import fake_outputs, schema
from devtools.rehearsal.fake_outputs import outputs, planned
from tests.devtools.rehearsal.made_up import MUMBAI, made, urn
from tests.each import for_each

FIELDS = {"account", "arn", "code", "id", "name", "partition", "region", "suffix", "uuid"}


def token_of(short: str) -> str:
    return next(token for token in schema.known_tokens() if token.startswith(f"aws:{short}:"))


@for_each(sorted(fake_outputs.KINDS))
def test_a_table_names_only_what_the_type_has(short: str) -> None:
    form, kind = fake_outputs.KINDS[short], schema.resource_type(token_of(short))
    for name in form.outputs:
        assert kind.properties[name].computed, f"{short}: nobody computes {name}"
    if "arn" in kind.properties and not kind.properties["arn"].settable:
        assert form.arn is not None, f"{short} has an ARN, which the table leaves to chance"
    templates = [text for text in (form.id, form.arn, *form.outputs.values()) if isinstance(text, str)]
    for field, _ in re.findall(r"\{(\w+)(:\w+)?\}", " ".join(templates)):
        made_up = re.match(r"(hex|upper|lower|digits)\d+$", field)
        assert field in FIELDS or made_up or field in kind.properties, f"{short} has no property {field}"


def test_every_type_gets_every_computed_property_of_the_right_kind() -> None:
    kinds = {
        "string": str,
        "boolean": bool,
        "list": list,
        "map": dict,
        "object": dict,
        "integer": int,
        "number": (int, float),
    }
    for token in schema.known_tokens():
        kind = schema.resource_type(token)
        answer = made(token, {})
        for name in kind.computed:
            expected = kinds.get(kind.properties[name].kind, object)
            assert isinstance(answer[name], expected), f"{token} {name}: {answer[name]!r}"
            assert "{" not in str(answer[name]) or expected is not str or answer[name][:1] == "{", f"{token} {name}"


def test_every_made_up_arn_has_partition_service_region_and_account_in_their_places() -> None:
    form = re.compile(r"arn:aws:[a-z0-9-]+:(ap-south-1)?:(123456789012)?:.*")
    given = {"name": "web", "loadBalancerArn": "", "topic": "arn:aws:sns:ap-south-1:123456789012:t"}
    wrong = {}
    for short in fake_outputs.KINDS:
        token = token_of(short)
        arn = outputs(token, urn(token), given, MUMBAI)[1].get("arn") or "arn:aws:none:::"
        if not form.fullmatch(arn) and "secret" not in short:  # a secret's version has the ARN it is given
            wrong[short] = arn
    assert not wrong


def test_one_urn_always_gets_the_same_answers_and_another_one_others() -> None:
    assert made("aws:ec2/vpc:Vpc", {}) == made("aws:ec2/vpc:Vpc", {})
    assert made("aws:ec2/vpc:Vpc", {})["id"] != made("aws:ec2/vpc:Vpc", {}, name="other")["id"]


@pytest.mark.parametrize(
    ("token", "inputs", "identifier", "expected"),
    [
        (
            "aws:ec2/subnet:Subnet",
            {"vpcId": "vpc-1"},
            r"subnet-[0-9a-f]{17}",
            {"arn": r"arn:aws:ec2:ap-south-1:123456789012:subnet/subnet-[0-9a-f]{17}", "ownerId": "123456789012"},
        ),
        (
            "aws:rds/cluster:Cluster",
            {
                "clusterIdentifier": "shop-orders",
                "engine": "aurora-postgresql",
                "manageMasterUserPassword": True,
                "masterUserSecretKmsKeyId": "arn:aws:kms:ap-south-1:123456789012:key/1",
            },
            "shop-orders",
            {
                "arn": "arn:aws:rds:ap-south-1:123456789012:cluster:shop-orders",
                "endpoint": r"shop-orders\.cluster-c[a-z0-9]{11}\.ap-south-1\.rds\.amazonaws\.com",
                "readerEndpoint": r"shop-orders\.cluster-ro-c[a-z0-9]{11}\.ap-south-1\.rds\.amazonaws\.com",
                "clusterResourceId": r"cluster-[A-Z0-9]{26}",
                "port": "5432",
            },
        ),
        (
            "aws:rds/proxy:Proxy",
            {"name": "shop"},
            "shop",
            {
                "arn": r"arn:aws:rds:ap-south-1:123456789012:db-proxy:prx-[0-9a-f]{17}",
                "endpoint": r"shop\.proxy-c[a-z0-9]{11}\.ap-south-1\.rds\.amazonaws\.com",
            },
        ),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"replicationGroupId": "shop", "transitEncryptionEnabled": True, "numCacheClusters": 2},
            "shop",
            {
                "primaryEndpointAddress": r"master\.shop\.[a-z0-9]{6}\.aps1\.cache\.amazonaws\.com",
                "readerEndpointAddress": r"replica\.shop\.[a-z0-9]{6}\.aps1\.cache\.amazonaws\.com",
                "configurationEndpointAddress": "",
                "memberClusters": r"\['shop-001', 'shop-002'\]",
            },
        ),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"replicationGroupId": "shop", "numNodeGroups": 2, "replicasPerNodeGroup": 1},
            "shop",
            {
                "primaryEndpointAddress": "",
                "configurationEndpointAddress": r"shop\.[a-z0-9]{6}\.clustercfg\.aps1\.cache\.amazonaws\.com",
                "memberClusters": r"\['shop-0001-001', 'shop-0001-002', 'shop-0002-001', 'shop-0002-002'\]",
            },
        ),
        (
            "aws:elasticache/serverlessCache:ServerlessCache",
            {"name": "shop", "engine": "valkey"},
            "shop",
            {"endpoints": r"\[\{'address': 'shop-[a-z0-9]{6}\.serverless\.aps1\.cache\.amazonaws\.com', .*6379\}\]"},
        ),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            {"name": "shop", "internal": True},
            r"arn:aws:elasticloadbalancing:ap-south-1:123456789012:loadbalancer/app/shop/[0-9a-f]{16}",
            {
                "dnsName": r"internal-shop-\d{10}\.ap-south-1\.elb\.amazonaws\.com",
                "zoneId": "ZP97RAFLXTNZK",
                "arnSuffix": r"app/shop/[0-9a-f]{16}",
            },
        ),
        (
            "aws:lb/listener:Listener",
            {"loadBalancerArn": "arn:aws:elasticloadbalancing:ap-south-1:1:loadbalancer/app/shop/0123456789abcdef"},
            r"arn:aws:elasticloadbalancing:ap-south-1:1:listener/app/shop/0123456789abcdef/[0-9a-f]{16}",
            {},
        ),
        (
            "aws:lb/listenerRule:ListenerRule",
            {"listenerArn": "arn:aws:elasticloadbalancing:ap-south-1:1:listener/app/shop/0123456789abcdef/0123"},
            "arn:aws:elasticloadbalancing:ap-south-1:1:listener-rule/app/shop/0123456789abcdef/0123/[0-9a-f]{16}",
            {},
        ),
        (
            "aws:cloudfront/distribution:Distribution",
            {},
            r"E[A-Z0-9]{13}",
            {
                "arn": r"arn:aws:cloudfront::123456789012:distribution/E[A-Z0-9]{13}",
                "domainName": r"d[a-z0-9]{13}\.cloudfront\.net",
                "hostedZoneId": "Z2FDTNDATAQYW2",
            },
        ),
        (
            "aws:wafv2/webAcl:WebAcl",
            {"name": "edge", "scope": "CLOUDFRONT"},
            r"[0-9a-f-]{36}",
            {"arn": r"arn:aws:wafv2:ap-south-1:123456789012:global/webacl/edge/[0-9a-f-]{36}"},
        ),
        (
            "aws:ecr/repository:Repository",
            {"name": "shop/cart"},
            "shop/cart",
            {"repositoryUrl": r"123456789012\.dkr\.ecr\.ap-south-1\.amazonaws\.com/shop/cart"},
        ),
        (
            "aws:sqs/queue:Queue",
            {"name": "orders"},
            "https://sqs.ap-south-1.amazonaws.com/123456789012/orders",
            {"arn": "arn:aws:sqs:ap-south-1:123456789012:orders"},
        ),
        (
            "aws:iam/role:Role",
            {"name": "task", "path": "/shop/"},
            "task",
            {"arn": "arn:aws:iam::123456789012:role/shop/task", "uniqueId": "AROA[A-Z0-9]{17}"},
        ),
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "task", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
            "task/arn:aws:iam::aws:policy/ReadOnlyAccess",
            {},
        ),
        (
            "aws:dynamodb/table:Table",
            {"name": "carts", "streamEnabled": True},
            "carts",
            {"streamArn": r"arn:aws:dynamodb:ap-south-1:123456789012:table/carts/stream/2026-.*"},
        ),
        ("aws:dynamodb/table:Table", {"name": "carts"}, "carts", {"streamArn": ""}),
        (
            "aws:kms/key:Key",
            {},
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}",
            {"arn": r"arn:aws:kms:ap-south-1:123456789012:key/[0-9a-f-]{36}", "keyId": r"[0-9a-f-]{36}"},
        ),
        (
            "aws:s3/bucket:Bucket",
            {"bucket": "shop-media"},
            "shop-media",
            {
                "arn": "arn:aws:s3:::shop-media",
                "bucketRegionalDomainName": r"shop-media\.s3\.ap-south-1\.amazonaws\.com",
            },
        ),
        (
            "aws:ecs/service:Service",
            {"name": "cart", "cluster": "arn:aws:ecs:ap-south-1:123456789012:cluster/shop"},
            "arn:aws:ecs:ap-south-1:123456789012:service/shop/cart",
            {},
        ),
        (
            "aws:cloudwatch/logGroup:LogGroup",
            {"name": "/ecs/cart"},
            "/ecs/cart",
            {"arn": "arn:aws:logs:ap-south-1:123456789012:log-group:/ecs/cart"},
        ),
        (
            "aws:secretsmanager/secret:Secret",
            {"name": "shop"},
            r"arn:aws:secretsmanager:ap-south-1:123456789012:secret:shop-[a-z0-9]{6}",
            {},
        ),
        (
            "aws:route53/zone:Zone",
            {"name": "shop.example"},
            r"Z0[A-Z0-9]{19}",
            {"nameServers": r"\['ns-\d+\.awsdns-\d\d\.org', .*\]"},
        ),
        (
            "aws:appautoscaling/policy:Policy",
            {
                "name": "cpu",
                "policyType": "TargetTrackingScaling",
                "serviceNamespace": "ecs",
                "resourceId": "service/shop/cart",
            },
            "cpu",
            {"arn": r"arn:aws:autoscaling:.*:scalingPolicy:[0-9a-f-]{36}:resource/ecs/service/shop/.*:policyName/cpu"},
        ),
    ],
)
def test_answers_look_like_those_of_aws(
    token: str, inputs: Mapping[str, Any], identifier: str, expected: Mapping[str, str]
) -> None:
    answer = made(token, inputs)
    assert re.fullmatch(identifier, answer["id"]), answer["id"]
    for name, pattern in expected.items():
        assert re.fullmatch(pattern, str(answer[name])), f"{name}: {answer[name]}"
    assert {name: answer[name] for name in inputs} == inputs, "inputs are echoed"


def test_a_managed_master_password_is_kept_in_a_secret_under_the_given_key() -> None:
    inputs = {
        "clusterIdentifier": "c",
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": "arn:aws:kms:::key/1",
    }
    [secret] = made("aws:rds/cluster:Cluster", inputs)["masterUserSecrets"]
    assert secret["secretArn"].startswith("arn:aws:secretsmanager:ap-south-1:123456789012:secret:rds!cluster-")
    assert secret["kmsKeyId"] == "arn:aws:kms:::key/1"
    assert made("aws:rds/cluster:Cluster", {"clusterIdentifier": "c"})["masterUserSecrets"] == []


def test_a_certificate_names_a_record_for_each_of_its_domains() -> None:
    inputs = {
        "domainName": "shop.example",
        "subjectAlternativeNames": ["*.shop.example", "www.shop.example"],
        "validationMethod": "DNS",
    }
    options = {o["domainName"]: o for o in made("aws:acm/certificate:Certificate", inputs)["domainValidationOptions"]}
    assert list(options) == ["shop.example", "*.shop.example", "www.shop.example"]
    apex, wildcard = options["shop.example"], options["*.shop.example"]
    assert re.fullmatch(r"_[0-9a-f]{32}\.shop\.example\.", apex["resourceRecordName"])
    assert apex["resourceRecordName"] == wildcard["resourceRecordName"], (
        "one record validates a domain and its wildcard"
    )
    assert apex["resourceRecordName"] != options["www.shop.example"]["resourceRecordName"]


def test_a_name_that_nobody_gives_is_made_up_within_the_services_limits() -> None:
    role = made("aws:iam/role:Role", {}, name="R" * 80)["name"]
    assert re.fullmatch(r"R{56}-[0-9a-f]{7}", role)
    bucket = made("aws:s3/bucket:Bucket", {}, name="Media" * 20)["bucket"]
    assert len(bucket) == 63
    assert bucket == bucket.lower()
    assert made("aws:sqs/queue:Queue", {"fifoQueue": True})["name"].endswith(".fifo")
    assert re.fullmatch(r"alias/web-[0-9a-f]{7}", made("aws:kms/alias:Alias", {})["name"])
    assert re.fullmatch(r"shop-[0-9a-f]{7}", made("aws:iam/role:Role", {"namePrefix": "shop-"})["id"])


def test_a_successor_is_told_from_what_it_replaces() -> None:
    token = "aws:ec2/vpc:Vpc"
    first, _ = outputs(token, urn(token), {}, MUMBAI)
    second, _ = outputs(token, urn(token), {}, MUMBAI, replaced={"id": first})
    third, _ = outputs(token, urn(token), {}, MUMBAI, replaced={"id": second})
    assert len({first, second, third}) == 3


def test_revisions_count_on() -> None:
    token, inputs = "aws:ecs/taskDefinition:TaskDefinition", {"family": "cart"}
    first = made(token, inputs)
    assert first["arn"].endswith(":task-definition/cart:1")
    second = outputs(token, urn(token), inputs, MUMBAI, replaced=first)[1]
    assert second["arn"].endswith(":task-definition/cart:2")


def test_an_update_keeps_what_it_does_not_touch() -> None:
    token = "aws:rds/cluster:Cluster"
    before = made(token, {"clusterIdentifier": "c", "engine": "aurora-mysql"})
    after = outputs(
        token,
        urn(token),
        {"clusterIdentifier": "c", "engine": "aurora-mysql", "tags": {"a": "b"}},
        MUMBAI,
        before=before,
    )[1]
    assert after["endpoint"] == before["endpoint"]
    assert after["tagsAll"] == {"a": "b"}
    vpc = "aws:ec2/vpc:Vpc"
    successor = outputs(vpc, urn(vpc), {"cidrBlock": "10.0.0.0/16"}, MUMBAI, replaced={"id": "vpc-1"})[1]
    later = outputs(vpc, urn(vpc), {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}}, MUMBAI, before=successor)[1]
    assert later["mainRouteTableId"] == successor["mainRouteTableId"], "though the URN alone would give another one"
    template = "aws:ec2/launchTemplate:LaunchTemplate"
    first = made(template, {"name": "t"})
    assert outputs(template, urn(template), {"name": "t"}, MUMBAI, before=first)[1]["latestVersion"] == 2


def test_a_preview_knows_inputs_tags_and_region_and_nothing_else() -> None:
    unknown = object()
    token = "aws:eks/cluster:Cluster"
    answer = planned(token, {"name": "shop", "tags": {"a": "b"}, "vpcConfig": {"subnetIds": ["s"]}}, MUMBAI, unknown)
    assert answer["name"] == "shop"
    assert answer["tagsAll"] == {"a": "b"}
    assert answer["region"] == "ap-south-1"
    assert answer["arn"] is answer["endpoint"] is unknown
    assert answer["vpcConfig"]["clusterSecurityGroupId"] is unknown
    later = planned(token, {"name": "shop"}, MUMBAI, unknown, before=made(token, {"name": "shop"}))
    assert later["endpoint"].startswith("https://")


def test_what_the_provider_fills_in_inside_a_block_is_there_after_creation() -> None:
    answer = made("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": ["s"]}})
    assert answer["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-")


def test_the_bridges_notes_are_no_outputs() -> None:
    answer = made("aws:sqs/queue:Queue", {"name": "q", "__defaults": ["name"], "tags": {"a": "b"}})
    assert "__defaults" not in answer
