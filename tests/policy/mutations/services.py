"""Mistakes with services that few programs use, each made in a program that is right."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.mutations import Edit, Mistakes, add, ref

mistakes = Mistakes()
M = mistakes

KEY = "aws:kms/key:Key"
OWN = ref(KEY, "keys-data", "arn")
CMK, TRANSIT, PUBLIC = "cmk-everywhere", "encrypted-in-transit", "not-public"
POLICIES = "resource-policy-not-public"
ANYBODY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}]})


def new(token: str, /, **props: Any) -> Edit:
    module, name = token.split(".")
    return add(f"aws:{module}/{name[:1].lower() + name[1:]}:{name}", "more", **props)


M(CMK, "a DAX cluster in clear", new("dax.Cluster", clusterEndpointEncryptionType="TLS"))
M(CMK, "a global cluster in clear", new("rds.GlobalCluster", engine="aurora-mysql"))
M(CMK, "a disk image imported in clear", new("ebs.SnapshotImport", diskContainer={"format": "VMDK"}))
M(CMK, "a Glue configuration that encrypts nothing", new("glue.SecurityConfiguration", encryptionConfiguration={}))
M(CMK, "a cache of answers in clear", new("apigateway.MethodSettings", settings={"cachingEnabled": True}))
M(CMK, "a workspace in clear", new("workspaces.Workspace", volumeEncryptionKey=OWN))
M(CMK, "a graph under AWS's key", new("neptunegraph.Graph", provisionedMemory=16))
M(CMK, "a video stream under AWS's key", new("kinesis.VideoStream"))
M(CMK, "an agent under a stranger's key", new("bedrock.AgentAgent", customerEncryptionKeyArn="alias/aws/bedrock"))
M(
    CMK,
    "a search collection under AWS's key",
    new("opensearch.ServerlessSecurityPolicy", type="encryption", policy='{"AWSOwnedKey": true}'),
)

M(TRANSIT, "a DAX cluster in plain text", new("dax.Cluster", serverSideEncryption={"enabled": True}))
M(TRANSIT, "a server of plain FTP", new("transfer.Server", endpointType="VPC", protocols=["FTP"]))
M(TRANSIT, "mail in plain text", new("ses.ConfigurationSet", deliveryOptions={"tlsPolicy": "Optional"}))
M(TRANSIT, "a migration in plain text", new("dms.Endpoint", engineName="mysql", sslMode="none"))
M(
    TRANSIT,
    "an API by TLS 1.0",
    new("apigatewayv2.DomainName", domainNameConfiguration={"securityPolicy": "TLS_1_0"}),
)

M(PUBLIC, "a multi-tenant distribution without a web ACL", new("cloudfront.MultitenantDistribution"))
M(PUBLIC, "guests with credentials", new("cognito.IdentityPool", allowUnauthenticatedIdentities=True))
M(PUBLIC, "a document for everybody", new("ssm.Document", permissions={"type": "Share", "account_ids": "All"}))
M(PUBLIC, "a graph on the internet", new("neptunegraph.Graph", publicConnectivity=True, kmsKeyIdentifier=OWN))
M(PUBLIC, "a database of Lightsail on the internet", new("lightsail.Database", publiclyAccessible=True))
M(
    PUBLIC,
    "search collections on the internet",
    new("opensearch.ServerlessSecurityPolicy", type="network", policy='[{"AllowFromPublic": true}]'),
)
M(
    PUBLIC,
    "machines of a fleet with addresses",
    new("ec2.SpotFleetRequest", launchSpecifications=[{"associatePublicIpAddress": True}]),
)

PRIVILEGES = "service-privileges"
M(PRIVILEGES, "a privileged job", new("batch.JobDefinition", containerProperties='{"privileged": true}'))
M(
    PRIVILEGES,
    "a privileged job of many nodes",
    new("batch.JobDefinition", nodeProperties='{"nodeRangeProperties": [{"container": {"privileged": "true"}}]}'),
)
M(
    PRIVILEGES,
    "a privileged pod",
    new(
        "batch.JobDefinition",
        eksProperties={"podProperties": {"containers": [{"securityContext": {"privileged": True}}]}},
    ),
)
M(PRIVILEGES, "a ledger that hides no table", new("qldb.Ledger", permissionsMode="ALLOW_ALL", kmsKey=OWN))
M(PRIVILEGES, "roles of a client's choice", new("cognito.IdentityPool", allowClassicFlow=True))

LOGS = "service-logs"
M(LOGS, "an API that keeps no log", new("apigateway.Stage", stageName="v1"))
M(LOGS, "an HTTP API that keeps no log", new("apigatewayv2.Stage", name="v1"))
M(LOGS, "a broker that keeps no log", new("mq.Broker", encryptionOptions={"kmsKeyId": OWN}))
M(LOGS, "transfers without a log", new("transfer.Server", endpointType="VPC"))

for where in ("ses.IdentityPolicy", "sesv2.EmailIdentityPolicy", "msk.ClusterPolicy", "redshift.ResourcePolicy"):
    M(POLICIES, f"{where} for everybody", new(where, policy=ANYBODY))
M(POLICIES, "an API for everybody", new("apigateway.RestApiPolicy", policy=ANYBODY))
M(POLICIES, "a search domain of the older type for everybody", new("elasticsearch.Domain", accessPolicies=ANYBODY))
M(POLICIES, "public images that everybody pushes", new("ecrpublic.RepositoryPolicy", policy=ANYBODY))
