"""The stages that can be reached, by the first segment of the path."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emulator.errors import UsageError
from emulator.gateway.selection import Selector, compile_expression
from emulator.template.model import Stage, WebSocketApi


@dataclass(frozen=True, slots=True)
class Deployment:
    """One stage of one API, ready to serve."""

    api: WebSocketApi
    stage: Stage
    select: Selector


class Deployments:
    """All stages. On AWS the host tells the API; on one port the path has to."""

    def __init__(self, apis: Iterable[WebSocketApi]) -> None:
        self._by_path: dict[str, Deployment] = {}
        for api in apis:
            select = compile_expression(api.route_selection_expression)
            for stage in api.stages.values():
                if stage.name in self._by_path:
                    raise UsageError(
                        f"Two APIs have a stage named {stage.name}; "
                        "the emulator tells APIs apart by their stages' names."
                    )
                self._by_path[stage.name] = Deployment(api, stage, select)

    def find(self, path: str) -> Deployment | None:
        """The stage that `/{stage}` or `/{stage}/` names."""
        return self._by_path.get(path.strip("/")) if path.count("/") <= 2 else None

    def __iter__(self) -> Iterator[Deployment]:
        return iter(self._by_path.values())
