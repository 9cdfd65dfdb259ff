"""Credentials of boto3, from the profile and the roles of the stack's own configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError

from account.preflight.account import config

_SESSION_NAME: Final = "preflight"
_ELSEWHERE: Final = ("accessKey", "secretKey", "token", "assumeRoleWithWebIdentity", "sharedCredentialsFiles")
"""Ways to sign in that only Pulumi's provider reads; some are encrypted in the stack's file."""


class NoCredentials(Exception):
    """No usable credentials: one line."""


def signed_in(values: Mapping[str, Any]) -> tuple[boto3.Session, str]:
    """A session as the stack's provider would have it, and its account. `values` is the stack's configuration.

    Raises NoCredentials, also where the account is none that the stack is allowed in.
    """
    region = str(values["aws:region"])
    for name in _ELSEWHERE:
        if f"aws:{name}" in values:
            raise NoCredentials(
                f"aws:{name}: is not read here (got a value); put these credentials into the environment or a profile"
            )
    try:
        session = boto3.Session(profile_name=values.get("aws:profile"), region_name=region)
        for role in _roles(values.get("aws:assumeRoles")):
            session = _assumed(session, role, region)
        account = session.client("sts", config=config()).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError, ResponseParserError, ValueError) as error:
        raise NoCredentials(_said(error)) from None
    _refuse_stranger(values, account)
    return session, account


def _said(error: Exception) -> str:
    reason = " ".join(str(error).split())
    if isinstance(error, ClientError):
        return f"AWS refuses these credentials ({reason}); sign in anew, or set AWS_PROFILE or aws:profile"
    if isinstance(error, (HTTPClientError, NoConnection, ResponseParserError, ValueError)):
        return f"AWS has no answer ({reason}); see to the network, the proxy and AWS_ENDPOINT_URL"
    return f"no AWS credentials ({reason}); sign in, or set AWS_PROFILE or aws:profile"


def _roles(value: Any) -> list[Mapping[str, Any]]:
    listed = json.loads(value) if isinstance(value, str) else value
    return [role for role in listed or () if role.get("roleArn")]


def _assumed(session: boto3.Session, role: Mapping[str, Any], region: str) -> boto3.Session:
    asked = {"RoleArn": role["roleArn"], "RoleSessionName": role.get("sessionName", _SESSION_NAME)}
    if role.get("externalId"):
        asked["ExternalId"] = role["externalId"]
    given = session.client("sts", config=config()).assume_role(**asked)["Credentials"]
    return boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=region,
    )


def _refuse_stranger(values: Mapping[str, Any], account: str) -> None:
    for name, wanted in (("allowedAccountIds", True), ("forbiddenAccountIds", False)):
        value = values.get(f"aws:{name}")
        listed = [str(one) for one in (json.loads(value) if isinstance(value, str) else value or ())]
        if listed and (account in listed) is not wanted:
            rule = "are in none of these accounts" if wanted else "are in an account that the stack must not touch"
            raise NoCredentials(f"aws:{name}: the credentials {rule} (got {account}); sign in to another account")
