# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections.abc import Callable
from dataclasses import dataclass, field

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.options import Option, check_options

LINE_SPEC = {
    "lot_id": Option("int", minimum=1),
    "product_id": Option("int", minimum=1),
    "quantity": Option("float"),
}
OPTION_SPEC = {
    "reason": Option("str", maximum=500),
    "client_key": Option("str", minimum=1, maximum=180),
    "wait": Option("bool"),
}
# More lines than a person looks through; they are checked one by one.
MAX_LINES = 200


@dataclass(frozen=True)
class Maker:
    """How one kind of settlement is made, or asked of who may make it.

    ``group`` is who may make the document; ``answer`` the key of its id in the answer
    of the call, ``document`` the field of the claim that holds it; ``summary`` what
    somebody else is asked for. ``check(wanted, options)`` refuses what is too much
    and returns the document on which is asked; ``make(wanted, options)`` makes it in
    the rights of the user and returns values of the claim. ``lines`` and ``options``
    are what a call may hold.
    """

    group: str
    answer: str
    document: str
    summary: str
    check: Callable
    make: Callable
    lines: dict = field(default_factory=lambda: LINE_SPEC)
    options: dict = field(default_factory=dict)


class ServiceTicketSettlement(models.AbstractModel):
    """The frame of all that settles a ticket: check, ask or make, answer."""

    _name = "service.ticket.settlement"
    _description = "Settlements from a Ticket"

    def _service_makers(self):
        """Return ``{kind: Maker}``; each kind and each optional app adds its own."""
        return {}

    def _service_settle(self, kind, lines, options):
        """Make the documents of a settlement, or ask who may make them.

        :return: the answer of the call, see :class:`Maker`
        """
        ticket = self._check_desk_ids("write")._service_one()
        # Documents are made in the company of the ticket, whose rights are checked.
        ticket = ticket.with_company(ticket.sudo().company_id)
        maker = ticket._service_makers()[kind]
        spec = OPTION_SPEC | maker.options
        options = check_options(self.env, options, spec)
        wanted = ticket._service_lines(lines, maker.lines)
        key = options.get("client_key")
        claim = ticket.env["crm.suite.client.key"]._answer(
            "service.claim",
            ticket.company_id,
            f"{kind}:{key}" if key else False,
            [ticket.id, kind, lines, options],
            lambda: ticket._service_claim(kind, wanted, lines, options),
        )
        return claim._answer()

    def _service_claim(self, kind, wanted, lines, options):
        """Return the claim, made by the user or asked of somebody else.

        Who makes what somebody has asked for grants it; who asks again asks nobody.
        """
        self._service_refuse_merged()
        maker = self._service_makers()[kind]
        claims = self.env["service.claim"]
        asked = claims._service_asked(self, kind, lines)
        claim = asked or claims._service_new(self, kind, lines, options)
        if self.env.user.has_group(maker.group):
            if asked:
                asked._service_deciding()
            claim._service_make(maker, wanted, options)
            if asked:
                asked._service_decided(self.env._("granted"))
        elif not asked:
            claim._service_ask(maker, wanted, options)
        if options.get("wait"):
            self._service_wait()
        return claim

    def _service_settled(self, answer):
        """Return the action that opens what was made, or says who was asked."""
        claim = self.env["service.claim"].browse(answer["claim_id"])
        return claim._service_open_or_told()

    def _service_one(self):
        if len(self) != 1:
            raise UserError(
                self.env._("ids: one ticket at a time, not %(count)s.", count=len(self))
            )
        return self

    # === LINES === #

    def _service_lines(self, lines, spec):
        """Return the checked lines of a settlement, with records of the customer.

        :return: list of dicts with ``quantity`` and ``lot``, ``product`` (sudo)
        """
        if not isinstance(lines, list | tuple) or not lines:
            raise UserError(self.env._("lines: a list of at least one line is needed."))
        if len(lines) > MAX_LINES:
            raise UserError(
                self.env._(
                    "lines: at most %(limit)s at once, not %(count)s.",
                    limit=MAX_LINES,
                    count=len(lines),
                )
            )
        checked = []
        for position, line in enumerate(lines):
            argument = f"lines[{position}]"
            values = check_options(self.env, line, spec, argument)
            quantity = values.setdefault("quantity", 1.0)
            if quantity <= 0:
                raise UserError(
                    self.env._(
                        "%(argument)s: the quantity %(quantity)s must be positive.",
                        argument=argument,
                        quantity=quantity,
                    )
                )
            checked.append(self._service_line_records(argument, values))
        return checked

    def _service_line_records(self, argument, values):
        """Add the records that a line names; lots only of the ticket's customer."""
        # Goods that the customer has or had; whether more may be done with them is
        # checked by the settlement itself.
        lot = self.env["stock.lot"].sudo().browse(values.get("lot_id", []))
        ticket = self.sudo()
        entity = ticket.commercial_partner_id
        if lot and lot not in lot._service_delivered_to(entity, ticket.company_id, lot):
            raise self._service_unknown("stock.lot", lot.id)
        product = self._service_line_product(values.get("product_id"))
        product = lot.product_id or product
        if not product and not values.get("invoice_line_id"):
            raise UserError(
                self.env._(
                    "%(argument)s: name a serial number or a product.",
                    argument=argument,
                )
            )
        return dict(values, lot=lot, product=product)

    def _service_line_product(self, product_id):
        """Return the product (sudo) with an id that a line names, or none."""
        product = self.env["product.product"].sudo().browse(product_id or []).exists()
        if product_id and not self._service_knows_product(product):
            raise self._service_unknown("product.product", product_id)
        return product

    def _service_knows_product(self, product):
        """Say whether the user may know a product: he may read it, or it is on a
        document of the ticket's customer."""
        if not product:
            return False
        if product.with_env(self.env).has_access("read"):
            return True
        return any(
            # The domain names the ticket's one customer; nothing of it is answered.
            self.env[model]
            .sudo()
            .search_count(
                self._service_document_domain(model)
                & fields.Domain(f"{lines}.product_id", "=", product.id),
                limit=1,
            )
            for model, lines in (
                ("sale.order", "order_line"),
                ("stock.picking", "move_ids"),
                ("account.move", "invoice_line_ids"),
            )
        )

    # === ASKING === #

    def _service_who(self, document, group):
        """Return who is asked: the document's own user, else the first of the group."""
        company = self.sudo().company_id
        users = (
            self.env.ref(group)
            .sudo()
            .all_user_ids.filtered(
                lambda user: user.active
                and not user.share
                and company in user.company_ids
                and user.id != self.env.ref("base.user_root").id
            )
        )
        name = "user_id" if "user_id" in document._fields else "invoice_user_id"
        own = document.sudo()[name] & users
        user = own or users.sorted("id")[:1]
        if not user:
            raise UserError(
                self.env._(
                    "Nobody in %(company)s may do this; ask your administrator.",
                    company=company.display_name,
                )
            )
        return user

    def _service_request_note(self, wanted, options):
        """Return what is asked for, in quantities; never in amounts (R7)."""
        lines = [
            self.env._(
                "%(quantity)s x %(product)s %(lot)s",
                quantity=str(line["quantity"]).removesuffix(".0"),
                product=line["product"].display_name,
                lot=line["lot"].name or "",
            ).strip()
            + (f" → {line['part'].display_name}" if line.get("part") else "")
            for line in wanted
        ]
        return "; ".join(lines + [text for text in [options.get("reason")] if text])
