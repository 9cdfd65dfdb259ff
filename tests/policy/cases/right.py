"""Right variants that look like faults, and faults of which one rule alone tells."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.cases.functions import FUNCTION, PERMISSION, TRACED
from tests.policy.cases.keys import KEY, QUEUES
from tests.policy.harness import It

table = Table()

ARN = "arn:aws:sqs:ap-south-1:111122223333:dead"
DEAD = It("aws:sqs/queue:Queue", "dead", {"arn": ARN, "url": "https://q/dead", "kmsMasterKeyId": KEY.props["arn"]})
KEYED = DEAD.linking(kmsMasterKeyId=["key"])


def of(kind: str, /, **props: Any) -> It:
    return It(f"aws:{kind}", "it", props)


# A stream that pulls is encrypted by what it reads.
for source in ("kinesisSourceConfiguration", "mskSourceConfiguration"):
    table.passes(
        "cmk-everywhere", of("kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", **{source: {"roleArn": "r"}})
    )

# Where EC2 encrypts every volume with a key of the program, a template needs to say nothing.
BY_DEFAULT = It("aws:ebs/encryptionByDefault:EncryptionByDefault", "on", {"enabled": True})
DEFAULT_KEY = It("aws:ebs/defaultKmsKey:DefaultKmsKey", "default", {"keyArn": KEY.props["arn"]}, {"keyArn": ["key"]})
TEMPLATE = of("ec2/launchTemplate:LaunchTemplate", imageId="ami-1")
DISK = of(
    "ec2/launchTemplate:LaunchTemplate", blockDeviceMappings=[{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 9}}]
)
for it in (TEMPLATE, DISK, of("ebs/volume:Volume", size=9), of("ec2/instance:Instance", ami="ami-1")):
    table.passes("ec2-ebs-cmk", KEY, BY_DEFAULT, DEFAULT_KEY, it)
    table.passes("ec2-ebs-cmk", KEY, BY_DEFAULT.but("enabled"), DEFAULT_KEY, it)
table.fails("ec2-ebs-cmk", KEY, BY_DEFAULT, TEMPLATE, says="encryption to the image")
table.fails("ec2-ebs-cmk", KEY, DEFAULT_KEY, TEMPLATE, says="encryption to the image")
table.fails("ec2-ebs-cmk", KEY, BY_DEFAULT.but(enabled=False), DEFAULT_KEY, DISK, says="/dev/xvda is not encrypted")
table.fails("ec2-ebs-cmk", KEY, BY_DEFAULT.but(region="eu-west-1"), DEFAULT_KEY, DISK, says="is not encrypted")
table.fails(
    "ec2-ebs-cmk", KEY, BY_DEFAULT, DEFAULT_KEY, of("ebs/volume:Volume", encrypted=False), says="it is not encrypted"
)

# A queue for what others could not deliver.
for it in (
    of("pipes/pipe:Pipe", sourceParameters={"kinesisStreamParameters": {"deadLetterConfig": {"arn": ARN}}}),
    of("pipes/pipe:Pipe", sourceParameters={"dynamodbStreamParameters": {"deadLetterConfig": {"arn": ARN}}}),
    of("cloudwatch/eventBus:EventBus", deadLetterConfig={"arn": ARN}),
    of("iot/topicRule:TopicRule", errorAction={"sqs": {"queueUrl": "https://q/dead"}}),
):
    table.passes(QUEUES, KEY, KEYED, it)
table.fails(QUEUES, KEY, KEYED, of("pipes/pipe:Pipe", source=ARN), says="has no dead-letter queue")

# Functions whose caller waits for them lose nothing.
SILENT = FUNCTION.but("deadLetterConfig")
for principal in ("apigateway", "elasticloadbalancing", "cognito-idp", "lexv2", "vpc-lattice"):
    table.passes(TRACED, SILENT, PERMISSION.but(principal=f"{principal}.amazonaws.com"))
for principal in ("events", "s3", "sns", "ses", "iot"):
    table.fails(
        TRACED,
        SILENT,
        PERMISSION.but(principal=f"{principal}.amazonaws.com"),
        says="no dead-letter queue or failure destination",
    )
DEFINITION = {"States": {"A": {"Type": "Task", "Resource": FUNCTION.props.get("arn", "fn")}}}
MACHINE = of("sfn/stateMachine:StateMachine", definition=json.dumps(DEFINITION))
table.passes(TRACED, SILENT, MACHINE.linking(definition=["fn"]))
table.fails(
    TRACED,
    SILENT,
    of("sfn/stateMachine:StateMachine", definition="{}"),
    says="no dead-letter queue or failure destination",
)

# What a path says of its size may come from anywhere.
GROUP = "ec2/securityGroup:SecurityGroup"


def lets_in(protocol: str, start: int, end: int, cidr: str = "0.0.0.0/0") -> It:
    rule = {"protocol": protocol, "fromPort": start, "toPort": end, "cidrBlocks": [cidr]}
    return of(GROUP, ingress=[rule])


table.passes("sg-no-public-ingress", lets_in("icmp", 3, 4))
table.passes("sg-no-public-ingress", lets_in("icmpv6", 2, 0, "::/0"))
table.passes("sg-no-public-ingress", lets_in("1", 3, 4))
table.fails("sg-no-public-ingress", lets_in("icmp", -1, -1), says="icmp")
table.fails("sg-no-public-ingress", lets_in("icmp", 8, 0), says="icmp")
table.fails("sg-no-public-ingress", lets_in("tcp", 3, 4), says="tcp 3-4")

# A policy for which AWS has nothing narrower.
for name in ("AmazonEKS_CNI_Policy", "service-role/AmazonEBSCSIDriverPolicy"):
    attached = of(
        "iam/rolePolicyAttachment:RolePolicyAttachment", policyArn=f"arn:aws:iam::aws:policy/{name}", role="r"
    )
    table.passes("iam-managed-allowlist", attached)
