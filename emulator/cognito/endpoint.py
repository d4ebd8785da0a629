"""The Cognito endpoint as the rest of the emulator sees it.

    cognito = await CognitoEndpoint.start(
        Environment(stack, data_dir, clock, entropy, invoker), verifier
    )
    cognito.handle             every operation: `POST /` and `OPTIONS /` of the AWS endpoint, which
                               picks the service by the prefix of X-Amz-Target (`wire.TARGET_PREFIX`)
    cognito.routes(True)       the same as routes, with jwks.json and openid-configuration
    cognito.routes(False)      for browsers, say under `Mount("/cognito", routes=...)`: public,
                               session and access-token operations only, never a signed one
    cognito.mail_routes()      /mail and /mail.json; they show codes, so for the operator only
    await cognito.close()

`data_dir` then holds `cognito.db` and `keys/`, readable by their owner only.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.cognito import shapes
from emulator.cognito.catalogue import operations
from emulator.cognito.dispatch import Dispatcher, Verifier
from emulator.cognito.documents import document_routes
from emulator.cognito.keys import Keys
from emulator.cognito.mail_page import mail_routes
from emulator.cognito.mailbox import Mailbox
from emulator.cognito.relay import Relay
from emulator.cognito.services import Environment, Services, build
from emulator.cognito.store import Store
from emulator.cognito.vault import Vault


METHODS = ["POST", "OPTIONS"]


class CognitoEndpoint:
    """All pools of a stack at one address."""

    def __init__(self, services: Services, dispatcher: Dispatcher, relay: Relay | None) -> None:
        self._services = services
        self._dispatcher = dispatcher
        self._relay = relay

    @classmethod
    async def start(cls, env: Environment, verifier: Verifier) -> "CognitoEndpoint":
        """Open the store, read or make the keys, compile the service model."""
        store = await Store.open(env.directory)
        try:
            keys = env.directory / "keys"
            vault = await asyncio.to_thread(Vault.load, keys, env.entropy)
            services = await build(env, store, Keys(keys), vault)
            handlers = operations(services)
            model = await asyncio.to_thread(shapes.load, frozenset(handlers))
        except BaseException:
            await store.close()
            raise
        relay = None
        if env.relay is not None:
            relay = Relay(env.relay, services.mailbox, env.clock)
            relay.start()
        return cls(services, Dispatcher(handlers, model, verifier, env.entropy), relay)

    async def close(self) -> None:
        """Stop relaying and close the store."""
        if self._relay is not None:
            await self._relay.close()
        await self._services.store.close()

    @property
    def mailbox(self) -> Mailbox:
        """What has been mailed."""
        return self._services.mailbox

    async def handle(self, request: Request) -> Response:
        """Any operation; signed ones have their signature verified."""
        return await self._dispatcher.handle(request, signed=True)

    async def handle_public(self, request: Request) -> Response:
        """Only operations that need no signature."""
        return await self._dispatcher.handle(request, signed=False)

    def routes(self, signed: bool) -> list[Route]:
        """The endpoint and the documents of every pool."""
        handler = self.handle if signed else self.handle_public
        return [
            Route("/", handler, methods=METHODS),
            *document_routes(self._services.pools, self._services.keys),
        ]

    def mail_routes(self) -> list[Route]:
        """The mailbox page and its data."""
        return list(mail_routes(self.mailbox))
