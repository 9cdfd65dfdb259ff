"""The known ways from some rights to more of them, as data.

Sources: the Service Authorization Reference, 2026-10; the published catalogues of Rhino Security Labs (2018) and of
pathfinding.cloud. Names of actions are AWS's.
"""

from __future__ import annotations

from dataclasses import dataclass

from .tokens import INSTANCE, LAMBDA, PROJECT, TASK_DEFINITION

AnyOf = tuple[str, ...]
"""Actions of which one is enough."""


@dataclass(frozen=True, kw_only=True)
class Takeover:
    """An action that by itself gives whoever may take it other rights than it has."""

    action: str
    effect: str
    """What it does, after "it ": `writes any policy into a role`."""
    narrowed_by: tuple[str, ...] = ()
    """Conditions under which it gives no more than somebody has decided to, lower case."""


_POLICY, _LIMIT = "iam:policyarn", "iam:permissionsboundary"

TAKEOVERS = (
    Takeover(action="iam:CreatePolicyVersion", effect="rewrites a policy"),
    Takeover(action="iam:SetDefaultPolicyVersion", effect="puts an older version of a policy in force"),
    Takeover(action="iam:AttachRolePolicy", effect="attaches any policy to a role", narrowed_by=(_POLICY, _LIMIT)),
    Takeover(action="iam:AttachUserPolicy", effect="attaches any policy to a user", narrowed_by=(_POLICY, _LIMIT)),
    Takeover(action="iam:AttachGroupPolicy", effect="attaches any policy to a group", narrowed_by=(_POLICY,)),
    Takeover(action="iam:PutRolePolicy", effect="writes any policy into a role", narrowed_by=(_LIMIT,)),
    Takeover(action="iam:PutUserPolicy", effect="writes any policy into a user", narrowed_by=(_LIMIT,)),
    Takeover(action="iam:PutGroupPolicy", effect="writes any policy into a group"),
    Takeover(action="iam:AddUserToGroup", effect="joins any group"),
    Takeover(action="iam:UpdateAssumeRolePolicy", effect="lets itself assume a role"),
    Takeover(action="iam:CreateAccessKey", effect="makes keys of another user"),
    Takeover(action="iam:CreateLoginProfile", effect="gives another user a password"),
    Takeover(action="iam:UpdateLoginProfile", effect="changes another user's password"),
    Takeover(action="iam:CreateServiceSpecificCredential", effect="makes credentials of another user"),
    Takeover(action="iam:ResetServiceSpecificCredential", effect="makes credentials of another user"),
    Takeover(action="iam:DeleteRolePermissionsBoundary", effect="frees a role of its boundary"),
    Takeover(action="iam:DeleteUserPermissionsBoundary", effect="frees a user of its boundary"),
    Takeover(action="iam:PutRolePermissionsBoundary", effect="gives a role another boundary", narrowed_by=(_LIMIT,)),
    Takeover(action="iam:PutUserPermissionsBoundary", effect="gives a user another boundary", narrowed_by=(_LIMIT,)),
    Takeover(action="iam:UpdateSAMLProvider", effect="signs in as whoever the identity provider may be"),
    Takeover(action="iam:CreateSAMLProvider", effect="brings an identity provider of its own"),
    Takeover(action="iam:CreateOpenIDConnectProvider", effect="brings an identity provider of its own"),
    Takeover(
        action="iam:UpdateOpenIDConnectProviderThumbprint", effect="signs in as whoever the identity provider may be"
    ),
    Takeover(action="sso:PutInlinePolicyToPermissionSet", effect="rewrites a permission set"),
    Takeover(action="sso:AttachManagedPolicyToPermissionSet", effect="attaches any policy to a permission set"),
    Takeover(
        action="sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
        effect="attaches any policy to a permission set",
    ),
    Takeover(action="sso:CreateAccountAssignment", effect="gives itself a permission set"),
    Takeover(action="identitystore:CreateGroupMembership", effect="joins any group of the organisation"),
    Takeover(action="cognito-identity:SetIdentityPoolRoles", effect="gives an identity pool other roles"),
    Takeover(
        action="eks:AssociateAccessPolicy",
        effect="makes itself administrator of a cluster",
        narrowed_by=("eks:policyarn", "eks:accessscope"),
    ),
    Takeover(action="kms:PutKeyPolicy", effect="rewrites the policy of a key"),
    Takeover(action="s3:PutBucketPolicy", effect="rewrites the policy of a bucket"),
    Takeover(action="secretsmanager:PutResourcePolicy", effect="rewrites the policy of a secret"),
)
OWN_USER = "user/${aws:username}"
"""A resource that ends so is the caller's own user: to manage one's own credentials is no escalation."""
OF_ONE_USER = frozenset(
    (
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile",
        "iam:CreateServiceSpecificCredential",
        "iam:ResetServiceSpecificCredential",
    )
)


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A way to have a service run something under a role that was passed to it: one action of each of `needs`."""

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
    """Something that runs under a role already: who may change what it runs has the role's rights."""

    token: str
    role: str
    """The property that names the role; for an instance, its profile."""
    needs: tuple[AnyOf, ...]
    arn: str
    """Last part of its ARN, from its name: `function:{name}`."""


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
        needs=(("codebuild:StartBuild", "codebuild:StartBuildBatch", "codebuild:UpdateProject"),),
        arn="project/{name}",
    ),
    Running(
        token=INSTANCE,
        role="iamInstanceProfile",
        needs=(("ssm:SendCommand", "ssm:StartSession", "ec2-instance-connect:SendSSHPublicKey"),),
        arn="instance/{id}",
    ),
    Running(token=TASK_DEFINITION, role="taskRoleArn", needs=(("ecs:ExecuteCommand",),), arn=""),
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
        arn="stack/{name}/*",
    ),
    Running(
        token="aws:sagemaker/notebookInstance:NotebookInstance",
        role="roleArn",
        needs=(("sagemaker:CreatePresignedNotebookInstanceUrl",),),
        arn="notebook-instance/{name}",
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
