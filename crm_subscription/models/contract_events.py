# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.crm_suite_base.tools.plain import plain


class ContractContract(models.Model):
    """What comes next for a contract, in one line of time: the form's timeline."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    next_events = fields.Json(compute="_compute_next_events", groups="base.group_user")

    @api.depends(
        "next_bill_date",
        "renewal_step_ids.state",
        "contract_line_ids.date_end",
        "contract_line_ids.is_end_agreed",
        "service_end_date",
        "renewal_policy",
        "renewal_notice_days",
    )
    @api.depends_context("uid", "lang")
    def _compute_next_events(self):
        for contract in self:
            events = (
                contract._get_date_events()
                + contract._get_line_end_events()
                + contract._get_step_events()
            )
            events.sort(key=lambda event: (event["date"], event["kind"], event["key"]))
            contract.next_events = plain(
                {"events": events, "can_steer": contract._can_steer()}
            )

    def _can_steer(self):
        """Return whether the user may run, stop and skip the contract's steps."""
        return self.env.user.has_group(
            "crm_subscription.group_subscription_user"
        ) and self.has_access("write")

    def _get_date_events(self):
        """Return the dates that the contract itself has: bill, notice, end (list)."""
        found = []
        if self.next_bill_date:
            amount = self.currency_id.format(self.next_bill_amount)
            found.append(
                self._make_event("bill", self.env._("Next bill"), self.next_bill_date)
                | {"detail": amount}
            )
        end = self.term_end_date
        if self.service_end_date:
            label = self.env._("Service ends, cancelled")
            found.append(self._make_event("end", label, self.service_end_date))
        elif end and self.subscription_state != "ended":
            # Once it has passed, nothing can be done about it any more.
            if self.renewal_policy == "automatic" and (
                self.notice_deadline >= self._get_today()
            ):
                label = self.env._("Last day to give notice")
                found.append(self._make_event("notice", label, self.notice_deadline))
            label = self.env._("End of the term")
            found.append(
                self._make_event("end", label, end)
                | {"detail": self._describe_renewal(end)}
            )
        return found

    def _describe_renewal(self, term_end):
        """Return what comes after a term: until when it is renewed, else the policy."""
        renewed = self._get_renewed_lines(term_end)
        if renewed and not self._get_lines_to_renew(term_end):
            ends = renewed.mapped("date_end")
            if not all(ends):
                return self.env._("Renewed, open end")
            return self.env._("Renewed until %s", format_date(self.env, max(ends)))
        policies = dict(self._fields["renewal_policy"]._description_selection(self.env))
        return policies.get(self.renewal_policy, "")

    def _make_event(self, kind, label, day):
        return {
            "key": kind,
            "kind": kind,
            "label": label,
            "date": day,
            "detail": "",
            "state": "planned",
            "overdue": day < self._get_today(),
        }

    def _get_step_events(self):
        """Return the steps of the term in force, planned and done (list)."""
        today = self._get_today()
        # The steps of a contract that the user reads; see preview_steps for the API.
        rows = self.sudo()._describe_steps(today)
        labels = dict(
            self.env["contract.renewal.step"]
            ._fields["state"]
            ._description_selection(self.env)
        )
        return [
            {
                "key": row["key"],
                "kind": "step",
                "label": row["label"],
                "date": row["date"] or row["term_end"],
                "detail": labels.get(row["state"], ""),
                "state": row["state"],
                "overdue": row["outcome"] in ("late", "drop"),
            }
            for row in rows
        ]
