"""One defect each, and the invariant that finds it. Linters and other emulators let most pass."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.deploy import invariants as hold
from tests.deploy.invariants import Invariant
from tests.deploy.template import Template


@dataclass(frozen=True, slots=True)
class Mutant:
    """A spoilt template."""

    template: str
    found_by: Invariant
    spoil: Callable[[Template], None]


def put(path: str, value: Any) -> Callable[[Template], None]:
    """Set what stands at `Resource/Property/0/…` to a value; `None` removes it."""

    def spoil(template: Template) -> None:
        *parents, last = path.split("/")
        target: Any = template.resources
        for part in parents:
            target = target[int(part) if isinstance(target, list) else part]
        key: Any = int(last) if isinstance(target, list) else last
        if value is None:
            del target[key]
        else:
            target[key] = value

    return spoil


def _policy(role: str, statement: int, member: str) -> str:
    return f"{role}/Properties/Policies/0/PolicyDocument/Statement/{statement}/{member}"


LAMBDA = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"

CORE = "template"

MUTANTS: dict[str, Mutant] = {
    "a target without integrations/": Mutant(
        CORE,
        hold.every_route_leads_to_an_integration,
        put("DefaultRoute/Properties/Target", {"Fn::Sub": "${MessageIntegration}"}),
    ),
    "the stage does not wait for a route": Mutant(
        CORE, hold.every_route_leads_to_an_integration, put("Stage/DependsOn/0", None)
    ),
    "a two-way default": Mutant(
        CORE,
        hold.default_is_one_way,
        put("DefaultRoute/Properties/RouteResponseSelectionExpression", "$default"),
    ),
    "a route without its authorizer": Mutant(
        CORE,
        hold.only_holders_of_a_token_connect,
        put("ConnectRoute/Properties/AuthorizationType", "NONE"),
    ),
    "no identity source": Mutant(
        CORE, hold.only_holders_of_a_token_connect, put("Authorizer/Properties/IdentitySource", [])
    ),
    "a JWT authorizer on a WebSocket API": Mutant(
        CORE,
        hold.only_holders_of_a_token_connect,
        put("Authorizer/Properties/AuthorizerType", "JWT"),
    ),
    "stage $default": Mutant(
        CORE, hold.stage_is_named_and_throttled, put("Stage/Properties/StageName", "$default")
    ),
    "no throttling": Mutant(
        CORE,
        hold.stage_is_named_and_throttled,
        put("Stage/Properties/DefaultRouteSettings/ThrottlingRateLimit", 0),
    ),
    "metrics that are billed": Mutant(
        CORE,
        hold.stage_is_named_and_throttled,
        put("Stage/Properties/DefaultRouteSettings/DetailedMetricsEnabled", True),
    ),
    "a token in the access log": Mutant(
        CORE,
        hold.stage_is_named_and_throttled,
        put(
            "Stage/Properties/AccessLogSettings/Fn::If/1/Format",
            '{"token":"$context.identity.accessKey"}',
        ),
    ),
    "an integration past the alias": Mutant(
        CORE,
        hold.everything_is_called_through_its_alias,
        put(
            "MessageIntegration/Properties/IntegrationUri/Fn::Sub",
            LAMBDA + "${MessageFunction.Arn}/invocations",
        ),
    ),
    "an alias of another function's version": Mutant(
        CORE,
        hold.everything_is_called_through_its_alias,
        put(
            "MessageLive/Properties/FunctionVersion", {"Fn::GetAtt": ["ConnectVersion", "Version"]}
        ),
    ),
    "a trigger past the alias": Mutant(
        CORE,
        hold.everything_is_called_through_its_alias,
        put(
            "UserPool/Properties/LambdaConfig/PreSignUp",
            {"Ref": "PreSignUpFunction"},
        ),
    ),
    "a version that no release renews": Mutant(
        CORE,
        hold.every_release_makes_versions,
        put("MessageVersion/Properties/Description", "the version"),
    ),
    "a function that a release leaves unchanged": Mutant(
        CORE,
        hold.every_release_makes_versions,
        put("MessageFunction/Properties/Description/Fn::Sub", "Serves every message."),
    ),
    "old versions are deleted": Mutant(
        CORE, hold.every_release_makes_versions, put("MessageVersion/UpdateReplacePolicy", "Delete")
    ),
    "a permission for everybody": Mutant(
        CORE,
        hold.everybody_is_called_by_his_own_caller_only,
        put("MessagePermission/Properties/Principal", "*"),
    ),
    "a principal with a slip of the pen": Mutant(
        CORE,
        hold.everybody_is_called_by_his_own_caller_only,
        put("MessagePermission/Properties/Principal", "apigatway.amazonaws.com"),
    ),
    "a permission for every route": Mutant(
        CORE,
        hold.everybody_is_called_by_his_own_caller_only,
        put("MessagePermission/Properties/SourceArn/Fn::Sub", "${Api}/*"),
    ),
    "a function that nobody may call": Mutant(
        CORE, hold.everybody_is_called_by_his_own_caller_only, put("ConnectPermission", None)
    ),
    "a role for two": Mutant(
        CORE,
        hold.every_function_has_its_own_role_and_log,
        put("ConnectFunction/Properties/Role", {"Fn::GetAtt": ["MessageRole", "Arn"]}),
    ),
    "another's log": Mutant(
        CORE,
        hold.every_function_has_its_own_role_and_log,
        put(_policy("ConnectRole", 0, "Resource"), {"Fn::GetAtt": ["MessageLog", "Arn"]}),
    ),
    "a log for ever": Mutant(
        CORE,
        hold.every_function_has_its_own_role_and_log,
        put("MessageLog/Properties/RetentionInDays", None),
    ),
    "a role for any service": Mutant(
        CORE,
        hold.roles_are_for_their_service,
        put("MessageRole/Properties/AssumeRolePolicyDocument/Statement/0/Principal", "*"),
    ),
    "a role without a bound": Mutant(
        CORE,
        hold.roles_are_for_their_service,
        put("MessageRole/Properties/PermissionsBoundary/Fn::If/1", {"Ref": "AWS::NoValue"}),
    ),
    "a wildcard resource": Mutant(
        CORE, hold.no_role_may_more_than_it_names, put(_policy("MessageRole", 1, "Resource"), "*")
    ),
    "a wildcard action": Mutant(
        CORE,
        hold.no_role_may_more_than_it_names,
        put(_policy("MessageRole", 1, "Action"), "dynamodb:*"),
    ),
    "a permission that the code needs": Mutant(
        CORE,
        hold.roles_cover_what_the_code_calls,
        put(_policy("MessageRole", 1, "Action"), ["dynamodb:GetItem"]),
    ),
    "a table that goes with the stack": Mutant(
        CORE, hold.what_is_stored_outlives_the_stack, put("ChatTable/DeletionPolicy", "Delete")
    ),
    "no point-in-time recovery": Mutant(
        CORE,
        hold.what_is_stored_outlives_the_stack,
        put(
            "ChatTable/Properties/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled",
            False,
        ),
    ),
    "a table's fixed name": Mutant(
        CORE, hold.what_is_stored_outlives_the_stack, put("ChatTable/Properties/TableName", "chat")
    ),
    "a bucket for everybody": Mutant(
        CORE,
        hold.what_is_stored_outlives_the_stack,
        put(
            "AttachmentBucket/Properties/PublicAccessBlockConfiguration/BlockPublicAcls",
            False,
        ),
    ),
    "another sort key": Mutant(
        CORE,
        hold.keys_and_log_index_never_change,
        put("ChatTable/Properties/KeySchema/1/AttributeName", "rev"),
    ),
    "names in place of addresses": Mutant(
        CORE,
        hold.pool_never_changes_what_it_cannot,
        put("UserPool/Properties/UsernameAttributes", []),
    ),
    "passwords in the clear": Mutant(
        CORE,
        hold.pool_never_changes_what_it_cannot,
        put("UserPoolClient/Properties/ExplicitAuthFlows/0", "ALLOW_USER_PASSWORD_AUTH"),
    ),
    "open sign-up": Mutant(
        CORE, hold.sign_up_is_never_open, put("UserPool/Properties/LambdaConfig", {})
    ),
    "a handler that is not there": Mutant(
        CORE,
        hold.functions_are_where_the_template_says,
        put("MessageFunction/Properties/Handler", "message.handle"),
    ),
    "another function's package": Mutant(
        CORE,
        hold.functions_are_where_the_template_says,
        put("MessageFunction/Properties/Code/S3Key/Fn::Sub", "builds/${BuildId}/code.zip"),
    ),
    "reserved concurrency": Mutant(
        CORE,
        hold.functions_are_where_the_template_says,
        put("MessageFunction/Properties/ReservedConcurrentExecutions", 5),
    ),
    "a variable that nobody reads": Mutant(
        CORE,
        hold.variables_are_those_the_code_reads,
        put("MessageFunction/Properties/Environment/Variables/COLOUR", "blue"),
    ),
    "an index of two letters": Mutant(
        CORE,
        hold.names_of_indexes_are_long_enough,
        put("ChatTable/Properties/GlobalSecondaryIndexes/0/IndexName", "g1"),
    ),
    "a dashboard that is no JSON": Mutant(
        CORE,
        hold.dashboard_shows_what_there_is,
        put("Dashboard/Properties/DashboardBody/Fn::Sub", '{"widgets": [}'),
    ),
    "a topic behind AWS's own key": Mutant(
        CORE,
        hold.alarms_reach_somebody,
        put("AlarmTopic/Properties", {"KmsMasterKeyId": "alias/aws/sns"}),
    ),
    "a topic that CloudWatch may not use": Mutant(
        CORE, hold.alarms_reach_somebody, put("AlarmTopicPolicy", None)
    ),
    "an alarm that tells nobody": Mutant(
        CORE, hold.alarms_reach_somebody, put("AlarmSubscription", None)
    ),
    "an alarm on another stack's function": Mutant(
        CORE,
        hold.alarms_measure_what_there_is,
        put("LatencyAlarm/Properties/Dimensions/0/Value", {"Ref": "OtherFunction"}),
    ),
    "no news is good news": Mutant(
        CORE,
        hold.health_is_checked_and_missed,
        put("HealthAlarm/Properties/TreatMissingData", "notBreaching"),
    ),
    "the socket from a cache": Mutant(
        "hosting",
        hold.socket_and_client_share_an_address,
        put(
            "Distribution/Properties/DistributionConfig/CacheBehaviors/0/CachePolicyId",
            "658327ea-f89d-4fab-a63d-7e88639e58f6",
        ),
    ),
    "a policy's name in place of its id": Mutant(
        "hosting",
        hold.socket_and_client_share_an_address,
        put(
            "Distribution/Properties/DistributionConfig/CacheBehaviors/0/OriginRequestPolicyId",
            "AllViewerExceptHostHeader",
        ),
    ),
    "the API by plain HTTP": Mutant(
        "hosting",
        hold.socket_and_client_share_an_address,
        put(
            "Distribution/Properties/DistributionConfig/Origins/1/CustomOriginConfig/OriginProtocolPolicy",
            "match-viewer",
        ),
    ),
    "pages in anybody's frame": Mutant(
        "hosting",
        hold.pages_are_told_what_they_may,
        lambda template: _replace_policy(template, "frame-ancestors 'none'", "frame-ancestors *"),
    ),
    "a policy that stops the socket": Mutant(
        "hosting",
        hold.pages_are_told_what_they_may,
        lambda template: _replace_policy(template, "wss://${Self} ", ""),
    ),
    "old TLS": Mutant(
        "hosting",
        hold.tls_is_new_and_from_the_right_region,
        put(
            "Distribution/Properties/DistributionConfig/ViewerCertificate/Fn::If/1/MinimumProtocolVersion",
            "TLSv1",
        ),
    ),
    "a certificate of any region": Mutant(
        "hosting",
        hold.tls_is_new_and_from_the_right_region,
        lambda template: template.document["Parameters"]["CertificateArn"].update(
            AllowedPattern="arn:.*"
        ),
    ),
    "a rule that joins": Mutant(
        "hosting",
        hold.rules_use_what_rules_may,
        lambda template: template.document["Rules"]["DomainHasCertificate"].update(
            RuleCondition={"Fn::Equals": [{"Fn::Join": ["", []]}, ""]}
        ),
    ),
    "a budget in dollars, spelt out": Mutant(
        "hosting",
        hold.budget_is_in_words_that_aws_knows,
        put("Budget/Properties/Budget/BudgetLimit/Unit", "DOLLARS"),
    ),
    "a budget by pager": Mutant(
        "hosting",
        hold.budget_is_in_words_that_aws_knows,
        put(
            "Budget/Properties/NotificationsWithSubscribers/0/Subscribers/0/SubscriptionType",
            "PAGER",
        ),
    ),
    "any workflow of the repository": Mutant(
        "account",
        hold.workflow_deploys_for_an_hour_at_most,
        put(
            "WorkflowRole/Properties/AssumeRolePolicyDocument/Statement/0/Condition",
            {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}},
        ),
    ),
    "roles without a bound": Mutant(
        "account",
        hold.deployments_cannot_help_themselves_to_more,
        put(_policy("StackRole", 4, "Condition"), None),
    ),
    "roles passed to anybody": Mutant(
        "account",
        hold.deployments_cannot_help_themselves_to_more,
        put(_policy("WorkflowRole", 2, "Condition"), None),
    ),
    "builds that expire": Mutant(
        "account",
        hold.artifacts_are_kept_and_private,
        put("ArtifactBucket/Properties/LifecycleConfiguration/Rules/0/ExpirationInDays", 30),
    ),
    "the log role goes with the stack": Mutant(
        "account",
        hold.logging_account_outlives_the_stack,
        put("LoggingAccount/DeletionPolicy", "Delete"),
    ),
}


def _replace_policy(template: Template, old: str, new: str) -> None:
    policy = template.resources["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    text = policy["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert old in text["Fn::Sub"][0]
    text["Fn::Sub"][0] = text["Fn::Sub"][0].replace(old, new)


TEXT_MUTANTS: dict[str, Callable[[Template], Template]] = {
    "a region": lambda template: replace(template, text=template.text + "# eu-central-1\n"),
    "an account": lambda template: replace(template, text=template.text + "# 123456789012\n"),
    "an anchor": lambda template: replace(template, text=template.text + "x: &anchor\n"),
    "a partition": lambda template: replace(template, text=template.text + "# arn:aws:s3\n"),
    "more than a call takes": lambda template: replace(template, text=template.text + "#" * 51_200),
}
"""Found by `no_region_no_account_no_anchor`."""
