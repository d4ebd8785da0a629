"""The composition root: builds every part, in order, and takes them down in the other.

The only module that sees all packages.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route, WebSocketRoute

from emulator.aws_endpoint import AwsEndpoint
from emulator.clock import Clock, Entropy
from emulator.cognito.endpoint import CognitoEndpoint
from emulator.cognito.services import Environment
from emulator.console.page import console_route
from emulator.edge import edge_routes, plain_requests, site_mount
from emulator.gateway.connections import Connections
from emulator.gateway.deployments import Deployments
from emulator.gateway.management import ManagementApi
from emulator.gateway.orphans import Orphans
from emulator.gateway.websocket import WebSocketGateway
from emulator.iam.credentials import (
    CREDENTIALS_FILE,
    KeyRing,
    load_secret,
    write_credentials_file,
)
from emulator.iam.sigv4 import Verifier
from emulator.listeners import Sockets, bind, port_of, serving
from emulator.objects.endpoint import ObjectsEndpoint
from emulator.objects.store import ObjectStore
from emulator.runtime.functions import start_functions
from emulator.runtime.invoke_api import InvokeApi
from emulator.runtime.reload import watch_code
from emulator.settings import ACCOUNT_ID, REGION, STACK_NAME, Settings
from emulator.storage.backup import Source
from emulator.storage.care import Plan, cared_for, upgraded
from emulator.storage.data_dir import VERSION, Record, owned
from emulator.storage.engine import Engine
from emulator.storage.engines import PROGRAMS
from emulator.storage.forward import DynamoDbForward
from emulator.storage.tables import create_tables
from emulator.template.model import Stack
from emulator.template.physical import Place
from emulator.template.stack import load


logger = logging.getLogger(__name__)

_LOCAL_HOSTS = ["localhost", "*.localhost", "127.0.0.1", "*.amazonaws.com"]
"""What the AWS endpoint answers to. A page of some other name that resolves to this machine is
turned away, so that no web site can reach it through a visitor's browser."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything can be reached; the ready file is made of it."""

    ui: str
    aws: str
    websocket: str
    management: str
    cognito: str
    dynamodb: str
    objects: str
    console: str
    credentials: str
    mail: str


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Addresses]:
    """Run the emulator for as long as the context lasts.

    Raises `UsageError` for whatever keeps it from starting.
    """
    clock, entropy = Clock(settings.time_scale), Entropy()
    async with contextlib.AsyncExitStack() as exits:
        exits.enter_context(owned(settings.data_dir))
        secret = load_secret(settings.data_dir, entropy)
        place = Place(STACK_NAME, REGION, ACCOUNT_ID, seed=secret.hex())
        stack = await asyncio.to_thread(load, settings.template, place, settings.parameters)
        for warning in stack.warnings:
            logger.warning("%s", warning)
        sockets = bind(settings.host, settings.port)
        keys = KeyRing(secret, ACCOUNT_ID)
        write_credentials_file(settings.data_dir, keys.operator, REGION)
        verifier = Verifier(keys, clock, strict=settings.strict)

        record = Record(VERSION, clock.now(), settings.dynamodb)
        source = Source(settings.data_dir, record, REGION, keys.operator)
        source = await upgraded(source, clock)
        engine_url = await _database(settings, exits)
        await create_tables(stack.tables, engine_url, REGION, keys.operator)
        plan = Plan(settings.backup_every, settings.backup_keep)
        await exits.enter_async_context(cared_for(source, stack.tables, engine_url, clock, plan))
        dynamodb = DynamoDbForward(engine_url)
        exits.push_async_callback(dynamodb.close)

        addresses = _addresses(settings, stack, sockets, engine_url)
        pool = await start_functions(
            stack,
            settings.data_dir,
            keys,
            _endpoint_variables(addresses),
            (clock, entropy),
            settings.concurrency,
        )
        exits.push_async_callback(pool.close)
        environment = Environment(stack, settings.data_dir, clock, entropy, pool)
        cognito = await CognitoEndpoint.start(environment, verifier)
        exits.push_async_callback(cognito.close)

        deployments, connections = Deployments(stack.apis), Connections()
        orphans = Orphans(settings.data_dir / "connections")
        gateway = WebSocketGateway(deployments, connections, pool, clock, entropy, orphans)
        exits.push_async_callback(gateway.drain)
        management = ManagementApi(deployments, connections, verifier, entropy)
        aws = AwsEndpoint(cognito.handle, dynamodb, verifier, entropy)
        store = ObjectStore(settings.data_dir / "objects", entropy)
        objects = ObjectsEndpoint(stack.buckets, store, verifier, clock, entropy)

        edge_app = Starlette(
            routes=edge_routes(
                stack,
                gateway,
                deployments,
                cognito.routes(signed=False),
                site_mount(settings.site, addresses.objects),
                addresses.mail if settings.loopback else None,
            )
        )
        aws_app = Starlette(
            routes=[
                console_route(stack, asdict(addresses)),
                *cognito.mail_routes(),
                Route("/", aws.handle, methods=["POST", "OPTIONS"]),
                management.route(),
                InvokeApi(stack.functions, pool, verifier, clock, entropy).route(),
                *(route for route in cognito.routes(signed=True) if route.path != "/"),
                *plain_requests(deployments),
                WebSocketRoute("/{path:path}", gateway),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_LOCAL_HOSTS)],
        )
        objects_app = Starlette(routes=[objects.route()])
        await exits.enter_async_context(serving(objects_app, sockets.objects))
        await exits.enter_async_context(serving(aws_app, sockets.aws))
        await exits.enter_async_context(serving(edge_app, sockets.edge))
        pool.warm_up()
        folders = {function.code for function in stack.functions.values()}
        watcher = asyncio.create_task(watch_code(folders, pool.reload))
        exits.callback(watcher.cancel)
        ending = asyncio.create_task(orphans.deliver(pool, clock, entropy))
        exits.callback(ending.cancel)
        yield addresses


