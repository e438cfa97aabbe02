# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Delivery of incoming mail, the way a company's mail server does it.

Postfix and Exim pipe each mail into Odoo's own ``odoo-mailgate.py``, which hands it to
``mail.thread.message_process`` by XML-RPC with a technical user's key. This is the same
call.
"""

import xmlrpc.client

from suite.console import Failure


def deliver(url, db, uid, key, content):
    """Hand a raw mail to Odoo.

    :param str url: the server
    :param int uid: the technical user
    :param str key: the technical user's API key
    :param bytes content: the mail (RFC 5322)
    :return: the id of the record that took the mail; False when it was dropped
    :raise Failure: when the server is not there or refuses the mail
    """
    address = f"{url}/xmlrpc/2/object"
    try:
        with xmlrpc.client.ServerProxy(address, allow_none=True) as server:
            return server.execute_kw(
                db,
                uid,
                key,
                "mail.thread",
                "message_process",
                [False, xmlrpc.client.Binary(content)],
            )
    except xmlrpc.client.Fault as fault:
        lines = fault.faultString.strip().splitlines() or ["unknown reason"]
        raise Failure(
            f"Odoo refused the mail: {lines[-1]}",
            "check its To: address: it must be the alias of a team or of a document.",
        ) from None
    except (OSError, xmlrpc.client.ProtocolError) as error:
        raise Failure(
            f"the demo at {url} does not answer ({error}).",
            "start it in another terminal: ./setup/run",
        ) from None
