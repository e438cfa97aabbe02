# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.options import Option, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import warranty
from ..engine.owned import Holding

DOCUMENT_LIMIT = 20
SERIAL_LIMIT = 100
# Model -> field of the ticket that links it.
LINKS = {
    "stock.lot": "service_lot_id",
    "sale.order": "service_order_id",
    "stock.picking": "service_picking_id",
    "account.move": "service_invoice_id",
}


class ServiceTicketContext(models.AbstractModel):
    """What the agent needs to know about the customer of a ticket."""

    _name = "service.ticket.context"
    _description = "Customer Context of a Ticket"

    # === API === #

    @api.readonly
    def get_context(self):
        """Return what the desk may know about the tickets' customers.

        Documents of the ticket's commercial entity in the ticket's company, late ones
        first, then open ones, then the newest, at most 20 of a kind (100 serial
        numbers or products), and of nobody else. An agent
        needs no right on them: it is a projection without money. ``amount_total``
        (currency of the document) is there only for who may read that document
        himself, ``can_open`` says whether he may.

        :return: one dict per ticket, in the order asked: ``{"ticket_id", "customer":
            {"partner_id", "name", "email", "phone", "commercial_partner_id",
            "commercial_name"}, "orders", "deliveries", "invoices", "serials",
            "products" (goods without numbers), "earlier_tickets" (of the serial number,
            then of the product), "entitlement": {"covered", "reason", "policy_id",
            "source_model", "source_id", "source_name"}, "linked": {...}, "rights":
            {"return", "credit"}}``; ``serials`` and ``products`` have ``warranty``:
            ``{"state": "covered" | "expired" | "excluded", "reason", "delivered_on",
            "ends_on"}``
        :raise AccessError: no helpdesk user, or a ticket that he may not read
        :raise UserError: a ticket that does not exist
        """
        self._check_desk_ids()
        entitlements = self._get_service_entitlements()
        return plain(
            [ticket._service_context(entitlements[ticket.id]) for ticket in self]
        )

    def link_document(self, model, res_id):
        """Link a document of the customer to the tickets.

        :param str model: ``stock.lot``, ``sale.order``, ``stock.picking`` or
            ``account.move``
        :param int res_id: id of the document; False takes the link away
        :return: True
        :raise UserError: unknown model, or no document of this customer has that id
            (whether another customer's has, is not told)
        :raise AccessError: no helpdesk user, or a ticket that he may not change
        """
        self._check_desk_ids("write")
        spec = {
            "model": Option("str", choices=tuple(LINKS), required=True),
            "res_id": Option("int", minimum=1),
        }
        given = {"model": model}
        if res_id:
            given["res_id"] = res_id
        checked = check_options(self.env, given, spec, "arguments")
        for ticket in self:
            document = self.env[model].browse(checked.get("res_id", []))
            if document and document not in ticket._service_documents(model, document):
                raise ticket._service_unknown(model, document.id)
            ticket[LINKS[model]] = document.id
        return True

    # === CONTEXT === #

    def _service_context(self, entitlement):
        """Return the context of one ticket as a dict of Python values."""
        # A projection that the method's docstring limits: only documents of the
        # ticket's own customer, and only the columns listed below.
        ticket = self.sudo()
        partner = ticket.partner_id
        entity = ticket.commercial_partner_id
        return {
            "ticket_id": self.id,
            "customer": {
                "partner_id": partner.id,
                "name": partner.name or ticket.partner_name,
                "email": partner.email or ticket.partner_email,
                "phone": partner.phone,
                "commercial_partner_id": entity.id,
                "commercial_name": entity.name,
            },
            "orders": self._service_order_rows(),
            "deliveries": self._service_delivery_rows(),
            "invoices": self._service_invoice_rows(),
            "serials": self._service_serial_rows(),
            "products": self._service_product_rows(),
            "earlier_tickets": self._service_earlier_rows(),
            "entitlement": entitlement,
            "linked": {
                field: {"id": ticket[field].id, "name": ticket[field].display_name}
                for field in LINKS.values()
            },
            "rights": {
                "return": self.env.user.has_group("stock.group_stock_user"),
                "credit": self.env.user.has_group("account.group_account_invoice"),
            },
        }

    @api.model
    def _service_document_types(self):
        """Return the domain of the documents of each model that a desk deals with."""
        return {
            "sale.order": Domain("state", "=", "sale"),
            "stock.picking": Domain("state", "!=", "draft")
            & Domain("picking_type_code", "in", ("outgoing", "incoming", "dropship")),
            "account.move": Domain("state", "=", "posted")
            & Domain("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
        }

    def _service_document_domain(self, model):
        """Return the domain of the documents of the ticket's customer and company."""
        self.ensure_one()
        # The customer of a ticket that one may read is no secret.
        ticket = self.sudo()
        if not ticket.commercial_partner_id:
            return Domain.FALSE
        field = {
            "account.move": "commercial_partner_id",
        }.get(model, "partner_id.commercial_partner_id")
        return (
            Domain(field, "=", ticket.commercial_partner_id.id)
            & Domain("company_id", "=", ticket.company_id.id)
            & self._service_document_types()[model]
        )

    def _service_documents(self, model, records=None):
        """Return the customer's documents of a model, of ``records`` if given.

        In the caller's environment, whatever he may read: what may be done with them
        is decided by the caller of this method.
        """
        self.ensure_one()
        if model == "stock.lot":
            held = self._service_holdings(records)
            return self.env[model].browse([lot.id for lot, _held in held])
        domain = self._service_document_domain(model)
        if records is not None:
            domain &= Domain("id", "in", records.ids)
        # See _service_context: the domain names the one customer.
        found = (
            self.env[model]
            .sudo()
            .search(domain, order="id desc", limit=None if records else DOCUMENT_LIMIT)
        )
        return found.with_env(self.env)

    def _service_listed(self, model):
        """Return the documents of a model that the panel shows, at most so many.

        Late ones first, then those under way, then the newest; in the caller's
        environment, see :meth:`_service_documents`.
        """
        domain = self._service_document_domain(model)
        # See _service_context: the domain names the one customer.
        found = self.env[model].sudo()
        for first, order in (*self._service_urgent().get(model, ()), ([], "id desc")):
            left = DOCUMENT_LIMIT - len(found)
            if left:
                more = domain & Domain(first) & Domain("id", "not in", found.ids)
                found += found.search(more, order=order, limit=left)
        return found.with_env(self.env)

    @api.model
    def _service_urgent(self):
        """Return the documents that come first: ``{model: [(domain, order)]}``."""
        going = Domain("state", "not in", ("done", "cancel"))
        late = going & Domain("scheduled_date", "<", fields.Datetime.now())
        open_order = Domain("delivery_status", "in", ("pending", "started", "partial"))
        return {
            "stock.picking": [(going, "scheduled_date, id")],
            "sale.order": [
                (Domain("picking_ids", "any", late), "date_order, id"),
                (open_order, "date_order, id"),
            ],
        }

    @api.model
    def _service_unknown(self, model, res_id):
        """Return the one error for a foreign and for a missing document."""
        return UserError(
            self.env._(
                "res_id: the customer of the ticket has no %(model)s with the id"
                " %(id)s.",
                model=model,
                id=res_id,
            )
        )

    def _service_readable(self, records):
        """Return those of the records that the user may read himself."""
        return records._filtered_access("read")

    def _service_order_rows(self):
        orders = self._service_listed("sale.order")
        readable = self._service_readable(orders)
        return [
            {
                "id": order.id,
                "name": order.name,
                "date": order.date_order.date(),
                "state": order.state,
                "delivery_status": order.delivery_status,
                "invoice_status": order.invoice_status,
                "late": any(map(self._service_is_late, order.picking_ids)),
                "products": order.order_line.product_id.mapped("display_name")[:5],
                **self._service_money(order, readable),
            }
            for order in orders.sudo()
        ]

    def _service_delivery_rows(self):
        pickings = self._service_listed("stock.picking")
        readable = self._service_readable(pickings)
        return [
            {
                "id": picking.id,
                "name": picking.name,
                "direction": picking.picking_type_code,
                "state": picking.state,
                "scheduled_date": picking.scheduled_date,
                "date_done": picking.date_done,
                "late": self._service_is_late(picking),
                "return_of": picking.return_id.name,
                "can_open": picking.id in readable.ids,
            }
            for picking in pickings.sudo()
        ]

    @api.model
    def _service_is_late(self, picking):
        """Say whether a transfer should have been done by now."""
        return (
            picking.state not in ("done", "cancel")
            and picking.scheduled_date < fields.Datetime.now()
        )

    def _service_invoice_rows(self):
        moves = self._service_documents("account.move")
        readable = self._service_readable(moves)
        return [
            {
                "id": move.id,
                "name": move.name,
                "date": move.invoice_date,
                "date_due": move.invoice_date_due,
                "type": move.move_type,
                "payment_state": move.payment_state,
                **self._service_money(move, readable),
            }
            for move in moves.sudo()
        ]

    @api.model
    def _service_money(self, document, readable):
        """Return the amount only for who may read the document himself (R7)."""
        if document.id not in readable.ids:
            return {"can_open": False}
        return {
            "can_open": True,
            "amount_total": document.amount_total,
            "currency": document.currency_id.name,
        }

    def _service_serial_rows(self):
        rows = self._service_holdings()[:SERIAL_LIMIT]
        lots = self.env["stock.lot"].browse([lot.id for lot, _held in rows])
        readable = self._service_readable(lots)
        return [
            {
                "id": lot.id,
                "name": lot.name,
                "product_id": lot.product_id.id,
                "product": lot.product_id.display_name,
                "quantity": held.quantity,
                "warranty": self._service_warranty(lot, held),
                "can_open": lot.id in readable.ids,
            }
            for lot, held in rows
        ]

    def _service_product_rows(self):
        """Return the goods without numbers that the customer has, newest first.

        The warranty is that of the last delivery: which piece is which nobody can tell.
        """
        ticket = self.sudo()
        entity, company = ticket.commercial_partner_id, ticket.company_id
        if not entity:
            return []
        domain = (
            Domain("state", "=", "done")
            & Domain("lot_id", "=", False)
            & Domain("product_id.type", "=", "consu")
            & Domain("company_id", "=", company.id)
            & Domain("picking_id.partner_id.commercial_partner_id", "=", entity.id)
        )
        # See _service_context: of the ticket's own customer.
        lines = self.env["stock.move.line"].sudo()
        ways = ("location_id.usage", "location_dest_id.usage")
        back, out = (
            lines._read_group(
                domain & Domain(way, "=", "customer") & Domain(other, "!=", "customer"),
                ["product_id"],
                ["quantity_product_uom:sum", "date:max"],
            )
            for way, other in (ways, ways[::-1])
        )
        came_back = {product: quantity for product, quantity, _date in back}
        lots = self.env["stock.lot"].sudo()
        rows = []
        for product, quantity, moment in out:
            left = quantity - came_back.get(product, 0.0)
            day = lots._service_local(moment, company).date()
            if left > 0:
                held = Holding(left, day, day)
                result = self._service_warranty_of(lots, product, held)
                rows.append((moment, product, left, result))
        rows.sort(key=lambda row: (row[0], row[1].id), reverse=True)
        return [
            {
                "id": product.id,
                "name": product.display_name,
                "quantity": left,
                "unit": product.uom_id.name,
                "warranty": {
                    "state": result.state,
                    "reason": self._service_warranty_reason(result),
                    "delivered_on": result.delivered_on,
                    "ends_on": result.ends_on,
                },
            }
            for _moment, product, left, result in rows[:SERIAL_LIMIT]
        ]

    def _service_earlier_rows(self):
        """Return the tickets that the user may read about the same serial number, then
        the customer's own about the same product."""
        lot = self.sudo().service_lot_id
        if not lot:
            return []
        same = Domain("service_lot_id", "=", lot.id)
        customer = self.sudo().commercial_partner_id
        alike = Domain("commercial_partner_id", "=", customer.id)
        # The agent need not be able to read serial numbers; of the customer's only.
        lots = self.sudo()._read_group(
            alike & Domain("service_lot_id.product_id", "=", lot.product_id.id),
            ["service_lot_id"],
        )
        alike &= Domain("service_lot_id", "in", [one.id for (one,) in lots])
        tickets = self.browse()
        for domain in (same, alike):
            left = DOCUMENT_LIMIT - len(tickets)
            if left:
                domain &= Domain("id", "not in", (self | tickets).ids)
                tickets += self.search(domain, limit=left, order="id desc")
        return [
            {
                "id": ticket.id,
                "number": ticket.number,
                "name": ticket.name,
                "stage": ticket.stage_id.name,
                "date": ticket.service_opened_on,
                "same_serial": ticket.sudo().service_lot_id == lot,
            }
            for ticket in tickets
        ]

    # === SERIALS === #

    def _service_holdings(self, lots=None):
        """Return ``[(lot (sudo), Holding)]`` of what the ticket's customer has now."""
        self.ensure_one()
        ticket = self.sudo()
        return (
            self.env["stock.lot"]
            .sudo()
            ._service_held_by(ticket.commercial_partner_id, ticket.company_id, lots)
        )

    @api.model
    def _service_warranty(self, lot, held):
        """Return the warranty of a lot for its holder, with the reason in words."""
        result = self._service_warranty_of(lot, lot.product_id, held)
        reason = self._service_warranty_reason(result)
        if result.reason == "void":
            reason = self.env._(
                "Excluded: %(reason)s", reason=lot.service_warranty_void
            )
        return {
            "state": result.state,
            "reason": reason,
            "delivered_on": result.delivered_on,
            "ends_on": result.ends_on,
        }

    @api.model
    def _service_warranty_of(self, lot, product, held):
        """Return the engine's Warranty of goods today.

        :param lot: the serial number or lot, or none
        :param held: the engine's Holding of the customer
        """
        carried = None
        if held.carried_until:
            carried = warranty.Carried(held.delivered_on, held.carried_until)
        elif lot.service_carried_on:
            carried = warranty.Carried(
                lot.service_carried_on, lot.service_carried_until or None
            )
        return warranty.warranty(
            held.term_began,
            product.service_warranty_months,
            fields.Date.context_today(self),
            held.transfers,
            carried,
            bool(lot.service_warranty_void),
        )

    @api.model
    def _service_warranty_reason(self, result):
        texts = {
            "in_term": self.env._(
                "Delivered on %(delivered)s, covered until %(ends)s.",
                delivered=result.delivered_on,
                ends=result.ends_on,
            ),
            "term_over": self.env._(
                "Delivered on %(delivered)s, the warranty ended on %(ends)s.",
                delivered=result.delivered_on,
                ends=result.ends_on,
            ),
            "no_term": self.env._("The product has no warranty."),
            "void": self.env._("The warranty has been excluded."),
            "not_delivered": self.env._("Not delivered to this customer."),
            "before_delivery": self.env._(
                "Covered from the delivery on %(delivered)s.",
                delivered=result.delivered_on,
            ),
        }
        text = texts[result.reason]
        if result.transferred:
            text += " " + self.env._("The term runs since the first customer.")
        if result.carried:
            text += " " + self.env._("It is what was left of the one it replaced.")
        return text

    # === ENTITLEMENT === #

    def _get_service_entitlements(self):
        """Return ``{ticket id: entitlement}``; glue with contracts overrides this.

        An entitlement is ``{"covered": bool, "reason": str, "policy_id": id or False,
        "source_model", "source_id", "source_name"}``; its policy comes before the
        policies found by criteria.
        """
        return {
            ticket.id: {
                "covered": False,
                "reason": self.env._("No contract covers this ticket."),
                "policy_id": False,
                "source_model": False,
                "source_id": False,
                "source_name": False,
            }
            for ticket in self
        }
