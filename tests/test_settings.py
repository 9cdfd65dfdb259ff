"""Settings: both stacks are valid, and each bad input is told in one line with setting, rule, value and remedy."""

from __future__ import annotations

from datetime import datetime, timedelta

import pulumi
import pytest

import settings
from devtools.recording.programs import stack_configuration
from specs.observability import OperatingHours
from tests.configuration import parse_small_shop, service, small_shop


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_stacks_own_files_are_valid(stack: str) -> None:
    shop = settings.parse("saleday", stack, stack_configuration(stack))
    assert [one.name for one in shop.services] == ["ui", "catalog", "cart", "checkout", "orders"]


def test_dev_is_small_and_off_at_night_and_prod_is_neither() -> None:
    dev = settings.parse("saleday", "dev", stack_configuration("dev"))
    prod = settings.parse("saleday", "prod", stack_configuration("prod"))
    assert (len(dev.network.zones), dev.network.nat, dev.production) == (2, "single", False)
    assert dev.operating_hours is not None
    assert (len(prod.network.zones), prod.network.nat, prod.production) == (3, "perZone", True)
    assert prod.operating_hours is None


def test_the_region_is_ap_south_1_unless_set() -> None:
    assert parse_small_shop(**{"aws:region": None}).region == "ap-south-1"
    assert parse_small_shop(**{"aws:region": "eu-west-1"}).zone_names[0] == "eu-west-1a"


def test_roles_that_nobody_of_an_identity_provider_could_take_on_are_told() -> None:
    said = list(settings.warnings(parse_small_shop(), settings.now()))
    assert [line.split(":")[0] for line in said] == ["security.people"]
    for people in (
        {"accounts": ["210987654321"]},
        {"samlProviders": ["arn:aws:iam::123456789012:saml-provider/shop"]},
        {
            "oidcProviders": [
                {"arn": "arn:aws:iam::1" + 11 * "0" + ":oidc-provider/id.x", "audience": "a", "subjects": ["b"]}
            ]
        },
    ):
        assert not list(settings.warnings(parse_small_shop(security={"people": people}), settings.now()))


SECRETS = ["AKIAIOSFODNN7EXAMPLE", "-----BEGIN RSA PRIVATE KEY-----", "mysql://root:hunter2@db/x"]
PLAIN: list[tuple[dict[str, object], str]] = [
    *((dict[str, object](environment={"SETTING": secret}), secret) for secret in SECRETS),
    *((dict[str, object](command=["serve", secret]), secret) for secret in SECRETS),
    *((dict[str, object](secrets={"DB_PASSWORD": secret}), secret) for secret in (*SECRETS, "correct-horse")),
    ({"environment": {"DB_PASSWORD": "correct-horse"}}, "correct-horse"),
    ({"environment": {"STRIPE_API_KEY": "correct-horse"}}, "correct-horse"),
]


@pytest.mark.parametrize(("fields", "secret"), PLAIN)
def test_a_credential_in_plain_text_is_refused_and_never_repeated(fields: dict[str, object], secret: str) -> None:
    with pytest.raises(ValueError, match=r"saleday:services\[ui\]") as caught:
        parse_small_shop(services=[service("ui", **fields)])
    assert secret not in str(caught.value)
    assert "not shown" in str(caught.value)


def test_a_variable_whose_name_only_sounds_secret_may_hold_a_reference() -> None:
    shop = parse_small_shop(
        services=[
            service("ui", uses={"queues": {"orders": "send"}}, environment={"TOKEN_QUEUE": "${queue.orders.name}"})
        ],
        data={"queues": [{"name": "orders"}]},
    )
    assert shop.services[0].environment == {"TOKEN_QUEUE": "${queue.orders.name}"}


def test_instances_take_addresses_beside_tasks() -> None:
    services = [service("ui", stateless=True, capacity={"spotWeight": 1}), service("cart")]
    assert parse_small_shop(services=services).most_addresses == 4, "two tasks each"
    assert parse_small_shop(services=services, compute="ec2", instances={"max": 30}).most_addresses == 4 + 2 * 30, (
        "two groups"
    )
    with pytest.raises(ValueError, match=r"saleday:network\.cidr: 1804 tasks and instances"):
        parse_small_shop(services=services, compute="ec2", instances={"max": 900}, network={"cidr": "10.0.0.0/20"})


def test_services_run_where_the_stack_says_unless_they_say_so_themselves() -> None:
    shop = parse_small_shop(compute="ec2", services=[service("ui"), service("cart", compute="fargate")])
    assert [one.compute for one in shop.services] == ["ec2", "fargate"]
    assert shop.compute_kinds == {"ec2", "fargate"}
    assert parse_small_shop().compute_kinds == {"fargate"}, "by default there is no server"
    nightly = parse_small_shop(compute="eks", jobs=[service("index", schedule="0 2 * * ? *")])
    assert nightly.compute_kinds == {"eks", "fargate"}, "jobs run on Fargate wherever services do"


def test_a_misspelt_name_is_told_before_what_it_leaves_missing() -> None:
    with pytest.raises(
        ValueError,
        match=r"services\[ui\]\.imag: no such setting \(got imag\); did you mean image\?\n.*image: is required",
    ):
        parse_small_shop(services=[{"name": "ui", "imag": "public.ecr.aws/shop/ui:1"}])


def test_a_stack_name_that_no_aws_name_can_start_with_is_refused() -> None:
    for stack in ("Prod", "feature_x", "a-very-long-stack-name"):
        with pytest.raises(ValueError, match=r"saleday:stack: .*\(got saleday-"):
            settings.parse("saleday", stack, small_shop())


