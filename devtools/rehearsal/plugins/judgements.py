"""Decisions of the provider's code beyond its schema: extra replacements, and values it treats as equal.

Types of the provider's newer framework decide in their plan what replaces, and their schema doesn't say so. The
entries are what the real provider answers (`devtools/conformance/data/replacements.json`, to which a test holds
this module) and, for types that the program doesn't use, what the provider's source says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_INDEX: Final = re.compile(r"\[\d+\]")

_REPLACES: Final[Mapping[str, frozenset[str]]] = {
    short: frozenset(properties)
    for short, *properties in (
        ("backup/logicallyAirGappedVault", "encryptionKeyArn", "maxRetentionDays", "minRetentionDays", "name"),
        ("backup/restoreTestingPlan", "name"),
        ("backup/restoreTestingSelection", "name", "protectedResourceType", "restoreTestingPlanName"),
        ("cloudfront/keyValueStore", "name"),
        ("cloudwatch/logDelivery", "deliveryDestinationArn", "deliverySourceName"),
        ("cloudwatch/logDeliveryDestination", "name"),
        ("cloudwatch/logDeliveryDestinationPolicy", "deliveryDestinationName"),
        ("cloudwatch/logDeliverySource", "logType", "name", "resourceArn"),
        ("cloudwatch/logIndexPolicy", "logGroupName"),
        ("codeconnections/connection", "hostArn", "name", "providerType"),
        ("dynamodb/resourcePolicy", "resourceArn"),
        ("eks/cluster", "computeConfig.nodeRoleArn"),
        ("eks/podIdentityAssociation", "clusterName", "namespace", "serviceAccount"),
        ("elasticache/reservedCacheNode", "elasticacheReservedCacheNodeId", "reservedCacheNodesOfferingId"),
        ("elasticache/serverlessCache", "engine", "kmsKeyId", "name", "subnetIds"),
        ("fis/targetAccountConfiguration", "accountId", "experimentTemplateId"),
        ("iam/openIdConnectProvider", "url"),
        ("iam/rolePoliciesExclusive", "roleName"),
        ("iam/rolePolicyAttachmentsExclusive", "roleName"),
        ("lambda/runtimeManagementConfig", "functionName", "qualifier"),
        ("rds/integration", "kmsKeyId", "sourceArn", "targetArn"),
        ("rds/shardGroup", "dbClusterIdentifier", "dbShardGroupIdentifier"),
        ("s3/bucketLifecycleConfiguration", "bucket", "expectedBucketOwner"),
        ("s3/bucketObjectv2", "bucket", "key"),
        ("shield/applicationLayerAutomaticResponse", "resourceArn"),
        ("shield/drtAccessLogBucketAssociation", "logBucket", "roleArnAssociationId"),
        ("vpc/endpointPrivateDns", "vpcEndpointId"),
        ("vpc/securityGroupEgressRule", "securityGroupId"),
        ("vpc/securityGroupIngressRule", "securityGroupId"),
        ("vpc/securityGroupVpcAssociation", "securityGroupId", "vpcId"),
        ("wafv2/apiKey", "scope", "tokenDomains"),
        ("wafv2/webAclRuleGroupAssociation", "ruleName", "webAclArn"),
        ("xray/resourcePolicy", "policyName"),
    )
}


def replaces(short: str, path: str, after: Mapping[str, Any]) -> bool:
    """Whether a change at that path replaces a resource of that type, whatever its schema says."""
    place = _INDEX.sub("", path)
    top = place.partition(".")[0]
    if short == "lambda/invocation" and top == "input":
        # The function is called once for each input, unless it also handles updates and deletions.
        return after.get("lifecycleScope") != "CRUD"
    return not _REPLACES.get(short, frozenset()).isdisjoint((top, place))


def _always(_: Mapping[str, Any], __: Mapping[str, Any]) -> bool:
    return True


def _no_network_balancer(_: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Application load balancers always balance across zones."""
    return after.get("loadBalancerType", "application") == "application"


def _same_rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """ECR stores only the rules of a lifecycle policy."""
    try:
        old, new = json.loads(before["policy"]), json.loads(after["policy"])
    except (KeyError, TypeError, ValueError):
        return False
    return bool(old.get("rules") == new.get("rules"))


_EQUAL: Final[Mapping[tuple[str, str], Callable[[Mapping[str, Any], Mapping[str, Any]], bool]]] = {
    ("dynamodb/table", "attributes[].type"): _always,  # the provider tells attributes by their names
    ("ecr/lifecyclePolicy", "policy"): _same_rules,
    ("lb/loadBalancer", "enableCrossZoneLoadBalancing"): _no_network_balancer,
    ("rds/proxy", "auths[].clientPasswordAuthType"): _always,
}


def takes_for_equal(short: str, path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the provider sees no difference in a change at that path."""
    judge = _EQUAL.get((short, _INDEX.sub("[]", path)))
    return judge is not None and judge(before, after)
