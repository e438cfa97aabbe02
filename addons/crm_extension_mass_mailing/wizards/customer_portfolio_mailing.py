# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models


class CrmCustomerPortfolioMailing(models.TransientModel):
    """Put the chosen customers on a mailing list, once each."""

    _name = "crm.customer.portfolio.mailing"
    _description = "Put Customers on a Mailing List"

    list_id = fields.Many2one("mailing.list", string="Mailing List", required=True)
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self._default_partner_ids(),
    )
    known_count = fields.Integer(
        string="On the List Already", compute="_compute_counts"
    )
    without_count = fields.Integer(string="Without Email", compute="_compute_counts")
    new_count = fields.Integer(string="To Be Added", compute="_compute_counts")

    def _default_partner_ids(self):
        """Return the partners that were chosen in the list."""
        if self.env.context.get("active_model") != "res.partner":
            return []
        return [Command.set(self.env.context.get("active_ids", []))]

    @api.depends("list_id", "partner_ids.email")
    def _compute_counts(self):
        for wizard in self:
            known, new = wizard._sort_out()
            wizard.known_count = len(known)
            wizard.new_count = len(new)
            wizard.without_count = len(wizard.partner_ids - known - new)

    def _sort_out(self):
        """Return (partners on the list, partners to add); one per address.

        Who has opted out of the list counts as on it: he is not added again.
        """
        self.ensure_one()
        partners = self.partner_ids.filtered("email_normalized")
        subscribed = self.env["mailing.subscription"].search(
            [
                ("list_id", "=", self.list_id.id),
                (
                    "contact_id.email_normalized",
                    "in",
                    partners.mapped("email_normalized"),
                ),
            ]
        )
        seen = set(subscribed.contact_id.mapped("email_normalized"))
        known, new = partners.browse(), partners.browse()
        for partner in partners:
            if partner.email_normalized in seen:
                known |= partner
            else:
                new |= partner
                seen.add(partner.email_normalized)
        return known, new

    def action_apply(self):
        """Make the missing contacts of the list; tell how many (notification, dict).

        :raise AccessError: users who may not make mailing contacts
        """
        self.ensure_one()
        _known, new = self._sort_out()
        self.env["mailing.contact"].create(
            [
                {
                    "name": partner.name,
                    "email": partner.email,
                    "company_name": partner.commercial_company_name or False,
                    "country_id": partner.country_id.id,
                    "tag_ids": [Command.set(partner.category_id.ids)],
                    "subscription_ids": [Command.create({"list_id": self.list_id.id})],
                }
                for partner in new
            ]
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Customers put on %(name)s: %(count)s.",
                    count=len(new),
                    name=self.list_id.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
