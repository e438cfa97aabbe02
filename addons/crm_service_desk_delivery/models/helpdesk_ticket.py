# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import api, models

PICKING = "stock.picking"
# Shorter ones, and words without a digit, stand in mails by chance.
SHORTEST = 6
# Carriers whose link is written in Odoo; others may ask their server for it.
OWN_LINKS = ("fixed", "base_on_rule")


class HelpdeskTicket(models.Model):
    """What customers and carriers call a delivery: the number on the parcel."""

    _inherit = "helpdesk.ticket"

    @api.model
    def _service_text_names(self, document):
        """Add the tracking numbers of a transfer; of several parcels, each of them."""
        names = super()._service_text_names(document)
        if document._name == PICKING:
            numbers = re.split(r"[,;+\n]", document.carrier_tracking_ref or "")
            names += [
                number.strip()
                for number in numbers
                if len(number.strip()) >= SHORTEST and re.search(r"\d", number)
            ]
        return names

    def _service_delivery_rows(self):
        """Add ``carrier`` and ``tracking`` (str, empty if unknown), ``tracking_url``
        (str or False): the carrier's page of the parcel, where Odoo has it."""
        rows = super()._service_delivery_rows()
        # The same transfers as in super, which shows them to this agent.
        pickings = self.env[PICKING].sudo().browse([row["id"] for row in rows])
        for row, picking in zip(rows, pickings, strict=True):
            known = picking.delivery_type in OWN_LINKS
            url = known and picking.carrier_tracking_url or ""
            row.update(
                carrier=picking.carrier_id.name or "",
                tracking=picking.carrier_tracking_ref or "",
                tracking_url=url if url.startswith(("http://", "https://")) else False,
            )
        return rows
