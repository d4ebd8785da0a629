"""`labchat deploy package`: the functions as zip files."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from deploy import checkout
from deploy.commands.terminal import console, table, write
from deploy.packaging import build as builds
from deploy.packaging.build import Build, build, template_target
from deploy.packaging.target import this_machine


F = TypeVar("F", bound=Callable[..., Any])


def package_options(command: F) -> F:
    """What is packaged, and how."""
    for option in (
        click.option(
            "--template",
            "template_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Another template than deploy/template.yaml.",
        ),
        click.option(
            "--no-bytecode",
            is_flag=True,
            help="Leave bytecode out, for which the functions' Python must be on this machine.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@package_options
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default=checkout.DIST,
    show_default=".cache/deploy/dist",
    help="Folder for the zip files; made anew.",
)
@click.option(
    "--here",
    is_flag=True,
    help="For this machine instead of Lambda, to run them with `labchat up --packages`.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the build's record.")
def package(
    template_file: Path | None, no_bytecode: bool, to: Path, here: bool, as_json: bool
) -> None:
    """Build a zip file for each function.

    The same sources give the same build, byte by byte: what a handler imports, locked packages, and
    bytecode.
    """
    sources = checkout.sources(template_file)
    target = this_machine() if here else template_target(sources.template, bytecode=not no_bytecode)
    with console.status("Packaging …"):
        made = build(sources, to, target)
    if as_json:
        click.echo((to / builds.RECORD).read_text(), nl=False)
    else:
        _show(made)
        console.print(f"Build {made.id} for Python {made.python} on {made.architecture}: {to}")


def built(packages: Path | None, template_file: Path | None, no_bytecode: bool) -> Path:
    """The folder of a build: the one that is named, or a new one."""
    if packages is not None:
        return packages
    sources = checkout.sources(template_file)
    with console.status("Packaging …"):
        build(sources, checkout.DIST, template_target(sources.template, bytecode=not no_bytecode))
    return checkout.DIST


def _show(made: Build) -> None:
    rows = []
    for name, package in made.packages.items():
        size = asdict(package)
        rows.append(
            (
                name,
                f"{size['zipped'] / 2**20:.1f}",
                f"{size['unzipped'] / 2**20:.1f}",
                len(package.distributions),
                package.sha256[:12],
            )
        )
    write(table("Function", "MB zipped", "MB unzipped", "Packages", "SHA-256", rows=rows))