@pytest.mark.parametrize(
    ("at", "info", "warning"),
    [
        ("2026-11-30T12:00:00+05:30", "", ""),
        ("2026-11-30T19:50:00+05:30", "", "is switched off at Mon 20:00 (Asia/Kolkata), perhaps in the midst"),
        ("2026-11-28T12:00:00+05:30", "is off until Mon 08:00 (Asia/Kolkata): no task runs", ""),
        ("2026-11-30T07:50:00+05:30", "is off until Mon 08:00", "is switched on at Mon 08:00"),
    ],
)
def test_a_deployment_says_when_the_stack_is_off_and_when_it_is_about_to_be_switched(
    monkeypatch: pytest.MonkeyPatch, at: str, info: str, warning: str
) -> None:
    said: dict[str, str] = {"info": "", "warn": ""}
    for level in said:
        monkeypatch.setattr(pulumi.log, level, lambda line, level=level: said.update({level: line}))
    settings.announce(OperatingHours(), datetime.fromisoformat(at))
    assert info in said["info"]
    assert bool(said["info"]) == bool(info)
    assert warning in said["warn"]
    assert bool(said["warn"]) == bool(warning)


def test_a_dotted_key_goes_before_its_map_and_is_checked_in_its_place() -> None:
    shop = parse_small_shop(
        **{"network": {"cidr": "10.0.0.0/16", "nat": "single"}, "saleday:network.cidr": "10.77.0.0/16"}
    )
    assert (str(shop.network.cidr), shop.network.nat) == ("10.77.0.0/16", "single")
    assert str(parse_small_shop(**{"saleday:network.cidr": "10.78.0.0/16"}).network.cidr) == "10.78.0.0/16"
    assert parse_small_shop(**{"saleday:edge.cache.catalogTtl": 5}).edge.cache.catalog_ttl == 5
    with pytest.raises(ValueError, match=r"^saleday:network\.cidr: "):
        parse_small_shop(**{"saleday:network.cidr": "10.77.0.0/33"})
    with pytest.raises(ValueError, match=r"^saleday:network\.cird: no such setting .*did you mean cidr\?"):
        parse_small_shop(**{"saleday:network.cird": "10.77.0.0/16"})
    with pytest.raises(ValueError, match=r"^saleday:owner\.name: a dotted key leads through maps"):
        parse_small_shop(**{"saleday:owner.name": "x"})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"owner": "platform@shop.example"}, "owner (platform@shop.example)"),
        (
            {"edge": {"domain": "shop.example.com", "hostedZoneId": "Z0123456789EXAMPLE"}},
            "edge.domain (shop.example.com), edge.hostedZoneId (Z0123456789EXAMPLE)",
        ),
        (
            {"observability": {"alertEmails": ["me@shop.in", "oncall@shop.example"]}},
            "observability.alertEmails[1] (oncall@shop.example)",
        ),
        (
            {"delivery": {"platform": {"repository": "shop-example/saleday"}}},
            "delivery.platform.repository (shop-example/saleday)",
        ),
    ],
)
def test_what_is_still_the_examples_own_is_told(changes: dict[str, object], told: str) -> None:
    (said, _) = settings.warnings(parse_small_shop(**changes), settings.now())
    assert said.startswith(f"{told}: still the example's")


def test_what_is_somebodys_own_is_not_taken_for_an_example() -> None:
    edge = {"domain": "shop.example-store.com", "hostedZoneId": "Z08EXAMPLES12345"}
    (said,) = settings.warnings(parse_small_shop(edge=edge, owner="example team"), settings.now())
    assert said.startswith("security.people")


def test_a_freeze_that_is_over_is_told_and_not_refused() -> None:
    freeze = {"name": "diwali", "start": "2027-10-01T00:00:00+05:30", "end": "2027-11-02T00:00:00+05:30"}
    shop = parse_small_shop(delivery={"freezes": [freeze]})
    end = datetime.fromisoformat(freeze["end"])
    [said] = [line for line in settings.warnings(shop, end) if "freeze" in line]
    assert said.startswith("delivery.freezes[diwali]: a freeze that is over stops nothing (got end 2027-11-02T00:00")
    assert not any("freeze" in line for line in settings.warnings(shop, end - timedelta(seconds=1)))


@pytest.mark.parametrize("key", ["saleDay:network", "shop:network", "Saleday:owner", "saledays:owner", "AWS:region"])
def test_a_misspelt_namespace_is_told_and_a_providers_is_not(key: str) -> None:
    with pytest.raises(ValueError, match=f"^{key}: nothing reads the settings of "):
        parse_small_shop(**{key: "x"})
    assert parse_small_shop(**{"aws:profile": "shop", "kubernetes:context": "x", "pulumi:tags": {"a": "b"}})


def test_an_empty_setting_is_none() -> None:
    assert parse_small_shop(network="", saleEvents="") == parse_small_shop()
    with pytest.raises(ValueError, match=r"^saleday:owner: is required \(got nothing\)"):
        parse_small_shop(owner="")
    with pytest.raises(ValueError, match=r"^aws:region: the plan does not know this region \(got nothing\)"):
        parse_small_shop(**{"aws:region": ""})


def test_there_are_no_more_public_services_than_a_load_balancer_takes() -> None:
    def public(count: int, **fields: object) -> list[dict[str, object]]:
        return [service(f"s{number}", publicPaths=[f"/{number}", f"/{number}/*"], **fields) for number in range(count)]

    assert parse_small_shop(services=public(50), network={"cidr": "10.0.0.0/16"})
    with pytest.raises(ValueError, match=r"^saleday:services: a load balancer takes 100 target groups.*\(got 102\)"):
        parse_small_shop(services=public(51, deployment={"strategy": "blueGreen"}))
    with pytest.raises(ValueError, match=r"^saleday:services: a load balancer takes 100 rules .*\(got 102\)"):
        parse_small_shop(services=public(51))
