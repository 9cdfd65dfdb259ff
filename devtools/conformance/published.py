"""Names published in AWS's CDK: endpoint services, metrics, events, ids of managed policies.

The packages are large and for another language; `data/published.json` has the needed part of them, and their
versions.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from devtools.rehearsal.stack_run import StepFailed

LIBRARY = "aws-cdk-lib@2.276.0"
DATABASE = "@aws-cdk/aws-service-spec@0.1.216"
"""Packages of npm, made by AWS from the schemas and lists of its services."""

_ENDPOINT = re.compile(r'new (?:Interface|Gateway)VpcEndpointAwsService\("([^"]+)"')
_POLICY_ID = re.compile(r'"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')
_PRINCIPAL = re.compile(r'ServicePrincipal\("([a-z0-9.-]+\.amazonaws\.com)"|"([a-z0-9.-]+\.amazonaws\.com)"')
_METRIC = re.compile(r'namespace:"(AWS/\w+)",metricName:"(\w+)"')
_IMAGE = re.compile(r"aws/codebuild/[a-z0-9-]+:[a-z0-9.-]+")
_TLS_POLICY = re.compile(r"ELBSecurityPolicy-[A-Za-z0-9-]+")
_ACCESS_POLICY = re.compile(r"Amazon(?:EKS|AIOps|ARC)\w*Policy")
_MODULES = {
    "cachePolicies": "aws-cloudfront/lib/cache-policy.js",
    "originRequestPolicies": "aws-cloudfront/lib/origin-request-policy.js",
    "responseHeadersPolicies": "aws-cloudfront/lib/response-headers-policy.js",
}


def make() -> dict[str, Any]:
    """The table, from fresh copies of the packages. Raises StepFailed where one cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        library, database = (
            unpacked(package, Path(folder) / str(index)) for index, package in enumerate((LIBRARY, DATABASE))
        )
        facts = json.loads(gzip.decompress((database / "db.json.gz").read_bytes()))["schema"]
        sources = {path.relative_to(library).as_posix(): path.read_text() for path in library.glob("aws-*/lib/**/*.js")}
    everything = "\n".join(sources.values())
    return {
        "sources": [LIBRARY, DATABASE],
        "endpoints": found(_ENDPOINT, sources["aws-ec2/lib/vpc-endpoint.js"]),
        "principals": found(_PRINCIPAL, everything),
        "buildImages": found(
            _IMAGE, "\n".join(text for path, text in sources.items() if path.startswith("aws-codebuild/"))
        ),
        "accessPolicies": found(_ACCESS_POLICY, "\n".join(text for path, text in sources.items() if "-eks" in path)),
        "tlsPolicies": found(_TLS_POLICY, everything),
        **{name: found(_POLICY_ID, sources[path]) for name, path in _MODULES.items()},
        "metrics": metrics(facts, everything),
        "events": events(facts),
    }


def unpacked(package: str, folder: Path) -> Path:
    """A package's files, fetched by npm."""
    folder.mkdir()
    done = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StepFailed(f"npm pack {package}: {done.stderr.strip()[-300:]}")
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    """Distinct matches of a pattern in a text, sorted."""
    return sorted({next(filter(None, match.groups()), match.group()) for match in pattern.finditer(text)})


def metrics(facts: dict[str, Any], library: str) -> dict[str, dict[str, list[list[str]]]]:
    """Sets of dimensions by metric by namespace; no set where a metric's dimensions are not published."""
    sets = {
        entity["$id"]: sorted(each["name"] for each in entity["dimensions"])
        for entity in facts["dimensionSet"]["entities"]
    }
    known: dict[str, dict[str, list[list[str]]]] = defaultdict(dict)
    for entity in facts["metric"]["entities"]:
        dimensions = known[entity["namespace"]].setdefault(entity["name"], [])
        dimensions += [sets[use["$id"]] for use in facts["usesDimensionSet"]["forward"].get(entity["$id"], ())]
    for namespace, name in _METRIC.findall(library):
        known[namespace].setdefault(name, [])
    return {
        namespace: {
            name: sorted(map(list, set(map(tuple, known[namespace][name])))) for name in sorted(known[namespace])
        }
        for namespace in sorted(known)
    }


def events(facts: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Fields of the detail by detail type by source."""
    types = {entity["$id"]: sorted(entity["properties"]) for entity in facts["eventTypeDefinition"]["entities"]}
    known: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for entity in facts["event"]["entities"]:
        known[entity["source"]][entity["detailType"]] = types[entity["rootProperty"]["$ref"]]
    return {source: dict(sorted(known[source].items())) for source in sorted(known)}
