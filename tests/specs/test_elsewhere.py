"""What settings name in another region or account: refused in one line, or there is a way to it."""

from __future__ import annotations

from typing import Any

import pytest

import settings
from specs.elsewhere import refuse_other_account
from tests.configuration import service, small_shop

REGION, ACCOUNT, OTHER = "ap-south-1", "123456789012", "210987654321"
SECRET = "arn:aws:secretsmanager:{region}:{account}:secret:payment-AbCdEf"
PARAMETER = "arn:aws:ssm:{region}:{account}:parameter/shop/mode"
SAML = "arn:aws:iam::{account}:saml-provider/shop"
OIDC = "arn:aws:iam::{account}:oidc-provider/id.shop.example"
MONITOR = "arn:aws:ce::{account}:anomalymonitor/01234567-89ab-cdef-0123-456789abcdef"


def ui(**fields: Any) -> dict[str, Any]:
    return {"services": [service("ui", publicPaths=["/"], **fields)]}


def job(**fields: Any) -> dict[str, Any]:
    return ui() | {"jobs": [service("nightly", schedule="0 2 * * ? *", **fields)]}


ELSEWHERE: list[tuple[dict[str, Any], str, str]] = [
    (ui(image=f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/shop/ui:1"), "services[ui].image", "us-east-1"),
    (job(image=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/shop/nightly:1"), "jobs[nightly].image", "eu-west-1"),
    (ui(secrets={"KEY": SECRET.format(region="us-east-1", account=ACCOUNT)}), "services[ui].secrets.KEY", "us-east-1"),
    (
        job(secrets={"MODE": PARAMETER.format(region="eu-west-1", account=ACCOUNT)}),
        "jobs[nightly].secrets.MODE",
        "eu-west-1",
    ),
    (
        ui(environment={"QUEUE": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/orders"}),
        "services[ui].environment.QUEUE",
        "sqs.eu-west-1.amazonaws.com",
    ),
    (
        ui(environment={"DB": "jdbc:mysql://shop.cluster-abc.us-west-2.rds.amazonaws.com:3306/shop"}),
        "services[ui].environment.DB",
        "shop.cluster-abc.us-west-2.rds.amazonaws.com",
    ),
    (
        ui(environment={"API": "https://sqs.eu-west-1.api.aws/"}),
        "services[ui].environment.API",
        "sqs.eu-west-1.api.aws",
    ),
    (
        ui(environment={"TOPIC": f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders"}),
        "services[ui].environment.TOPIC",
        "arn:aws:sns:eu-west-1:",
    ),
    (
        ui(environment={"ASSETS": "https://shop.s3-eu-west-1.amazonaws.com/logo.svg"}),
        "services[ui].environment.ASSETS",
        "shop.s3-eu-west-1.amazonaws.com",
    ),
    (
        ui(environment={"BOTH": f"sqs.{REGION}.amazonaws.com,sqs.eu-west-1.amazonaws.com"}),
        "services[ui].environment.BOTH",
        "sqs.eu-west-1.amazonaws.com",
    ),
    (ui(environment={"AWS_REGION": "eu-west-1"}), "services[ui].environment.AWS_REGION", "eu-west-1"),
    (
        job(command=["sh", "-c", "curl https://sqs.eu-west-1.amazonaws.com"]),
        "jobs[nightly].command",
        "sqs.eu-west-1.amazonaws.com",
    ),
]


@pytest.mark.parametrize(("changes", "setting", "got"), ELSEWHERE, ids=[one[1] for one in ELSEWHERE])
def test_what_a_vpc_has_no_way_to_is_refused(changes: dict[str, Any], setting: str, got: str) -> None:
    with pytest.raises(ValueError, match=rf"own region alone, {REGION} \(got ") as caught:
        settings.parse("saleday", "dev", small_shop(**changes))
    line = str(caught.value)
    assert line.startswith(f"saleday:{setting}: a VPC reaches ")
    assert got in line.partition("(got ")[2]
    assert "\n" not in line


def test_what_there_is_a_way_to_is_taken() -> None:
    github = {"repository": "shop/shop", "connectionArn": f"arn:aws:codeconnections:us-east-1:{ACCOUNT}:connection/1"}
    one = ui(
        image=f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com/shop/ui:1.0",  # its repository's policy decides
        environment={
            "QUEUE": f"https://sqs.{REGION}.amazonaws.com/{OTHER}/orders",
            "ASSETS": "https://shop.s3.amazonaws.com/logo.svg",
            "NOTE": "moved from us-east-1 in 2024",
            "ROLE": f"arn:aws:iam::{OTHER}:role/shop",
            "TOPIC": f"arn:aws:sns:{REGION}:{OTHER}:orders",
            "AWS_REGION": REGION,
        },
        secrets={"KEY": SECRET.format(region=REGION, account=ACCOUNT)},
    )
    shop = settings.parse("saleday", "dev", small_shop(**one, delivery={"github": github}))
    refuse_other_account(shop, ACCOUNT)


OIDC_PROVIDER = {"arn": OIDC.format(account=OTHER), "audience": "shop", "subjects": ["asha"]}
OTHERS: list[tuple[dict[str, Any], str]] = [
    (ui(secrets={"KEY": SECRET.format(region=REGION, account=OTHER)}), "services[ui].secrets.KEY"),
    (job(secrets={"MODE": PARAMETER.format(region=REGION, account=OTHER)}), "jobs[nightly].secrets.MODE"),
    ({"security": {"people": {"samlProviders": [SAML.format(account=OTHER)]}}}, "security.people.samlProviders"),
    ({"security": {"people": {"oidcProviders": [OIDC_PROVIDER]}}}, "security.people.oidcProviders"),
    ({"cost": {"anomalies": {"monitorArn": MONITOR.format(account=OTHER)}}}, "cost.anomalies.monitorArn"),
]


@pytest.mark.parametrize(("changes", "setting"), OTHERS, ids=[one[1] for one in OTHERS])
def test_what_has_to_be_in_the_stacks_own_account_is_refused_elsewhere(changes: dict[str, Any], setting: str) -> None:
    adopted = {"account": {"costMonitor": "adopt"}} if "cost" in changes else {}
    shop = settings.parse("saleday", "dev", small_shop(**changes, **adopted))
    refuse_other_account(shop, OTHER)
    with pytest.raises(ValueError, match=rf"own account {ACCOUNT} \(got {OTHER}\); ") as caught:
        refuse_other_account(shop, ACCOUNT)
    assert str(caught.value).startswith(f"{setting}: has to be in ")
