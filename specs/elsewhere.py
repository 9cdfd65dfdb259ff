"""References of settings to other regions or accounts, where the stack has no way to them.

Tasks, instances and pods reach AWS by the endpoints of their VPC, which are those of one region; secrets are opened
with the stack's own key; identity providers and cost monitors belong to one account. What else settings name may be
elsewhere: images in other accounts' registries of the region (their policy has to admit this account), a connection to
GitHub, keys and buckets of the program's own pipeline, roles of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from specs.workloads import Workload

if TYPE_CHECKING:
    from specs.shop import Shop

_REGISTRY: Final = re.compile(r"^\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.")
_ARN: Final = re.compile(r"^arn:aws:([a-z-]+):([a-z0-9-]*):(\d{12}):")
_HOST: Final = re.compile(
    r"\b[\w-]+\.(?:[\w-]+\.)*?(?:s3-)?([a-z]{2}(?:-[a-z]+)+-\d)\.(?:[\w-]+\.)*(?:amazonaws\.com|api\.aws)\b"
)
_REGIONAL_ARN: Final = re.compile(r"\barn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-\d):")
_REGION: Final = re.compile(r"^([a-z]{2}(?:-[a-z]+)+-\d)$")
# What the SDKs take a region from (AWS SDKs and Tools reference guide, "AWS Region").
_OF_SDKS: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
_SERVICES: Final = {"secretsmanager": "Secrets Manager", "ssm": "Systems Manager"}


def refuse_other_region(where: str, workload: Workload, region: str) -> None:
    """Raises ValueError for an image, a secret or an endpoint of another region; `where` is the workload's setting."""
    if (found := _REGISTRY.match(workload.image)) and found[1] != region:
        raise ValueError(
            f"{where}.image: a VPC reaches ECR of its own region alone, {region} (got {workload.image}); replicate the "
            "repository to it and name the copy"
        )
    for variable, value in workload.secrets.items():
        if (arn := _ARN.match(value)) and arn[2] != region:
            raise ValueError(
                f"{where}.secrets.{variable}: a VPC reaches {_SERVICES[arn[1]]} of its own region alone, {region} (got "
                f"{arn[2]}); replicate the secret to it and name the copy"
            )
    for variable, value in workload.environment.items():
        forms = (_HOST, _REGIONAL_ARN, *([_REGION] if variable in _OF_SDKS else []))
        _refuse(f"{where}.environment.{variable}", value, forms, region)
    for part in workload.command:
        _refuse(f"{where}.command", part, (_HOST, _REGIONAL_ARN), region)


def _refuse(setting: str, text: str, forms: Iterable[re.Pattern[str]], region: str) -> None:
    for found in (match for form in forms for match in form.finditer(text)):
        if found[1] != region:
            raise ValueError(
                f"{setting}: a VPC reaches AWS in its own region alone, {region} (got {found[0]}); name an endpoint of "
                "that region"
            )


def refuse_other_account(shop: Shop, account_id: str) -> None:
    """Raises ValueError (one line) for a thing that has to be in the stack's own account and is in another."""
    for setting, arn, remedy in _own(shop):
        if (found := _ARN.match(arn)) and found[3] != account_id:
            raise ValueError(f"{setting}: has to be in the stack's own account {account_id} (got {found[3]}); {remedy}")


def _own(shop: Shop) -> Iterator[tuple[str, str, str]]:
    for kind, workloads in (("services", shop.services), ("jobs", shop.jobs)):
        for one in workloads:
            for variable, value in one.secrets.items():
                # The key of another account's secret is not the stack's, and no role here may use it.
                yield f"{kind}[{one.name}].secrets.{variable}", value, "copy the secret into this account"
    people = shop.security.people
    providers = {"samlProviders": people.saml_providers, "oidcProviders": [one.arn for one in people.oidc_providers]}
    for setting, arns in providers.items():
        for arn in arns:
            # IAM: a trust policy names identity providers of its own account alone.
            yield f"security.people.{setting}", arn, "make the provider in this account and name it"
    if shop.cost.anomalies is not None and shop.cost.anomalies.monitor_arn is not None:
        yield "cost.anomalies.monitorArn", shop.cost.anomalies.monitor_arn, "name this account's monitor"
