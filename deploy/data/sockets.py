"""The open sockets of a person, closed from outside."""

from typing import Any

from botocore.exceptions import ClientError
from chat import items

from deploy.data.site import Site


def close_sockets(site: Site, uid: str) -> int:
    """Close them all; how many they were."""
    rows = site.database.get_paginator("query").paginate(
        TableName=site.table("ConnectionTable"),
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        FilterExpression="uid = :uid",
        ExpressionAttributeValues={":pk": {"S": items.CONNECTIONS}, ":uid": {"S": uid}},
    )
    ids = [row["sk"]["S"] for page in rows for row in page["Items"]]
    if not ids:
        return 0
    management = _management(site)
    for id_ in ids:
        try:
            management.delete_connection(ConnectionId=id_)
        except ClientError as error:
            if error.response["Error"]["Code"] != "GoneException":
                raise
    return len(ids)


def _management(site: Site) -> Any:
    """The management API, which on AWS has an address of its own."""
    if "apigatewaymanagementapi" in site.endpoints:
        return site.client("apigatewaymanagementapi")
    apis = site.client("apigatewayv2").get_paginator("get_apis").paginate()
    (url,) = (
        api["ApiEndpoint"] for page in apis for api in page["Items"] if api["Name"] == site.stack
    )
    return site.session.client(
        "apigatewaymanagementapi", endpoint_url=url.replace("wss://", "https://") + "/ws"
    )
