# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

ACTIONS = [
    ("quotation", "Renewal quotation"),
    ("notice", "Notice to the customer"),
    ("activity", "Activity for the salesperson"),
    ("opportunity", "Opportunity in the pipeline"),
    ("escalation", "Escalation to the team leader"),
]
# Of these a term has one each; the database and the links rely on it.
SINGLE = ("quotation", "opportunity")


class ContractPlanStep(models.Model):
    """What a plan wants done some days before (or after) the end of each term."""

    _name = "contract.plan.step"
    _description = "Renewal Step of a Plan"
    _order = "days, sequence, id"

    plan_id = fields.Many2one(
        "contract.plan", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    days = fields.Integer(
        default=-30,
        required=True,
        help="Days after the last day of the term; negative: before it.",
    )
    action = fields.Selection(ACTIONS, default="notice", required=True)
    template_id = fields.Many2one(
        "mail.template",
        string="Mail",
        domain=[("model", "=", "contract.contract")],
        help="Empty: the renewal notice.",
    )
    missed = fields.Selection(
        [("late", "Is done late"), ("drop", "Is dropped")],
        default="late",
        required=True,
        string="If Missed",
        help="What happens to the step when its day has passed, as after a failure of"
        " the server.",
    )
    grace_days = fields.Integer(
        string="Days of Grace",
        help="A step that is dropped if missed may still be done so many days late.",
    )
    active = fields.Boolean(default=True)

    _grace_range = models.Constraint(
        "CHECK (grace_days BETWEEN 0 AND 366)",
        "A step has 0 to 366 days of grace.",
    )
    _days_range = models.Constraint(
        "CHECK (days BETWEEN -366 AND 366)",
        "A renewal step is at most 366 days before or after the end of the term.",
    )

    @api.constrains("action", "plan_id", "active")
    def _check_one_quotation(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        for plan in self.plan_id:
            actions = plan.step_ids.mapped("action")
            for action in SINGLE:
                if actions.count(action) > 1:
                    raise ValidationError(
                        self.env._(
                            "%(plan)s: a term has one renewal step %(action)s, not"
                            " %(count)s.",
                            plan=plan.name,
                            action=labels[action],
                            count=actions.count(action),
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        done = self.env["contract.renewal.step"].search(
            [("plan_step_id", "in", self.ids)], limit=1
        )
        if done:
            raise ValidationError(
                self.env._(
                    "The step %(step)s of %(plan)s was done for %(contract)s: archive"
                    " it instead of deleting it.",
                    step=done.plan_step_id.display_name,
                    plan=done.plan_step_id.plan_id.name,
                    contract=done.contract_id.display_name,
                )
            )

    @api.depends("days", "action")
    def _compute_display_name(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        for step in self:
            step.display_name = f"{labels.get(step.action, '')} ({step.days:+d})"

    def _get_key(self):
        """Return what makes the step unique within one term of a contract (str)."""
        self.ensure_one()
        return self.action if self.action in SINGLE else f"step:{self.id}"

    def _get_grace(self):
        """Return how many days late the step may be done (int); None: any."""
        self.ensure_one()
        return None if self.missed == "late" else self.grace_days
