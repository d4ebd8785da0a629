"""The console's page: the stack's resources and where each can be reached."""

from collections.abc import Iterable, Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from emulator.template.model import Stack


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color-scheme:light dark}h1{font-size:1.4rem}h2{font-size:1rem;margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;
border-bottom:1px solid #8884;vertical-align:top}code{font-size:.9em}
"""


def console_route(stack: Stack, urls: Mapping[str, str]) -> Route:
    """`GET /console`; the page does not change while the emulator runs."""
    page = _page(stack, urls)

    async def show(request: Request) -> Response:
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    return Route("/console", show)


def _page(stack: Stack, urls: Mapping[str, str]) -> str:
    routes = [
        (api.name, route.key, route.integration.function if route.integration else "")
        for api in stack.apis
        for route in api.routes.values()
    ]
    functions = [
        (
            function.name,
            function.runtime,
            f"{function.memory_mb} MB",
            f"{function.timeout:g} s",
            function.log_group,
        )
        for function in stack.functions.values()
    ]
    pools = [
        (pool.name, pool.id, client.id)
        for pool in stack.user_pools
        for client in stack.user_pool_clients
        if client.pool_id == pool.id
    ]
    parts = [
        _table("Addresses", ("what", "where"), urls.items()),
        _table("Routes", ("API", "route", "function"), routes),
        _table("Functions", ("name", "runtime", "memory", "timeout", "log group"), functions),
        _table("Tables", ("name",), [(table.name,) for table in stack.tables]),
        _table("User pools", ("name", "pool", "client"), pools),
        _table("Buckets", ("name",), [(bucket.name,) for bucket in stack.buckets]),
        _table("Outputs", ("name", "value"), stack.outputs.items()),
        _table("Without effect here", ("what",), [(warning,) for warning in stack.warnings]),
    ]
    title = f"Stack {escape(stack.name)} in {escape(stack.region)}"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<style>{_STYLE}</style><h1>{title}</h1>{''.join(parts)}"
    )


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    body = "".join(
        f"<tr>{''.join(f'<td><code>{escape(cell)}</code>' for cell in row)}" for row in rows
    )
    if not body:
        return ""
    head = "".join(f"<th>{escape(column)}" for column in columns)
    return f"<h2>{escape(title)}</h2><table><tr>{head}{body}</table>"
