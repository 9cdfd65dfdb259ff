"""AWS services that name the source when they assume a role: a trust policy must check it.

They set aws:SourceAccount, aws:SourceArn or both. A role that trusts one of them without a check serves the
resources of any account (the confused deputy). Those that aren't listed are documented to fill in neither, or not
documented: a condition would lock them out.
"""

from __future__ import annotations

import re

_GUIDES = {
    "airflow": "MWAA User Guide",
    "airflow-env": "MWAA User Guide",
    "amplify": "Amplify User Guide",
    "athena": "Athena User Guide, notebooks",
    "backup": "Backup Developer Guide",
    "bedrock": "Bedrock User Guide",
    "bedrock-agentcore": "Bedrock AgentCore Developer Guide",
    "budgets": "Cost Management User Guide, budget actions",
    "codebuild": "CodeBuild User Guide",
    "codedeploy": "CodeDeploy User Guide",
    "comprehend": "Comprehend Developer Guide",
    "config": "Config Developer Guide",
    "databrew": "Glue DataBrew Developer Guide",
    "datasync": "DataSync User Guide",
    "dlm": "EBS User Guide, Data Lifecycle Manager",
    "ecs-tasks": "ECS Developer Guide, task roles",
    "elasticmapreduce": "EMR Management Guide",
    "firehose": "Data Firehose Developer Guide",
    "fis": "Fault Injection Service User Guide",
    "forecast": "Forecast Developer Guide",
    "frauddetector": "Fraud Detector User Guide",
    "gamelift": "GameLift Servers Developer Guide",
    "glue": "Glue Developer Guide",
    "grafana": "Managed Grafana User Guide",
    "greengrass": "IoT Greengrass Developer Guide",
    "iot": "IoT Core Developer Guide",
    "iotevents": "IoT Events Developer Guide",
    "iotsitewise": "IoT SiteWise User Guide",
    "kafkaconnect": "MSK Developer Guide, MSK Connect",
    "kendra": "Kendra Developer Guide",
    "kinesisanalytics": "Managed Service for Apache Flink Developer Guide",
    "lexv2": "Lex V2 Developer Guide",
    "logs": "CloudWatch Logs User Guide, subscription filters",
    "monitoring.rds": "RDS User Guide, enhanced monitoring",
    "omics": "HealthOmics User Guide",
    "osis-pipelines": "OpenSearch Ingestion Developer Guide",
    "personalize": "Personalize Developer Guide",
    "pipes": "EventBridge User Guide, pipes",
    "qbusiness": "Q Business User Guide",
    "rekognition": "Rekognition Developer Guide",
    "resources.cloudformation": "CloudFormation CLI User Guide, extensions",
    "rolesanywhere": "IAM Roles Anywhere User Guide",
    "sagemaker": "SageMaker AI Developer Guide",
    "scheduler": "EventBridge Scheduler User Guide",
    "ses": "SES Developer Guide",
    "ssm": "Systems Manager User Guide",
    "ssm-incidents": "Incident Manager User Guide",
    "states": "Step Functions Developer Guide",
    "textract": "Textract Developer Guide",
    "transcribe": "Transcribe Developer Guide",
    "transfer": "Transfer Family User Guide",
    "translate": "Translate Developer Guide",
    "vpc-flow-logs": "VPC User Guide, flow logs",
}
# Services that name their source for some of what they do: a condition that holds where the key is absent is as much
# as can be asked of them.
_AT_TIMES = {
    "events": "EventBridge User Guide: rules name themselves; not every kind of target is documented",
}
_PRINCIPAL = re.compile(r"(?P<service>.+?)(?:\.(?:[a-z]{2,4}(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?")


def names_source(principal: str) -> bool:
    """Whether a service principal always names the source when it assumes a role."""
    return _service(principal) in _GUIDES


def names_source_at_times(principal: str) -> bool:
    """Whether it does for some of its calls."""
    return _service(principal) in _AT_TIMES


def _service(principal: str) -> str:
    match = _PRINCIPAL.fullmatch(principal.strip().lower())
    return match["service"] if match else ""
