"""What CodeBuild runs, as text: one buildspec that compiles and tests, one that builds, pushes and scans the image.

JSON, which is YAML too (CodeBuild user guide, "Build specification reference", version 0.2). Everything that differs
between services comes from environment variables, so that a reviewer reads the same few lines for all of them.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any, Final

VERSION: Final = 0.2  # the one in which all commands of a build share one shell
IMAGE_DEFINITIONS: Final = "imagedefinitions.json"
"""What CodePipeline's ECS action reads: container name and image, by digest."""
MANIFEST: Final = "manifest.yaml"
"""What CodePipeline's EKS action reads: the service's Kubernetes objects, with the image by digest."""
EXPORTED: Final = ("IMAGE_BY_DIGEST", "IMAGE_TAG")
"""Variables that later actions of the pipeline may refer to."""
SCAN_ATTEMPTS: Final = 60
SCAN_PAUSE: Final = 10  # seconds; a scan takes one to three minutes, ten are waited
# Severities that count from each limit of the settings (ECR's API names).
_SEVERITIES: Final = {"CRITICAL": ("CRITICAL",), "HIGH": ("CRITICAL", "HIGH")}

_SIGN_IN: Final = 'aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"'
# A tag of its own for every build: repositories take none twice, and a rebuild has the commit of the build before.
_TAG: Final = 'IMAGE_TAG="${CODEBUILD_RESOLVED_SOURCE_VERSION:0:12}-$CODEBUILD_BUILD_NUMBER"'
_BUILD: Final = (
    'docker build --pull --file "$DOCKERFILE" --label "org.opencontainers.image.revision='
    '$CODEBUILD_RESOLVED_SOURCE_VERSION" --tag "$REGISTRY/$REPOSITORY:$IMAGE_TAG" .'
)
_PUSH: Final = 'docker push "$REGISTRY/$REPOSITORY:$IMAGE_TAG"'
# Where the build has failed, CodeBuild runs the next phase all the same.
_STOP: Final = 'test "$CODEBUILD_BUILD_SUCCEEDING" = 1'
_DIGEST: Final = (
    'DIGEST="$(aws ecr describe-images --repository-name "$REPOSITORY" --image-ids "imageTag=$IMAGE_TAG" '
    '--query "imageDetails[0].imageDigest" --output text)"'
)
_IMAGE: Final = 'IMAGE_BY_DIGEST="$REGISTRY/$REPOSITORY@$DIGEST"'
_DEFINE: Final = (
    'printf \'[{"name":"%s","imageUri":"%s"}]\' "$CONTAINER" "$IMAGE_BY_DIGEST" '
    f'> "$CODEBUILD_SRC_DIR/{IMAGE_DEFINITIONS}"'
)


def compile_and_test(commands: Sequence[str], tests: Sequence[str]) -> str:
    """The buildspec of the first build, which runs code of the repository and needs no right of its own."""
    return _text({"pre_build": [_ENTER], "build": list(commands), "post_build": [_STOP, *tests]})


def build_image(scan_fails_on: str, *, kubernetes: bool = False) -> str:
    """The buildspec of the second build: it ends with an image in the repository that no scan holds against it.

    For `kubernetes` the service's objects are fetched from where the program has put them, and get the image by digest.
    """
    phases = {
        "pre_build": [_ENTER, _SIGN_IN, _TAG],
        "build": [_BUILD, _PUSH],
        "post_build": [_STOP, _DIGEST, _IMAGE, _wait_for_scan(), _judge_scan(scan_fails_on), _DEFINE],
    }
    files = [IMAGE_DEFINITIONS]
    if kubernetes:
        phases["post_build"].append(_FILL_IN)
        files.append(MANIFEST)
    return _text(phases, exported=EXPORTED, files=files)


# The service's own container goes by the service's name. Keys are sorted, so its image stands before its name.
_FILL_IN: Final = """\
set -o pipefail
aws s3 cp --only-show-errors "s3://$MANIFESTS/$MANIFEST_KEY" - | awk -v name="$CONTAINER" -v image="$IMAGE_BY_DIGEST" '
  { line[NR] = $0 }
  /^ +(- )?image: / { at = NR }
  /^ +name: / { if (at && $2 == name) { sub(/image: .*/, "image: " image, line[at]); filled++ } at = 0 }
  END { for (n = 1; n <= NR; n++) print line[n]; exit filled == 1 ? 0 : 1 }
' > "$CODEBUILD_SRC_DIR/manifest.yaml" || { echo "the objects have not one container $CONTAINER"; exit 1; }"""
_ENTER: Final = 'cd "$CODEBUILD_SRC_DIR/$FOLDER"'
_FINDINGS: Final = (
    'aws ecr describe-image-scan-findings --repository-name "$REPOSITORY" --image-id "imageDigest=$DIGEST" '
    "--no-paginate --output text"
)


def _wait_for_scan() -> str:
    """Basic scanning ends as COMPLETE, Inspector's stays ACTIVE; any other end means that nobody has looked."""
    return "\n".join(
        [
            "STATUS=PENDING",
            f"for ATTEMPT in $(seq {SCAN_ATTEMPTS}); do",
            f'  STATUS="$({_FINDINGS} --query imageScanStatus.status 2>/dev/null)"',
            '  case "${STATUS:=PENDING}" in COMPLETE|ACTIVE) break;; PENDING|IN_PROGRESS) ;; *) break;; esac',
            f"  sleep {SCAN_PAUSE}",
            "done",
            'case "$STATUS" in COMPLETE|ACTIVE) ;; *) echo "the image was not scanned: $STATUS"; exit 1;; esac',
        ]
    )


def _judge_scan(scan_fails_on: str) -> str:
    counted = ",".join(_SEVERITIES[scan_fails_on])
    query = shlex.quote(f"imageScanFindings.findingSeverityCounts.[{counted}]")
    added_up = "tr '\\t' '\\n' | awk '/^[0-9]+$/ {n += $1} END {print n + 0}'"
    return "\n".join(
        [
            # Without an answer nothing is known, which is not the same as nothing found.
            f'COUNTS="$({_FINDINGS} --query {query})" || exit 1',
            # Severities without a finding are absent, and told as None.
            f'FOUND="$(printf "%s" "$COUNTS" | {added_up})"',
            f'if [ "$FOUND" -ne 0 ]; then echo "the scan found $FOUND of {counted}: see the repository"; exit 1; fi',
        ]
    )


def _text(phases: dict[str, list[str]], *, exported: Sequence[str] = (), files: Sequence[str] = ()) -> str:
    body: dict[str, Any] = {
        "version": VERSION,
        "env": {"shell": "bash"} | ({"exported-variables": list(exported)} if exported else {}),
        "phases": {name: {"on-failure": "ABORT", "commands": commands} for name, commands in phases.items()},
    }
    if files:
        body["artifacts"] = {"files": list(files)}
    return json.dumps(body, indent=2)
