"""Mistakes that leave a secret in plain text."""

from __future__ import annotations

import base64
import json

from policy.pack.tokens import INSTANCE, LAMBDA, LAUNCH_TEMPLATE, PARAMETER, PROJECT, TASK_DEFINITION
from tests.policy.mutations import Edit, Mistakes, add, put
from tests.policy.mutations.compute import SECRETS, container

mistakes = Mistakes()
M = mistakes

TOKEN = "f00dfeed" * 4

# One mistake for each way of writing a name, and for each look of a value.
for name in (
    "clientSecret",
    "authToken",
    "DBPASS",
    "ENCRYPTION_KEY",
    "dbPwd",
    "SmtpPass",
    "APP_KEY",
    "userCredentials",
):
    M(SECRETS, f"under the name {name}", container("environment.+", {"name": name, "value": TOKEN}))
for what, value in {
    "a JDBC address": "jdbc:postgresql://db/shop?user=app&password=Hunter2x9",
    "a key and value string": "Server=db;User Id=app;Password=Hunter2x9;",
    "a token of GitHub": "github_pat_" + "1A" * 41,
    "a token of Slack": "xapp-1-" + "A1b2" * 8,
    "a JSON web token": ".".join(("eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiJhIn0aaa", "c2lnbmF0dXJl1")),
    "a webhook": "https://hooks.slack.com/services/" + "T0AAAAAAA/B0AAAAAAA/" + "a1" * 12,
}.items():
    M(SECRETS, f"{what} under a harmless name", container("environment.+", {"name": "TARGET", "value": value}))

for what, command in {
    "an option with =": ["serve", "--db-password=Hunter2x9"],
    "an option and its value": ["redis-server", "--requirepass", "Hunter2x9"],
    "a shell": ["sh", "-c", "mysql -h db -u app -pHunter2x9 shop"],
}.items():
    M(SECRETS, f"in the command: {what}", container("command", command))

SCRIPTS = {
    "in lower case": "#!/bin/sh\ndb_password=hunter22\n",
    "by echo": '#!/bin/sh\necho "DB_PASSWORD=Hunter2x9" >> /etc/environment\n',
    "in YAML": "#cloud-config\npassword: Hunter2x9\nchpasswd: {expire: false}\n",
    "on a pipe": "#!/bin/sh\necho 'app:Hunter22' | chpasswd\n",
    "for PowerShell": '<powershell>\n$env:DB_PASSWORD = "Hunter22"\n</powershell>\n',
}
WRAPPED = base64.encodebytes(
    b"#!/bin/sh\n# starts the web server and registers it\nexport DB_PASSWORD=Hunter2x9\n"
).decode()
for what, script in SCRIPTS.items():
    M(SECRETS, f"in user data, {what}", put(INSTANCE, "userData", script), on="billing")
M(SECRETS, "in user data, base64 in lines", put(LAUNCH_TEMPLATE, "userData", WRAPPED), on="billing")


def logged(**options: str) -> Edit:
    return container("logConfiguration", {"logDriver": "splunk", "options": {"splunk-url": "https://logs", **options}})


def pipeline(**configuration: str) -> Edit:
    stage = {"name": "s", "actions": [{"name": "a", "provider": "GitHub", "configuration": configuration}]}
    return add("aws:codepipeline/pipeline:Pipeline", "old", stages=[stage])


OVERRIDE = {"containerOverrides": [{"name": "web", "environment": [{"name": "DB_PASSWORD", "value": "Hunter22"}]}]}
HEADERS = {
    "StartAt": "A",
    "States": {"A": {"Type": "Task", "Parameters": {"Headers": {"Authorization": f"Bearer {TOKEN}"}}}},
}

M(SECRETS, "in a log driver's options", logged(**{"splunk-token": TOKEN}))
M(SECRETS, "a parameter's insecure value", add(PARAMETER, "pw", name="/a/password", type="String", insecureValue="h22"))
M(
    SECRETS,
    "the same of a secure one",
    add(PARAMETER, "pw", name="/a/password", type="SecureString", insecureValue="h22"),
)
M(SECRETS, "in a schedule's input", add("aws:scheduler/schedule:Schedule", "s", target={"input": json.dumps(OVERRIDE)}))
M(SECRETS, "in a rule's input", add("aws:cloudwatch/eventTarget:EventTarget", "t", input=json.dumps(OVERRIDE)))
M(SECRETS, "in a build's source", put(PROJECT, "source", {"location": "https://ci:hunter22@git.shop/a"}), on="billing")
M(
    SECRETS,
    "in a buildspec",
    put(PROJECT, "source", {"buildspec": f"phases:\n  build:\n    commands:\n      - export TOKEN={TOKEN}\n"}),
    on="billing",
)
M(
    SECRETS,
    "in a state machine's headers",
    add("aws:sfn/stateMachine:StateMachine", "m", definition=json.dumps(HEADERS)),
)
M(SECRETS, "a pipeline's token of GitHub", pipeline(Owner="shop", OAuthToken=TOKEN))
M(SECRETS, "in a job's arguments", add("aws:glue/job:Job", "j", nonOverridableArguments={"--db_password": "Hunter22"}))
M(SECRETS, "a key in a function", put(LAMBDA, "environment", {"variables": {"apiKey": TOKEN}}), on="billing")
M(
    SECRETS,
    "in a health check",
    put(TASK_DEFINITION, "containerDefinitions|0.healthCheck", {"command": ["CMD", "curl", "-u", "a:Hunter22"]}),
)

# no-given-passwords
GIVEN = "no-given-passwords"
M(GIVEN, "a password for DocumentDB", add("aws:docdb/cluster:Cluster", "docs", masterPassword="Hunter22"))
M(GIVEN, "a password for Redshift", add("aws:redshift/cluster:Cluster", "dwh", masterPassword="Hunter22"))
M(GIVEN, "a password for a migration", add("aws:dms/endpoint:Endpoint", "from", password="Hunter22"))
M(GIVEN, "a password for a cache's user", add("aws:elasticache/user:User", "app", passwords=["Hunter22Hunter22"]))
