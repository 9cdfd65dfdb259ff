"""Rules for secrets in plain text. No message of them holds a value."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from ..resource import Resource
from ..rule import Context, Problems, Severity, rule
from ..tokens import INSTANCE, LAMBDA, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, PARAMETER, PROJECT, TASK_DEFINITION
from ..values import Block, Unknown, each, known
from .ecs import containers

# Names under which people keep secrets; the second drops those that only tell where a secret is or how it is used.
_SECRET_NAME = re.compile(
    r"(?:^|[_\-./])(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRETS?|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH_?KEY"
    r"|SIGNING_?KEY|CONNECTION_?STRING)(?:[_\-./]|$)|PASSWORD|PASSWD|APIKEY|SECRETKEY",
    re.IGNORECASE,
)
_REFERENCE_NAME = re.compile(
    r"[_\-./](?:ARNS?|NAMES?|IDS?|PATHS?|FILES?|URLS?|ENDPOINTS?|TTL|SECONDS|PROVIDER|HEADER|TYPE|ENABLED|LENGTH|REGION|ALIAS)$",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}"
    r"|\bxox[abpr]-[A-Za-z0-9-]{10,}"
    r"|\bsk_live_[A-Za-z0-9]{16,}"
    r"|[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/:@{$]+@",
)
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(\S+)", re.MULTILINE)
_HARMLESS_VALUE = re.compile(
    r"(?:true|false|yes|no|on|off|none|null|\d{1,5}|arn:aws[\w-]*:.*|\{\{resolve:.*|\$.*|)", re.IGNORECASE | re.DOTALL
)


# Names and values as one mapping, by type.
MAPPINGS = {
    LAMBDA: "environment.variables",
    "aws:amplify/app:App": "environmentVariables",
    "aws:apprunner/service:Service": "sourceConfiguration.imageRepository.imageConfiguration"
    ".runtimeEnvironmentVariables",
    "aws:glue/job:Job": "defaultArguments",
}


def _looks_secret(name: str, value: str) -> bool:
    if _SECRET_VALUE.search(value):
        return True
    named = _SECRET_NAME.search(name) and not _REFERENCE_NAME.search(name)
    return bool(named) and not _HARMLESS_VALUE.fullmatch(value.strip())


@rule(
    TASK_DEFINITION,
    PROJECT,
    PARAMETER,
    INSTANCE,
    LAUNCH_TEMPLATE,
    LAUNCH_CONFIGURATION,
    *MAPPINGS,
    name="no-plaintext-secrets",
    title="No secret stands in plain text in an environment, a boot script or a parameter.",
    severity=Severity.CRITICAL,
    controls=("FSBP ECS.8", "FSBP CodeBuild.2", "CKV_AWS_45", "CKV_AWS_46"),
    remedy="Keep it in Secrets Manager or a SecureString parameter and refer to it (valueFrom, type SECRETS_MANAGER)",
)
def no_plaintext_secrets(resource: Resource, context: Context) -> Problems:
    yield from each(_pairs(resource), _exposed)
    if resource.token == TASK_DEFINITION:
        yield from each(containers(resource), _spoken)
    for script in _scripts(resource):
        if _SECRET_VALUE.search(script) or any(_looks_secret(*pair) for pair in _ASSIGNMENT.findall(script)):
            yield "its user data holds what looks like a secret"


def _exposed(pair: tuple[str, Any]) -> Iterator[str]:
    name, value = pair
    if isinstance(value, Unknown) and not _SECRET_NAME.search(name):
        return  # an address or an ARN: its name claims no secret
    value = known(value)
    if isinstance(value, str) and _looks_secret(name, value):
        yield f"{name} holds what looks like a secret"


def _spoken(container: Block) -> Iterator[str]:
    """Secrets in what a container is told to run."""
    for path in ("command", "entryPoint", "healthCheck.command"):
        words = [word for word in container.items(path) if isinstance(word, str)]
        if _SECRET_VALUE.search(" ".join(words)):
            yield f"the {path} of container {container.text('name') or 'a container'} holds what looks like a secret"


def _pairs(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Names and values of everything that the resource sets in plain text."""
    if resource.token == TASK_DEFINITION:
        for container in containers(resource):
            yield from _named_values(container.blocks("environment"))
            # A command is read word by word: it may hold a secret of a known look, whatever it is called.
            yield from (("its command", word) for path in ("command", "entryPoint") for word in container.items(path))
    elif path := MAPPINGS.get(resource.token):
        variables = resource.get(path)
        yield from variables.items() if isinstance(variables, dict) else ()
    elif resource.token == PROJECT:
        plain = resource.blocks("environment.environmentVariables")
        yield from _named_values([item for item in plain if (item.text("type") or "PLAINTEXT") == "PLAINTEXT"])
    elif resource.token == PARAMETER and resource.text("type") != "SecureString":
        yield resource.text("name") or resource.name, resource.raw("value")


def _named_values(blocks: list[Block]) -> Iterator[tuple[str, Any]]:
    for block in blocks:
        yield block.text("name") or "a variable", block.raw("value")


def _scripts(resource: Resource) -> Iterator[str]:
    for path in ("userData", "userDataBase64"):
        text = resource.text(path)
        if text:
            yield text
            yield _decoded(text)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return ""


RULES = (no_plaintext_secrets,)
