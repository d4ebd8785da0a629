"""Options that the commands about data share."""

from pathlib import Path

import click


source_option = click.option(
    "--source",
    type=click.Choice(["emulator", "aws"]),
    default="emulator",
    show_default=True,
    help="The emulator that runs on the data directory, or AWS, with its tools' usual settings.",
)
data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    default=Path(".labchat"),
    show_default=True,
    help="Data directory of the emulator that is meant.",
)
stack_option = click.option("--stack", metavar="NAME", help="Which chat, where there are several.")
