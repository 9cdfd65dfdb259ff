"""Both offline plugins on the real engine: a network, two providers and a secret, from nothing to nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx
import pytest
from pulumi import automation

from devtools import toolchain
from devtools.paths import REPO_ROOT, STATE_DIR, VENV
from devtools.rehearsal import pulumi_home
from devtools.rehearsal.plugins import AWS_VERSION

pytestmark = pytest.mark.engine

RECORDED = json.loads((Path(__file__).parent / "data" / "awsx_vpc.json").read_text())["cases"]["shop"]
PASSWORD = "correct horse battery staple"
ZONES = ["ap-south-1a", "ap-south-1b", "ap-south-1c"]


def shop(changed: bool = False) -> None:
    """A stack with something of everything that the engine asks a plugin for."""

    def private(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:ec2/subnet:Subnet":
            return None
        return pulumi.ResourceTransformResult({**args.props, "mapPublicIpOnLaunch": False}, args.opts)

    specs = RECORDED["arguments"]["subnetSpecs"]
    network = awsx.ec2.Vpc(
        "shop",
        cidr_block="10.20.0.0/16",
        availability_zone_names=ZONES,
        enable_dns_hostnames=True,
        enable_dns_support=True,
        subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
        nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=awsx.ec2.NatGatewayStrategy.ONE_PER_AZ),
        tags={"Project": "p", "Tier": "network"},
        subnet_specs=[
            awsx.ec2.SubnetSpecArgs(
                type=spec["type"], name=spec["name"], cidr_blocks=spec["cidrBlocks"], tags=spec.get("tags")
            )
            for spec in specs
        ],
        opts=pulumi.ResourceOptions(transforms=[private]),
    )
    key = aws.kms.Key("key", enable_key_rotation=True)
    aws.cloudwatch.LogGroup("logs", name="/shop", kms_key_id=key.arn, retention_in_days=60 if changed else 30)
    hash_key = "sku" if changed else "id"
    aws.dynamodb.Table("carts", name="carts", hash_key=hash_key, attributes=[{"name": hash_key, "type": "S"}])
    role = aws.iam.Role("task", assume_role_policy="{}", path="/shop/" if changed else "/")
    aws.iam.RolePolicyAttachment("task", role=role.name, policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    aws.rds.Cluster(
        "orders",
        cluster_identifier="orders",
        engine=aws.rds.EngineType.AURORA_POSTGRESQL,
        master_username="shop",
        master_password=pulumi.Output.secret(PASSWORD),
    )
    edge = aws.Provider("us-east-1", region="us-east-1")
    opts = pulumi.ResourceOptions(provider=edge)
    certificate = aws.acm.Certificate("edge", domain_name="shop.example", validation_method="DNS", opts=opts)
    pulumi.export("certificate", certificate.arn)
    pulumi.export("account", aws.get_caller_identity().account_id)
    pulumi.export("data subnets", network.isolated_subnet_ids)
    pulumi.export("zones", network.subnets.apply(lambda subnets: [subnet.availability_zone for subnet in subnets]))
    pulumi.export("validation", certificate.domain_validation_options[0].resource_record_name)


class Steps:
    """What an operation did, by resource."""

    def __init__(self) -> None:
        self.operations: dict[str, str] = {}
        self.differing: dict[str, list[str]] = {}

    def __call__(self, event: automation.EngineEvent) -> None:
        if event.resource_pre_event is None:
            return
        step = event.resource_pre_event.metadata
        if step.op not in (automation.OpType.SAME, automation.OpType.REFRESH):
            name = "::".join(step.urn.split("$")[-1].split("::")[-2:])
            self.operations.setdefault(name, str(step.op.value))
            self.differing[name] = sorted(step.detailed_diff or {})


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[automation.Stack]:
    pulumi_cli = toolchain.ready(STATE_DIR / "pulumi-on-path.json")
    assert pulumi_cli is not None, "there is no Pulumi CLI: run `make setup`"
    folder = tmp_path_factory.mktemp("stack")
    (folder / "state").mkdir()
    pulumi_home.install(folder / "home", pulumi_cli, VENV / "bin" / "python", REPO_ROOT)
    environment = {
        "PATH": f"{Path(pulumi_cli.path).parent}:{os.environ['PATH']}",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "rehearsal",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        made = automation.create_stack("dev", project_name="offline", program=shop)
        made.set_config("aws:region", automation.ConfigValue("ap-south-1"))
        made.up()
        yield made


def state(stack: automation.Stack) -> dict[str, dict[str, Any]]:
    deployment = stack.export_stack().deployment or {}
    return {resource["urn"]: resource for resource in deployment.get("resources", ())}


def with_program(stack: automation.Stack, program: Callable[[], None]) -> automation.Stack:
    stack.workspace.program = program
    return stack


def test_up_makes_everything_with_two_providers_of_the_pinned_version(stack: automation.Stack) -> None:
    resources = state(stack)
    providers = {urn.split("::")[-1]: r for urn, r in resources.items() if r["type"] == "pulumi:providers:aws"}
    default = f"default_{AWS_VERSION.replace('.', '_')}"
    assert set(providers) == {default, "us-east-1"}, "the network's children start no provider of their own"
    in_mumbai = {r["provider"] for r in resources.values() if "awsx:ec2:Vpc$" in r["urn"]}
    assert len(in_mumbai) == 1
    assert default in in_mumbai.pop()


def test_the_network_is_the_real_components(stack: automation.Stack) -> None:
    resources = state(stack)
    children = {
        f"{r['type'].split('/')[1].split(':')[0]} {urn.split('::')[-1]}": r
        for urn, r in resources.items()
        if "awsx:ec2:Vpc$" in urn
    }
    assert set(children) == set(RECORDED["children"])
    keys = {child["urn"]: key for key, child in children.items()}
    for key, child in children.items():
        recorded = RECORDED["children"][key]
        assert keys.get(child["parent"]) == recorded["parent"], key
        assert child["inputs"].get("tags") == recorded["inputs"].get("tags"), key
        if key.startswith("subnet"):
            assert child["inputs"]["cidrBlock"] == recorded["inputs"]["cidrBlock"]
            assert child["inputs"]["mapPublicIpOnLaunch"] is False, "the program's transform reaches the children"


def test_outputs_come_through_references_regions_and_functions(stack: automation.Stack) -> None:
    outputs = {name: output.value for name, output in stack.outputs().items()}
    assert outputs["certificate"].startswith("arn:aws:acm:us-east-1:123456789012:certificate/")
    assert outputs["account"] == "123456789012"
    assert len(set(outputs["data subnets"])) == 3
    assert outputs["zones"] == [zone for zone in ZONES for _ in range(3)], "zone by zone, public, private, isolated"
    assert outputs["validation"].endswith(".shop.example.")


def test_no_secret_is_in_the_state(stack: automation.Stack) -> None:
    backend = Path(os.environ["PULUMI_BACKEND_URL"].removeprefix("file://"))
    written = "".join(file.read_text() for file in backend.rglob("*.json"))
    assert "orders.cluster-" in written, "the cluster is in the state that is searched"
    assert PASSWORD not in written


def test_a_second_preview_and_a_refresh_find_nothing_to_do(stack: automation.Stack) -> None:
    steps = Steps()
    stack.preview(on_event=steps)
    assert steps.operations == {}
    assert set(stack.refresh(on_event=steps).summary.resource_changes or {}) == {"same"}
    assert steps.operations == {}


def test_a_changed_program_shows_what_is_updated_and_what_is_replaced(stack: automation.Stack) -> None:
    steps = Steps()
    with_program(stack, lambda: shop(changed=True)).preview(on_event=steps)
    stack.workspace.program = shop
    assert steps.operations == {
        "aws:cloudwatch/logGroup:LogGroup::logs": "update",
        # Its name is given, so that the old table has to go first; the role's is made up, so that both can stand.
        "aws:dynamodb/table:Table::carts": "delete-replaced",
        "aws:iam/role:Role::task": "create-replacement",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment::task": "create-replacement",
    }
    assert steps.differing["aws:cloudwatch/logGroup:LogGroup::logs"] == ["retentionInDays"]


def test_destroy_leaves_nothing(stack: automation.Stack) -> None:
    stack.destroy()
    assert state(stack) == {}
