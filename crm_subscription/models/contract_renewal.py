# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import renewal

CHUNK = 20  # contracts per commit of the cron
# How far around today the cron looks for ends of terms: the range of a step's days.
HORIZON_DAYS = 366
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
        :raise AccessError: the user is no subscription user, or may not write one of
            the contracts
        :raise UserError: an option is not valid, or a contract has no end of term or
            was cancelled
        """
        if not self.env.user.has_group("crm_subscription.group_subscription_user"):
            raise AccessError(self.env._("Only subscription users renew contracts."))
        check_ids(self).check_access("write")
        values = check_options(self.env, options, RENEW_SPEC)
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
        if renewed:
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
            row.write(vals)
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
        lines = self._get_lines_of_term(term_end)
        if changes is None:
            changes = {
                line: {"price_unit": self._get_renewal_price(line, percent)}
                for line in lines
            }
        self._log_step(term_end, "renewal", "renewal", date_planned=start)
        end = self._get_next_term_end(lines, start)
        successors = self.env["contract.line"]
        for line in lines.filtered(lambda line: line in changes):
            successors |= line._plan_next_term(start, end, changes[line])
        self.message_post(
            body=self.env._(
                "Renewed: the next term runs from %(start)s to %(end)s.",
                start=start,
                end=end or "-",
            )
        )
        return successors

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
        lines = self._get_lines_of_term(term_end)
        return {
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.invoice_partner_id.id,
            "pricelist_id": self._get_quotation_pricelist().id,
            "payment_term_id": self.payment_term_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "user_id": self.user_id.id,
            "company_id": self.company_id.id,
            "origin": self.name,
            "require_signature": True,
            "require_payment": False,
            "validity_date": max(term_end, self._get_today()),
            "renewal_contract_id": self.id,
            "renewal_term_end": term_end,
            "subscription_start_date": start,
            "order_line": [
                Command.create(self._prepare_quotation_line(line, percent))
                for line in lines
            ],
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
        }

    # === STEPS === #
    def _get_engine_steps(self):
        """Return the steps of the contract's plan for its policy (list of Step)."""
        self.ensure_one()
        plan = self.subscription_plan_id
        policy = self.renewal_policy
        rows = plan.step_ids.filtered(
            lambda row: row.action != "quotation" or policy == "quotation"
        )
        order = {"quotation": 0, "activity": 1, "notice": 2}
        # The notice comes last on its day: it links to the quotation.
        rows = rows.sorted(lambda row: (row.days, order[row.action], row.id))
        steps = [renewal.Step(row._get_key(), row.days, row.action) for row in rows]
        if policy == "automatic":
            steps.append(renewal.Step("renewal", -self.renewal_notice_days, "renewal"))
        return steps

    def _get_planned_steps(self):
        """Return the open steps of the term in force, by date (list)."""
        self.ensure_one()
        end = self._get_term_end()
        lines = self._get_lines_of_term(end)
        if not lines or self.is_terminated or self._get_renewed_lines(end):
            return []
        done = self.renewal_step_ids.filtered(lambda row: row.term_end == end)
        return renewal.plan_steps(self._get_engine_steps(), end, done.mapped("key"))

    def _run_renewal_steps(self):
        """Do what is due today for the term in force; return the keys done."""
        self.ensure_one()
        today, term_end = self._get_today(), self._get_term_end()
        keys = [item.step for item in self._get_planned_steps() if item.day <= today]
        for step in keys:
            getattr(self, f"_step_{step.action}")(step, term_end)
        return [step.key for step in keys]

    def _step_quotation(self, step, term_end):
        if not self._get_open_quotation(term_end):
            self._make_quotation(term_end, term_end + timedelta(days=1))

    def _step_renewal(self, step, term_end):
        self._renew_lines(term_end, term_end + timedelta(days=1))

    def _step_activity(self, step, term_end):
        user = self.user_id or self.env.user
        self.with_context(lang=user.lang).activity_schedule(
            "crm_subscription.mail_activity_type_renewal",
            date_deadline=max(step.day(term_end), self._get_today()),
            user_id=user.id,
        )
        self._log_step(
            term_end,
            step.key,
            step.action,
            date_planned=step.day(term_end),
            plan_step_id=self._get_plan_step(step).id,
            user_id=user.id,
        )

    def _step_notice(self, step, term_end):
        """Queue the mail to the customer, in his language; it is not sent here (R5)."""
        plan_step = self._get_plan_step(step)
        template = plan_step.template_id or self.env.ref(
            "crm_subscription.mail_template_renewal_notice"
        )
        row = self._log_step(
            term_end,
            step.key,
            step.action,
            date_planned=step.day(term_end),
            plan_step_id=plan_step.id,
        )
        mail = self.env["mail.mail"].browse(
            template.send_mail(
                self.id,
                force_send=False,
                email_layout_xmlid="mail.mail_notification_light",
            )
        )
        row.mail_message_id = mail.mail_message_id

    def _get_plan_step(self, step):
        return self.subscription_plan_id.step_ids.filtered(
            lambda row: row._get_key() == step.key
        )

    # === CRON === #
    @api.model
    def _get_renewal_domain(self):
        """Return the domain of contracts whose term ends around today."""
        today = fields.Date.context_today(self)
        horizon = timedelta(days=HORIZON_DAYS)
        lines = self.env["contract.line"]._search(
            [
                ("date_end", ">=", today - horizon),
                ("date_end", "<=", today + horizon),
                ("is_canceled", "=", False),
                ("successor_contract_line_id", "=", False),
            ]
        )
        return [
            ("contract_type", "=", "sale"),
            ("line_recurrence", "=", True),
            ("is_terminated", "=", False),
            ("subscription_plan_id", "!=", False),
            ("contract_line_ids", "in", lines),
        ]

    @api.model
    def _cron_run_renewals(self):
        """Do the renewal steps that are due, each contract on its own, in committed
        chunks; then bring the MRR log up to date."""
        ids = self.search(self._get_renewal_domain()).ids
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), CHUNK):
            chunk = self.browse(ids[start : start + CHUNK]).exists()
            chunk._retry(chunk._renew_isolated)
            if not cron._commit_progress(len(ids[start : start + CHUNK])):
                return

    def _renew_isolated(self):
        """Do the due steps of each contract; park those that fail."""
        for contract in self._lock_for_billing():
            contract = contract.with_company(contract.company_id)
            _keys, reason = contract._isolate("renewal", contract._run_renewal_steps)
            if not reason:
                contract._settle_incident("renewal")


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _plan_next_term(self, start, end, vals):
        """Return the successor of the line for the next term; its cycle goes on, or
        begins anew where the next term begins later than the day after the end."""
        self.ensure_one()
        if self.anchor_date and start != self.date_end + timedelta(days=1):
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
