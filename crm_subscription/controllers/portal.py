# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.addons.contract.controllers.main import PortalContract

PREVIEW_PERIODS = 3
LEDGER_ROWS = 24


class PortalSubscription(PortalContract):
    def _contract_get_page_view_values(self, contract, access_token, **kwargs):
        """Add what a customer asks first: next bills, past bills, renewal to accept.

        ``contract`` is in sudo mode; access was checked by OCA's route, by record
        rule or token.
        """
        values = super()._contract_get_page_view_values(
            contract, access_token, **kwargs
        )
        rows = contract.period_ids.filtered(
            lambda row: row.state in ("billed", "credited")
        ).sorted("period_start", reverse=True)
        order = contract.renewal_order_id
        values.update(
            next_bills=contract.preview_schedule(limit=PREVIEW_PERIODS)[
                :PREVIEW_PERIODS
            ],
            ledger=rows[:LEDGER_ROWS],
            renewal_order=order.filtered(lambda o: o._has_to_be_signed()),
        )
        return values
