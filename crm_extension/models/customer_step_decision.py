# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine.steps import DISMISS, SNOOZE, Decision


class CrmCustomerStepDecision(models.Model):
    """A next step that somebody put aside, for the evidence it then had."""

    _name = "crm.customer.step.decision"
    _description = "Decision on a Next Step"
    _order = "id desc"
    _rec_name = "rule"

    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    user_id = fields.Many2one("res.users", required=True, readonly=True)
    rule = fields.Char(required=True, readonly=True, help="Key of the rule.")
    # A digest: it says whether the evidence changed, not what it is.
    evidence = fields.Char(required=True, readonly=True)
    decision = fields.Selection(
        [(DISMISS, "Dismissed"), (SNOOZE, "Snoozed")], required=True, readonly=True
    )
    until = fields.Date(readonly=True, help="The step comes back on this day.")
    reason = fields.Char(readonly=True)
    active = fields.Boolean(default=True, readonly=True)

    # Two clicks at once make one decision.
    _one_decision = models.UniqueIndex(
        "(partner_id, company_id, rule, evidence) WHERE active IS TRUE",
        "This step was just put aside by somebody else.",
    )
    _snoozed_until = models.Constraint(
        "CHECK (decision != 'snooze' OR until IS NOT NULL)",
        "A snoozed step needs the day on which it comes back.",
    )

    def action_reopen(self):
        """Bring the steps back; return True.

        :raise AccessError: neither his own decisions, nor may he change the contacts
        """
        self.check_access("read")
        others = self.filtered(lambda decision: decision.user_id != self.env.user)
        if others and not others.partner_id.has_access("write"):
            self._refuse_decision(others.partner_id)
        # Users have no write access of their own: what they may change is checked
        # above, and only ``active`` is written.
        self.sudo().active = False
        return True

    @api.model
    def _refuse_decision(self, partners):
        """Raise: the user may not decide on the steps of these contacts."""
        raise AccessError(
            self.env._(
                "%(user)s may not decide on the next steps of %(partners)s: that needs"
                " the right to change the contact or the documents of the step.",
                user=self.env.user.display_name,
                partners=", ".join(partners.mapped("display_name")),
            )
        )

    @api.model
    def _decisions(self, partner_ids):
        """Return {(partner id, rule): list of :class:`Decision`} in force or not."""
        decisions = defaultdict(list)
        found = self.search_fetch(
            [("partner_id", "in", list(partner_ids))],
            ["partner_id", "rule", "evidence", "until"],
        )
        for row in found:
            decisions[row.partner_id.id, row.rule].append(
                Decision(row.evidence, row.until or None)
            )
        return decisions
