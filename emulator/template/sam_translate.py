"""Runs AWS's own SAM translator: a template on standard input, what it expands to on standard output.

A program of its own, started by `sam.py`: the translator takes a second to import and sets boto3 up
for the whole process, and templates without SAM should pay for neither. It asks nobody anything:
the translator brings the list of AWS's managed policies along.
"""

import json
import sys

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


class _NoFurtherPolicies:
    """In the place of a loader that would ask IAM for policies that the translator does not know."""

    def load(self) -> dict[str, str]:
        return {}


def main() -> None:
    """Expand, or end with status 1 and a sentence on standard error."""
    request = json.load(sys.stdin)
    try:
        expanded = transform(
            request["template"],
            request["parameters"],
            _NoFurtherPolicies(),
            passthrough_metadata=True,
        )
    except InvalidDocumentException as error:
        sys.exit(" ".join(cause.message for cause in error.causes))
    json.dump(expanded, sys.stdout)


main()
