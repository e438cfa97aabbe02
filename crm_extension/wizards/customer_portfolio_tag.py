# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, fields, models


class CrmCustomerPortfolioTag(models.TransientModel):
    """Give the chosen customers tags, or take tags from them; others stay."""

    _name = "crm.customer.portfolio.tag"
    _description = "Tag Customers"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self._default_partner_ids(),
    )
    add_ids = fields.Many2many("res.partner.category", "crm_portfolio_tag_add_rel")
    remove_ids = fields.Many2many(
        "res.partner.category", "crm_portfolio_tag_remove_rel"
    )

    def _default_partner_ids(self):
        """Return the partners that were chosen in the list."""
        if self.env.context.get("active_model") != "res.partner":
            return []
        return [Command.set(self.env.context.get("active_ids", []))]

    def action_apply(self):
        """Change the tags with the user's own rights; close the dialog (dict).

        :raise AccessError: a customer that the user may not write
        """
        self.ensure_one()
        commands = [Command.link(tag.id) for tag in self.add_ids]
        commands += [Command.unlink(tag.id) for tag in self.remove_ids - self.add_ids]
        if commands:
            self.partner_ids.write({"category_id": commands})
        return {"type": "ir.actions.act_window_close"}
