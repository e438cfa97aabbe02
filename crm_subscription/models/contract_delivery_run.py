# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, time, timedelta

import pytz

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.crm_suite_base.tools.chunks import retry_in_chunks
from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from .groups import MANAGER

CHUNK = 20  # contracts per commit of the cron
CATCH_UP_LIMIT = 24  # periods per line and run
DELIVERY_SPEC = {"date": Option("date")}
DELIVERY_STATES = [
    ("late", "Late"),
    ("waiting", "Waiting for goods"),
    ("short", "Next delivery not in stock"),
    ("ready", "Ready"),
    ("planned", "Planned"),
]


class ContractContract(models.Model):
    """The delivery run: each period's goods are ordered once, through stock.

    Lock, re-read, write the delivery ledger (the database says whether the period is
    free), make the order and confirm it, all in one transaction.
    """

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    delivery_ids = fields.One2many(
        "contract.delivery",
        "contract_id",
        string="Deliveries",
        readonly=True,
        copy=False,
    )
    next_delivery_date = fields.Date(
        string="Next Delivery",
        compute="_compute_next_delivery_date",
        store=True,
        index="btree_not_null",
    )
    delivery_state = fields.Selection(
        DELIVERY_STATES,
        string="Deliveries Are",
        compute="_compute_delivery_state",
        search="_search_delivery_state",
        compute_sudo=True,
        help="Late: goods of a period that has begun are not delivered. Not in stock:"
        " less is free today than the next delivery needs.",
    )
    delivery_count = fields.Integer(
        string="Delivery Orders", compute="_compute_delivery_count", compute_sudo=True
    )

    @api.depends("contract_line_ids.next_delivery_date")
    def _compute_next_delivery_date(self):
        for contract in self:
            days = contract.contract_line_ids.mapped("next_delivery_date")
            contract.next_delivery_date = min(filter(None, days), default=False)

    @api.depends("delivery_ids.state", "next_delivery_date")
    def _compute_delivery_state(self):
        for contract in self:
            contract.delivery_state = contract._get_delivery_state()

    def _get_delivery_state(self):
        """Return what is worst about the contract's deliveries, or False."""
        states = set(self.delivery_ids.filtered("is_open").mapped("state"))
        for state in ("late", "waiting"):
            if state in states:
                return state
        if self._get_short_lines():
            return "short"
        if "ready" in states:
            return "ready"
        return "planned" if self.next_delivery_date else False

    def _get_short_lines(self):
        """Return the lines whose next delivery needs more than is free today."""
        lines = self.contract_line_ids.filtered(
            lambda line: line.next_delivery_date and line.product_id.is_storable
        )
        return lines.filtered(
            lambda line: line.uom_id._compute_quantity(
                line.quantity, line.product_id.uom_id
            )
            > line.product_id.with_context(
                warehouse_id=line.delivery_warehouse_id.id or False
            ).free_qty
        )

    @api.model
    def _search_delivery_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Only contracts with goods are asked; what the user may not read, he does not
        # find.
        goods = self.search([("contract_line_ids.delivery_from", "!=", False)])
        found = goods.filtered(lambda c: c.delivery_state in value)
        rest = []
        if False in value:
            rest = self.search([("id", "not in", goods.ids)]).ids
        return [("id", "in", [*found.ids, *rest])]

    def _compute_delivery_count(self):
        for contract in self:
            contract.delivery_count = len(contract.delivery_ids.sale_line_ids.order_id)

    # === PUBLIC === #
    def run_deliveries(self, options=None):
        """Order the goods of these contracts that are due, now, in one transaction.

        :param dict options: ``date`` (``YYYY-MM-DD``): order what begins up to it;
            default today in the company's time zone, and as many days ahead as the
            plan says
        :return: ``{"order_ids": [...], "ordered": n, "already": [{"contract_id",
            "next_delivery_date"}], "parked": [{"contract_id", "reason"}]}``;
            ``ordered`` counts periods of lines
        :raise AccessError: the user is no subscription manager, or can't read one of
            the contracts
        :raise UserError: an id or an option is not valid
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only subscription managers order the goods of contracts.")
            )
        check_ids(self).check_access("read")
        values = check_options(self.env, options, DELIVERY_SPEC)
        self._check_not_too_far(values.get("date"))
        # Orders and deliveries are the machine's work; group and access to the
        # contracts are checked just above.
        return plain(self.sudo()._run_deliveries(values.get("date")))

    def action_run_deliveries(self):
        """Order what is due and tell how much (button)."""
        result = self.run_deliveries()
        reasons = " ".join(row["reason"] for row in result["parked"])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if reasons else "success",
                "message": reasons
                or self.env._(
                    "Deliveries ordered: %(count)s.", count=result["ordered"]
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_deliveries(self):
        """Return the action that lists the transfers of the contract's goods.

        :raise AccessError: the user may not read the contract
        """
        self.ensure_one()
        self.check_access("read")
        # Which transfers belong to the contract; opening them is checked.
        orders = self.sudo().delivery_ids.sale_line_ids.order_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliveries"),
            "res_model": "stock.picking",
            "view_mode": "list,form",
            "domain": [("id", "in", orders.picking_ids.ids)],
        }

    # === THE RUN === #
    def _run_deliveries(self, day=None):
        """Order what is due of these contracts; no commit. See the public method."""
        result = {"order_ids": [], "ordered": 0, "already": [], "parked": []}
        locked = self._lock_for_billing()
        result["parked"] = [
            {"contract_id": contract.id, "reason": contract._describe_busy()["reason"]}
            for contract in self - locked
        ]
        for contract in locked:
            contract = contract.with_company(contract.company_id)
            orders, reason = contract._isolate(
                "delivery", lambda own: own._order_goods(day)
            )
            if reason:
                result["parked"].append({"contract_id": contract.id, "reason": reason})
                continue
            contract._settle_incident("delivery")
            result["order_ids"] += orders.ids
            result["ordered"] += len(orders.order_line.subscription_delivery_id)
            if not orders:
                result["already"].append(contract._describe_delivered())
        return result

    def _describe_delivered(self):
        return {
            "contract_id": self.id,
            "next_delivery_date": self.next_delivery_date,
        }

    def _order_goods(self, day=None):
        """Order the goods that are due by ``day``; return the orders, one per day and
        address."""
        self.ensure_one()
        if not day:
            lead = self.subscription_plan_id.delivery_lead_days
            day = self._get_today() + timedelta(days=lead)
        due = {
            line: line._get_due_deliveries(day, CATCH_UP_LIMIT)
            for line in self.contract_line_ids
        }
        for line in filter(due.get, due):
            # What can't be billed is not brought.
            line._check_product_active()
        vals_list = [
            line._prepare_delivery_vals(*span)
            for line, spans in due.items()
            for span in spans
        ]
        rows = self.env["contract.delivery"].create(vals_list)
        # The database says here whether the periods are free; then goods are ordered.
        rows.flush_recordset()
        orders = self.env["sale.order"]
        groups = rows.sorted("period_start").grouped(
            lambda row: (
                row.period_start,
                row.line_id.delivery_partner_id,
                row.line_id.delivery_warehouse_id,
            )
        )
        for (start, address, warehouse), group in groups.items():
            orders |= self._make_delivery_order(start, address, warehouse, group)
        return orders

    def _make_delivery_order(self, start, address, warehouse, rows):
        vals = self._prepare_delivery_order(start, address, rows)
        if warehouse:
            vals["warehouse_id"] = warehouse.id
        order = self.env["sale.order"].create(vals)
        order.action_confirm()
        return order

    def _prepare_delivery_order(self, start, address, rows):
        """Return the values of the order that brings the goods of ``rows``."""
        return {
            **self._prepare_order(),
            "partner_shipping_id": (address or self.partner_id).id,
            "client_order_ref": self.code,
            "require_signature": False,
            "commitment_date": self._get_moment(start),
            "order_line": [
                Command.create(row.line_id._prepare_delivery_order_line(row))
                for row in rows
            ],
        }

    def _get_moment(self, day):
        """Return noon of ``day`` in the company's time zone, as UTC (datetime)."""
        zone = pytz.timezone(self.company_id.partner_id.tz or "UTC")
        noon = zone.localize(datetime.combine(day, time(12)))
        return noon.astimezone(pytz.utc).replace(tzinfo=None)

    # === CRON === #
    @api.model
    def _cron_run_deliveries(self):
        """Order the goods that are due of all contracts, in committed chunks."""
        plans = self.env["contract.plan"].with_context(active_test=False)
        leads = plans.search([("delivery_lead_days", ">", 0)])
        lead = max(leads.mapped("delivery_lead_days"), default=0)
        # A day ahead: each contract decides by its company's own today.
        until = fields.Date.context_today(self) + timedelta(days=lead + 1)
        contracts = self.search(
            [("next_delivery_date", "<=", until), ("is_terminated", "=", False)],
            order="company_id, id",
        )
        retry_in_chunks(contracts, CHUNK, lambda c: c._run_deliveries(), "Delivery")
