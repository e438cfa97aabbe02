# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.options import Option, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from .service_ticket_replacement import FREE_SPEC
from .service_ticket_return import BACK_SPEC
from .service_ticket_settlement import LINE_SPEC, OPTION_SPEC

SWITCH_LINE_SPEC = LINE_SPEC | {"part_id": Option("int", minimum=1, required=True)}
SWITCH_SPEC = OPTION_SPEC | FREE_SPEC | BACK_SPEC | {"quoted": Option("bool")}


class ServiceTicketSwitch(models.AbstractModel):
    """Goods that are exchanged for another product: a return and an order, and where
    that has a price, the credit of what came back."""

    _name = "service.ticket.switch"
    _inherit = "service.ticket.replacement"
    _description = "Exchanges for Another Product"

    def create_switch(self, lines, options=None):
        """Take goods back and send another product in their place.

        What is sent has its price, and the customer signs the quotation; when it is
        ordered and the goods are back, their credit is asked for. It is free of charge
        as goodwill, or under warranty if the team says so; then it keeps the remaining
        warranty by the policy of the team, and nothing is credited.

        :param lines: list of ``{"lot_id" or "product_id", "part_id", "quantity"}``:
            what the customer has, and the other product (``part_id``); see
            :meth:`create_return`
        :param options: see :meth:`create_exchange`; ``quoted`` (bool): at its price in
            any case. ``wait``: until the goods are back,
            the order is delivered and what is due is credited
        :return: ``{"return", "replacement", "free"}``: the answers of
            :meth:`create_return` and :meth:`create_replacement`. For each document
            without whose group he is, somebody who has it is asked
        :raise UserError: see :meth:`create_exchange`; the same product
        :raise AccessError: see :meth:`create_exchange`
        """
        ticket = self._check_desk_ids("write")._service_one()
        ticket._service_check_goodwill(options)
        ticket = ticket.with_company(ticket.sudo().company_id)
        asked = check_options(self.env, options, SWITCH_SPEC)
        wanted = ticket._service_lines(lines, SWITCH_LINE_SPEC)
        for position, line in enumerate(wanted):
            ticket._service_check_other(f"lines[{position}]", line)
        key = asked.pop("client_key", None)
        back = ticket.env["crm.suite.client.key"]._answer(
            "service.claim",
            ticket.company_id,
            f"switch:{key}" if key else False,
            [ticket.id, "switch", lines, options],
            lambda: ticket._service_switch(lines, asked),
        )
        # Of what the caller's own call made.
        out = back.sudo().switch_ids.filtered(lambda one: one.kind == "replacement")
        return plain(
            {
                "return": back._answer(),
                "replacement": out._answer(),
                "free": out.free,
            }
        )

    def _service_check_other(self, argument, line):
        """Refuse to exchange for the same product: that is an exchange."""
        if "part" not in line:
            raise UserError(
                self.env._(
                    "%(argument)s: %(product)s is exchanged for the same: name another"
                    " product (part_id).",
                    argument=argument,
                    product=line["product"].display_name,
                )
            )

    def _service_switch(self, lines, options):
        """Make the order and the return, or ask for them; return the return's claim."""
        # The quotation is checked while the goods are still with the customer.
        sent = [dict(line, successor=True) for line in lines]
        wanted = self._service_lines(sent, self._service_makers()["replacement"].lines)
        self._service_find_moves(wanted, options)
        self._service_check_replaceable(wanted)
        quoted = options.get("quoted") or not self._service_may_switch_free(options)
        out = self._service_switch_part(
            "replacement", sent, dict(options, quoted=bool(quoted))
        )
        back = [{key: line[key] for key in LINE_SPEC if key in line} for line in lines]
        back = self._service_switch_part("return", back, options)
        # The user may change the ticket; claims are the machine's.
        out.sudo().switch_id = back
        return back

    def _service_may_switch_free(self, options):
        """Say whether another product may be free of charge: as goodwill, or if the
        team lets the warranty cover it."""
        # The policy of the ticket's team, whoever asks.
        team = self.sudo().team_id
        return bool(options.get("goodwill") or team.service_switch == "warranty")

    def _service_switch_part(self, kind, lines, options):
        """Make or ask for one of the documents; return its claim."""
        maker = self._service_makers()[kind]
        known = OPTION_SPEC | maker.options
        options = {key: value for key, value in options.items() if key in known}
        wanted = self._service_lines(lines, maker.lines)
        return self._service_claim(kind, wanted, lines, options)

    def _service_switched(self, answer):
        """Return the action that opens what was made, the order first, or says who was
        asked."""
        claims = self.env["service.claim"].browse(
            [answer[kind]["claim_id"] for kind in ("replacement", "return")]
        )
        made = claims.filtered(lambda claim: claim.state == "made")
        return (made or claims)._service_open_or_told()

    def _service_ask_credit(self, back):
        """Ask who may make it for the credit of a return (claim, sudo).

        :raise UserError: see :meth:`request_credit`
        """
        lines = back.payload["lines"]
        options = {"wait": back.wait}
        if reason := back.payload["options"].get("reason"):
            options["reason"] = reason
        firsts = back.line_ids.move_id.browse().union(
            *(self._service_first_delivery(move) for move in back.line_ids.move_id)
        )
        invoices = firsts.sale_line_id.invoice_lines.move_id.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        if len(invoices) == 1:
            options["invoice_id"] = invoices.id
        maker = self._service_makers()["credit"]
        wanted = self._service_lines(lines, maker.lines)
        claim = self.env["service.claim"]._service_new(self, "credit", lines, options)
        claim._service_ask(maker, wanted, options)
        claim.sudo().switch_id = back
