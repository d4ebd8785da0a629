"""The composition root: builds every part, in order, and takes them down in the other.

The only module that sees all packages.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import Route

from emulator.aws_endpoint import AwsEndpoint
from emulator.certificates import Authority
from emulator.clock import Clock, Entropy
from emulator.cognito.endpoint import CognitoEndpoint
from emulator.cognito.services import Environment
from emulator.console.page import console_route
from emulator.dispatch import Dispatch
from emulator.edge import edge_routes, plain_requests, site_mount
from emulator.gateway.backends import Backends
from emulator.gateway.connections import Connections
from emulator.gateway.deployments import Deployments
from emulator.gateway.management import ManagementApi
from emulator.gateway.monitoring import Monitor
from emulator.gateway.orphans import Orphans
from emulator.gateway.websocket import WebSocketGateway
from emulator.hosts import asked_for, in_url, is_loopback, is_own
from emulator.iam.credentials import (
    CREDENTIALS_FILE,
    KeyRing,
    load_secret,
    unjudged,
    write_credentials_file,
)
from emulator.iam.sigv4 import Verifier
from emulator.listeners import Sockets, bind, bind_loopback, port_of, serving
from emulator.loopback import LoopbackEndpoint, api_routes
from emulator.objects.endpoint import ObjectsEndpoint
from emulator.objects.lifecycle import kept
from emulator.runtime.debugging import find_function, without_limits
from emulator.runtime.functions import start_functions
from emulator.runtime.invoke_api import InvokeApi
from emulator.runtime.loopback import loopback_variables, trust_bundle
from emulator.runtime.prepare import Preparation
from emulator.runtime.recording import Recorder
from emulator.runtime.reload import Reloader
from emulator.settings import ACCOUNT_ID, REGION, STACK_NAME, Settings
from emulator.storage.backup import Source
from emulator.storage.care import Plan, cared_for, upgraded
from emulator.storage.check import require_usable
from emulator.storage.data_dir import VERSION, Record, owned
from emulator.storage.engine import Engine
from emulator.storage.engines import PROGRAMS
from emulator.storage.forward import DynamoDbForward
from emulator.storage.tables import create_tables
from emulator.telemetry import logs_endpoint, metrics_endpoint
from emulator.telemetry.cloudwatch import CloudWatch
from emulator.telemetry.logs_endpoint import LogsEndpoint
from emulator.telemetry.metrics_endpoint import MetricsEndpoint
from emulator.template.physical import Place
from emulator.template.stack import load
from emulator.tls import Front, front


logger = logging.getLogger(__name__)


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
    functions: Mapping[str, str] = field(default_factory=dict)
    """Names by logical id."""
    buckets: Mapping[str, str] = field(default_factory=dict)
    """Names by logical id."""

    @property
    def urls(self) -> Mapping[str, str]:
        """What a person opens or names to a tool."""
        return {name: each for name, each in asdict(self).items() if isinstance(each, str)}


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Addresses]:
    """Run the emulator for as long as the context lasts.

    Raises `UsageError` for whatever keeps it from starting.
    """
    clock, entropy = Clock(settings.time_scale), Entropy()
    async with contextlib.AsyncExitStack() as exits:
        exits.enter_context(owned(settings.data_dir))
        await asyncio.to_thread(require_usable, settings.data_dir)
        secret = load_secret(settings.data_dir, entropy)
        place = Place(STACK_NAME, REGION, ACCOUNT_ID, seed=secret.hex())
        sockets, loopback = bind(settings.host, settings.port), bind_loopback()
        seen = front(settings, clock)
        # What a template allows for this machine alone is enough unless others come, or TLS.
        usual = is_loopback(settings.host) and not seen.secure
        offered = {} if usual else {"AllowedOrigins": _origins(seen, sockets)}
        stack = await asyncio.to_thread(
            load, settings.template, place, settings.parameters, settings.packages, offered
        )
        for warning in [*stack.warnings, *unjudged(stack.roles)]:
            logger.warning("%s", warning)
        authority = Authority.create("labchat, for its own functions", clock)
        keys = KeyRing(secret, ACCOUNT_ID, stack.roles)
        debugged = find_function(stack, settings.debug) if settings.debug else None
        if debugged is not None:
            stack = without_limits(stack, debugged)
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

        cloudwatch = await CloudWatch.open(settings.data_dir, clock)
        exits.push_async_callback(cloudwatch.close)
        await cloudwatch.declare(stack.log_groups, [*stack.functions.values()])
        monitored = partial(Monitor, telemetry=cloudwatch, clock=clock, entropy=entropy)
        deployments = Deployments(stack.apis, stack.domains, monitored)
        connections = Connections()
        addresses = _addresses(seen, deployments, sockets, engine_url, settings.data_dir)
        names = {each.logical_id: each.name for each in stack.functions.values()}
        buckets = {each.logical_id: each.name for each in stack.buckets}
        addresses = replace(addresses, functions=names, buckets=buckets)
        variables = {
            **_endpoint_variables(addresses),
            **loopback_variables(
                port_of(loopback),
                [domain.name for domain in stack.domains],
                trust_bundle(settings.data_dir / "ca-bundle.pem", authority.pem + seen.trusted),
            ),
        }
        preparation = Preparation(settings.data_dir, entropy, keys, stack.region, variables)
        sources = (clock, entropy)
        pool = await start_functions(
            stack,
            settings.data_dir,
            preparation,
            sources,
            cloudwatch.open_log,
            settings.concurrency,
        )
        exits.push_async_callback(pool.close)
        if debugged is not None:
            debugger = await preparation.debugger(debugged, settings.debug_port)
            pool.debug(debugged.name, debugger)
        # What the gateway and Cognito say to functions; an Invoke by hand is not worth keeping.
        invoker = Recorder(pool, settings.record, stack) if settings.record else pool
        environment = Environment(stack, settings.data_dir, clock, entropy, invoker, settings.relay)
        cognito = await CognitoEndpoint.start(environment, verifier)
        exits.push_async_callback(cognito.close)

        orphans = Orphans(settings.data_dir / "connections")
        backends = Backends(stack.apis, invoker)
        exits.push_async_callback(backends.close)
        gateway = WebSocketGateway(deployments, connections, backends, clock, entropy, orphans)
        exits.callback(deployments.hand_on)
        exits.push_async_callback(gateway.drain)
        management = ManagementApi(deployments, connections, verifier, clock, entropy)
        arns = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:"
        logs = LogsEndpoint(cloudwatch, arns, verifier, (clock, entropy))
        metrics = MetricsEndpoint(cloudwatch, verifier, clock, entropy)
        targets = {
            "AWSCognitoIdentityProviderService.": cognito.handle,
            logs_endpoint.TARGET_PREFIX: logs.handle,
            metrics_endpoint.TARGET_PREFIX: metrics.handle_json,
        }
        endpoint = AwsEndpoint(targets, metrics.handle_query, dynamodb, verifier, entropy)
        folder = settings.data_dir / "objects"
        store = await exits.enter_async_context(kept(folder, stack.buckets, clock, entropy))
        objects = ObjectsEndpoint(stack.buckets, store, verifier, clock, entropy)

        edge_app = Starlette(
            routes=edge_routes(
                stack,
                deployments,
                cognito.routes(signed=False),
                site_mount(settings.site, partial(_objects_origins, addresses)),
                addresses.mail if is_loopback(settings.host) else None,
            )
        )
        services = [
            Route("/", endpoint.handle, methods=["POST", "OPTIONS"]),
            InvokeApi(stack.functions, pool, verifier, clock, entropy).route(),
            *(route for route in cognito.routes(signed=True) if route.path != "/"),
        ]
        aws_app = Starlette(
            routes=[
                console_route(stack, addresses.urls),
                *cognito.mail_routes(),
                *services,
                *plain_requests(deployments),
            ],
        )
        aws = Dispatch(gateway, aws_app, management, is_own)
        edge = Dispatch(gateway, edge_app)
        objects_app = Starlette(routes=[objects.route()])
        loopback_app = LoopbackEndpoint(
            Dispatch(gateway, Starlette(routes=api_routes(deployments)), management),
            Starlette(routes=services),
            objects_app,
            {domain.name for domain in stack.domains},
        )
        any_name = authority.context_for_any_name(settings.data_dir / "tmp")
        await exits.enter_async_context(serving(objects_app, sockets.objects, seen.tls))
        await exits.enter_async_context(serving(aws, sockets.aws))
        await exits.enter_async_context(serving(loopback_app, loopback, any_name))
        await exits.enter_async_context(serving(edge, sockets.edge, seen.tls))
        pool.warm_up()
        reloader = Reloader(stack.functions.values(), preparation.ready, pool.reload)
        watcher = asyncio.create_task(reloader.watch())
        exits.callback(watcher.cancel)
        ending = asyncio.create_task(orphans.deliver(backends, clock, entropy))
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


def _addresses(
    seen: Front, deployments: Deployments, sockets: Sockets, engine_url: str, data_dir: Path
) -> Addresses:
    host, secure = in_url(seen.names[0]), seen.secure
    edge = f"{host}:{port_of(sockets.edge)}"
    aws = f"http://127.0.0.1:{port_of(sockets.aws)}"
    stage = next((f"/{deployment.path}" for deployment in deployments), "")
    return Addresses(
        ui=f"http{secure}://{edge}",
        aws=aws,
        websocket=f"ws{secure}://{edge}{stage}",
        management=f"{aws}{stage}",
        cognito=aws,
        dynamodb=engine_url,
        objects=f"http{secure}://{host}:{port_of(sockets.objects)}",
        console=f"{aws}/console",
        credentials=str(data_dir / CREDENTIALS_FILE),
        mail=f"{aws}/mail",
    )


def _objects_origins(addresses: Addresses, host_header: str) -> str:
    """The objects' origins for a browser that asked for the page under some name of this machine.

    Under that name, and under the one that functions know, which stands in the URLs they sign.
    """
    own = urlsplit(addresses.objects)
    asked = f"{own.scheme}://{asked_for(host_header) or own.hostname}:{own.port}"
    return " ".join(dict.fromkeys([asked, addresses.objects]))


def _origins(seen: Front, sockets: Sockets) -> str:
    """The origins that the web client has here, for templates with a parameter for them."""
    names = dict.fromkeys([*seen.names, "localhost", "127.0.0.1"])
    port = port_of(sockets.edge)
    return ",".join(f"http{seen.secure}://{in_url(name)}:{port}" for name in names)


def _endpoint_variables(addresses: Addresses) -> dict[str, str]:
    """How functions find the services: the SDKs' own variables.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    return {
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": addresses.management,
        "AWS_ENDPOINT_URL_CLOUDWATCH": addresses.aws,
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": addresses.aws,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": addresses.cognito,
        "AWS_ENDPOINT_URL_DYNAMODB": addresses.dynamodb,
        "AWS_ENDPOINT_URL_LAMBDA": addresses.aws,
        "AWS_ENDPOINT_URL_S3": addresses.objects,
    }
