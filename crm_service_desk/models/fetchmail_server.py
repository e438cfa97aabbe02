# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import poplib

from odoo import models

# A longer line in one mail ends the session, and the mails behind it never come in.
# Core raises the standard library's limit in the same way, to 64 KB.
poplib._MAXLINE = max(poplib._MAXLINE, 2**24)


class GuardedConnection:
    """A connection to a mail server that gives a mail up only when it is kept here.

    Core marks a mail as handled (POP3: deletes it) also when its transaction failed.
    """

    def __init__(self, connection, server):
        self._connection = connection
        self._server = server
        self._held = {}

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def retrieve_unread_messages(self):
        """Yield (number, raw mail); the mail is held until it is handled."""
        for number, raw in self._connection.retrieve_unread_messages():
            self._held[number] = raw
            yield number, raw

    def handled_message(self, number):
        """See that the mail is kept, then let the mail server have done with it."""
        self._server._service_secure(self._held.pop(number))
        self._connection.handled_message(number)


class FetchmailServer(models.Model):
    _inherit = "fetchmail.server"

    def _connect__(self, allow_archived=False):  # noqa: PLW3201
        """Return a connection that loses no mail to the desk. See core."""
        connection = super()._connect__(allow_archived=allow_archived)
        return GuardedConnection(connection, self)

    def _service_secure(self, raw):
        """Keep a mail to the desk whose transaction was undone.

        :param bytes raw: a mail that core is about to mark as handled
        """
        self.ensure_one()
        with self.env.registry.cursor() as cursor:
            gateway = (
                self.env["mail.thread"]
                .with_env(self.env(cr=cursor))
                .with_context(default_fetchmail_server_id=self.id)
            )
            gateway._service_secure(
                raw,
                self.object_id.model,
                save_original=self.original,
                strip_attachments=not self.attach,
            )
