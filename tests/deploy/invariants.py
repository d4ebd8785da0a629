"""What must hold of the templates and no linter knows. Each raises AssertionError.

tests/deploy/mutants.py spoils the templates in ways that each of them finds.
"""

import ast
import json
import re
from collections.abc import Callable

from tests.deploy.template import HANDLERS, Template, as_list, references


STATEFUL = ("Cognito::UserPool", "DynamoDB::Table", "Logs::LogGroup", "S3::Bucket")

MANAGED_POLICIES = {
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "CachingDisabled",
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "CachingOptimized",
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": "AllViewerExceptHostHeader",
}
"""https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html"""

FORBIDDEN_ACTIONS = re.compile(r"\*|Scan|DeleteTable|CreateLogGroup")
"""What no function needs."""

TARGET = re.compile(r"integrations/\$\{(\w+)\}")
INVOCATION = re.compile(r":lambda:path/2015-03-31/functions/\$\{(\w+)\}/invocations$")


def every_route_leads_to_an_integration(core: Template) -> None:
    """cfn-lint accepts a target without `integrations/`."""
    routes = core.of_type("ApiGatewayV2::Route")
    keys = {route["RouteKey"] for route in routes.values()}
    assert keys == {"$connect", "$default", "$disconnect"}
    targets = set()
    for route in routes.values():
        match = TARGET.fullmatch(route["Target"]["Fn::Sub"])
        assert match, route["Target"]
        targets.add(match[1])
    assert targets == set(core.of_type("ApiGatewayV2::Integration"))
    assert set(core.resources["Stage"]["DependsOn"]) == set(routes)


def default_is_one_way(core: Template) -> None:
    """Two-way routes bill a frame for each result, empty ones too."""
    for route in core.of_type("ApiGatewayV2::Route").values():
        assert "RouteResponseSelectionExpression" not in route


def only_holders_of_a_token_connect(core: Template) -> None:
    """The authorizer is asked, and never without the header that carries the token."""
    route = core.resources["ConnectRoute"]["Properties"]
    assert (route["AuthorizationType"], route["AuthorizerId"]) == ("CUSTOM", {"Ref": "Authorizer"})
    authorizer = core.resources["Authorizer"]["Properties"]
    assert authorizer["AuthorizerType"] == "REQUEST"
    assert authorizer["IdentitySource"] == ["route.request.header.Sec-WebSocket-Protocol"]


def stage_is_named_and_throttled(core: Template) -> None:
    """WebSocket APIs have no stage `$default`; detailed metrics are billed; bodies are no log."""
    stage = core.resources["Stage"]["Properties"]
    assert re.fullmatch(r"\w+", stage["StageName"])
    assert stage["AutoDeploy"] is True
    settings = stage["DefaultRouteSettings"]
    assert 0 < settings["ThrottlingRateLimit"] <= settings["ThrottlingBurstLimit"]
    assert not settings.get("DetailedMetricsEnabled")
    assert not settings.get("DataTraceEnabled")
    condition, log, _ = stage["AccessLogSettings"]["Fn::If"]
    assert condition == "Deployed"
    assert "AccessLog" in references(log["DestinationArn"])
    fields = json.loads(log["Format"]).values()
    assert not [each for each in fields if re.search("header|query|path|identity", each)]


def everything_is_called_through_its_alias(core: Template) -> None:
    """Permission, integration, authorizer and trigger name the alias, which is the rollback."""
    aliases = core.of_type("Lambda::Alias")
    assert {alias["FunctionName"]["Ref"] for alias in aliases.values()} == set(
        core.of_type("Lambda::Function")
    )
    for alias in aliases.values():
        assert alias["Name"] == "live"
        version, attribute = alias["FunctionVersion"]["Fn::GetAtt"]
        assert attribute == "Version"
        assert core.resources[version]["Properties"]["FunctionName"] == alias["FunctionName"]
    called = [
        *(each["IntegrationUri"] for each in core.of_type("ApiGatewayV2::Integration").values()),
        *(each["AuthorizerUri"] for each in core.of_type("ApiGatewayV2::Authorizer").values()),
    ]
    for uri in called:
        match = INVOCATION.search(uri["Fn::Sub"])
        assert match, uri
        assert match[1] in aliases
    for pool in core.of_type("Cognito::UserPool").values():
        assert all(trigger["Ref"] in aliases for trigger in pool["LambdaConfig"].values())
    for rule in core.of_type("Events::Rule").values():
        assert all(target["Arn"]["Ref"] in aliases for target in rule["Targets"])


