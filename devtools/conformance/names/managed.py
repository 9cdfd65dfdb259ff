"""Names of AWS-managed objects: endpoint services, rules, rule groups, policies, documents."""

from __future__ import annotations

import functools
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from devtools.conformance.names.tables import Problem, Resources, given, known, objects, published, texts

_ENDPOINT = re.compile(r"(?:com|aws)\.(?:amazonaws|api)\.([a-z]{2}(?:-[a-z]+)+-\d|global)\.([a-z0-9.-]+)")
_OF_OTHERS = "com.amazonaws.vpce."
"""Prefix of the endpoint services of other AWS accounts."""
_STANDARD = re.compile(r"arn:aws[\w-]*:securityhub:[a-z0-9-]*::(?:standards|ruleset)/(.+)")
_ACCESS_POLICY = re.compile(r"arn:aws[\w-]*:eks::aws:cluster-access-policy/(\w+)")
_IMAGE = re.compile(r"(aws/codebuild/[a-z0-9-]+):[a-z0-9.-]+")
_DOCUMENT = re.compile(r"(?:AWS|Amazon)[A-Za-z]*-\w+")
_LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
_POLICY_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_POLICIES = {
    "cachePolicyId": "cachePolicies",
    "originRequestPolicyId": "originRequestPolicies",
    "responseHeadersPolicyId": "responseHeadersPolicies",
}
_OF_THE_PROGRAM = {
    "cachePolicies": "aws:cloudfront/cachePolicy:CachePolicy",
    "originRequestPolicies": "aws:cloudfront/originRequestPolicy:OriginRequestPolicy",
    "responseHeadersPolicies": "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
}


def endpoint_services(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A VPC endpoint's service has to exist."""
    name = inputs.get("serviceName")
    if token != "aws:ec2/vpcEndpoint:VpcEndpoint" or not known(name) or name.startswith(_OF_OTHERS):
        return
    parts = _ENDPOINT.fullmatch(name)
    if not parts or parts[2] not in published()["endpoints"]:
        yield "serviceName", f"AWS has no endpoint service {parts[2] if parts else name} (AWS's CDK)"


def config_rules(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A managed rule of AWS Config has to exist and to support its parameters."""
    for place, fields in objects(inputs):
        plain = {key[:1].lower() + key[1:]: value for key, value in fields.items()}
        source = plain.get("source")
        if not isinstance(source, dict):
            continue
        names = {key[:1].lower() + key[1:]: value for key, value in source.items()}
        if names.get("owner") != "AWS" or not known(rule := names.get("sourceIdentifier")):
            continue
        if (parameters := _config_rules().get(rule)) is None:
            yield place, f"AWS Config has no managed rule {rule} (Moto's list of AWS's)"
            continue
        set_to = plain.get("inputParameters") or {}
        for name in sorted(set(json.loads(set_to) if isinstance(set_to, str) else set_to) - parameters):
            yield (
                place,
                f"AWS Config's rule {rule} has no parameter {name}, only: {', '.join(sorted(parameters)) or 'none'}",
            )


def rule_groups(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A WAF rule group with vendor AWS has to exist."""
    for place, fields in objects(inputs):
        if (
            fields.get("vendorName") == "AWS"
            and known(name := fields.get("name"))
            and name not in given()["ruleGroups"]
        ):
            yield f"{place}.name", f"AWS has no rule group {name} (AWS WAF developer guide)"


def policies(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """An access policy of EKS and a standard of Security Hub have to exist."""
    for place, text in texts(inputs):
        if (found := _ACCESS_POLICY.fullmatch(text)) and found[1] not in published()["accessPolicies"]:
            yield place, f"EKS has no access policy {found[1]} (AWS's CDK)"
        if (found := _STANDARD.fullmatch(text)) and found[1] not in given()["standards"]:
            yield place, f"Security Hub has no standard {found[1]} (AWS Security Hub user guide)"


def images_and_documents(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """AWS's images of CodeBuild, add-ons of EKS and documents of Systems Manager have to exist."""
    for place, text in texts(inputs):
        if _IMAGE.fullmatch(text) and text not in published()["buildImages"]:
            yield place, f"CodeBuild has no image {text} (AWS's CDK)"
    if token == "aws:eks/addon:Addon" and known(name := inputs.get("addonName")) and name not in given()["addons"]:
        yield "addonName", f"AWS has no add-on {name} (Amazon EKS user guide)"
    for name in ("name", "taskArn") if token.startswith("aws:ssm/") else ():
        text = inputs.get(name)
        if known(text) and _DOCUMENT.fullmatch(text) and text not in given()["documents"]:
            yield name, f"Systems Manager has no document {text} (its user guide)"


def tls_policies(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A listener's TLS policy has to exist in ELB."""
    if token in _LISTENERS and known(name := inputs.get("sslPolicy")) and name not in published()["tlsPolicies"]:
        yield "sslPolicy", f"ELB has no TLS policy {name[:60]} (AWS's CDK)"


def pipeline_actions(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A CodePipeline action or rule with owner AWS needs a provider of its category."""
    for place, fields in objects(inputs) if token == "aws:codepipeline/pipeline:Pipeline" else ():
        if fields.get("owner") == "AWS" and known(name := fields.get("provider")):
            offered = given()["pipelineActions"].get(str(fields.get("category")), ())
            if name not in offered:
                yield (
                    f"{place}.provider",
                    f"CodePipeline has no {fields.get('category')} action by {name[:60]} (its user guide)",
                )


def cloudfront_policies(resources: Resources) -> Iterator[tuple[str, str, str]]:
    """A CloudFront policy has to be an AWS-managed one or the program's own."""
    made: dict[str, set[str]] = {kind: set() for kind in _POLICIES.values()}
    for token, _, outputs in resources.values():
        for kind, own in _OF_THE_PROGRAM.items():
            if token == own:
                made[kind].add(str(outputs.get("id")))
    for urn, (token, inputs, _) in resources.items():
        if token != "aws:cloudfront/distribution:Distribution":
            continue
        for place, fields in objects(inputs):
            for name, kind in _POLICIES.items():
                value = fields.get(name)
                if known(value) and _POLICY_ID.fullmatch(value) and value not in {*published()[kind], *made[kind]}:
                    yield urn, f"{place}.{name}", f"CloudFront has no managed policy {value} (AWS's CDK)"


@functools.cache
def _config_rules() -> dict[str, frozenset[str]]:
    """The parameters by managed rule."""
    file = files("moto.config") / "resources" / "aws_managed_rules.json.gz"
    rules = json.loads(gzip.decompress(file.read_bytes()))["ManagedRules"]
    return {name: frozenset(each["Name"] for each in rule.get("Parameters", ())) for name, rule in rules.items()}
