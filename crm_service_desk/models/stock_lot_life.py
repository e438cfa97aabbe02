# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.options import check_ids
from odoo.addons.crm_suite_base.tools.plain import plain

from .groups import AGENT

# So many events of a kind are shown.
EVENT_LIMIT = 200


class StockLot(models.Model):
    """The life of a serial number: where it was, what was done with it, for whom."""

    _inherit = "stock.lot"

    service_life = fields.Json(compute="_compute_service_life")

    @api.depends_context("uid", "lang", "tz")
    def _compute_service_life(self):
        for lot in self:
            lot.service_life = plain(lot._service_events()) if lot.id else []

    @api.readonly
    def get_service_life(self):
        """Return the life of serial numbers, by the reader's own rights.

        :return: one dict per serial number, in the order asked: ``{"lot_id", "name",
            "events": [{"date", "kind", "title", "detail", "model", "res_id"}]}``,
            newest first; ``kind`` is ``received``, ``delivered``, ``returned``,
            ``ticket``, ``settlement``, ``replacement`` or, by glue, ``repair``;
            moments in UTC. What the reader may not read is not there
        :raise AccessError: serial numbers that he may not read
        :raise UserError: a serial number that does not exist
        """
        # Who reads none of them is not told which there are.
        self.browse().check_access("read")
        check_ids(self).check_access("read")
        return plain(
            [
                {
                    "lot_id": lot.id,
                    "name": lot.name,
                    "events": lot._service_events(),
                }
                for lot in self
            ]
        )

    def _service_events(self):
        """Return the events of one serial number, newest first; glue adds its own."""
        self.ensure_one()
        events = [
            *self._service_move_events(),
            *self._service_ticket_events(),
            *self._service_claim_events(),
            *self._service_replacement_events(),
        ]
        events.sort(key=lambda event: (event["date"], event["res_id"]), reverse=True)
        return events

    @api.model
    def _service_event(self, date, kind, title, detail, document):
        return {
            "date": date,
            "kind": kind,
            "title": title,
            "detail": detail or "",
            "model": document._name,
            "res_id": document.id,
        }

    @api.model
    def _service_readable(self, model, domain):
        """Return the records of a model that the reader may read; newest first."""
        records = self.env[model]
        if not records.has_access("read"):
            return records
        return records.search(domain, order="id desc", limit=EVENT_LIMIT)

    def _service_move_events(self):
        """Return when it came from outside, went to a customer and came back."""
        outside = ("customer", "supplier", "production", "inventory")
        rows = self._service_readable(
            "stock.move.line",
            Domain("lot_id", "=", self.id)
            & Domain("state", "=", "done")
            & (
                Domain("location_id.usage", "in", outside)
                | Domain("location_dest_id.usage", "=", "customer")
            ),
        )
        titles = {
            "received": self.env._("Received"),
            "delivered": self.env._("Delivered"),
            "returned": self.env._("Returned"),
        }
        events = []
        for row in rows:
            kind = "received"
            if row.location_dest_id.usage == "customer":
                kind = "delivered"
            elif row.location_id.usage == "customer":
                kind = "returned"
            partner = row.picking_id.partner_id.commercial_partner_id
            document = row.picking_id or row
            name = row.picking_id.name or row.reference
            detail = " ".join(text for text in (name, partner.name) if text)
            events.append(
                self._service_event(row.date, kind, titles[kind], detail, document)
            )
        return events

    def _service_ticket_events(self):
        if not self.env.user.has_group(AGENT):
            # Salespeople read tickets, but not which serial number they are about.
            return []
        tickets = self._service_readable(
            "helpdesk.ticket", [("service_lot_id", "=", self.id)]
        )
        return [
            self._service_event(
                ticket.service_opened_on or ticket.create_date,
                "ticket",
                self.env._("Ticket %(number)s", number=ticket.number),
                ticket.name,
                ticket,
            )
            for ticket in tickets
        ]

    def _service_claim_events(self):
        lines = self._service_readable("service.claim.line", [("lot_id", "=", self.id)])
        kinds = dict(
            self.env["service.claim"]._fields["kind"]._description_selection(self.env)
        )
        steps = dict(
            self.env["service.claim"]._fields["step"]._description_selection(self.env)
        )
        return [
            self._service_event(
                claim.create_date,
                "settlement",
                kinds[claim.kind],
                f"{claim.ticket_number}: {steps[claim.step]}",
                claim,
            )
            for claim in lines.claim_id
        ]

    def _service_replacement_events(self):
        """Return what it was sent for, and what was sent for it."""
        events = []
        for lot, other, title in (
            *((self, old, "for") for old in self.service_replaces_id),
            *((new, new, "by") for new in self.service_replaced_by_ids),
        ):
            texts = {
                "for": self.env._("Sent for %(serial)s", serial=other.name),
                "by": self.env._("Replaced by %(serial)s", serial=other.name),
            }
            events.append(
                self._service_event(
                    lot.service_replaced_on,
                    "replacement",
                    texts[title],
                    other.product_id.name,
                    other,
                )
            )
        return events
