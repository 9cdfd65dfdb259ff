"""Rules for Lambda functions: what they run on, who starts them, what becomes of failures."""

from __future__ import annotations

from ..encryption import OUTSIDE_KEYS, key_problem
from ..graph import Graph
from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Scope, Severity, rule
from ..strangers import Admission, opened
from ..tokens import LAMBDA, LAMBDA_PERMISSION

FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"
# Callers that learn of a failure: a mapping leaves the event in its queue or stream, an invocation fails itself.
ANSWERED = (
    ("aws:lambda/eventSourceMapping:EventSourceMapping", "functionName"),
    ("aws:lambda/invocation:Invocation", "functionName"),
    ("aws:lambda/functionUrl:FunctionUrl", "functionName"),
    ("aws:appsync/dataSource:DataSource", "lambdaConfig.functionArn"),
    ("aws:apigateway/integration:Integration", "uri"),
    ("aws:apigatewayv2/integration:Integration", "integrationUri"),
)
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
# Services that wait for a function's answer, by the table of synchronous invocation in the Lambda developer guide.
WAITING = frozenset(
    f"{service}.amazonaws.com"
    for service in (
        "apigateway",
        "appsync",
        "bedrock",
        "cognito-idp",
        "connect",
        "edgelambda",
        "elasticloadbalancing",
        "firehose",
        "lex",
        "lexv2",
        "replicator.lambda",
        "vpc-lattice",
    )
)
# A pipeline's action, or the condition of a stage, fails unless the function reports success.
PIPELINE = "aws:codepipeline/pipeline:Pipeline"
IN_PIPELINES = (
    "stages.actions.configuration",
    "stages.beforeEntry.condition.rules.configuration",
    "stages.onFailure.condition.rules.configuration",
    "stages.onSuccess.condition.rules.configuration",
)
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"

# Runtimes that get no more fixes; the dates are those of the Lambda developer guide, up to 2026-11.
ENDED_RUNTIMES = frozenset(
    (
        "dotnet5.0",
        "dotnet6",
        "dotnet7",
        "dotnet8",
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "go1.x",
        "java8",
        "nodejs",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "nodejs16.x",
        "nodejs18.x",
        "nodejs20.x",
        "provided",
        "provided.al2",
        "python2.7",
        "python3.6",
        "python3.7",
        "python3.8",
        "python3.9",
        "python3.10",
        "ruby2.5",
        "ruby2.7",
        "ruby3.2",
    )
)


@rule(
    LAMBDA,
    name="lambda-runtime-supported",
    title="Functions run on supported runtimes.",
    severity=Severity.HIGH,
    controls=("FSBP Lambda.2", "CKV_AWS_363"),
    remedy="Name a runtime that AWS supports, such as python3.13",
)
def lambda_runtime_supported(function: Resource, context: RuleContext) -> Problems:
    runtime = function.text("runtime")
    if runtime in ENDED_RUNTIMES:
        yield f"runs on {runtime}, whose support has ended"


@rule(
    LAMBDA,
    name="lambda-dlq-tracing",
    title="Functions are traced, and have a dead-letter queue or failure destination for asynchronous events.",
    severity=Severity.LOW,
    scope=Scope.STACK,
    level=Level.ADVISORY,
    controls=("FSBP Lambda.7", "CKV_AWS_50", "CKV_AWS_116"),
    remedy="Set tracing_config mode Active, and dead_letter_config or a failure destination",
)
def lambda_dlq_tracing(function: Resource, context: RuleContext) -> Problems:
    if function.text("tracingConfig.mode") != "Active":
        yield "is not traced"
    graph = context.whole
    if function.present("deadLetterConfig.targetArn"):
        return
    settings = graph.companions(function, "functionName", INVOKE_CONFIG)
    if any(item.present("destinationConfig.onFailure.destination") for item in settings):
        return
    callers = [_principal(item) for item in graph.companions(function, "function", LAMBDA_PERMISSION)]
    waiting = all(caller in WAITING for caller in callers)
    if not waiting or not (callers or _answered(function, graph)):
        yield "has no dead-letter queue or failure destination"


def _principal(permission: Resource) -> str:
    return permission.text("principal") or ""


def _answered(function: Resource, graph: Graph) -> bool:
    """Whether its caller gets its errors."""
    if any(graph.companions(function, path, token) for token, path in ANSWERED):
        return True
    if any(graph.companions(function, f"{path}.FunctionName", PIPELINE) for path in IN_PIPELINES):
        return True
    return any(_runs(machine, function) for machine in graph.of(STATE_MACHINE))


def _runs(machine: Resource, function: Resource) -> bool:
    """Whether a state machine calls the function, and so waits for it."""
    if function.urn in machine.linked("definition"):
        return True
    definition = machine.raw("definition")
    names = (function.outputs.get("arn"), function.outputs.get("name"))
    return isinstance(definition, str) and any(isinstance(name, str) and f'"{name}' in definition for name in names)


@rule(
    LAMBDA,
    name="lambda-env-cmk",
    title="The environment of functions is encrypted with a key of this program.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    early=True,
    controls=("CKV_AWS_173",),
    options=(OUTSIDE_KEYS,),
    remedy="Set kms_key_arn to the domain's key",
)
def lambda_env_cmk(function: Resource, context: RuleContext) -> Problems:
    if function.present("environment.variables") and (problem := key_problem(function, "kmsKeyArn", context)):
        yield problem


@rule(
    LAMBDA_PERMISSION,
    FUNCTION_URL,
    name="lambda-invoke-scoped",
    title="Functions may be invoked only by named callers.",
    severity=Severity.HIGH,
    controls=("FSBP Lambda.1", "CKV_AWS_258", "CKV_AWS_301", "CKV_AWS_364"),
    remedy="Name the source_arn (for S3 the source_account too), and set a function URL's authorization to AWS_IAM",
)
def lambda_invoke_scoped(resource: Resource, context: RuleContext) -> Problems:
    if resource.token == FUNCTION_URL:
        if (resource.text("authorizationType") or "NONE") != "AWS_IAM":
            yield "answers calls without authentication"
        return
    if resource.text("functionUrlAuthType") == "NONE":
        yield "lets everyone call the function's URL"
        return
    yield from _invoked_by_strangers(resource)


# Conditions that Lambda makes of a permission's properties; it compares the ARN by pattern.
_CONDITIONS = {
    "StringLike": {"sourceArn": "aws:SourceArn"},
    "StringEquals": {"sourceAccount": "aws:SourceAccount", "principalOrgId": "aws:PrincipalOrgID"},
}


def _invoked_by_strangers(permission: Resource) -> Problems:
    principal = permission.text("principal") or ""
    service = principal.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    tied = permission.present("sourceAccount") or permission.present("principalOrgId")
    arn = "" if tied else permission.text("sourceArn")
    admission = Admission({"Statement": _statement(permission, {"Service" if service else "AWS": principal})})
    if any(found for statement in admission.allowing for found in opened(statement, admission)):
        yield f"lets {principal if service else 'everyone'} invoke the function for {arn or 'any account'}"
    elif principal == "s3.amazonaws.com" and not tied:
        yield "names a bucket, but not the account that must own it, as another may take its name over"


def _statement(permission: Resource, principal: dict[str, str]) -> dict[str, object]:
    conditions = {
        operator: {key: permission.data[path] for path, key in keys.items() if permission.present(path)}
        for operator, keys in _CONDITIONS.items()
    }
    return {"Effect": "Allow", "Principal": principal, "Condition": conditions}


RULES = (lambda_runtime_supported, lambda_dlq_tracing, lambda_env_cmk, lambda_invoke_scoped)
