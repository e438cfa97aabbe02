# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class MailAlias(models.Model):
    _inherit = "mail.alias"

    def _alias_bounce_incoming_email(self, message, message_dict, set_invalid=True):
        """Do not tell a customer that his mail failed: it is kept in quarantine.

        Core calls this from a cursor of its own when creating the ticket raised.
        """
        if set_invalid and self.env.context.get("service_mail_guard"):
            if self.exists().alias_model_id.model in (False, "helpdesk.ticket"):
                return None
        return super()._alias_bounce_incoming_email(
            message, message_dict, set_invalid=set_invalid
        )
