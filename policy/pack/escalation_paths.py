"""Known ways to run code under another identity's role, as data.

Sources: the Service Authorization Reference, 2026-10; the published catalogues of Rhino Security Labs (2018) and of
pathfinding.cloud. Names of actions are AWS's.
"""

from __future__ import annotations

from dataclasses import dataclass

from .tokens import INSTANCE, LAMBDA, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, PROJECT, TASK_DEFINITION

_SPOT_REQUEST = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"

AnyOf = tuple[str, ...]
"""Actions of which one is enough."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A way to have a service run code under a passed role: one action of each of `needs`."""

    service: str
    needs: tuple[AnyOf, ...]


LAUNCHES = (
    Launch(
        service="lambda.amazonaws.com",
        needs=(
            ("lambda:CreateFunction",),
            (
                "lambda:InvokeFunction",
                "lambda:InvokeFunctionUrl",
                "lambda:CreateEventSourceMapping",
                "lambda:CreateFunctionUrlConfig",
                "lambda:AddPermission",
                "events:PutTargets",
                "scheduler:CreateSchedule",
            ),
        ),
    ),
    Launch(
        service="lambda.amazonaws.com", needs=(("lambda:UpdateFunctionConfiguration",), ("lambda:UpdateFunctionCode",))
    ),
    Launch(
        service="ec2.amazonaws.com",
        needs=(
            (
                "ec2:RunInstances",
                "ec2:RequestSpotInstances",
                "ec2:RequestSpotFleet",
                "ec2:CreateFleet",
                "ec2:AssociateIamInstanceProfile",
                "ec2:ReplaceIamInstanceProfileAssociation",
                "autoscaling:CreateAutoScalingGroup",
                "autoscaling:UpdateAutoScalingGroup",
            ),
        ),
    ),
    Launch(service="ecs-tasks.amazonaws.com", needs=(("ecs:RunTask", "ecs:StartTask"),)),
    Launch(
        service="ecs-tasks.amazonaws.com",
        needs=(("ecs:RegisterTaskDefinition",), ("ecs:CreateService", "ecs:UpdateService", "ecs:CreateTaskSet")),
    ),
    Launch(
        service="glue.amazonaws.com",
        needs=(("glue:CreateDevEndpoint", "glue:UpdateDevEndpoint", "glue:CreateSession"),),
    ),
    Launch(
        service="glue.amazonaws.com",
        needs=(("glue:CreateJob", "glue:UpdateJob"), ("glue:StartJobRun", "glue:CreateTrigger")),
    ),
    Launch(
        service="cloudformation.amazonaws.com",
        needs=(
            (
                "cloudformation:CreateStack",
                "cloudformation:UpdateStack",
                "cloudformation:CreateStackSet",
                "cloudformation:UpdateStackSet",
            ),
        ),
    ),
    Launch(
        service="cloudformation.amazonaws.com",
        needs=(("cloudformation:CreateChangeSet",), ("cloudformation:ExecuteChangeSet",)),
    ),
    Launch(
        service="codebuild.amazonaws.com",
        needs=(
            ("codebuild:CreateProject", "codebuild:UpdateProject"),
            ("codebuild:StartBuild", "codebuild:StartBuildBatch", "codebuild:CreateWebhook"),
        ),
    ),
    Launch(
        service="codepipeline.amazonaws.com", needs=(("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline"),)
    ),
    Launch(
        service="sagemaker.amazonaws.com",
        needs=(
            (
                "sagemaker:CreateNotebookInstance",
                "sagemaker:CreateTrainingJob",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateModel",
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateDomain",
                "sagemaker:CreateUserProfile",
            ),
        ),
    ),
    Launch(service="ssm.amazonaws.com", needs=(("ssm:StartAutomationExecution", "ssm:CreateAssociation"),)),
    Launch(service="ssm.amazonaws.com", needs=(("ssm:RegisterTaskWithMaintenanceWindow",),)),
    Launch(
        service="states.amazonaws.com",
        needs=(
            ("states:CreateStateMachine", "states:UpdateStateMachine"),
            ("states:StartExecution", "events:PutTargets"),
        ),
    ),
    Launch(service="scheduler.amazonaws.com", needs=(("scheduler:CreateSchedule", "scheduler:UpdateSchedule"),)),
    Launch(service="events.amazonaws.com", needs=(("events:PutTargets",),)),
    Launch(service="pipes.amazonaws.com", needs=(("pipes:CreatePipe", "pipes:UpdatePipe"),)),
    Launch(
        service="datapipeline.amazonaws.com",
        needs=(("datapipeline:CreatePipeline",), ("datapipeline:PutPipelineDefinition",)),
    ),
    Launch(service="elasticmapreduce.amazonaws.com", needs=(("elasticmapreduce:RunJobFlow",),)),
    Launch(service="emr-serverless.amazonaws.com", needs=(("emr-serverless:StartJobRun",),)),
    Launch(service="batch.amazonaws.com", needs=(("batch:RegisterJobDefinition",), ("batch:SubmitJob",))),
    Launch(service="ecs-tasks.amazonaws.com", needs=(("batch:RegisterJobDefinition",), ("batch:SubmitJob",))),
    Launch(service="tasks.apprunner.amazonaws.com", needs=(("apprunner:CreateService", "apprunner:UpdateService"),)),
    Launch(service="pods.eks.amazonaws.com", needs=(("eks:CreatePodIdentityAssociation",),)),
    Launch(service="eks.amazonaws.com", needs=(("eks:CreateCluster",),)),
    Launch(service="ec2.amazonaws.com", needs=(("eks:CreateNodegroup",),)),
    Launch(service="airflow.amazonaws.com", needs=(("airflow:CreateEnvironment",),)),
    Launch(service="imagebuilder.amazonaws.com", needs=(("imagebuilder:CreateImagePipeline",),)),
    Launch(service="bedrock-agentcore.amazonaws.com", needs=(("bedrock-agentcore:CreateCodeInterpreter",),)),
)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A resource that already runs under a role: whoever may change what it runs has the role's permissions."""

    token: str
    role: str
    """Property that names the role or its profile; after a `|`, the path inside a property that is JSON text."""
    needs: tuple[AnyOf, ...]
    arn: str
    """Last part of the ARN that a statement names, with its name: `function:{name}`; empty where any ARN will do."""
    by_arn: bool = True
    """Whether that is the resource's own ARN, known after creation; else the ARN of what it starts."""