def every_release_makes_versions(core: Template) -> None:
    """Description is what a version is replaced by; the old ones stay."""
    for name, function in core.of_type("Lambda::Function").items():
        assert "${ReleaseId}" in function["Description"]["Fn::Sub"], name
    for name, version in core.of_type("Lambda::Version").items():
        assert version["Description"] == {"Ref": "ReleaseId"}
        resource = core.resources[name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def everybody_is_called_by_his_own_caller_only(core: Template) -> None:
    """One permission for each alias, with an exact source; the routes' name the stage."""
    stage = core.resources["Stage"]["Properties"]["StageName"]
    api = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}"
    wanted: dict[str, tuple[str, object]] = {
        "AuthorizerLive": ("apigateway", f"{api}/authorizers/${{Authorizer}}"),
        "PreSignUpLive": ("cognito-idp", {"Fn::GetAtt": ["UserPool", "Arn"]}),
        "HealthLive": ("events", {"Fn::GetAtt": ["HealthRule", "Arn"]}),
    }
    for route in core.of_type("ApiGatewayV2::Route").values():
        integration = route["Target"]["Fn::Sub"].removeprefix("integrations/${").rstrip("}")
        uri = core.resources[integration]["Properties"]["IntegrationUri"]["Fn::Sub"]
        (alias,) = re.findall(r"\$\{(\w+)\}/invocations$", uri)
        wanted[alias] = ("apigateway", f"{api}/{stage}/{route['RouteKey']}")
    found = {}
    for permission in core.of_type("Lambda::Permission").values():
        source = permission["SourceArn"]
        assert permission["Action"] == "lambda:InvokeFunction"
        service, dot, rest = permission["Principal"].partition(".")
        assert dot + rest == ".amazonaws.com"
        found[permission["FunctionName"]["Ref"]] = (service, source.get("Fn::Sub", source))
    assert found == wanted
    assert found.keys() == core.of_type("Lambda::Alias").keys()


def every_function_has_its_own_role_and_log(core: Template) -> None:
    """The role may write that log and no other; logs are kept a year."""
    functions = core.of_type("Lambda::Function")
    roles = {name: f["Role"]["Fn::GetAtt"][0] for name, f in functions.items()}
    logs = {name: f["LoggingConfig"]["LogGroup"]["Ref"] for name, f in functions.items()}
    assert len(set(roles.values())) == len(set(logs.values())) == len(functions)
    for function in functions:
        resources = [
            resource
            for role, statement in core.statements()
            if role == roles[function] and "logs:" in str(statement["Action"])
            for resource in as_list(statement["Resource"])
        ]
        assert resources == [{"Fn::GetAtt": [logs[function], "Arn"]}]
    for log in core.of_type("Logs::LogGroup").values():
        assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert core.document["Parameters"]["LogRetentionDays"]["Default"] == 365


