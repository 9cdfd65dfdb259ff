"""Secrets in plain text, by the place they stand in. The values only look like secrets."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.cases.compute import PLAINTEXT, environment, function
from tests.policy.harness import UNKNOWN, It, secret

table = Table()

TOKEN = "f00dfeed" * 4


def of(kind: str, /, **props: Any) -> It:
    return It(f"aws:{kind}", "it", props)


def machine(*states: dict[str, Any]) -> It:
    return of("sfn/stateMachine:StateMachine", definition=json.dumps({"States": dict(zip("AB", states, strict=False))}))


def call(**headers: str) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": {"Headers": headers}}


FAILING: dict[str, It] = {
    "clientSecret": environment(clientSecret=TOKEN),
    "DBPASS": function(DBPASS="Hunter2x9"),
    "/shop/token": of("ssm/parameter:Parameter", name="/shop/token", type="String", insecureValue=TOKEN),
    "its build spec": of("amplify/app:App", buildSpec=f"build:\n  commands:\n    - export TOKEN={TOKEN}\n"),
    "its buildspec": of(
        "codebuild/project:Project",
        source={"buildspec": f"env:\n  variables:\n    NPM_TOKEN: {TOKEN}\n"},
    ),
    "its location": of("codebuild/project:Project", source={"location": "https://ci:hunter22@git.example.org/a.git"}),
    "its url": of("codebuild/project:Project", secondarySources=[{"url": f"https://{TOKEN}@github.com/a/b.git"}]),
    "DB_PASSWORD": of(
        "apprunner/service:Service",
        sourceConfiguration={
            "codeRepository": {
                "codeConfiguration": {
                    "codeConfigurationValues": {"runtimeEnvironmentVariables": {"DB_PASSWORD": "x1y"}}
                }
            }
        },
    ),
    "--db_password": of("glue/job:Job", nonOverridableArguments={"--db_password": "Hunter2x9"}),
    "OAuthToken": of(
        "codepipeline/pipeline:Pipeline",
        stages=[{"actions": [{"provider": "GitHub", "configuration": {"Owner": "a", "OAuthToken": TOKEN}}]}],
    ),
    "API_TOKEN": of(
        "codepipeline/pipeline:Pipeline",
        stages=[
            {
                "actions": [
                    {"configuration": {"EnvironmentVariables": json.dumps([{"name": "API_TOKEN", "value": TOKEN}])}}
                ]
            }
        ],
    ),
    "Authorization": machine(call(**{"Content-Type": "application/json"}), call(Authorization=f"Bearer {TOKEN}")),
    "PGPASSWORD": of(
        "scheduler/schedule:Schedule",
        target={
            "input": json.dumps(
                {"containerOverrides": [{"environment": [{"name": "PGPASSWORD", "value": "Hunter22"}]}]}
            )
        },
    ),
    "apiKey": of("cloudwatch/eventTarget:EventTarget", input=json.dumps({"apiKey": TOKEN})),
    "token": of(
        "cloudwatch/eventTarget:EventTarget",
        inputTransformer={"inputTemplate": f'{{"auth": "Bearer", "token": "{TOKEN}"}}'},
    ),
    "splunk-token": It(
        "aws:ecs/taskDefinition:TaskDefinition",
        "task",
        {
            "containerDefinitions": json.dumps(
                [{"name": "web", "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": TOKEN}}}]
            )
        },
    ),
    "its entry point": It(
        "aws:ecs/taskDefinition:TaskDefinition",
        "task",
        {
            "containerDefinitions": json.dumps(
                [{"name": "r", "entryPoint": ["redis-server", "--requirepass", "Hunter2x9"]}]
            )
        },
    ),
    "its user data": of(
        "ec2/spotInstanceRequest:SpotInstanceRequest", userData="#!/bin/sh\necho app:Hunter22 | chpasswd\n"
    ),
    "its on start": of(
        "sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration",
        onStart=base64.b64encode(b"export db_password=hunter22\n").decode(),
    ),
    "MYSQL_PWD": of(
        "batch/jobDefinition:JobDefinition",
        containerProperties=json.dumps({"environment": [{"name": "MYSQL_PWD", "value": "Hunter22"}]}),
    ),
}
for place, it in FAILING.items():
    table.fails(PLAINTEXT, it, says=f"{place} holds what looks like a secret")

PASSING = (
    environment(PASSWORD_POLICY="strong", PASSWORD_HASH_ALGORITHM="argon2id", CSRF_TOKEN_COOKIE="csrf"),
    environment(FORGOT_PASSWORD_PAGE="/forgot", SECRETS_BACKEND="vault", JWT_ALGORITHM="HS256"),
    function(PARAMETERS_SECRETS_EXTENSION_HTTP_PORT="2773", TABLE="orders", KMS_KEY="alias/shop"),
    of(
        "codebuild/project:Project",
        source={
            "location": "https://github.com/a/b.git",
            "buildspec": "env:\n  secrets-manager:\n    T: prod/npm:token\n",
        },
        environment={"environmentVariables": [{"name": "DB_PASSWORD", "value": "/shop/db", "type": "PARAMETER_STORE"}]},
    ),
    of(
        "codepipeline/pipeline:Pipeline", stages=[{"actions": [{"configuration": {"OAuthToken": "{{resolve:ssm:t}}"}}]}]
    ),
    machine(call(**{"Authorization.$": "$.token"}), call(Accept="application/json")),
    of("glue/job:Job", defaultArguments={"--secret_id": "prod/db", "--TempDir": "s3://tmp/x"}),
    of("ssm/parameter:Parameter", name="/shop/db/password", type="SecureString", value=secret("hunter22")),
)
for it in PASSING:
    table.passes(PLAINTEXT, it)
table.unknown(PLAINTEXT, "undecided", of("sfn/stateMachine:StateMachine", definition=UNKNOWN))

# no-given-passwords
GIVEN = "no-given-passwords"
DOCDB = of("docdb/cluster:Cluster", masterUsername="root", manageMasterUserPassword=True)
table.passes(GIVEN, DOCDB)
table.passes(
    GIVEN,
    of("codebuild/sourceCredential:SourceCredential", authType="SECRETS_MANAGER", token="arn:aws:secretsmanager:x"),
)
table.passes(GIVEN, of("dms/endpoint:Endpoint", secretsManagerArn="arn:aws:secretsmanager:r:1:secret:x"))
table.passes(GIVEN, of("elasticache/user:User", authenticationMode={"type": "iam"}))
table.fails(
    GIVEN, DOCDB.but(masterPassword="Hunter2x9"), says="is given masterPassword, where manage_master_user_password"
)
table.fails(GIVEN, DOCDB.but(masterPassword=secret("Hunter2x9")), says="is given masterPassword")
table.fails(GIVEN, of("redshift/cluster:Cluster", masterPassword="Hunter2x9"), says="manage_master_password=True")
table.fails(GIVEN, of("redshiftserverless/namespace:Namespace", adminUserPassword="x"), says="manage_admin_password")
table.fails(GIVEN, of("dms/endpoint:Endpoint", password="x"), says="secrets_manager_arn")
table.fails(GIVEN, of("glue/connection:Connection", connectionProperties={"PASSWORD": "x"}), says="SECRET_ID")
table.unknown(GIVEN, "fails", DOCDB.but(masterPassword=UNKNOWN), says="is given masterPassword")
table.absent(GIVEN, "passes", of("redshift/cluster:Cluster"))
