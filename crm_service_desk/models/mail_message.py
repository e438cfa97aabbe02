# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model
    def _get_with_access(self, message_id, mode="read", **kwargs):
        """Give customers no internal note of a ticket. See core for the arguments.

        The routes of a conversation ask here. Core lets who may write to a document
        deal with each of its messages, so that a customer who guesses the number of an
        internal note could react to it, or have it translated for him.
        """
        message = super()._get_with_access(message_id, mode=mode, **kwargs)
        # What it is about is looked at to refuse it; nothing of it is answered.
        told = message.sudo()
        if told.model == "helpdesk.ticket" and not self.env.user._is_internal():
            if not told.filtered_domain(self._get_search_domain_share()):
                return self.browse()
        return message
