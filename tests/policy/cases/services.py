"""Services that few programs use: what of them is judged by tables, and what is right and stays silent."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.harness import UNKNOWN, It

table = Table()

KEYS, TRANSIT, PUBLIC = "cmk-everywhere", "encrypted-in-transit", "not-public"
PRIVILEGES, LOGS, POLICIES = "service-privileges", "service-logs", "resource-policy-not-public"

KEY = It("aws:kms/key:Key", "key", {"keyId": UNKNOWN, "arn": UNKNOWN})


def it(token: str, /, **props: Any) -> It:
    module, name = token.split(".")
    kind = name[:1].lower() + name[1:]
    return It(f"aws:{module}/{kind}:{name}", "it", props)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
NAMED = {**EVERYBODY, "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}}

# Encryption at rest
DAX = it("dax.Cluster", serverSideEncryption={"enabled": True}, clusterEndpointEncryptionType="TLS")
table.passes(KEYS, DAX)
table.absent(KEYS, "fails", DAX.but("serverSideEncryption"), says="is not encrypted at rest")
table.unknown(KEYS, "undecided", DAX.but(serverSideEncryption={"enabled": UNKNOWN}))
GLUE = it(
    "glue.SecurityConfiguration",
    encryptionConfiguration={
        "s3Encryption": {"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": UNKNOWN},
        "cloudwatchEncryption": {"cloudwatchEncryptionMode": "SSE-KMS", "kmsKeyArn": UNKNOWN},
        "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS", "kmsKeyArn": UNKNOWN},
    },
).linking(encryptionConfiguration=["key"])
table.passes(KEYS, KEY, GLUE)
for block, mode in (
    ("s3Encryption", "s3EncryptionMode"),
    ("cloudwatchEncryption", "cloudwatchEncryptionMode"),
    ("jobBookmarksEncryption", "jobBookmarksEncryptionMode"),
):
    off = {**GLUE.props["encryptionConfiguration"], block: {mode: "DISABLED"}}
    table.fails(KEYS, KEY, GLUE.but(encryptionConfiguration=off).linking(encryptionConfiguration=["key"]), says="key")
COLLECTION = it("opensearch.ServerlessSecurityPolicy", type="encryption")
OWN_KEY = {"Rules": [], "AWSOwnedKey": False, "KmsARN": "arn:aws:kms:ap-south-1:111122223333:key/1"}
table.passes(KEYS, COLLECTION.but(policy=json.dumps(OWN_KEY)))
table.fails(KEYS, COLLECTION.but(policy=json.dumps({"AWSOwnedKey": True})), says="a key that AWS owns")
table.fails(KEYS, it("ebs.SnapshotImport", kmsKeyId="alias/aws/ebs"), says="without encryption")
table.fails(KEYS, it("ebs.SnapshotImport", encrypted=True), says="no customer-managed key")
table.passes(KEYS, KEY, it("ebs.SnapshotImport", encrypted=True, kmsKeyId=UNKNOWN).linking(kmsKeyId=["key"]))
table.fails(
    KEYS,
    it("apigateway.MethodSettings", settings={"cachingEnabled": True}),
    says="caches answers in clear",
)
table.passes(KEYS, it("apigateway.MethodSettings", settings={"cachingEnabled": False, "loggingLevel": "ERROR"}))
table.passes(KEYS, it("apigateway.MethodSettings", settings={"cachingEnabled": True, "cacheDataEncrypted": True}))
table.passes(KEYS, it("appsync.ApiCache", type="SMALL"))
table.fails(KEYS, it("neptunegraph.Graph", kmsKeyIdentifier="alias/aws/neptune"), says="AWS's own key")
table.fails(KEYS, it("appflow.Flow"), says="no customer-managed key (kmsArn)")
FLEET = it("ec2.SpotFleetRequest", launchSpecifications=[{"ami": "ami-1", "rootBlockDevices": [{"encrypted": True}]}])
table.passes(KEYS, FLEET)
table.passes(KEYS, it("ec2.SpotFleetRequest", launchTemplateConfigs=[{"launchTemplateSpecification": {}}]))
plain = {"ami": "ami-2", "ebsBlockDevices": [{"deviceName": "/dev/sdb"}]}
table.fails(
    KEYS, FLEET.but(launchSpecifications=[*FLEET.props["launchSpecifications"], plain]), says="a disk that is not"
)
for target in ("s3Configuration", "s3BackupConfiguration"):
    stream = it("kinesis.FirehoseDeliveryStream", kinesisSourceConfiguration={"roleArn": "r"})
    foreign = {target: {"kmsKeyArn": "alias/aws/s3"}}
    table.fails(KEYS, stream.but(redshiftConfiguration=foreign), says="AWS's own key alias/aws/s3")
table.fails(
    KEYS,
    it("imagebuilder.ImageRecipe", blockDeviceMappings=[{"ebs": {"encrypted": "true", "kmsKeyId": "alias/aws/ebs"}}]),
    says="AWS's own key",
)
table.fails(
    KEYS,
    it("emr.SecurityConfiguration", configuration='{"EncryptionConfiguration": {"EnableAtRestEncryption": false}}'),
    says="in clear",
)

# Encryption in transit
table.passes(TRANSIT, DAX)
table.fails(TRANSIT, DAX.but("clusterEndpointEncryptionType"), says="plain text")
table.fails(
    TRANSIT,
    it("transfer.Server", protocols=["SFTP", "FTP"], securityPolicyName="TransferSecurityPolicy-2024-01"),
    says="plain FTP",
)
table.passes(
    TRANSIT, it("transfer.Server", protocols=["SFTP", "FTPS"], securityPolicyName="TransferSecurityPolicy-2024-01")
)
table.fails(TRANSIT, it("transfer.Server", protocols=["SFTP"]), says="the ciphers of 2018")
table.passes(TRANSIT, it("dms.Endpoint", engineName="s3"))
table.passes(TRANSIT, it("dms.Endpoint", engineName="postgres", sslMode="verify-full"))
table.fails(TRANSIT, it("dms.Endpoint", engineName="postgres"), says="the database in plain text")
table.passes(TRANSIT, it("apigateway.DomainName", domainName="api.example.com"))
table.fails(TRANSIT, it("apigateway.DomainName", securityPolicy="TLS_1_0"), says="TLS 1.0")
table.fails(
    TRANSIT, it("elb.LoadBalancer", listeners=[{"lbProtocol": "HTTPS"}, {"lbProtocol": "http"}]), says="listens"
)
table.passes(TRANSIT, it("elb.LoadBalancer", internal=True, listeners=[{"lbProtocol": "http"}]))
table.fails(TRANSIT, it("mskconnect.Connector"), says="talks to Kafka in plain text")
VIEWERS = it(
    "cloudfront.MultitenantDistribution",
    defaultCacheBehavior={"viewerProtocolPolicy": "redirect-to-https"},
    viewerCertificate={"minimumProtocolVersion": "TLSv1.2_2021"},
    webAclId="acl",
)
table.passes(TRANSIT, VIEWERS)
table.fails(TRANSIT, VIEWERS.but(defaultCacheBehavior={"viewerProtocolPolicy": "allow-all"}), says="serves plain HTTP")

# Exposure
table.passes(PUBLIC, VIEWERS)
table.fails(PUBLIC, VIEWERS.but("webAclId"), says="has no web ACL")
NETWORK = it("opensearch.ServerlessSecurityPolicy", type="network")
table.passes(PUBLIC, NETWORK.but(policy=json.dumps([{"Rules": [], "AllowFromPublic": False, "SourceVPCEs": ["v"]}])))
table.fails(
    PUBLIC, NETWORK.but(policy=json.dumps([{"AllowFromPublic": False}, {"AllowFromPublic": True}])), says="internet"
)
table.fails(PUBLIC, it("ssm.Document", permissions={"type": "Share", "account_ids": "All"}), says="with everyone")
table.passes(PUBLIC, it("ssm.Document", permissions={"type": "Share", "account_ids": "444455556666"}))
table.passes(PUBLIC, it("ssm.Document", content="{}"))
table.fails(PUBLIC, it("cognito.IdentityPool", allowUnauthenticatedIdentities=True), says="to guests")
table.passes(PUBLIC, it("cognito.IdentityPool", identityPoolName="shop"))
table.fails(PUBLIC, it("neptunegraph.Graph", publicConnectivity=True), says="over the internet")
table.fails(PUBLIC, it("memorydb.Cluster", aclName="open-access"), says="without a name")
table.fails(PUBLIC, it("transfer.Server", protocols=["SFTP"]), says="listens on the internet")
table.passes(PUBLIC, it("transfer.Server", endpointType="VPC", endpointDetails={"vpcId": "vpc-1"}))
table.fails(PUBLIC, it("ecrpublic.Repository", repositoryName="shop"), says="a public repository")

# Privileges
BATCH = it("batch.JobDefinition", type="container", containerProperties=json.dumps({"image": "i", "privileged": False}))
table.passes(PRIVILEGES, BATCH)
table.absent(PRIVILEGES, "passes", it("batch.JobDefinition", type="container"))
table.unknown(PRIVILEGES, "undecided", BATCH.but(containerProperties=UNKNOWN))
for props in (
    {"containerProperties": json.dumps({"privileged": True})},
    {"nodeProperties": json.dumps({"nodeRangeProperties": [{"container": {}}, {"container": {"privileged": True}}]})},
    {"ecsProperties": json.dumps({"taskProperties": [{"containers": [{"privileged": True}]}]})},
    {"eksProperties": {"podProperties": {"initContainers": [{"securityContext": {"privileged": True}}]}}},
):
    table.fails(PRIVILEGES, it("batch.JobDefinition", **props), says="runs a privileged container")

# Logs
STAGE = it("apigatewayv2.Stage", accessLogSettings={"destinationArn": "arn", "format": "$requestId"})
table.passes(LOGS, STAGE)
table.absent(LOGS, "fails", STAGE.but("accessLogSettings"), says="doesn't log who calls it")
table.unknown(LOGS, "undecided", STAGE.but(accessLogSettings=UNKNOWN))
table.fails(LOGS, it("mq.Broker", logs={"general": False}), says="doesn't log")

# Who may come in, by a policy of the resource
for token, path in (
    ("ses.IdentityPolicy", "policy"),
    ("sesv2.EmailIdentityPolicy", "policy"),
    ("msk.ClusterPolicy", "policy"),
    ("redshift.ResourcePolicy", "policy"),
    ("redshiftserverless.ResourcePolicy", "policy"),
    ("apigateway.RestApiPolicy", "policy"),
    ("apigateway.RestApi", "policy"),
    ("ecrpublic.RepositoryPolicy", "policy"),
    ("organizations.ResourcePolicy", "content"),
    ("s3control.ObjectLambdaAccessPointPolicy", "policy"),
    ("sagemaker.ModelPackageGroupPolicy", "resourcePolicy"),
    ("vpclattice.ResourcePolicy", "policy"),
    ("acmpca.Policy", "policy"),
):
    table.passes(POLICIES, it(token, **{path: document(NAMED)}))
    table.fails(POLICIES, it(token, **{path: document(NAMED, EVERYBODY)}), says="everyone")
