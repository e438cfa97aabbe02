# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError

DESK = "helpdesk.ticket"
# Who said it, to whom, when and where: the clocks of tickets that are merged or split
# are calculated from it.
SAID_FIELDS = frozenset(
    ("author_id", "date", "message_type", "model", "res_id", "subtype_id")
)


class MailMessage(models.Model):
    """What was said on a ticket is not said to have been said at another time."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Make messages; on a ticket they are of now, and show no link to an answer.

        :raise AccessError: a date, from who may not write clocks
        """
        default = self.env.context.get("default_date")
        linked = []
        for number, vals in enumerate(vals_list):
            model = vals.get("model", self.env.context.get("default_model"))
            if model != DESK:
                continue
            if vals.get("date", default):
                self._service_refuse_said({"date"})
            if "/rate/" in str(vals.get("body") or ""):
                linked.append(number)
        messages = super().create(vals_list)
        # Customers quote the mail that asks them how it went.
        if linked and not self.env.context.get("service_rating_mail"):
            said = self.browse([messages[number].id for number in linked])
            self.env["rating.rating"]._service_hide_links(said)
        return messages

    def write(self, vals):
        """Write messages; what decides about clocks stays as it was said.

        :raise AccessError: with the names of the fields, from who may not write clocks;
            to customers, whose it is not and what does not exist
        """
        # Core writes what is missing without a word, and refuses what is hidden.
        self.env[DESK]._portal_refuse_missing(self)
        names = SAID_FIELDS & vals.keys()
        if names and not self.env.su:
            # Whether one is on a ticket does not depend on who may read the ticket.
            on_desk = any(message.model == DESK for message in self.sudo())
            if on_desk or vals.get("model") == DESK:
                self._service_refuse_said(names)
        return super().write(vals)

    @api.model
    def _service_refuse_said(self, names):
        if not self.env[DESK]._service_is_clockmaker():
            raise AccessError(
                self.env._(
                    "%(field)s of a ticket's message is kept by the system; only"
                    " helpdesk managers may change it.",
                    field=", ".join(sorted(names)),
                )
            )

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
        if told.model == DESK and not self.env.user._is_internal():
            if not told.filtered_domain(self._get_search_domain_share()):
                return self.browse()
        return message
