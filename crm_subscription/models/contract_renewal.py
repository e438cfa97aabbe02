# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from .groups import USER

RENEW_SPEC = {
    "mode": Option("str", choices=("quotation", "automatic")),
    "uplift_percent": Option("float", minimum=-100, maximum=1000),
    "date": Option("date"),
}


class ContractContract(models.Model):
    """Renewals: the steps of a term, the quotation and the successor, each once.

    A row of ``contract.renewal.step``, unique per contract, term and step, is written
    in the transaction that does the step.
    """

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    # === PUBLIC === #
    def renew(self, options=None):
        """Renew the term in force of each contract, by quotation or directly.

        :param dict options: ``mode`` (``quotation`` or ``automatic``; default: the
            contract's policy, ``quotation`` where it ends), ``uplift_percent`` (float;
            default: the agreed one), ``date`` (``YYYY-MM-DD``, first day of the next
            term; default and earliest: the day after the end)
        :return: a list of ``{"contract_id", "mode", "sale_order_id",
            "successor_line_ids", "created"}``; asked again, it answers what exists,
            with ``created`` False
        :raise AccessError: the user is no subscription user, may not write one of
            the contracts, or gives an uplift without being a manager
        :raise UserError: an option is not valid, or a contract has no end of term or
            was cancelled
        """
        if not self.env.user.has_group(USER):
            raise AccessError(self.env._("Only subscription users renew contracts."))
        check_ids(self).check_access("write")
        values = check_options(self.env, options, RENEW_SPEC)
        self._check_renewal_uplift(values.get("uplift_percent"))
        # The quotation and the successor are made by the machine, also for users who
        # may not sell; group and access to the contracts are checked just above.
        return plain([contract.sudo()._renew(values) for contract in self])

    def action_renew(self):
        """Make the renewal quotation, or open the one that exists (button)."""
        self.ensure_one()
        answer = self.renew({"mode": "quotation"})[0]
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": answer["sale_order_id"],
            "views": [(False, "form")],
        }

    # === RENEWING === #
    def _renew(self, values):
        """Renew one contract; return the answer of :meth:`renew` for it (dict)."""
        self.ensure_one()
        if not self._lock_for_billing():
            raise UserError(self._describe_busy()["reason"])
        term_end = self._get_term_end()
        if not term_end:
            raise UserError(
                self.env._(
                    "%(contract)s has no end of term: there is nothing to renew.",
                    contract=self.display_name,
                )
            )
        start = self._check_renewal_start(values.get("date"), term_end)
        mode = values.get("mode") or self.renewal_policy
        renewed = self._get_renewed_lines(term_end)
        if renewed and not self._get_lines_to_renew(term_end):
            return self._answer_renewal(mode, term_end, created=False)
        self._check_not_cancelled(term_end)
        if mode == "automatic":
            self._renew_lines(term_end, start, values.get("uplift_percent"))
            return self._answer_renewal(mode, term_end, created=True)
        order = self._get_open_quotation(term_end)
        if not order:
            self._make_quotation(term_end, start, values.get("uplift_percent"))
        return self._answer_renewal("quotation", term_end, created=not order)

    def _check_renewal_start(self, day, term_end):
        earliest = term_end + timedelta(days=1)
        if day and day < earliest:
            raise UserError(
                self.env._(
                    "options['date']: %(value)s is before %(earliest)s, the day after"
                    " the end of the term.",
                    value=day,
                    earliest=earliest,
                )
            )
        return day or earliest

    def _answer_renewal(self, mode, term_end, created):
        return {
            "contract_id": self.id,
            "mode": mode if mode == "automatic" else "quotation",
            "sale_order_id": self._get_step(term_end, "quotation").sale_order_id.id,
            "successor_line_ids": self._get_renewed_lines(term_end).ids,
            "created": created,
        }

    def _get_step(self, term_end, key):
        # Portal customers confirm quotations; they read no steps.
        return self.sudo().renewal_step_ids.filtered(
            lambda step: step.term_end == term_end and step.key == key
        )

    def _get_open_quotation(self, term_end):
        order = self._get_step(term_end, "quotation").sale_order_id
        return order.filtered(lambda order: order.state != "cancel")

    def _log_step(self, term_end, key, action, **vals):
        """Write that a step is done; the database refuses a second one.

        A quotation that was cancelled may be made anew: its row is used again.
        """
        row = self._get_step(term_end, key)
        vals = {"date_done": fields.Datetime.now(), **vals}
        if row:
            row.write({"state": "done", **vals})
            return row
        row = row.create(
            {
                "contract_id": self.id,
                "term_end": term_end,
                "key": key,
                "action": action,
                **vals,
            }
        )
        row.flush_recordset()
        return row

    def _renew_lines(self, term_end, start, percent=None, changes=None):
        """Make the successors of the term's lines; return them.

        :param date start: first day of the next term
        :param float percent: uplift of prices; None: the agreed one
        :param dict changes: {line: values of its successor}; lines that are missing
            end. None: all lines, at the price with uplift
        """
        self.ensure_one()
        self._check_not_cancelled(term_end)
        if self._get_step(term_end, "renewal"):
            raise UserError(
                self.env._(
                    "%(contract)s: the term until %(end)s has been renewed already.",
                    contract=self.display_name,
                    end=term_end,
                )
            )
        lines = self._get_lines_to_renew(term_end)
        if changes is None:
            self._check_renewal_prices(lines)
            # What renews by itself needs no offer any more.
            offer = self._get_open_quotation(term_end)
            offer.filtered(lambda order: order.state != "sale")._action_cancel()
            changes = {
                line: line._prepare_own_price(self._get_automatic_price(line, percent))
                for line in lines
            }
        self._log_step(term_end, "renewal", "renewal", date_planned=start)
        end = self._get_next_term_end(lines, start)
        successors = self.env["contract.line"]
        for line in lines.filtered(lambda line: line in changes):
            successors |= line._plan_next_term(start, end, changes[line])
        self._settle_opportunity(term_end)
        self._drop_activities(term_end)
        self._tell_renewed(start, end)
        return successors

    def _drop_activities(self, term_end):
        """Take back what the steps of a term asked people to do: it is settled.

        What was asked today stays: a plan may tell of a renewal on the night on which
        it is made.
        """
        today = self._get_today()
        steps = self.renewal_step_ids.filtered(
            lambda row: row.term_end == term_end
            and self._get_day_of(row.date_done) < today
        )
        steps.activity_id.filtered("active").unlink()

    def _tell_renewed(self, start, end):
        told = self._in_language_of_sales()
        told.message_post(
            body=told.env._(
                "Renewed: the next term runs from %(start)s to %(end)s.",
                start=format_date(told.env, start),
                end=format_date(told.env, end) if end else "-",
            )
        )

    def _follow_renewed_lines(self, term_end):
        """Let offer and opportunity of a term follow lines that were continued one by
        one: they are about the others."""
        self._withdraw_quotation()
        self._refresh_quotations()
        for contract in self:
            if contract._get_renewed_lines(term_end) and not (
                contract._get_lines_to_renew(term_end)
            ):
                contract._settle_opportunity(term_end)
                contract._drop_activities(term_end)

    def _check_not_cancelled(self, term_end):
        """Refuse to renew what was terminated or cancelled."""
        if self.is_terminated:
            raise UserError(
                self.env._("%(contract)s is terminated.", contract=self.display_name)
            )
        if not self._get_lines_of_term(term_end):
            raise UserError(
                self.env._(
                    "%(contract)s was cancelled: there is nothing to renew.",
                    contract=self.display_name,
                )
            )

    # === QUOTATION === #
    def _make_quotation(self, term_end, start, percent=None):
        """Make the renewal quotation of a term; return it."""
        self.ensure_one()
        # A quotation that was cancelled just now makes room in the unique index.
        self.env["sale.order"].flush_model(["state"])
        order = (
            self.env["sale.order"]
            .with_company(self.company_id)
            .create(self._prepare_quotation(term_end, start, percent))
        )
        self._log_step(
            term_end,
            "quotation",
            "quotation",
            sale_order_id=order.id,
            date_planned=order.date_order,
        )
        # Sent: the customer finds it in the portal, where he signs it.
        order.action_quotation_sent()
        return order

    def _prepare_quotation(self, term_end, start, percent=None):
        lines = self._get_lines_to_renew(term_end)
        if percent is None:
            self._check_renewal_prices(lines)
        return {
            **self._prepare_order(),
            "opportunity_id": self._get_step(term_end, "opportunity").lead_id.id,
            "require_signature": True,
            "validity_date": max(term_end, self._get_today()),
            "renewal_contract_id": self.id,
            "renewal_term_end": term_end,
            "subscription_start_date": start,
            "order_line": [
                Command.create(self._prepare_quotation_line(line, percent))
                for line in lines
            ],
        }

    def _prepare_order(self):
        """Return what all orders of the contract have in common (dict of values)."""
        return {
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.invoice_partner_id.id,
            "pricelist_id": self._get_quotation_pricelist().id,
            "payment_term_id": self.payment_term_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "user_id": self.user_id.id,
            "company_id": self.company_id.id,
            "origin": self.name,
            "require_payment": False,
        }

    def _get_quotation_pricelist(self):
        """Return a pricelist in the contract's currency; the prices are our own."""
        currency = self.currency_id
        if self.pricelist_id.currency_id == currency:
            return self.pricelist_id
        pricelist = self.partner_id.with_company(
            self.company_id
        ).property_product_pricelist
        if pricelist.currency_id == currency:
            return pricelist
        found = pricelist.search(
            [
                ("currency_id", "=", currency.id),
                ("company_id", "in", (False, self.company_id.id)),
            ],
            limit=1,
        )
        if not found and currency != self.company_id.currency_id:
            raise UserError(
                self.env._(
                    "%(contract)s: there is no pricelist in %(currency)s for its"
                    " renewal quotation. Make one.",
                    contract=self.display_name,
                    currency=currency.name,
                )
            )
        return found

    def _prepare_quotation_line(self, line, percent=None):
        taxes = {}
        if line.keeps_taxes:
            taxes = {"tax_ids": [Command.set(line.subscription_tax_ids.ids)]}
        return {
            **taxes,
            "product_id": line.product_id.id,
            "name": line._get_sold_name(),
            "product_uom_qty": line.quantity,
            "product_uom_id": line.uom_id.id,
            "price_unit": self._get_renewal_price(line, percent),
            "discount": line.discount,
            "subscription_plan_id": self.subscription_plan_id.id,
            "subscription_renewal_line_id": line.id,
            **self._prepare_offer(line, percent),
        }


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _plan_next_term(self, start, end, vals):
        """Return the successor of the line for the next term; its cycle goes on, or
        begins anew where the next term begins later than the day after the end."""
        self.ensure_one()
        moved = start != self.date_end + timedelta(days=1)
        plan = self.contract_id.subscription_plan_id
        if self.anchor_date and plan and "recurring_rule_type" in vals:
            vals = {**vals, **plan._prepare_anchor_vals(start)}
        elif self.anchor_date and moved:
            vals = dict(vals, anchor_date=start)
        return self._succeed(start, end, dict(vals, automatic_price=False))

    def _succeed(self, start, end, vals):
        """Return the new successor of the line with ``vals``, all in one write, so
        that the MRR log sees one change.

        What OCA's ``plan_successor`` does, which takes no values.

        :raise UserError: the line can't have a successor
        """
        self.ensure_one()
        if not self.is_plan_successor_allowed:
            raise UserError(
                self.env._(
                    "%(line)s of %(contract)s can't be continued: it is cancelled,"
                    " terminated or has a successor already.",
                    line=self.name,
                    contract=self.contract_id.display_name,
                )
            )
        self.is_auto_renew = False
        values = self._prepare_value_for_plan_successor(start, end, False)
        if "price_unit" in vals:
            values.pop("specific_price", None)
        successor = self.create(dict(values, **vals))
        self.successor_contract_line_id = successor
        return successor

    def _get_sold_name(self):
        """Return the description without the markers of the period (str)."""
        self.ensure_one()
        kept = [text for text in self.name.split("\n") if "#START#" not in text]
        return "\n".join(kept)
