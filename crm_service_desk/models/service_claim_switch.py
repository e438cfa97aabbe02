# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError

from ..engine import progress


class ServiceClaim(models.Model):
    """The documents of an exchange for another product belong together."""

    _inherit = "service.claim"

    switch_id = fields.Many2one(
        "service.claim",
        string="In Exchange For",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The return in whose place another product is sent, or that is credited.",
    )
    switch_ids = fields.One2many(
        "service.claim", "switch_id", string="Exchanged For", readonly=True
    )
    switch_credited = fields.Boolean(
        string="Credit Asked For",
        readonly=True,
        help="The other product has a price: the credit of what came back was asked"
        " for, or the ticket says why not.",
    )

    def _service_credit_switch(self):
        """Ask for the credit of goods (sudo) in whose place another product was
        ordered, when they are back; the ticket says why it cannot be."""
        back = self.switch_id or self
        out = back.switch_ids.filtered(lambda one: one.kind == "replacement")
        ordered = (progress.IN_TRANSIT, progress.REPLACED)
        if (
            back.switch_credited
            or back.kind != "return"
            or back.step != progress.RECEIVED
            or not any(one.step in ordered and not one.free for one in out)
        ):
            return
        back.switch_credited = True
        # Whoever lets the goods in or signs the order has no rights on credits: they
        # are asked for as the agent did when he exchanged them, in his language.
        lang = back.create_uid.lang
        ticket = back.ticket_id.with_user(SUPERUSER_ID).with_context(lang=lang)
        ticket = ticket.with_company(back.company_id)
        try:
            with self.env.cr.savepoint():
                ticket._service_ask_credit(back)
        except UserError as error:
            ticket._message_log(
                body=ticket.env._(
                    "The credit of what came back could not be asked for: %(reason)s",
                    reason=str(error),
                )
            )