_SHELLS = (
    "ssm:SendCommand",
    "ssm:StartSession",
    "ssm:CreateAssociation",
    "ssm:UpdateAssociation",
    "ec2-instance-connect:SendSSHPublicKey",
    "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
)
_USER_DATA = (("ec2:ModifyInstanceAttribute",), ("ec2:StartInstances", "ec2:RebootInstances"))
_NEW_VERSIONS = (("ec2:CreateLaunchTemplateVersion",),)

RUNNING = (
    Running(
        token=LAMBDA,
        role="role",
        needs=(("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),),
        arn="function:{name}",
    ),
    Running(
        token=PROJECT,
        role="serviceRole",
        needs=(
            (
                "codebuild:StartBuild",
                "codebuild:StartBuildBatch",
                "codebuild:StartSandbox",
                "codebuild:StartCommandExecution",
                "codebuild:UpdateProject",
            ),
        ),
        arn="project/{name}",
    ),
    Running(token=INSTANCE, role="iamInstanceProfile", needs=(_SHELLS,), arn="instance/{id}"),
    Running(token=INSTANCE, role="iamInstanceProfile", needs=_USER_DATA, arn="instance/{id}"),
    Running(token=_SPOT_REQUEST, role="iamInstanceProfile", needs=(_SHELLS,), arn="instance/i-any", by_arn=False),
    Running(token=LAUNCH_TEMPLATE, role="iamInstanceProfile.arn", needs=(_SHELLS,), arn="instance/i-any", by_arn=False),
    Running(
        token=LAUNCH_TEMPLATE, role="iamInstanceProfile.name", needs=(_SHELLS,), arn="instance/i-any", by_arn=False
    ),
    Running(token=LAUNCH_TEMPLATE, role="iamInstanceProfile.arn", needs=_NEW_VERSIONS, arn="launch-template/{id}"),
    Running(token=LAUNCH_TEMPLATE, role="iamInstanceProfile.name", needs=_NEW_VERSIONS, arn="launch-template/{id}"),
    Running(
        token=LAUNCH_CONFIGURATION, role="iamInstanceProfile", needs=(_SHELLS,), arn="instance/i-any", by_arn=False
    ),
    Running(token=TASK_DEFINITION, role="taskRoleArn", needs=(("ecs:ExecuteCommand",),), arn=""),
    Running(
        token=TASK_DEFINITION, role="taskRoleArn", needs=(("ssm:StartSession",),), arn="task/any/any", by_arn=False
    ),
    Running(
        token="aws:batch/jobDefinition:JobDefinition",
        role="containerProperties|jobRoleArn",
        needs=(("batch:SubmitJob",),),  # a job may bring another command
        arn="job-definition/{name}:1",
        by_arn=False,
    ),
    Running(
        token="aws:sfn/stateMachine:StateMachine",
        role="roleArn",
        needs=(("states:UpdateStateMachine",),),
        arn="stateMachine:{name}",
    ),
    Running(token="aws:glue/job:Job", role="roleArn", needs=(("glue:UpdateJob",),), arn="job/{name}"),
    Running(
        token="aws:glue/devEndpoint:DevEndpoint",
        role="roleArn",
        needs=(("glue:UpdateDevEndpoint",),),
        arn="devEndpoint/{name}",
    ),
    Running(
        token="aws:codepipeline/pipeline:Pipeline",
        role="roleArn",
        needs=(("codepipeline:UpdatePipeline",),),
        arn="{name}",
    ),
    Running(
        token="aws:cloudformation/stack:Stack",
        role="iamRoleArn",
        needs=(("cloudformation:UpdateStack", "cloudformation:ExecuteChangeSet"),),
        arn="stack/{name}/any",
    ),
    Running(
        token="aws:sagemaker/notebookInstance:NotebookInstance",
        role="roleArn",
        needs=(("sagemaker:CreatePresignedNotebookInstanceUrl",),),
        arn="notebook-instance/{name}",
    ),
    Running(
        token="aws:sagemaker/userProfile:UserProfile",
        role="userSettings.executionRole",
        needs=(("sagemaker:CreatePresignedDomainUrl",),),
        arn="user-profile/any/any",
        by_arn=False,
    ),
    Running(
        token="aws:synthetics/canary:Canary",
        role="executionRoleArn",
        needs=(("synthetics:UpdateCanary",),),
        arn="canary:{name}",
    ),
    Running(
        token="aws:apprunner/service:Service",
        role="instanceConfiguration.instanceRoleArn",
        needs=(("apprunner:UpdateService",),),
        arn="service/any/any",
    ),
    Running(
        token="aws:emr/cluster:Cluster",
        role="ec2Attributes.instanceProfile",
        needs=(("elasticmapreduce:AddJobFlowSteps",),),
        arn="cluster/{id}",
    ),
    Running(
        token="aws:kinesisanalyticsv2/application:Application",
        role="serviceExecutionRole",
        needs=(("kinesisanalytics:UpdateApplication",),),
        arn="application/{name}",
    ),
    Running(
        token="aws:mwaa/environment:Environment",
        role="executionRoleArn",
        needs=(("airflow:CreateCliToken", "airflow:CreateWebLoginToken", "airflow:InvokeRestApi"),),
        arn="environment/{name}",
    ),
)

WORKLOADS = (
    "batch.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "glue.amazonaws.com",
    "lambda.amazonaws.com",
    "pods.eks.amazonaws.com",
    "sagemaker.amazonaws.com",
    "tasks.apprunner.amazonaws.com",
)
"""Services that run their owner's own code under a role."""
