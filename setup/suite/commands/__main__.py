# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Runs one command: ``python -m suite.commands run --port 8070``."""

import importlib
import sys

import psycopg2

from suite.console import Failure, failure_from_os_error
from suite.layout import Layout
from suite.options import parse


def main(arguments):
    """Run the command; failures that the user can mend are told without traceback."""
    command, *rest = arguments
    try:
        options = parse(command, rest)
        module = importlib.import_module(f"suite.commands.{command}")
        return module.main(Layout().make(), options)
    except Failure as failure:
        failure.show()
    except OSError as error:
        failure_from_os_error(error).show()
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        Failure(
            f"the database server ended the connection: {reason}",
            "see that it is up, then run the command again.",
        ).show()
    except KeyboardInterrupt:
        Failure("interrupted.", "run the command again: it goes on.").show()
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
