# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from .contract_plan_step import ACTIONS


class ContractRenewalStep(models.Model):
    """What was done for the renewal of one term of a contract: each step once.

    The row is written in the transaction that does the step, and the database allows
    one per contract, term and step.
    """

    _name = "contract.renewal.step"
    _description = "Renewal Step"
    _order = "term_end desc, date_planned, id"
    _rec_names_search = ["contract_id"]

    contract_id = fields.Many2one(
        "contract.contract",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True
    )
    term_end = fields.Date(string="End of the Term", required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    action = fields.Selection(
        [*ACTIONS, ("announcement", "Price announcement"), ("renewal", "Renewal")],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("done", "Done"),
            ("late", "Done late"),
            ("dropped", "Dropped"),
            ("skipped", "Skipped"),
            ("stopped", "Stopped"),
        ],
        default="done",
        required=True,
        readonly=True,
        help="Dropped: its day was missed. Skipped: someone did without it. Stopped:"
        " someone holds it back, it can be taken up again.",
    )
    plan_step_id = fields.Many2one(
        "contract.plan.step", readonly=True, ondelete="restrict", index=True
    )
    date_planned = fields.Date(string="Planned", readonly=True)
    date_done = fields.Datetime(
        string="Done", required=True, readonly=True, default=fields.Datetime.now
    )
    sale_order_id = fields.Many2one(
        "sale.order", string="Quotation", readonly=True, ondelete="set null"
    )
    mail_message_id = fields.Many2one(
        "mail.message", string="Mail", readonly=True, ondelete="set null"
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )
    lead_id = fields.Many2one(
        "crm.lead", string="Opportunity", readonly=True, ondelete="set null"
    )
    announced_prices = fields.Json(
        readonly=True,
        help="Unit prices that the customer was told, by the id of the first line.",
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", readonly=True, ondelete="set null"
    )

    _step_uniq = models.UniqueIndex(
        "(contract_id, term_end, key)",
        "This renewal step has been done for this term already.",
    )

    @api.depends("contract_id.name", "action")
    def _compute_display_name(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        for step in self:
            step.display_name = (
                f"{step.contract_id.name}: {labels.get(step.action, '')}"
            )

    def _stands_for(self, step):
        """Return whether one of the rows did what ``step`` is for, as a step of the
        plan that the contract had before, on the same day of the term or later (bool).

        :param step: :class:`engine.renewal.Step` of the plan that it has now
        """
        return any(
            row.action == step.action
            and row.key != step.key
            and row.plan_step_id.plan_id != row.contract_id.subscription_plan_id
            and row.plan_step_id.days >= step.days
            for row in self.filtered("plan_step_id")
        )
