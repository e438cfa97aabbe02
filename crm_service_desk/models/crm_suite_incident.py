# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class CrmSuiteIncident(models.Model):
    """Why a mail to the desk waits or is parked, in words."""

    _inherit = "crm.suite.incident"

    @api.model
    def _get_messages(self):
        again = self.env._("Mend the cause, then process the mail again.")
        found = {
            "mail": self.env._(
                "A mail from %(sender)s could not be processed: %(reason)s"
            ),
            # What anyone's code raised, in the words that it has.
            "mail_failed": "%(text)s",
            "mail_size": self.env._(
                "The mail has %(size)s MB; crm_service_desk.mail_max_mb is %(limit)s."
            ),
            "mail_parts": self.env._(
                "The mail has %(limit)s parts or more; that is the limit"
                " crm_service_desk.mail_max_parts."
            ),
            "mail_nowhere": self.env._(
                "It reached no ticket: a bounce, or too many mails of this sender."
            ),
            "mail_machine": self.env._("Sent by a machine (%(mark)s)."),
            "form_hidden": self.env._(
                "The hidden field of the web form was filled in."
            ),
        }
        return {
            **super()._get_messages(),
            **{
                f"crm_service_desk.{code}": (text, again)
                for code, text in found.items()
            },
        }
