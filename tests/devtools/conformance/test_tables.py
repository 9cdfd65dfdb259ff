"""The tables between Pulumi's SDK and the provider are made by rule, and say nothing that they do not know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from devtools.conformance import mappings, tables, tokens
from devtools.sdk import Sdk

RESOURCE = """
@pulumi.input_type
class {kind}Args:
{getters}
@pulumi.type_token("{token}")
class {kind}(pulumi.CustomResource):
    pass
"""
GETTER = """    @_builtins.property
    @pulumi.getter(name="{name}")
    def {name}(self) -> {annotation}:
        return pulumi.get(self, "{name}")
"""


def write_sdk(folder: Path, token: str, **properties: str) -> Sdk:
    getters = "".join(GETTER.format(name=name, annotation=annotation) for name, annotation in properties.items())
    kind = token.rpartition(":")[2]
    module = folder / token.split(":")[1].split("/")[0]
    module.mkdir(parents=True, exist_ok=True)
    (module / f"{kind}.py").write_text(RESOURCE.format(kind=kind, token=token, getters=getters))
    (module / "_inputs.py").write_text(
        "@pulumi.input_type\nclass RuleArgs:\n" + GETTER.format(name="statuses", annotation="pulumi.Input[str]")
    )
    return Sdk(folder)


def provider_docs(folder: Path, *names: str) -> Path:
    for kind in ("r", "d"):
        (folder / "website/docs" / kind).mkdir(parents=True)
    for name in names:
        (folder / "website/docs/r" / f"{name}.html.markdown").touch()
    return folder


def names_file(folder: Path, **content: Any) -> Path:
    path = folder / "names.yaml"
    path.write_text(yaml.safe_dump({"resources": {}, "functions": {}, "properties": {}} | content))
    return path


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("aws:s3/bucket:Bucket", "s3_bucket"),
        ("aws:rds/instance:Instance", "db_instance"),
        ("aws:ec2/instance:Instance", "instance"),
        ("aws:alb/listener:Listener", "alb_listener"),
        ("aws:costexplorer/anomalyMonitor:AnomalyMonitor", "ce_anomaly_monitor"),
        ("aws:wafv2/ipSet:IpSet", "wafv2_ip_set"),
    ],
)
def test_a_token_is_matched_by_its_modules_prefix(tmp_path: Path, token: str, name: str) -> None:
    docs = provider_docs(
        tmp_path / "p", "s3_bucket", "db_instance", "instance", "lb_listener", "ce_anomaly_monitor", "wafv2_ip_set"
    )
    table = tokens.make_table(write_sdk(tmp_path / "sdk", token), docs, names_file(tmp_path))
    assert table.resources == {token: f"aws_{name}"}, "a type judged as another would be judged wrongly"


def test_a_token_that_follows_no_rule_stays_out_and_is_told(tmp_path: Path) -> None:
    sdk = write_sdk(tmp_path / "sdk", "aws:cloudtrail/trail:Trail")
    docs = provider_docs(tmp_path / "p", "cloudtrail")
    assert tokens.make_table(sdk, docs, names_file(tmp_path)).untold == ("aws:cloudtrail/trail:Trail",)
    by_hand = names_file(tmp_path, resources={"aws:cloudtrail/trail:Trail": "aws_cloudtrail"})
    assert tokens.make_table(sdk, docs, by_hand).resources == {"aws:cloudtrail/trail:Trail": "aws_cloudtrail"}


@pytest.mark.parametrize("entry", [{"aws:no/thing:Thing": "aws_cloudtrail"}, {"aws:cloudtrail/trail:Trail": "aws_no"}])
def test_a_name_by_hand_that_fits_nothing_is_refused(tmp_path: Path, entry: dict[str, str]) -> None:
    sdk = write_sdk(tmp_path / "sdk", "aws:cloudtrail/trail:Trail")
    with pytest.raises(tokens.TableError, match=r"data/names\.yaml"):
        tokens.make_table(sdk, provider_docs(tmp_path / "p", "cloudtrail"), names_file(tmp_path, resources=entry))


def facts(name: str, kind: str = "String", *, single: bool = False, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "single": single, "optional": True, **more}


def test_only_what_differs_is_mapped(tmp_path: Path) -> None:
    token = "aws:s3/bucket:Bucket"
    sdk = write_sdk(
        tmp_path / "sdk",
        token,
        bucket="pulumi.Input[str]",
        aliases="pulumi.Input[Sequence[pulumi.Input['RuleArgs']]]",
        only="pulumi.Input['RuleArgs']",
        renamed="pulumi.Input[str]",
        brandNew="pulumi.Input[str]",
    )
    provided = {
        "": "aws_s3_bucket",
        "bucket": facts("bucket"),
        "alias": facts("alias", "List", single=True, properties={"status": facts("status")}),
        "onlies": facts("only", "List", properties={"statuses": facts("statuses")}),
        "otherName": facts("other_name"),
    }
    result = mappings.compare(
        sdk, {token: provided}, names_file(tmp_path, properties={token: {"renamed": "other_name"}})
    )
    assert result.mappings == {
        "aws_s3_bucket": {
            "fields": {
                "alias": {"name": "aliases", "maxItemsOne": False, "fields": {"status": {"name": "statuses"}}},
                "only": {"name": "only", "maxItemsOne": True},
                "other_name": {"name": "renamed"},
            }
        }
    }, "names and shapes that differ, and nothing else"
    assert result.newer == {token: ["brandNew"]}, "what the provider lacks is told, not guessed"


def test_the_committed_tokens_are_of_the_installed_sdk() -> None:
    table = json.loads((tables.DATA / "tokens.json").read_text())
    sdk = Sdk()
    assert set(table["resources"]) <= set(sdk.resources), (
        "regenerate after an upgrade: python -m saleday conformance-tables"
    )
    assert set(table["functions"]) <= set(sdk.functions), (
        "regenerate after an upgrade: python -m saleday conformance-tables"
    )
    names = list(table["resources"].values())
    assert len(names) == len(set(names)), "one of two tokens for the same type would never be judged"