def roles_are_for_their_service(core: Template) -> None:
    """And within the boundary, where there is one."""
    for name, role in core.of_type("IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = "backup" if name == "BackupRole" else "lambda"
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"
        condition, bound, _ = role["PermissionsBoundary"]["Fn::If"]
        assert (condition, bound) == ("HasBoundary", {"Ref": "BoundaryArn"})


def no_role_may_more_than_it_names(core: Template) -> None:
    """No wildcard but for connection ids and for objects under a prefix, and no scan."""
    for _role, statement in core.statements():
        assert statement["Effect"] == "Allow"
        for action in as_list(statement["Action"]):
            assert not FORBIDDEN_ACTIONS.search(action), action
        for resource in as_list(statement["Resource"]):
            assert isinstance(resource, dict), resource
            stage = core.resources["Stage"]["Properties"]["StageName"]
            text = re.sub(
                rf"\$\{{Api\}}/{stage}/(POST|DELETE)/@connections/\*"
                r"|\$\{AttachmentBucket\.Arn\}/(new/|rooms/)?\*",
                "",
                json.dumps(resource),
            )
            assert "*" not in text


def roles_cover_what_the_code_calls(core: Template) -> None:
    """The message function's table permissions are those of the operations in chat/table.py."""
    calls = set(re.findall(r"_client\.(\w+)", (HANDLERS / "chat" / "table.py").read_text()))
    parts = {"transact_write_items": {"PutItem", "UpdateItem", "ConditionCheckItem"}}
    needed: set[str] = set()
    for call in calls:
        needed |= parts.get(call, {"".join(word.title() for word in call.split("_"))})
    granted = {
        action.removeprefix("dynamodb:")
        for role, statement in core.statements()
        if role == "MessageRole"
        for action in as_list(statement["Action"])
        if action.startswith("dynamodb:")
    }
    assert granted == needed


def what_is_stored_outlives_the_stack(core: Template) -> None:
    """And the parameter guards what can be guarded."""
    for kind in STATEFUL:
        for name in core.of_type(kind):
            resource = core.resources[name]
            assert resource["DeletionPolicy"] in {"Retain", "RetainExceptOnCreate"}
            assert resource["UpdateReplacePolicy"] == "Retain"
    for table in core.of_type("DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["TimeToLiveSpecification"] == {"AttributeName": "exp", "Enabled": True}
        assert "TableName" not in table
    for bucket in core.of_type("S3::Bucket").values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]
        assert "BucketName" not in bucket


def keys_and_log_index_never_change(core: Template) -> None:
    """A local index cannot be changed after the first deployment, nor can the keys."""
    table = core.resources["ChatTable"]["Properties"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["LocalSecondaryIndexes"] == [
        {
            "IndexName": "rev",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "rev", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ]


def pool_never_changes_what_it_cannot(core: Template) -> None:
    """CloudFormation would replace the pool, and with it every account."""
    pool = core.resources["UserPool"]["Properties"]
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    assert [attribute["Name"] for attribute in pool["Schema"]] == ["email", "name"]
    assert pool["UserPoolTier"] in {"LITE", "ESSENTIALS"}
    client = core.resources["UserPoolClient"]["Properties"]
    # Nobody gets in by a password sent in the clear: the third flow is signed by IAM.
    assert client["ExplicitAuthFlows"] == [
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    ]
    assert client["GenerateSecret"] is False


def sign_up_is_never_open(core: Template) -> None:
    """The trigger that knows the list is always there."""
    pool = core.resources["UserPool"]["Properties"]
    assert pool["LambdaConfig"] == {"PreSignUp": {"Ref": "PreSignUpLive"}}
    assert "Condition" not in core.resources["PreSignUpFunction"]


def functions_are_where_the_template_says(core: Template) -> None:
    """Handler and folder agree with the code; each has a package of its own."""
    for name, properties in core.of_type("Lambda::Function").items():
        metadata = core.resources[name]["Metadata"]
        assert metadata == {"aws:asset:path": "../handlers", "aws:asset:property": "Code"}
        module, _, handler = properties["Handler"].partition(".")
        tree = ast.parse((HANDLERS / f"{module}.py").read_text())
        assert handler in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert properties["Code"] == {
            "S3Bucket": {"Ref": "ArtifactBucket"},
            "S3Key": {"Fn::Sub": f"builds/${{BuildId}}/{name}.zip"},
        }
        # A trigger must answer in 5 s, an integration in 29.
        most = {"MessageFunction": 10, "HealthFunction": 30}.get(name, 5)
        assert properties["Timeout"] <= most
        assert "ReservedConcurrentExecutions" not in properties  # a new account has 10 in all


def variables_are_those_the_code_reads(core: Template) -> None:
    """Each variable of the template is read somewhere, and none is read that it lacks."""
    read: set[str] = set()
    for path in HANDLERS.rglob("*.py"):
        read |= set(re.findall(r'environ(?:\[|\.get\()\s*"(\w+)"', path.read_text()))
        read |= set(re.findall(r'_listed\("(\w+)"\)', path.read_text()))
    given = {
        name
        for function in core.of_type("Lambda::Function").values()
        for name in function["Environment"]["Variables"]
    }
    assert {name for name in read if not name.startswith("AWS_")} == given


def names_of_indexes_are_long_enough(core: Template) -> None:
    """3 to 255 characters (DynamoDB naming rules)."""
    table = core.resources["ChatTable"]["Properties"]
    for index in (*table["LocalSecondaryIndexes"], *table["GlobalSecondaryIndexes"]):
        assert re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", index["IndexName"])


def dashboard_shows_what_there_is(core: Template) -> None:
    """Its body is JSON, and it shows every alarm."""
    body = core.resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(re.sub(r"\$\{[\w:.]+\}", "x", body))["widgets"]
    assert {"metric", "alarm"} == {widget["type"] for widget in widgets}
    named = references({"Fn::Sub": body})
    assert named >= set(core.of_type("CloudWatch::Alarm"))
    assert {each for each in named if "::" not in each} <= set(core.resources)


def alarms_reach_somebody(template: Template) -> None:
    """Through a topic that CloudWatch may publish to, and that no key keeps it from."""
    alarms = template.of_type("CloudWatch::Alarm")
    assert alarms
    topics = {action["Ref"] for alarm in alarms.values() for action in alarm["AlarmActions"]}
    open_to = {
        topic["Ref"]
        for policy in template.of_type("SNS::TopicPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        and statement["Action"] == "sns:Publish"
        and statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
        for topic in policy["Topics"]
    }
    heard = {each["TopicArn"]["Ref"] for each in template.of_type("SNS::Subscription").values()}
    assert topics == open_to == heard
    for topic in topics:
        # With alias/aws/sns alarms fail silently; a key of one's own costs a dollar a month.
        assert "KmsMasterKeyId" not in template.resources[topic].get("Properties", {})


def alarms_measure_what_there_is(core: Template) -> None:
    """Dimensions name resources of this stack."""
    for name, alarm in core.of_type("CloudWatch::Alarm").items():
        assert alarm["Dimensions"], name
        for dimension in alarm["Dimensions"]:
            assert dimension["Value"]["Ref"] in core.resources, name


def health_is_checked_and_missed(core: Template) -> None:
    """A check that does not run at all is an alarm too."""
    assert core.resources["HealthRule"]["Properties"]["ScheduleExpression"] == "rate(15 minutes)"
    alarm = core.resources["HealthAlarm"]["Properties"]
    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["MetricName"], alarm["Threshold"]) == ("Errors", 1)


def no_region_no_account_no_anchor(template: Template) -> None:
    """Of no region and no account; YAML anchors are refused by CreateStack."""
    text = re.sub(r"us-east-1", "", template.text) if template.name == "hosting" else template.text
    assert not re.search(r"\b(us|eu|ap|ca|sa|af|me|il)-[a-z]+-\d\b", text)
    assert not re.search(
        r"\b\d{12}\b", re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)
    )
    assert not re.search(r"^\s*[^#]*: [&*]\w+", text, re.MULTILINE)
    assert "arn:aws:" not in text
    assert len(text.encode()) <= 51_200  # what CreateChangeSet takes without a bucket


def socket_and_client_share_an_address(hosting: Template) -> None:
    """The socket's path reaches the API, unchanged, uncached and without the Host header."""
    config = hosting.resources["Distribution"]["Properties"]["DistributionConfig"]
    origins = {origin["Id"]: origin for origin in config["Origins"]}
    assert origins["api"]["DomainName"] == {"Ref": "ApiDomain"}
    assert "OriginPath" not in origins["api"]
    behaviors = {each["PathPattern"]: each for each in config["CacheBehaviors"]}
    socket = behaviors["/ws"]
    assert socket["TargetOriginId"] == "api"
    assert socket["ViewerProtocolPolicy"] == "https-only"
    assert MANAGED_POLICIES[socket["CachePolicyId"]] == "CachingDisabled"
    assert MANAGED_POLICIES[socket["OriginRequestPolicyId"]] == "AllViewerExceptHostHeader"
    assert MANAGED_POLICIES[behaviors["/assets/*"]["CachePolicyId"]] == "CachingOptimized"
    default = config["DefaultCacheBehavior"]
    assert MANAGED_POLICIES[default["CachePolicyId"]] == "CachingDisabled"
    for behavior in (default, *config["CacheBehaviors"]):
        assert behavior["TargetOriginId"] in origins
    for origin in origins.values():
        assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def pages_are_told_what_they_may(hosting: Template) -> None:
    """The policy names socket, sign-in and uploads, and nothing is let in besides."""
    policy = hosting.resources["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    text = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"][0]
    directives = dict(each.split(maxsplit=1) for each in text.strip().split("; "))
    assert directives["default-src"] == "'self'"
    assert "wss://${Self}" in directives["connect-src"]
    assert "https://cognito-idp.${ChatRegion}" in directives["connect-src"]
    assert "https://${AttachmentDomain}" in directives["connect-src"]
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe-eval" not in text
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000


def tls_is_new_and_from_the_right_region(hosting: Template) -> None:
    """CloudFront takes certificates of us-east-1 only."""
    pattern = hosting.document["Parameters"]["CertificateArn"]["AllowedPattern"]
    assert "acm:us-east-1:" in pattern
    config = hosting.resources["Distribution"]["Properties"]["DistributionConfig"]
    viewer = config["ViewerCertificate"]["Fn::If"][1]
    assert viewer["MinimumProtocolVersion"] == "TLSv1.2_2021"
    for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert behavior["ViewerProtocolPolicy"] in {"https-only", "redirect-to-https"}


def rules_use_what_rules_may(hosting: Template) -> None:
    """Of the intrinsic functions CloudFormation knows few in Rules, and cfn-lint lets others pass.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
    """
    used = set(re.findall(r'"(Fn::\w+|Ref)"', json.dumps(hosting.document["Rules"])))
    assert used <= {"Ref", "Fn::And", "Fn::Contains", "Fn::Equals", "Fn::Not", "Fn::Or"}


def budget_is_in_words_that_aws_knows(hosting: Template) -> None:
    """cfn-lint lets any text through for these."""
    budget = hosting.resources["Budget"]["Properties"]
    limits = budget["Budget"]
    assert (limits["BudgetType"], limits["TimeUnit"]) == ("COST", "MONTHLY")
    assert limits["BudgetLimit"]["Unit"] == "USD"
    for each in budget["NotificationsWithSubscribers"]:
        notification = each["Notification"]
        assert notification["NotificationType"] in {"ACTUAL", "FORECASTED"}
        assert notification["ComparisonOperator"] == "GREATER_THAN"
        assert notification["ThresholdType"] in {"PERCENTAGE", "ABSOLUTE_VALUE"}
        assert all(s["SubscriptionType"] in {"EMAIL", "SNS"} for s in each["Subscribers"])
    alarm = hosting.resources["BillingAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Billing", "EstimatedCharges")
    assert alarm["Dimensions"] == [{"Name": "Currency", "Value": "USD"}]


def workflow_deploys_for_an_hour_at_most(account: Template) -> None:
    """By OIDC, from one repository's protected environment, and without keys."""
    assert not account.of_type("IAM::User")
    assert not account.of_type("IAM::AccessKey")
    role = account.resources["WorkflowRole"]["Properties"]
    assert role["MaxSessionDuration"] <= 3600
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    conditions = statement["Condition"]["StringEquals"]
    provider = "token.actions.githubusercontent.com"
    assert conditions[f"{provider}:aud"] == "sts.amazonaws.com"
    assert conditions[f"{provider}:sub"] == {"Fn::Sub": "repo:${Repository}:environment:production"}


def deployments_cannot_help_themselves_to_more(account: Template) -> None:
    """Roles are made and widened within the boundary only, and passed to their services only."""
    widening = {
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
        "iam:PutRolePermissionsBoundary",
    }
    for _role, statement in account.statements():
        actions = set(as_list(statement["Action"]))
        assert not actions & {"*", "iam:*", "iam:DeleteRolePermissionsBoundary"}
        condition = statement.get("Condition", {}).get("StringEquals", {})
        if actions & widening:
            assert condition["iam:PermissionsBoundary"] == {"Ref": "Boundary"}
        if "iam:PassRole" in actions:
            assert condition["iam:PassedToService"]
        if any(action.startswith("iam:") for action in actions):
            assert "*" not in as_list(statement["Resource"])


def artifacts_are_kept_and_private(account: Template) -> None:
    """Versioned, over TLS only, and not deleted with the stack."""
    resource = account.resources["ArtifactBucket"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    bucket = resource["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert not [
        rule for rule in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule
    ]
    (statement,) = account.resources["ArtifactBucketPolicy"]["Properties"]["PolicyDocument"][
        "Statement"
    ]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def logging_account_outlives_the_stack(account: Template) -> None:
    """Other APIs of the account log by it."""
    for name in ("LoggingAccount", "LoggingRole"):
        assert account.resources[name]["DeletionPolicy"] == "Retain"


Invariant = Callable[[Template], None]

INVARIANTS: dict[str, tuple[Invariant, ...]] = {
    "template": (
        every_route_leads_to_an_integration,
        default_is_one_way,
        only_holders_of_a_token_connect,
        stage_is_named_and_throttled,
        everything_is_called_through_its_alias,
        every_release_makes_versions,
        everybody_is_called_by_his_own_caller_only,
        every_function_has_its_own_role_and_log,
        roles_are_for_their_service,
        no_role_may_more_than_it_names,
        roles_cover_what_the_code_calls,
        what_is_stored_outlives_the_stack,
        keys_and_log_index_never_change,
        pool_never_changes_what_it_cannot,
        sign_up_is_never_open,
        functions_are_where_the_template_says,
        variables_are_those_the_code_reads,
        names_of_indexes_are_long_enough,
        dashboard_shows_what_there_is,
        alarms_reach_somebody,
        alarms_measure_what_there_is,
        health_is_checked_and_missed,
        no_region_no_account_no_anchor,
    ),
    "hosting": (
        socket_and_client_share_an_address,
        pages_are_told_what_they_may,
        tls_is_new_and_from_the_right_region,
        rules_use_what_rules_may,
        budget_is_in_words_that_aws_knows,
        alarms_reach_somebody,
        no_region_no_account_no_anchor,
    ),
    "account": (
        workflow_deploys_for_an_hour_at_most,
        deployments_cannot_help_themselves_to_more,
        artifacts_are_kept_and_private,
        logging_account_outlives_the_stack,
        no_region_no_account_no_anchor,
    ),
}
"""By template."""
