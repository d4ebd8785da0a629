"""`labchat deploy`: from an empty AWS account to a running chat, and back."""

from importlib import import_module

import click


MODULES = {
    "init": "prepare",
    "package": "package",
    "plan": "plan",
    "apply": "plan",
    "rollback": "rollback",
    "web": "web",
    "status": "status",
    "history": "status",
    "outputs": "status",
    "logs": "logs",
    "metrics": "metrics",
    "load": "load",
    "destroy": "destroy",
}
"""The module of each command, in the order in which one needs them."""


class _Commands(click.Group):
    """Imports a command when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        module = import_module(f"deploy.commands.{MODULES[cmd_name]}")
        found = getattr(module, cmd_name)
        return found if isinstance(found, click.Command) else None


@click.group(cls=_Commands)
def deploy() -> None:
    """Deploy the chat to AWS: init, plan, apply, web; rollback if need be.

    Credentials, profiles and AWS_ENDPOINT_URL are those of all AWS tools. The stack remembers its
    parameters: what is given once with --parameter stays.
    """
