# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class ContractPriceIndex(models.Model):
    """A published index, such as consumer prices, that prices follow at renewals."""

    _name = "contract.price.index"
    _description = "Price Index"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: the index serves every company."
    )
    value_ids = fields.One2many(
        "contract.price.index.value", "index_id", string="Values"
    )
    last_value = fields.Float(compute="_compute_last_value", digits=(16, 4))
    last_date = fields.Date(compute="_compute_last_value")

    @api.depends("value_ids.value", "value_ids.date")
    def _compute_last_value(self):
        for index in self:
            last = index.value_ids.sorted("date")[-1:]
            index.last_value = last.value
            index.last_date = last.date

    def _get_value(self, day):
        """Return the value in force on ``day``: the last one dated up to it (float);
        None: there is none."""
        self.ensure_one()
        rows = self.value_ids.filtered(lambda row: row.date <= day).sorted("date")
        return rows[-1].value if rows else None

    def _get_ratio(self, then, now):
        """Return the value of ``now`` divided by that of ``then`` (float), or None."""
        before, after = self._get_value(then), self._get_value(now)
        return after / before if before and after else None


class ContractPriceIndexValue(models.Model):
    _name = "contract.price.index.value"
    _description = "Value of a Price Index"
    _order = "date desc"
    _rec_name = "date"

    index_id = fields.Many2one(
        "contract.price.index", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="index_id.company_id", store=True)
    date = fields.Date(
        string="Valid From", required=True, default=fields.Date.context_today
    )
    value = fields.Float(required=True, digits=(16, 4))

    _date_uniq = models.Constraint(
        "UNIQUE (index_id, date)", "An index has one value per day."
    )
    _value_positive = models.Constraint(
        "CHECK (value > 0)", "The value of an index is above 0."
    )
