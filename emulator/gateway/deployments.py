"""The stages that can be reached, by host and path."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from emulator.gateway.gate import Gate
from emulator.gateway.models import checks
from emulator.gateway.monitoring import Monitor
from emulator.gateway.selection import Selector, compile_expression
from emulator.gateway.throttle import Bucket, Throttle
from emulator.template.model import ACCOUNT_THROTTLING, DomainName, Stage, WebSocketApi


@dataclass(frozen=True, slots=True)
class Deployment:
    """One stage of one API, ready to serve."""

    api: WebSocketApi
    stage: Stage
    select: Selector
    gate: Gate
    monitor: Monitor | None
    domain_name: str
    """The host by which clients on AWS reach it here: the API's own, or a custom domain."""
    path: str
    """Where this machine serves it: `prod`, or `abcd1234ef/prod` if several APIs have a `prod`."""


class Deployments:
    """All stages.

    On AWS the host tells the API. Those hosts are served too, but on `localhost` the path has to
    tell everything: `/{stage}`, or `/{apiId}/{stage}`, which is good for every stage.
    """

    def __init__(
        self,
        apis: Iterable[WebSocketApi],
        domains: Iterable[DomainName] = (),
        monitored: Callable[[WebSocketApi, Stage], Monitor | None] = lambda api, stage: None,
    ) -> None:
        """`monitored` makes what observes a stage; usually nothing does."""
        self._all = _deployments(list(apis), monitored)
        by_id = {(each.api.id, each.stage.name): each for each in self._all}
        reachable = [each for each in self._all if not each.api.endpoint_disabled]
        self._by_path = {f"{each.api.id}/{each.stage.name}": each for each in reachable}
        self._by_path |= {each.path: each for each in reachable}
        self._by_domain: Mapping[str, Mapping[str, Deployment]] = {
            domain.name: {
                key: replace(by_id[target], domain_name=domain.name)
                for key, target in domain.mappings.items()
            }
            for domain in domains
        }

    def find(self, host: str, path: str) -> Deployment | None:
        """The stage that a request's host and path name; a slash may stand after the path."""
        name = path.removeprefix("/").removesuffix("/")
        domain = (host.rpartition(":")[0] or host).lower()
        if domain in self._by_domain:
            return self._by_domain[domain].get(name)
        api_id, own_host, _ = domain.partition(".execute-api.")
        return self._by_path.get(f"{api_id}/{name}" if own_host else name)

    def hand_on(self) -> None:
        """Give CloudWatch what was counted and still waits."""
        for deployment in self._all:
            if deployment.monitor is not None:
                deployment.monitor.hand_on()

    def __iter__(self) -> Iterator[Deployment]:
        """Those that have a path on this machine."""
        return (each for each in self._all if not each.api.endpoint_disabled)


def _deployments(
    apis: list[WebSocketApi], monitored: Callable[[WebSocketApi, Stage], Monitor | None]
) -> list[Deployment]:
    names = [stage for api in apis for stage in api.stages]
    made, account = [], Bucket(ACCOUNT_THROTTLING)
    for api in apis:
        select = compile_expression(api.route_selection_expression)
        models = checks(api.routes)
        for stage in api.stages.values():
            alone = names.count(stage.name) == 1
            path = stage.name if alone else f"{api.id}/{stage.name}"
            gate = Gate(Throttle(stage, account), models)
            monitor = monitored(api, stage)
            made.append(Deployment(api, stage, select, gate, monitor, api.host, path))
    return made
