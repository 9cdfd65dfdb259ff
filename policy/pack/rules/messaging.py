"""Rules for SQS, SNS and Secrets Manager."""

from __future__ import annotations

from ..encryption import OUTSIDE_KEYS, key_problem
from ..graph import Graph
from ..patterns import matches
from ..resource import Resource
from ..rule import Loosening, Problems, RuleContext, RuleOption, Scope, Severity, rule
from ..tokens import QUEUE, SECRET, TOPIC
from ..values import Block, document

REDRIVE_POLICY = "aws:sqs/redrivePolicy:RedrivePolicy"
REDRIVE_ALLOW = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
# Properties of other services that name a dead-letter queue.
DEAD_LETTERS = {
    "aws:cloudwatch/eventBus:EventBus": "deadLetterConfig.arn",
    "aws:cloudwatch/eventTarget:EventTarget": "deadLetterConfig.arn",
    "aws:iot/topicRule:TopicRule": "errorAction.sqs.queueUrl",
    "aws:lambda/function:Function": "deadLetterConfig.targetArn",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "destinationConfig.onFailure.destinationArn",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "destinationConfig.onFailure.destination",
    "aws:scheduler/schedule:Schedule": "target.deadLetterConfig.arn",
    "aws:sns/topicSubscription:TopicSubscription": "redrivePolicy",
}
_PIPE = "aws:pipes/pipe:Pipe"
# Of a pipe's sources only streams have one; a queue sets aside by itself.
PIPE_DEAD_LETTERS = tuple(
    f"sourceParameters.{stream}.deadLetterConfig.arn"
    for stream in ("kinesisStreamParameters", "dynamodbStreamParameters")
)

ROTATE = RuleOption(
    name="rotate",
    schema={"type": "array", "items": {"type": "string"}},
    default=[],
    meaning="names (`*` and `?` match) of the secrets that must have a rotation; RDS rotates its own by itself",
    loosening=Loosening.NEVER,
)


@rule(
    TOPIC,
    name="sns-cmk",
    title="Topics are encrypted with a key of this program.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP SNS.1", "CKV_AWS_26"),
    options=(OUTSIDE_KEYS,),
    remedy="Set kms_master_key_id to the domain's key",
)
def sns_cmk(topic: Resource, context: RuleContext) -> Problems:
    if problem := key_problem(topic, "kmsMasterKeyId", context):
        yield problem


@rule(
    QUEUE,
    name="sqs-cmk-dlq",
    title="Queues are encrypted with a key of this program and have a dead-letter queue.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP SQS.1", "CKV_AWS_27", "CKV2_AWS_73"),
    options=(OUTSIDE_KEYS,),
    remedy="Set kms_master_key_id to the data key, and redrive_policy to a dead-letter queue with maxReceiveCount",
)
def sqs_cmk_dlq(queue: Resource, context: RuleContext) -> Problems:
    if problem := key_problem(queue, "kmsMasterKeyId", context):
        yield problem
    if context.alone:
        return
    graph = context.whole
    has_own = queue.present("redrivePolicy") or graph.companions(queue, "queueUrl", REDRIVE_POLICY)
    if not has_own and not _sets_aside(graph, queue):
        yield "has no dead-letter queue and is none"


def _sets_aside(graph: Graph, queue: Resource) -> bool:
    """Whether the queue is a dead-letter queue or failure destination itself."""
    if queue.present("redriveAllowPolicy") or graph.companions(queue, "queueUrl", REDRIVE_ALLOW):
        return True
    named = [*DEAD_LETTERS.items(), *((_PIPE, path) for path in PIPE_DEAD_LETTERS)]
    if any(graph.companions(queue, path, token) for token, path in named):
        return True
    sources = [source for source in graph.of(QUEUE, REDRIVE_POLICY) if source.urn != queue.urn]
    return any(_drives_into(source, queue) for source in sources)


def _drives_into(source: Resource, queue: Resource) -> bool:
    raw = source.raw("redrivePolicy")
    if queue.urn in source.linked("redrivePolicy"):
        return True
    target = Block(document(raw)).text("deadLetterTargetArn") if isinstance(raw, (str, dict)) else None
    return target is not None and target == queue.outputs.get("arn")


@rule(
    SECRET,
    name="secrets-cmk-rotation",
    title="Secrets are encrypted with a key of this program, and rotated where the configuration names them.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP SecretsManager.1", "CKV_AWS_149", "CKV2_AWS_57"),
    options=(OUTSIDE_KEYS, ROTATE),
    remedy="Set kms_key_id to the data key, and add an aws.secretsmanager.SecretRotation",
)
def secrets_cmk_rotation(secret: Resource, context: RuleContext) -> Problems:
    if problem := key_problem(secret, "kmsKeyId", context):
        yield problem
    name = secret.text("name") or secret.name
    if context.alone:
        return
    asked = any(matches(str(pattern), name) for pattern in context.options[ROTATE.name])
    if asked and not context.whole.companions(secret, "secretId", ROTATION):
        yield "is never rotated"


RULES = (sns_cmk, sqs_cmk_dlq, secrets_cmk_rotation)