async def _database(settings: Settings, exits: contextlib.AsyncExitStack) -> str:
    """The URL of the DynamoDB to use, after starting an engine of our own if that is wanted."""
    if settings.dynamodb not in PROGRAMS:
        return settings.dynamodb.rstrip("/")
    program = await asyncio.to_thread(PROGRAMS[settings.dynamodb], settings.data_dir)
    engine = Engine(program, settings.data_dir)
    await engine.start()
    exits.push_async_callback(engine.stop)
    return engine.url


def _addresses(settings: Settings, stack: Stack, sockets: Sockets, engine_url: str) -> Addresses:
    host = "localhost" if settings.loopback else settings.host
    edge = f"{host}:{port_of(sockets.edge)}"
    aws = f"http://127.0.0.1:{port_of(sockets.aws)}"
    stages = [stage for api in stack.apis for stage in api.stages]
    stage = f"/{stages[0]}" if stages else ""
    return Addresses(
        ui=f"http://{edge}",
        aws=aws,
        websocket=f"ws://{edge}{stage}",
        management=f"{aws}{stage}",
        cognito=aws,
        dynamodb=engine_url,
        objects=f"http://{host}:{port_of(sockets.objects)}",
        console=f"{aws}/console",
        credentials=str(settings.data_dir / CREDENTIALS_FILE),
        mail=f"{aws}/mail",
    )


def _endpoint_variables(addresses: Addresses) -> dict[str, str]:
    """How functions find the services: the SDKs' own variables.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    return {
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": addresses.management,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": addresses.cognito,
        "AWS_ENDPOINT_URL_DYNAMODB": addresses.dynamodb,
        "AWS_ENDPOINT_URL_LAMBDA": addresses.aws,
        "AWS_ENDPOINT_URL_S3": addresses.objects,
    }
