"""Where a package is to run: Python and processor."""

import platform
import re
import sys
from dataclasses import dataclass

from deploy.errors import DeployError
from deploy.template import Function


PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
"""Python runtimes from 3.12 on are Amazon Linux 2023, whose glibc is 2.34.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""


@dataclass(frozen=True, slots=True)
class Target:
    """A Python of one minor version on Linux."""

    python: str
    """Such as `3.13`."""
    architecture: str
    """`arm64` or `x86_64`."""
    bytecode: bool = True
    """Whether packages hold bytecode beside the sources."""

    @property
    def platform(self) -> str:
        """As uv names it."""
        return PLATFORMS[self.architecture]

    @property
    def tag(self) -> str:
        """What stands in the names of bytecode files."""
        return "cpython-" + self.python.replace(".", "")

    @property
    def markers(self) -> dict[str, str]:
        """The environment that requirements are judged in."""
        return {
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "platform_machine": "aarch64" if self.architecture == "arm64" else "x86_64",
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
        }


def of(function: Function, *, bytecode: bool = True) -> Target:
    """What the template says of a function."""
    match = re.fullmatch(r"python(3\.\d+)", function.runtime)
    if match is None:
        raise DeployError(
            f"{function.logical_id} has the runtime {function.runtime}; only functions in Python can "
            "be packaged here."
        )
    return Target(match[1], function.architecture, bytecode)


def this_machine() -> Target:
    """The Python that runs this, for packages that are to run here."""
    machine = platform.machine()
    architecture = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64"}.get(machine)
    if architecture is None or sys.platform != "linux":
        raise DeployError(
            f"Packages cannot be built for this machine ({sys.platform}, {machine}); build those for "
            "Lambda, without --here."
        )
    return Target(f"{sys.version_info.major}.{sys.version_info.minor}", architecture)
