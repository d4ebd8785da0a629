"""The documents about a pool that validators of tokens fetch (reference section 6.4)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.cognito.errors import ResourceNotFound
from emulator.cognito.keys import Keys
from emulator.cognito.pools import Pools


HEADERS = {"access-control-allow-origin": "*", "cache-control": "public, max-age=3600"}


def document_routes(pools: Pools, keys: Keys) -> list[Route]:
    """`jwks.json` and `openid-configuration` of every pool."""

    async def jwks_json(request: Request) -> Response:
        pair = keys.of(request.path_params["pool_id"])
        return _unknown(request) if pair is None else JSONResponse(pair.document(), headers=HEADERS)

    async def configuration(request: Request) -> Response:
        try:
            pool = pools.pool(request.path_params["pool_id"])
        except ResourceNotFound:
            return _unknown(request)
        # The issuer is AWS's string; the address of the keys is this server's own.
        own = str(request.url).removesuffix("/openid-configuration")
        document = {
            "authorization_endpoint": f"{pool.issuer}/oauth2/authorize",
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": pool.issuer,
            "jwks_uri": f"{own}/jwks.json",
            "response_types_supported": ["code", "token"],
            "subject_types_supported": ["public"],
        }
        return JSONResponse(document, headers=HEADERS)

    return [
        Route("/{pool_id}/.well-known/jwks.json", jwks_json),
        Route("/{pool_id}/.well-known/openid-configuration", configuration),
    ]


def _unknown(request: Request) -> Response:
    message = f"User pool {request.path_params['pool_id']} does not exist."
    headers = {"access-control-allow-origin": "*"}
    return JSONResponse({"message": message}, status_code=404, headers=headers)
