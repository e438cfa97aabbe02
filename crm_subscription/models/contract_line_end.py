# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.crm_suite_base.tools.chunks import retry_in_chunks

from .contract_renewal_run import CHUNK

REMINDER_DAYS = 30  # before the end of a line, at least; and as long after it


class ContractContract(models.Model):
    """Lines that end by themselves, while no step of a renewal is about them: typed
    by hand with an earlier end than the term's, or of a contract without a plan. Their
    end is on the timeline, and the salesperson is told of it once."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _get_lines_ending_alone(self):
        """Return the lines that end, with nothing said about what comes then."""
        self.ensure_one()
        if not self._is_ledgered() or self.is_terminated or not self.active:
            return self.env["contract.line"]
        lines = self._get_service_lines().filtered(lambda line: line._is_left_to_end())
        if self.subscription_plan_id:
            end = self._get_term_end()
            lines -= self._get_lines_of_term(end)
            # Those of a later term have steps of their own when it is in force.
            lines -= lines.filtered(lambda line: end and line.date_start > end)
        # A renewal that is done has decided which lines go on. See _get_step.
        steps = self.sudo().renewal_step_ids
        decided = steps.filtered(lambda step: step.key == "renewal")
        return lines.filtered(
            lambda line: line.date_end not in decided.mapped("term_end")
        )

    def _get_line_end_events(self):
        """Return the ends of lines for the timeline (list): those to come, and those
        that were missed a short time ago."""
        first = self._get_today() - timedelta(days=REMINDER_DAYS)
        return [
            self._make_event(
                "line_end",
                self.env._("%s ends on its own", line._get_title()),
                line.date_end,
            )
            | {"key": f"line_end_{line.id}"}
            for line in self._get_lines_ending_alone()
            if line.date_end >= first
        ]

    # === TOLD ONCE === #
    def _get_line_ends_to_tell(self):
        """Return the lines of whose end the salesperson is to be told by now."""
        today = self._get_today()
        ahead = timedelta(days=max(REMINDER_DAYS, self.renewal_notice_days))
        first = today - timedelta(days=REMINDER_DAYS)
        return self._get_lines_ending_alone().filtered(
            lambda line: first <= line.date_end <= today + ahead
            and not self._get_step(line.date_end, line._get_end_key())
        )

    def _tell_line_ends(self):
        """Put the ends of lines before the salesperson, each once: the row of a step
        says so, and the database allows one."""
        user = self.user_id or self._get_team_leader() or self.env.user
        told = self.with_context(lang=user.lang)
        for line in told._get_line_ends_to_tell():
            self._log_step(
                line.date_end,
                line._get_end_key(),
                "activity",
                date_planned=self._get_today(),
                user_id=user.id,
            )
            told.activity_schedule(
                "crm_subscription.mail_activity_type_renewal",
                summary=told.env._("%s ends on its own", line._get_title()),
                note=told.env._(
                    "%(line)s ends on %(end)s, and no renewal is about it. Continue it"
                    " or give it another end; or tick “Ends as Agreed” on it.",
                    line=line._get_title(),
                    end=format_date(told.env, line.date_end),
                ),
                date_deadline=max(line.date_end, self._get_today()),
                user_id=user.id,
            )

    @api.model
    def _get_line_end_domain(self):
        """Return the domain of contracts of which a line ends around today."""
        today = fields.Date.context_today(self)
        [(notice,)] = self._read_group([], aggregates=["renewal_notice_days:max"])
        # One day more: each contract decides by its company's own today.
        ahead = timedelta(days=max(REMINDER_DAYS, notice or 0) + 1)
        lines = self.env["contract.line"]._search(
            Domain("date_end", ">=", today - timedelta(days=REMINDER_DAYS + 1))
            & Domain("date_end", "<=", today + ahead)
            & Domain("is_canceled", "=", False)
            & Domain("is_end_agreed", "=", False)
            & Domain("successor_contract_line_id", "=", False)
        )
        return (
            Domain("contract_type", "=", "sale")
            & Domain("line_recurrence", "=", True)
            & Domain("is_terminated", "=", False)
            & Domain("contract_line_ids", "in", lines)
        )

    @api.model
    def _cron_run_renewals(self):
        """Do what is due of renewals; then tell of the lines that none is about."""
        res = super()._cron_run_renewals()
        retry_in_chunks(
            self.search(self._get_line_end_domain()),
            CHUNK,
            lambda chunk: chunk._tell_line_ends_isolated(),
            "Ends of lines",
        )
        return res

    def _tell_line_ends_isolated(self):
        """Tell of the ends of lines, each contract on its own; park what fails."""
        self._isolate_each(
            "line_end",
            lambda contract: contract._get_line_ends_to_tell(),
            lambda contract: contract._tell_line_ends(),
        )


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    is_end_agreed = fields.Boolean(
        string="Ends as Agreed",
        copy=False,
        help="The line is meant to end on its last day, also where the contract goes"
        " on: nobody is told of it.",
    )

    def _is_left_to_end(self):
        """Return whether the line has an end of its own that no change, cancellation
        or automatic renewal made, and that is not agreed (bool)."""
        self.ensure_one()
        return bool(
            self.date_end
            and not self.is_end_agreed
            and not self.is_auto_renew
            and not self.cancelled_from
            and not self.is_continued
            and not self.is_on_hold
            and not self.successor_contract_line_id
        )

    def _get_end_key(self):
        """Return the key of the step that tells of the line's end (str)."""
        return f"line_end_{self.id}"

    def _get_title(self):
        """Return the first line of the description (str)."""
        return (self.name or "").split("\n")[0]

    def _prepare_value_for_stop(self, date_end, manual_renew_needed):
        """Who stops a line has agreed on its end, unless he wants to be asked."""
        vals = super()._prepare_value_for_stop(date_end, manual_renew_needed)
        return dict(vals, is_end_agreed=not manual_renew_needed)

    def _get_fields_kept_by_predecessor(self):
        return super()._get_fields_kept_by_predecessor() | {"is_end_agreed"}
