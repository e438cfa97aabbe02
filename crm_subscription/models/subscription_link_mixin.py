# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class SubscriptionLinkMixin(models.AbstractModel):
    """A document that belongs to contracts: it names them and opens them.

    Which contracts, the document says in ``_get_subscription_contracts``.
    """

    _name = "subscription.link.mixin"
    _description = "Document of a Subscription"

    subscription_contract_count = fields.Integer(
        string="Subscriptions",
        compute="_compute_subscription_contracts",
        compute_sudo=True,
    )
    subscription_contract_names = fields.Char(
        string="Subscription",
        compute="_compute_subscription_contracts",
        compute_sudo=True,
        help="The contracts that the document belongs to.",
    )

    def _get_subscription_contracts(self):
        """Return the contracts of one document (``contract.contract``)."""
        raise NotImplementedError

    @api.depends(lambda self: self._get_subscription_depends())
    def _compute_subscription_contracts(self):
        # With sudo: number and names of the contracts are the document's; whoever may
        # not read contracts, a warehouse worker, sees no more than them.
        for document in self:
            contracts = document._get_subscription_contracts()
            document.subscription_contract_count = len(contracts)
            document.subscription_contract_names = ", ".join(
                contracts.sorted("id").mapped("name")
            )

    @api.model
    def _get_subscription_depends(self):
        """Return the names of fields that the contracts follow from."""
        return []

    def action_view_subscription_contracts(self):
        """Return the action that opens the document's contracts.

        :raise AccessError: the user may not read the document
        """
        self.ensure_one()
        self.check_access("read")
        # Which contracts is the document's; opening them is checked.
        contracts = self.sudo()._get_subscription_contracts()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_subscription.contract_contract_action"
        )
        if len(contracts) == 1:
            action.update(views=[(False, "form")], res_id=contracts.id)
        action["domain"] = [("id", "in", contracts.ids)]
        return action
