"""`labchat env`: what AWS's tools need to work on a running emulator."""

import json
import shlex
from pathlib import Path

import click

from emulator.commands.running import data_dir_option, find_running


@click.command()
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead.")
def env(data_dir: Path, as_json: bool) -> None:
    """Print variables for AWS's tools: eval "$(labchat env)".

    With them the AWS CLI and every SDK speak to the emulator that runs on the data directory, as
    the operator, who may do everything.
    """
    running = find_running(data_dir)
    addresses = running.addresses
    variables = {
        "AWS_ACCESS_KEY_ID": running.access_key_id,
        "AWS_SECRET_ACCESS_KEY": running.secret_access_key,
        "AWS_REGION": running.region,
        "AWS_DEFAULT_REGION": running.region,
        "AWS_ENDPOINT_URL": addresses["aws"],
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": addresses["management"],
        "AWS_ENDPOINT_URL_S3": addresses["objects"],
    }
    if as_json:
        click.echo(json.dumps(variables, indent=2))
        return
    # A session token or a profile of the person's real account would take precedence, or mix in.
    click.echo("unset AWS_SESSION_TOKEN AWS_PROFILE")
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
