# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.crm_suite_base.tools.chunks import retry_in_chunks

from ..engine import renewal

CHUNK = 20  # contracts per commit of the cron
# How far the cron looks back for ends of terms: the range of a step's days.
HORIZON_DAYS = 366
# Steps of one day are done in this order; the notice links to the quotation, and the
# quotation belongs to the opportunity.
ORDER = ("opportunity", "quotation", "activity", "notice", "escalation")


class ContractContract(models.Model):
    """The steps of a renewal: what is planned, and doing what is due, each once."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    # === WHAT IS PLANNED === #
    def _get_engine_steps(self):
        """Return the steps of the contract's plan for its policy (list of Step)."""
        self.ensure_one()
        policy = self.renewal_policy
        rows = self.subscription_plan_id.step_ids.filtered(
            lambda row: row.action != "quotation" or policy == "quotation"
        )
        rows = rows.sorted(lambda row: (row.days, ORDER.index(row.action), row.id))
        steps = [
            renewal.Step(row._get_key(), row.days, row.action, row._get_grace())
            for row in rows
        ]
        if self._announces_prices():
            steps.append(
                renewal.announcement(self.price_notice_days, self.renewal_notice_days)
            )
        if policy == "automatic":
            steps.append(renewal.Step("renewal", -self.renewal_notice_days, "renewal"))
        return steps

    def _get_planned_steps(self):
        """Return the open steps of the term in force, by date (list)."""
        self.ensure_one()
        end = self._get_term_end()
        if self.is_terminated or not self._get_lines_to_renew(end):
            return []
        done = self.renewal_step_ids.filtered(lambda row: row.term_end == end)
        steps = [
            step for step in self._get_engine_steps() if not done._stands_for(step)
        ]
        return renewal.plan_steps(steps, end, done.mapped("key"))

    def _get_plan_step(self, step):
        return self.subscription_plan_id.step_ids.filtered(
            lambda row: row._get_key() == step.key
        )

    # === DOING THEM === #
    def _run_renewal_steps(self):
        """Do what is due today for the term in force; return the keys done.

        A step whose day was missed is done late, or dropped, by its own rule.
        """
        self.ensure_one()
        today, term_end = self._get_today(), self._get_term_end()
        due = [item.step for item in self._get_planned_steps() if item.day <= today]
        done = [step for step in due if not step.is_missed(term_end, today)]
        for step in due:
            if step in done:
                self._do_step(step, term_end)
            else:
                self._drop_step(step, term_end)
        return [step.key for step in done]

    def _do_step(self, step, term_end):
        """Do one step of a term, and note whether it is late."""
        getattr(self, f"_step_{step.action}")(step, term_end)
        row = self._get_step(term_end, step.key)
        if row.state == "done" and self._get_today() > step.day(term_end):
            row.state = "late"

    def _drop_step(self, step, term_end):
        """Note that a step was missed for good, and say so."""
        self._log_plan_step(step, term_end, state="dropped")
        if step.action == "announcement":
            self.message_post(
                body=self.env._(
                    "The new prices were not announced in time: the next term keeps"
                    " the old ones."
                )
            )

    def _log_plan_step(self, step, term_end, **vals):
        """Write the row of a step (record); see :meth:`_log_step`."""
        return self._log_step(
            term_end,
            step.key,
            step.action,
            date_planned=step.day(term_end),
            plan_step_id=self._get_plan_step(step).id,
            **vals,
        )

    def _step_quotation(self, step, term_end):
        if not self._get_open_quotation(term_end):
            order = self._make_quotation(term_end, term_end + timedelta(days=1))
            self._get_step(term_end, step.key).write(
                {
                    "sale_order_id": order.id,
                    "date_planned": step.day(term_end),
                    "plan_step_id": self._get_plan_step(step).id,
                }
            )

    def _step_renewal(self, step, term_end):
        self._renew_lines(term_end, term_end + timedelta(days=1))
        self._get_step(term_end, step.key).date_planned = step.day(term_end)

    def _step_activity(self, step, term_end):
        user = self.user_id or self.env.user
        self._schedule_step(step, term_end, user)

    def _step_escalation(self, step, term_end):
        """Put the renewal before the team leader, else before the salesperson."""
        user = self._get_team_leader() or self.user_id or self.env.user
        note = self.with_context(lang=user.lang).env._(
            "Not renewed yet: the term ends on %(end)s. Salesperson: %(user)s.",
            end=term_end,
            user=self.user_id.name or "-",
        )
        self._schedule_step(step, term_end, user, note=note)

    def _get_team_leader(self):
        """Return the leader of the salesperson's team, else of the renewal team."""
        team = self.user_id.with_company(self.company_id).sale_team_id
        return team.user_id or self._get_renewal_team().user_id

    def _schedule_step(self, step, term_end, user, **vals):
        day = max(step.day(term_end), self._get_today())
        row = self._log_plan_step(step, term_end)
        self._ask_person(row, user, date_deadline=day, **vals)

    def _ask_person(self, row, user, **vals):
        """Give ``user`` an activity that goes with the step ``row``."""
        activity = self.with_context(lang=user.lang).activity_schedule(
            "crm_subscription.mail_activity_type_renewal", user_id=user.id, **vals
        )
        row.write({"user_id": user.id, "activity_id": activity.id})

    def _step_notice(self, step, term_end):
        """Queue the mail to the customer, in his language; it is not sent here (R5)."""
        plan_step = self._get_plan_step(step)
        template = plan_step.template_id or self.env.ref(
            "crm_subscription.mail_template_renewal_notice"
        )
        row = self._log_plan_step(step, term_end)
        self._mail_customer(row, template)

    def _step_announcement(self, step, term_end):
        """Tell the customer the new prices; these hold from then on for the term."""
        lines = self._get_lines_to_renew(term_end)
        self._check_renewal_prices(lines)
        prices = {
            str(line.line_root_id.id): self._reckon_price(line, line.price_unit)
            for line in lines
        }
        row = self._log_plan_step(step, term_end, announced_prices=prices)
        if any(prices[str(line.line_root_id.id)] != line.price_unit for line in lines):
            self._mail_customer(
                row, self.env.ref("crm_subscription.mail_template_price_announcement")
            )

    def _mail_customer(self, row, template):
        """Queue the mail of a step; the queue sends it after the commit. Where it would
        reach nobody, the salesperson is asked to tell the customer."""
        mail = self.env["mail.mail"].browse(
            template.send_mail(
                self.id,
                force_send=False,
                email_layout_xmlid="mail.mail_notification_light",
            )
        )
        if mail.email_to or mail.recipient_ids.filtered("email"):
            row.mail_message_id = mail.mail_message_id
            return
        mail.unlink()
        user = self.user_id or self._get_team_leader() or self.env.user
        told = self.with_context(lang=user.lang)
        self._ask_person(
            row,
            user,
            summary=told.env._("Tell the customer"),
            note=told.env._(
                "%(customer)s has no email address, so this could not be sent:"
                " %(mail)s.",
                customer=told.partner_id.display_name,
                mail=template.with_env(told.env).name,
            ),
            date_deadline=self._get_today(),
        )

    # === CRON === #
    @api.model
    def _get_renewal_domain(self):
        """Return the domain of contracts whose term ends around today."""
        today = fields.Date.context_today(self)
        ahead = timedelta(days=self._get_renewal_horizon())
        lines = self.env["contract.line"]._search(
            [
                ("date_end", ">=", today - timedelta(days=HORIZON_DAYS)),
                ("date_end", "<=", today + ahead),
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
    def _get_renewal_horizon(self):
        """Return how many days before the end of a term a step may be due (int): what
        ends later is not looked at, each night."""
        [(first,)] = self.env["contract.plan.step"]._read_group(
            [], aggregates=["days:min"]
        )
        [(notice, announced)] = self._read_group(
            [("subscription_plan_id", "!=", False)],
            aggregates=["renewal_notice_days:max", "price_notice_days:max"],
        )
        told = renewal.announcement(announced or 0, notice or 0)
        # One more: each contract decides by its company's own today. Prices are told
        # before the longest notice period begins.
        return 1 - min(first or 0, told.days)

    @api.model
    def _cron_run_renewals(self):
        """Do the renewal steps that are due, each contract on its own, in committed
        chunks."""
        contracts = self.search(self._get_renewal_domain())
        retry_in_chunks(contracts, CHUNK, lambda c: c._renew_isolated(), "Renewal")

    def _renew_isolated(self):
        """Do the due steps of each contract; park those that fail."""
        self._isolate_each(
            "renewal",
            lambda contract: contract._has_due_step(),
            lambda contract: contract._run_renewal_steps(),
        )

    def _has_due_step(self):
        """Return whether a step of the term in force is due today (bool)."""
        self.ensure_one()
        today = self._get_today()
        return any(item.day <= today for item in self._get_planned_steps())
