"""Buildspecs of CodeBuild as text: one that compiles and tests, one that builds, pushes and scans the image.

JSON, which is YAML too (CodeBuild user guide, "Build specification reference", version 0.2). Everything that differs
between services comes from environment variables, so that a reviewer reads the same few lines for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from components.delivery import scanning

VERSION: Final = 0.2  # the one in which all commands of a build share one shell
IMAGE_DEFINITIONS: Final = "imagedefinitions.json"
"""Input of CodePipeline's ECS action: container name and image, by digest."""
MANIFEST: Final = "manifest.yaml"
"""Input of CodePipeline's EKS action: the service's Kubernetes objects, with the image by digest."""
EXPORTED: Final = ("IMAGE_BY_DIGEST", "IMAGE_TAG")
"""Variables that later actions of the pipeline may refer to."""

_PIPES: Final = "set -o pipefail"
_SIGN_IN: Final = 'aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"'
# A tag of its own for every build: repositories take none twice, and a rebuild has the commit of the build before.
_TAG: Final = 'IMAGE_TAG="${CODEBUILD_RESOLVED_SOURCE_VERSION:0:12}-$CODEBUILD_BUILD_NUMBER"'
_BUILD: Final = (
    'docker build --pull --file "$DOCKERFILE" --label "org.opencontainers.image.revision='
    '$CODEBUILD_RESOLVED_SOURCE_VERSION" --tag "$REGISTRY/$REPOSITORY:$IMAGE_TAG" .'
)
_PUSH: Final = 'docker push "$REGISTRY/$REPOSITORY:$IMAGE_TAG"'
# After a failed build, CodeBuild still runs the next phase.
_STOP: Final = 'test "$CODEBUILD_BUILD_SUCCEEDING" = 1'
_DIGEST: Final = (
    'DIGEST="$(aws ecr describe-images --repository-name "$REPOSITORY" --image-ids "imageTag=$IMAGE_TAG" '
    '--query "imageDetails[0].imageDigest" --output text)"'
)
# The AWS CLI prints an absent value as None.
_IS_DIGEST: Final = 'case "$DIGEST" in sha256:*) ;; *) echo "the repository has no $IMAGE_TAG"; exit 1;; esac'
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
        "pre_build": [_PIPES, _ENTER, _SIGN_IN, _TAG],
        "build": [_BUILD, _PUSH],
        "post_build": [_STOP, _DIGEST, _IS_DIGEST, _IMAGE, *scanning.commands(scan_fails_on), _DEFINE],
    }
    files = [IMAGE_DEFINITIONS]
    if kubernetes:
        phases["post_build"].append(_FILL_IN)
        files.append(MANIFEST)
    return _text(phases, exported=EXPORTED, files=files)


# The service's own container goes by the service's name. Keys are sorted, so its image stands before its name.
_FILL_IN: Final = """\
aws s3 cp --only-show-errors "s3://$MANIFESTS/$MANIFEST_KEY" - | awk -v name="$CONTAINER" -v image="$IMAGE_BY_DIGEST" '
  { line[NR] = $0 }
  /^ +(- )?image: / { at = NR }
  /^ +name: / { if (at && $2 == name) { sub(/image: .*/, "image: " image, line[at]); filled++ } at = 0 }
  END { for (n = 1; n <= NR; n++) print line[n]; exit filled == 1 ? 0 : 1 }
' > "$CODEBUILD_SRC_DIR/manifest.yaml" || { echo "the objects have not one container $CONTAINER"; exit 1; }"""
_ENTER: Final = 'cd "$CODEBUILD_SRC_DIR/$FOLDER"'


def _text(phases: dict[str, list[str]], *, exported: Sequence[str] = (), files: Sequence[str] = ()) -> str:
    body: dict[str, Any] = {
        "version": VERSION,
        "env": {"shell": "bash"} | ({"exported-variables": list(exported)} if exported else {}),
        "phases": {name: {"on-failure": "ABORT", "commands": commands} for name, commands in phases.items()},
    }
    if files:
        body["artifacts"] = {"files": list(files)}
    return json.dumps(body, indent=2)
