# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which PostgreSQL server the user wants: environment and ``odoo.conf``."""

import configparser
import os
import socket
from dataclasses import dataclass

from suite.console import Failure

# Variables of libpq that name a server; PGDATABASE alone names none
SERVER_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGSERVICE")


def read_odoo_conf(layout):
    """The options of the clone's ``odoo.conf`` as text; empty when it is not there."""
    parser = configparser.RawConfigParser()
    try:
        parser.read(layout.root / "odoo.conf", encoding="utf-8")
    except configparser.Error as error:
        raise Failure(
            f"odoo.conf can't be read: {error.message}", "mend odoo.conf."
        ) from None
    return dict(parser["options"]) if parser.has_section("options") else {}


@dataclass(frozen=True)
class ServerSettings:
    """A server as libpq knows it; empty values are left to libpq.

    :param str origin: where the user said so, for messages
    """

    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""
    sslmode: str = ""
    origin: str = ""

    def parameters(self):
        """Keyword arguments for ``psycopg2.connect``."""
        values = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "sslmode": self.sslmode,
        }
        return {key: value for key, value in values.items() if value}

    def environ(self):
        """The same as libpq's environment variables, for Odoo and the tools."""
        names = {f"PG{key.upper()}": val for key, val in self.parameters().items()}
        return names


def configured_server(layout):
    """The server that the user configured, or None."""
    options = read_odoo_conf(layout)
    values = {}
    for key in ("host", "port", "user", "password", "sslmode"):
        value = options.get(f"db_{key}", "").strip()
        values[key] = "" if value.lower() in ("", "false", "none") else value
    if values["host"] or values["port"] or values["user"]:
        return ServerSettings(**values, origin="odoo.conf")
    named = [name for name in SERVER_VARIABLES if os.environ.get(name)]
    if named:
        return ServerSettings(origin=", ".join(named))
    return None


def check_reachable(layout):
    """Refuse a configured server that does not even take a connection.

    Only for servers named by host: this is the quick check before the long work.
    """
    server = configured_server(layout)
    if not server or os.environ.get("PGSERVICE"):
        return
    host = server.host or os.environ.get("PGHOSTADDR") or os.environ.get("PGHOST", "")
    port = server.port or os.environ.get("PGPORT") or "5432"
    if not host or host.startswith(("/", "@")) or "," in host or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except OSError as error:
        raise unreachable(f"{host}:{port}", server.origin, error) from None


def unreachable(where, origin, reason):
    """The failure for a server that can't be used."""
    return Failure(
        f"the PostgreSQL server at {where} can't be reached: {reason}".rstrip(".")
        + ".",
        f"start it, or correct {origin};\n"
        "or leave these settings out: a private server is started then.",
    )
