"""Policies that AWS itself keeps, as far as they speak of what is emulated.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from collections.abc import Mapping
from typing import Any


def _allow(*actions: str, resource: str = "*") -> Mapping[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


MANAGED_POLICIES: Mapping[str, Mapping[str, Any]] = {
    "AdministratorAccess": _allow("*"),
    "AmazonAPIGatewayAdministrator": _allow("apigateway:*"),
    "AmazonAPIGatewayInvokeFullAccess": _allow(
        "execute-api:Invoke",
        "execute-api:ManageConnections",
        resource="arn:aws:execute-api:*:*:*",
    ),
    "AmazonCognitoPowerUser": _allow("cognito-idp:*", "cognito-identity:*"),
    "AmazonDynamoDBFullAccess": _allow("dynamodb:*"),
    "AmazonDynamoDBFullAccess_v2": _allow("dynamodb:*"),
    "AmazonDynamoDBReadOnlyAccess": _allow(
        *("dynamodb:BatchGetItem", "dynamodb:Describe*", "dynamodb:List*", "dynamodb:GetItem"),
        *("dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect"),
    ),
    "AmazonS3FullAccess": _allow("s3:*", "s3-object-lambda:*"),
    "AmazonS3ReadOnlyAccess": _allow("s3:Get*", "s3:List*", "s3:Describe*"),
    "AWSLambda_FullAccess": _allow("lambda:*", "logs:*"),
    "AWSLambda_ReadOnlyAccess": _allow("lambda:Get*", "lambda:List*"),
    "AWSLambdaExecute": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["logs:*"], "Resource": "arn:aws:logs:*:*:*"},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": "arn:aws:s3:::*",
            },
        ],
    },
    "AWSXRayDaemonWriteAccess": _allow("xray:Put*", "xray:Get*"),
    "AWSXrayWriteOnlyAccess": _allow("xray:Put*", "xray:Get*"),
    "CloudWatchLambdaInsightsExecutionRolePolicy": _allow("logs:*"),
    "PowerUserAccess": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "NotAction": ["iam:*", "organizations:*", "account:*"],
                "Resource": "*",
            }
        ],
    },
    "service-role/AWSLambdaBasicExecutionRole": _allow("logs:*"),
    "service-role/AWSLambdaDynamoDBExecutionRole": _allow("dynamodb:*Stream*", "logs:*"),
    "service-role/AWSLambdaRole": _allow("lambda:InvokeFunction"),
    "service-role/AWSLambdaSQSQueueExecutionRole": _allow("sqs:*", "logs:*"),
    "service-role/AWSLambdaVPCAccessExecutionRole": _allow("logs:*", "ec2:*NetworkInterface*"),
}
"""By name, with its path. Nothing that another service would judge is spelled out."""
