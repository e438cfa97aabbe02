# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.crm_suite_base.tools.options import check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import progress
from .groups import AGENT, BILLING, STOCK_USER
from .service_ticket_settlement import OPTION_SPEC

STEPS = [
    (progress.REQUESTED, "Requested"),
    (progress.QUOTED, "Quoted"),
    (progress.DRAFTED, "Drafted"),
    (progress.IN_TRANSIT, "In Transit"),
    (progress.RECEIVED, "Received"),
    (progress.REPAIRING, "In Repair"),
    (progress.REPAIRED, "Repaired"),
    (progress.REPLACED, "Replaced"),
    (progress.CREDITED, "Credited"),
    (progress.PAID, "Paid Back"),
    (progress.REFUSED, "Refused"),
    (progress.CANCELLED, "Cancelled"),
]
GONE = (progress.REFUSED, progress.CANCELLED)


class ServiceClaim(models.Model):
    """One settlement of a ticket: what is asked for, what was made, how far it is.

    Nobody writes claims: they are made by the calls of the ticket, granted or refused
    by who may make the document, and follow their documents. They hold no amounts.
    """

    _name = "service.claim"
    _description = "Settlement of a Ticket"
    _order = "id desc"
    _rec_name = "kind"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    ticket_number = fields.Char(
        string="Ticket Number", related="ticket_id.number", related_sudo=True
    )
    customer_name = fields.Char(
        string="Customer", related="ticket_id.commercial_partner_id.display_name"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(
        [
            ("return", "Return"),
            ("exchange", "Exchange"),
            ("replacement", "Replacement"),
            ("repair", "Repair"),
            ("credit", "Credit"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("requested", "Requested"), ("made", "Made"), ("refused", "Refused")],
        required=True,
        readonly=True,
        default="requested",
        index=True,
    )
    step = fields.Selection(STEPS, string="Progress", compute="_compute_step")
    told_step = fields.Selection(
        STEPS,
        string="Known Progress",
        readonly=True,
        help="The progress of which the ticket and the customer have been told.",
    )
    payload = fields.Json(readonly=True, groups=AGENT)
    note = fields.Char(string="What", readonly=True)
    refusal = fields.Char(string="Refused Because", readonly=True)
    free = fields.Boolean(string="Free of Charge", readonly=True)
    asked_amount = fields.Float(
        digits="Product Price",
        readonly=True,
        groups=BILLING,
        help="What the agent asks to be credited, in the currency of the invoice; 0:"
        " what was invoiced.",
    )
    wait = fields.Boolean(string="Ticket Waits", readonly=True)
    user_id = fields.Many2one("res.users", string="Requested From", readonly=True)
    activity_id = fields.Many2one("mail.activity", readonly=True, groups=AGENT)
    line_ids = fields.One2many("service.claim.line", "claim_id", readonly=True)
    picking_id = fields.Many2one(
        "stock.picking", string="Return Transfer", readonly=True, index="btree_not_null"
    )
    move_ids = fields.One2many(
        "stock.move", "service_claim_id", readonly=True, groups=STOCK_USER
    )
    order_id = fields.Many2one(
        "sale.order", string="Sales Order", readonly=True, index="btree_not_null"
    )
    credit_id = fields.Many2one(
        "account.move", string="Credit Note", readonly=True, index="btree_not_null"
    )
    document_name = fields.Char(string="Documents", compute="_compute_document_name")
    can_grant = fields.Boolean(compute="_compute_can_grant")

    @api.depends("ticket_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for claim in self:
            claim.display_name = f"{claim.ticket_number}: {kinds.get(claim.kind, '')}"

    @api.depends("state", "picking_id", "order_id", "credit_id", "move_ids")
    def _compute_step(self):
        for claim in self:
            # The state of a document says nothing that who sees the claim may not
            # know: that is what the claim is for.
            own = claim.sudo()
            claim.step = progress.step(own.kind, own.state, own._service_facts())

    @api.depends("picking_id", "order_id", "credit_id")
    def _compute_document_name(self):
        for claim in self:
            # Names only; opening one is by the user's own rights.
            documents = claim.sudo()._service_documents()
            claim.document_name = ", ".join(doc.display_name for doc in documents)

    @api.depends("state", "kind")
    @api.depends_context("uid")
    def _compute_can_grant(self):
        makers = self.env["helpdesk.ticket"]._service_makers()
        for claim in self:
            maker = makers.get(claim.kind)
            claim.can_grant = bool(
                claim.state == "requested"
                and maker
                and self.env.user.has_group(maker.group)
            )

    # === MAKING === #

    @api.model
    def _service_new(self, ticket, kind, lines, options):
        """Return a new claim, in the caller's environment."""
        # Claims are the machine's; that the user may have this one has been checked.
        claim = self.sudo().create(
            {
                "ticket_id": ticket.id,
                "company_id": ticket.sudo().company_id.id,
                "kind": kind,
                "payload": plain({"lines": lines, "options": options}),
                "wait": options.get("wait", False),
                "asked_amount": sum(line.get("amount", 0.0) for line in lines),
            }
        )
        return claim.with_env(self.env)

    @api.model
    def _service_asked(self, ticket, kind, lines):
        """Return the open request for the same: a second click asks nobody twice."""
        open_requests = self.search(
            [
                ("ticket_id", "=", ticket.id),
                ("kind", "=", kind),
                ("state", "=", "requested"),
            ]
        )
        return open_requests.filtered(
            lambda claim: claim.payload["lines"] == plain(lines)
        )[:1]

    def _service_make(self, maker, wanted, options):
        """Make the documents in the user's own rights and note them."""
        ticket = self.sudo().ticket_id
        values = maker.make(self, wanted, options)
        self.sudo().write(
            dict(
                values,
                state="made",
                note=ticket._service_request_note(wanted, options),
                line_ids=[
                    fields.Command.create(self._service_line_values(line))
                    for line in wanted
                ],
            )
        )
        self.sudo()._service_progressed()

    @api.model
    def _service_line_values(self, line):
        """Return the values of the line of a claim."""
        move = line.get("move", self.env["stock.move"])
        return {
            "product_id": line["product"].id,
            "lot_id": line["lot"].id,
            "quantity": line["quantity"],
            "move_id": move.id,
            "part_id": line.get("part", self.env["product.product"]).id,
            "successor": line.get("successor", False),
            "order_line_id": line.get("order_line", self.env["sale.order.line"]).id,
            "came_before": line.get("came_before", 0.0),
            "warranty_ends_on": line.get("warranty_ends_on", False),
        }

    def _service_ask(self, maker, wanted, options):
        """Ask somebody who may make the document: an activity on what it is about."""
        document = maker.check(wanted, options)
        ticket = self.sudo().ticket_id
        user = ticket._service_who(document, maker.group)
        note = ticket._service_request_note(wanted, options)
        link = Markup('<a href="/odoo/service-claims/%s">%s</a>') % (
            self.id,
            self.env._("Grant or refuse"),
        )
        # The agent asks on a document that he need not be able to read.
        activity = document.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.context_today(self),
            summary=maker.summary,
            note=Markup("<p>%s</p><p>%s</p>") % (note, link),
            user_id=user.id,
        )
        claim = self.sudo()
        claim.write({"note": note, "user_id": user.id, "activity_id": activity.id})
        claim._service_progressed()

    def _answer(self):
        """Return the answer of the call that made the claim."""
        self.ensure_one()
        # Ids of what the caller's own call made.
        claim = self.sudo()
        maker = claim.ticket_id._service_makers()[claim.kind]
        return plain(
            {
                maker.answer: claim[maker.document].id,
                "requested": claim.state == "requested",
                "activity_id": claim.activity_id.id,
                "claim_id": claim.id,
                "free": claim.free,
            }
        )

    @api.model
    def _service_link_order_lines(self):
        """Note by which order line each product was sent, in claims (sudo) that were
        made before it was noted; their orders have one line for each of theirs.

        :return: the lines that were mended
        """
        lines = self.env["service.claim.line"].sudo()
        unlinked = lines.search(
            [("claim_id.order_id", "!=", False), ("order_line_id", "=", False)]
        )
        for claim in unlinked.claim_id.filtered(lambda one: one.kind == "replacement"):
            left = claim.order_id.order_line.sorted("id")
            for line in claim.line_ids.sorted("id"):
                product = line.part_id or line.product_id
                line.order_line_id = left.filtered(
                    lambda one, product=product: one.product_id == product
                )[:1]
                left -= line.order_line_id
        return unlinked.filtered("order_line_id")

    # === GRANTING === #

    def action_grant(self):
        """Make what was requested, in the rights of who grants it.

        :return: the action that opens the document
        :raise AccessError: a claim that he may not see, or whose document he may not
            make
        :raise UserError: no longer requested, or too much by now
        """
        check_ids(self).check_access("read")
        for claim in self:
            claim._service_grant()
        return self[-1:].action_open_document()

    def action_refuse(self, reason=""):
        """Refuse what was requested; the ticket tells why.

        :param str reason: shown on the ticket
        :return: True
        :raise AccessError: see :meth:`action_grant`
        """
        check_ids(self).check_access("read")
        if not isinstance(reason, str):
            raise UserError(self.env._("reason: a text is needed."))
        for claim in self:
            claim._service_deciding()
            claim.sudo().write({"state": "refused", "refusal": reason})
            claim._service_decided(self.env._("refused"))
        return True

    def _service_deciding(self):
        """Lock an open request for who may decide it; return how it is made."""
        self.ensure_one()
        claim = self.sudo()
        maker = claim.ticket_id.with_env(self.env)._service_makers()[claim.kind]
        if not self.env.user.has_group(maker.group):
            raise AccessError(
                self.env._(
                    "Only who may make the document himself grants or refuses request"
                    " %(id)s.",
                    id=self.id,
                )
            )
        claim.lock_for_update()
        claim.invalidate_recordset(["state"])
        if claim.state != "requested":
            raise UserError(
                self.env._(
                    "Request %(id)s has been decided already: %(state)s.",
                    id=self.id,
                    state=dict(claim._fields["step"]._description_selection(self.env))[
                        claim.step
                    ],
                )
            )
        return maker

    def _service_grant(self):
        self._service_deciding()
        claim = self.sudo()
        payload = claim.payload
        # Who grants need be no helpdesk user: the document is made in his rights, the
        # ticket is only what it is made for.
        ticket = claim.ticket_id.with_env(self.env).with_company(claim.company_id)
        maker = ticket._service_makers()[claim.kind]
        options = check_options(
            self.env, payload["options"], OPTION_SPEC | maker.options
        )
        wanted = ticket._service_lines(payload["lines"], maker.lines)
        self.with_env(ticket.env)._service_make(maker, wanted, options)
        self._service_decided(self.env._("granted"))

    def _service_decided(self, what):
        """Close the activity and note the decision on the ticket."""
        claim = self.sudo()
        if claim.activity_id.exists():
            claim.activity_id.action_feedback(feedback=what)
        claim.ticket_id._message_log(
            body=self.env._(
                "%(user)s has %(what)s: %(kind)s %(note)s %(reason)s",
                user=self.env.user.name,
                what=what,
                kind=dict(claim._fields["kind"]._description_selection(self.env))[
                    claim.kind
                ],
                note=claim.note or "",
                reason=claim.refusal or claim.document_name or "",
            ),
            author_id=self.env.user.partner_id.id,
        )
        claim._service_progressed()

    def action_open_document(self):
        """Return the action that opens what was made, by the user's own rights."""
        check_ids(self).check_access("read")
        self.ensure_one()
        documents = self.sudo()._service_documents()
        for document in documents:
            if document.with_env(self.env).has_access("read"):
                return {
                    "type": "ir.actions.act_window",
                    "res_model": document._name,
                    "res_id": document.id,
                    "views": [(False, "form")],
                }
        raise AccessError(
            self.env._("You may not open %(name)s.", name=self.document_name or "-")
        )

    def _service_open_or_told(self):
        """Return the action that opens the document of the first, or says who was
        asked for all."""
        if self[:1].state == "made":
            return self[:1].action_open_document()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(user)s has been asked.",
                    # The agent may not read users; it is only the name.
                    user=", ".join(self.sudo().user_id.mapped("name")),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === PROGRESS === #

    def _service_documents(self):
        """Return the documents that were made, as a list of single records."""
        self.ensure_one()
        back = self._service_transfers_back()
        out = self.move_ids.picking_id - back
        return [
            document
            for documents in (back, self.order_id, self.credit_id, out)
            for document in documents
        ]

    def _service_transfers_back(self):
        """Return the transfers by which the goods come back: the one that was made and,
        where only a part came with it, those of the rest."""
        found = self.picking_id
        while rest := found.backorder_ids - found:
            found |= rest
        return found

    def _service_goods_in(self):
        """Return the state of the goods that come back: done when all have come, of
        which the transfer was not cancelled."""
        states = self._service_transfers_back().mapped("state")
        live = [state for state in states if state != "cancel"] or states
        return next((state for state in live if state != "done"), live and live[0])

    def _service_facts(self):
        """Return the states of the documents, for the engine."""
        self.ensure_one()
        out = self._service_moves_out().mapped("state")
        on_the_way = self.move_ids.filtered(
            lambda move: move.location_final_id.usage == "customer"
            and move.state != "cancel"
        )
        if not out and on_the_way:
            # The last transfer of several is made when the one before is done.
            out = [progress.WAITING]
        credit = self.credit_id
        return progress.Documents(
            goods_in=self._service_goods_in() or None,
            goods_out=tuple(out),
            order=self.order_id.state or None,
            credit=credit.state or None,
            paid=credit.payment_state in ("paid", "in_payment", "reversed"),
        )

    def _service_moves_out(self):
        """Return the moves that bring the customer his replacement."""
        moves = self.move_ids | self.order_id.order_line.move_ids
        return moves.filtered(
            lambda move: move.location_dest_id.usage == "customer"
            and move.location_id.usage != "customer"
            and not move.origin_returned_move_id
            and not move.service_return_move_id
        )

    def _service_is_live(self):
        """Say whether the claim was made and has not been undone."""
        self.ensure_one()
        return self.state == "made" and self.step not in GONE


class ServiceClaimLine(models.Model):
    """What a claim is about: goods of one kind, or one serial number."""

    _name = "service.claim.line"
    _description = "Line of a Settlement of a Ticket"
    _rec_name = "product_id"

    claim_id = fields.Many2one(
        "service.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    product_id = fields.Many2one("product.product")
    lot_id = fields.Many2one("stock.lot", index="btree_not_null")
    quantity = fields.Float(
        digits="Product Unit", help="In the product's unit of measure."
    )
    move_id = fields.Many2one(
        "stock.move", string="Delivered by", index="btree_not_null"
    )
    part_id = fields.Many2one("product.product", string="Sent Instead")
    successor = fields.Boolean(
        string="Takes Its Place",
        help="The other product that is sent replaces the whole thing; else it is a"
        " spare part.",
    )
    order_line_id = fields.Many2one(
        "sale.order.line", string="Sent by", readonly=True, index="btree_not_null"
    )
    came_before = fields.Float(
        string="Back Before",
        digits="Product Unit",
        help="How much of the delivery had come back when its goods were replaced,"
        " exchanges aside. What comes back later is first what was replaced.",
    )
    warranty_ends_on = fields.Date(
        help="Last day of the warranty of what was replaced, when it was replaced."
    )

    def _service_sent(self):
        """Return the product that takes the place of the line's, none of a part."""
        ticket = self.claim_id.ticket_id
        if ticket._service_is_part(self.part_id, self.product_id, self.successor):
            return self.product_id.browse()
        return self.part_id or self.product_id

    @api.model
    def _service_live(self, domain):
        """Return the lines of settlements that were made and not undone, in their
        order."""
        return self.search(domain, order="id").filtered(
            lambda line: line.claim_id._service_is_live()
        )

    @api.model
    def _service_line_of(self, move):
        """Return the line (sudo) for which a move sent its goods free of charge in the
        place of others, or none."""
        lines = move.service_claim_id.line_ids.filtered(
            lambda line: line.move_id.sale_line_id == move.sale_line_id
        )
        if not move.service_claim_id:
            # An order line that the user may not read; only what it was sent for.
            lines = self.sudo().search(
                [
                    ("order_line_id", "in", move.sale_line_id.ids),
                    ("claim_id.free", "=", True),
                ]
            )
        template = move.product_id.product_tmpl_id
        return lines.filtered(
            lambda line: line._service_sent().product_tmpl_id == template
        )[:1]

    def _service_moves_sent(self):
        """Return the moves (sudo) that bring what takes the place of these goods."""
        return (
            self.env["stock.move"]
            .sudo()
            .union(*(line._service_moves_out() for line in self))
        )

    def _service_moves_out(self):
        """Return the moves that bring what takes the place of this line's goods."""
        self.ensure_one()
        own = self.order_line_id or self.move_id.sale_line_id
        template = self._service_sent().product_tmpl_id
        return self.claim_id._service_moves_out().filtered(
            lambda move: move.sale_line_id == own
            and move.product_id.product_tmpl_id == template
            and move.state != "cancel"
        )

    def _service_not_sent_yet(self):
        """Return how much of these goods is to be sent by transfers that are still to
        be made, or by none, as a service is."""
        left = 0.0
        for moves, lines in self.grouped(
            lambda line: line._service_moves_out()
        ).items():
            steps = lines.claim_id.move_ids | lines.order_line_id.move_ids
            if moves and all(move.state in ("done", "cancel") for move in steps):
                continue
            ticket = lines.claim_id.ticket_id[:1]
            sent = sum(ticket._service_moved(moves, self.env["stock.lot"]).values())
            left += max(sum(lines.mapped("quantity")) - sent, 0.0)
        return left
