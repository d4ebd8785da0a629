"""Runs commands of the AWS CLI, one after the other, in the CLI's own environment.

Starting the CLI takes longer than what it does. A line of JSON comes for each command, its
arguments, and goes: exit code, standard output, standard error.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver


for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = create_clidriver().main(json.loads(line))
    sys.stdout.write(json.dumps([code, out.getvalue(), err.getvalue()]) + "\n")
    sys.stdout.flush()
