# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields

from .common import DeskCase


class FrozenMailCase(DeskCase):
    """Mails come in when the test says it is; the database has a clock of its own."""

    @classmethod
    def _receive(cls, number=1, **parts):
        messages = cls.env["mail.message"]
        newest = messages.search([], order="id desc", limit=1).id
        ticket = super()._receive(number, **parts)
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE mail_message SET create_date = %s WHERE id > %s",
            [fields.Datetime.now(), newest],
        )
        messages.invalidate_model(["create_date"])
        return ticket
