"""Shell script of an image build for the registry's scan: whether it has ended, and its findings.

A registry scans by itself (`BASIC`), or Inspector does (`ENHANCED`, for the whole account): which of the two only the
registry knows, as an organisation may have switched it. ECR calls an image under enhanced scanning `ACTIVE` before
anybody has looked into it, so Inspector is asked itself: its coverage says when this digest was scanned. Findings can
come a little later; they are believed once they stay the same.

The calls, their errors and answers: API models of ECR and Inspector (botocore, `ecr` 2015-09-21, `inspector2`
2020-06-08); the ARN that Inspector knows an image by: ECR user guide, "EventBridge events sent for enhanced scanning".
"""

from __future__ import annotations

from typing import Final

ATTEMPTS: Final = 120
PAUSE: Final = 10  # seconds; a scan takes one to three minutes, twenty are waited
SAME_ANSWERS: Final = 3
"""In a row, after which findings are believed."""
# Severities that count from each limit of the settings (ECR's and Inspector's API names).
_SEVERITIES: Final = {"CRITICAL": "CRITICAL", "HIGH": "CRITICAL|HIGH"}

# An answer of AWS as text, LATER where it is too early to ask or asked too often; any other error is shown, and fails.
_ASK: Final = r"""
ERRORS="$(mktemp)"
ask() {
  aws "$@" --output text 2> "$ERRORS" && return
  grep -q -E "\((ScanNotFoundException|ThrottlingException|TooManyRequestsException|RequestLimitExceeded)\)" "$ERRORS" \
    && { echo LATER; return; }
  cat "$ERRORS" >&2
  return 1
}""".strip()

_QUESTIONS: Final = r"""
IMAGE="{\"comparison\":\"EQUALS\",\"value\":\"$REPOSITORY_ARN/$DIGEST\"}"
of_registry() {
  ask ecr describe-image-scan-findings --repository-name "$REPOSITORY" --image-id "imageDigest=$DIGEST" "$@"
}
scanning() {
  ask ecr get-registry-scanning-configuration --query scanningConfiguration.scanType
}
state() {
  case "$SCANNING" in
    ENHANCED) ask inspector2 list-coverage --no-paginate --filter-criteria "{\"resourceId\":[$IMAGE]}" \
      --query "coveredResources[0].[scanStatus.reason,lastScannedAt]";;
    BASIC) of_registry --no-paginate --query "[imageScanStatus.status,imageScanFindings.imageScanCompletedAt]";;
  esac
}
severities() {
  case "$SCANNING" in
    ENHANCED) ask inspector2 list-findings --query "findings[].severity" --filter-criteria \
      "{\"resourceId\":[$IMAGE],\"findingStatus\":[{\"comparison\":\"EQUALS\",\"value\":\"ACTIVE\"}]}";;
    BASIC) of_registry --query "imageScanFindings.findings[].severity";;
  esac
}""".strip()

_WAIT: Final = rf"""
SCANNED=
for ATTEMPT in $(seq {ATTEMPTS}); do
  SCANNING="$(scanning)" || exit 1
  ANSWER="$(state)" || exit 1
  read -r STATE AT <<< "$ANSWER"
  case "$SCANNING $STATE" in
    "ENHANCED SUCCESSFUL"|"ENHANCED SCAN_FREQUENCY_SCAN_ON_PUSH"|"BASIC COMPLETE")
      if [ "${{AT:-None}}" != None ]; then SCANNED="$AT"; break; fi;;
    "None ") STATE="the registry scans nothing"; break;;
    "LATER "|*" LATER"|*" "|*" None") ;;
    *" PENDING"|*" IN_PROGRESS"|*" PENDING_INITIAL_SCAN"|*" SCAN_IN_PROGRESS"|*" INTERNAL_ERROR") ;;
    *) break;;
  esac
  sleep {PAUSE}
done
[ -n "$SCANNED" ] || {{ echo "the image was not scanned: ${{STATE:-PENDING}}"; exit 1; }}""".strip()

_SETTLE: Final = rf"""
SAME=0
BEFORE=LATER
for ATTEMPT in $(seq {ATTEMPTS}); do
  ANSWER="$(severities)" || exit 1
  FOUND="$(printf "%s" "$ANSWER" | tr -s "[:space:]" "\n" | sort)"
  case "$FOUND" in
    LATER|None) SAME=0;;
    "$BEFORE") SAME=$((SAME + 1));;
    *) SAME=1;;
  esac
  if [ "$SAME" -ge {SAME_ANSWERS} ]; then break; fi
  BEFORE="$FOUND"
  sleep {PAUSE}
done
[ "$SAME" -ge {SAME_ANSWERS} ] || {{ echo "the findings of the scan still change"; exit 1; }}""".strip()


def commands(scan_fails_on: str) -> list[str]:
    """Commands that fail where the image of `$DIGEST` was not scanned, or has a finding from a severity on."""
    counted = _SEVERITIES[scan_fails_on]
    said = counted.replace("|", ", ")
    judge = "\n".join(
        [
            f'BAD="$(printf "%s\\n" "$FOUND" | grep -c -x -E "{counted}")"',
            f'[ "$BAD" -eq 0 ] || {{ echo "the scan found $BAD of {said}: see the repository"; exit 1; }}',
        ]
    )
    return [_ASK, _QUESTIONS, _WAIT, _SETTLE, judge]
