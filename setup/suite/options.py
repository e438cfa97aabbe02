# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The options of the commands."""

import argparse
import re

EPILOG = """\
Environment: CRM_SUITE_PYTHON and CRM_SUITE_ODOO choose the Python and the Odoo to use;
PGHOST, PGPORT, PGUSER, PGPASSWORD (or db_host ... in odoo.conf) choose a PostgreSQL
server; without them a private one is started. Downloads are kept in
$XDG_CACHE_HOME/crm-suite, all else in the folder .suite of the clone.
"""


def _parser(command, description):
    return argparse.ArgumentParser(
        prog=f"./setup/{command}",
        description=description,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _run():
    parser = _parser(
        "run", "Make the suite with its demo company and serve it in the browser."
    )
    parser.add_argument(
        "--stop-after-init", action="store_true", help="make all, but do not serve"
    )
    parser.add_argument(
        "--port", type=_port, default=8069, help="port of the web server (8069)"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to serve on (127.0.0.1: this machine only)",
    )
    parser.add_argument(
        "--db", type=_database, default="crm_suite", help="database (crm_suite)"
    )
    parser.add_argument(
        "--no-demo", action="store_true", help="an empty company, no demo data"
    )
    parser.add_argument(
        "--odoo",
        metavar="PATH",
        help="an Odoo 19.0 to use, for instance a checkout; remembered; 'archive' goes "
        "back to Debian's package",
    )
    return parser


def _mail():
    parser = _parser(
        "mail",
        "Deliver a raw mail (RFC 5322) to the running demo, as its mail server would.",
    )
    parser.add_argument("file", metavar="FILE", help="the mail; - reads standard input")
    parser.add_argument("--db", type=_database, help="database (that of ./setup/run)")
    return parser


def _bench():
    parser = _parser(
        "bench",
        "Run benchmarks: tests/bench/CASE.py, each with main(arguments). Without a "
        "case: the list of them.",
    )
    parser.add_argument("case", nargs="?", help="a case, or 'all'")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="handed on to the case"
    )
    return parser


def _lint():
    return _parser("lint", "Check the style of all code; ends with the findings.")


PARSERS = {"run": _run, "mail": _mail, "bench": _bench, "lint": _lint}


def parse(command, arguments):
    """Parse a command's arguments; test and odoo hand theirs on as they are."""
    if command in PARSERS:
        options = PARSERS[command]().parse_args(arguments)
    else:
        options = argparse.Namespace(arguments=arguments)
    options.command = command
    return options


def _port(text):
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port (1 to 65535)")
    return int(text)


def _database(text):
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,50}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name for a database (letters, digits, _ . -)"
        )
    return text
