# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class StockLot(models.Model):
    _inherit = "stock.lot"

    def _service_events(self):
        """Add the repairs that the reader may read."""
        repairs = self._service_readable("repair.order", [("lot_id", "=", self.id)])
        states = dict(
            self.env["repair.order"]._fields["state"]._description_selection(self.env)
        )
        events = super()._service_events() + [
            self._service_event(
                repair.create_date,
                "repair",
                self.env._("Repair %(name)s", name=repair.name),
                states[repair.state],
                repair,
            )
            for repair in repairs
        ]
        events.sort(key=lambda event: (event["date"], event["res_id"]), reverse=True)
        return events
