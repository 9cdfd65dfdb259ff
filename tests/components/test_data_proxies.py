"""RDS Proxy in front of the data tier's clusters, and who may talk to whom."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.components.data_tier import Built, build, small
from tests.some import some

PROXY = "rds/proxy:Proxy"
INGRESS = "vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "ec2/securityGroup:SecurityGroup"


def database(**fields: Any) -> Built:
    settings = {"name": "orders", "engine": "aurora-postgresql", "databaseName": "ordersdb"} | fields
    return build({"databases": [settings]})


def test_a_proxy_takes_only_tls_and_logs_no_statements() -> None:
    proxy = small().one(PROXY).inputs
    assert proxy["requireTls"] is True
    assert proxy["debugLogging"] is False
    assert proxy["engineFamily"] == "MYSQL"
    assert proxy["vpcSubnetIds"] == ["subnet-data-a", "subnet-data-b", "subnet-data-c"]


def test_the_proxys_role_reads_one_secret() -> None:
    policy = json.loads(small().one("iam/rolePolicy:RolePolicy").inputs["policy"])
    secret, key = policy["Statement"]
    assert secret["Action"] == ["secretsmanager:GetSecretValue"]
    assert secret["Resource"] == ["arn:aws:secretsmanager:ap-south-1:123456789012:secret:rds!cluster-*"]
    assert secret["Condition"] == {
        "StringEquals": {
            "secretsmanager:ResourceTag/aws:rds:primaryDBClusterArn": (
                "arn:aws:rds:ap-south-1:123456789012:cluster:saleday-dev-catalog"
            )
        }
    }, "without the tag it could read the secret of every cluster in the account"
    assert key["Action"] == ["kms:Decrypt"]
    assert key["Condition"]["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": "alias/saleday-dev-data"}
    assert key["Condition"]["StringEquals"] == {"kms:ViaService": "secretsmanager.ap-south-1.amazonaws.com"}


def test_the_only_way_to_a_cluster_is_from_its_proxy() -> None:
    built = small()
    proxy = built.one(GROUP, "data-proxy-catalog").outputs["id"]
    cluster = built.one(GROUP, "data-db-catalog").outputs["id"]
    into, out = built.one(INGRESS).inputs, built.one(EGRESS).inputs
    assert (into["securityGroupId"], into["referencedSecurityGroupId"]) == (cluster, proxy)
    assert (out["securityGroupId"], out["referencedSecurityGroupId"]) == (proxy, cluster)
    assert {(rule["fromPort"], rule["toPort"], rule["ipProtocol"]) for rule in (into, out)} == {(3306, 3306, "tcp")}


def test_no_group_of_a_store_has_rules_of_its_own() -> None:
    for group in some(small().of(GROUP)):
        assert not {"ingress", "egress"} & set(group.inputs), f"{group.name} has inline rules"


def test_services_meet_the_proxy() -> None:
    built = small()
    handle = built.handles["databases.catalog"]
    assert handle["security_group_id"] == built.one(GROUP, "data-proxy-catalog").outputs["id"]
    assert handle["endpoint"] == built.one(PROXY).outputs["endpoint"]
    assert handle["reader_endpoint"] == built.one("rds/proxyEndpoint:ProxyEndpoint").outputs["endpoint"]
    assert handle["proxy_name"] == "saleday-dev-catalog"
    assert handle["secret_arn"].startswith("arn:aws:secretsmanager:ap-south-1:123456789012:secret:rds!cluster-")


def test_reads_go_to_readers_where_there_are_any() -> None:
    assert small().one("rds/proxyEndpoint:ProxyEndpoint").inputs["targetRole"] == "READ_ONLY"
    built = database(readers=0)
    assert built.of("rds/proxyEndpoint:ProxyEndpoint") == [], "a read-only endpoint without readers refuses everybody"
    handle = built.handles["databases.orders"]
    assert handle["reader_endpoint"] == handle["endpoint"]


def test_without_a_proxy_services_meet_the_cluster() -> None:
    built = database(proxy=None)
    assert built.of(PROXY) == []
    assert built.of(INGRESS) == [], "nobody gets in before a service says so"
    handle = built.handles["databases.orders"]
    assert handle["security_group_id"] == built.one(GROUP, "data-db-orders").outputs["id"]
    assert handle["endpoint"] == built.one("rds/cluster:Cluster").outputs["endpoint"]
    assert handle["proxy_name"] is None


def test_by_password_a_proxy_disallows_iam_and_grants_no_connect() -> None:
    built = database()
    (auth,) = built.one(PROXY).inputs["auths"]
    assert (auth["iamAuth"], auth["authScheme"]) == ("DISABLED", "SECRETS")
    assert auth["clientPasswordAuthType"] == "POSTGRES_SCRAM_SHA_256", "the other method of PostgreSQL is MD5"
    assert built.handles["databases.orders"]["connect_arn"] is None


def test_by_iam_a_proxy_requires_it_and_names_who_may_connect() -> None:
    built = database(proxy={"auth": "iam"})
    (auth,) = built.one(PROXY).inputs["auths"]
    assert auth["iamAuth"] == "REQUIRED"
    assert "clientPasswordAuthType" not in auth
    identifier = built.one(PROXY).outputs["arn"].rpartition(":")[2]
    assert identifier.startswith("prx-")
    assert built.handles["databases.orders"]["connect_arn"] == (
        f"arn:aws:rds-db:ap-south-1:123456789012:dbuser:{identifier}/shopmaster"
    )


@pytest.mark.parametrize(("most", "idle"), [(90, 45), (1, 0)])
def test_the_pool_stays_within_its_share(most: int, idle: int) -> None:
    pool = database(proxy={"maxConnectionsPercent": most}).one("rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup")
    config = pool.inputs["connectionPoolConfig"]
    assert (config["maxConnectionsPercent"], config["maxIdleConnectionsPercent"]) == (most, idle)
