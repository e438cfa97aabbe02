# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from .groups import MONEY

#: Units whose course over time is kept.
HISTORY_UNITS = ("currency", "count", "percent", "days", "quantity")


class CrmCustomerSnapshotDay(models.Model):
    """What a stored figure was from a day on, until the next row of that figure.

    Rows are written when a figure changes, the last of a day wins; a day without a
    row has the value of the row before. Amounts are in the company's currency.
    """

    _name = "crm.customer.snapshot.day"
    _description = "Course of a Customer's Stored Figures"
    _order = "day desc, id desc"
    _rec_name = "metric"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade"
    )
    metric = fields.Char(
        required=True, help="Section and key of the figure, as in the external API."
    )
    day = fields.Date(required=True)
    value = fields.Float(
        digits=(16, 4),
        aggregator="avg",
        groups=f"{MONEY},stock.group_stock_user",
    )
    computed_at = fields.Datetime(
        required=True, help="Moment up to which changes are in the figure."
    )

    _place_uniq = models.UniqueIndex(
        "(partner_id, company_id, metric, day)",
        "A figure has one value per customer, company and day.",
    )

    @api.model
    def _keep(self, company_id, day, moment, changes):
        """Keep changed values: one row per figure and day.

        Raw SQL, because the ORM has no ON CONFLICT: a second change of a day replaces
        the first in the same statement, whoever wrote it.

        :param changes: list of (partner id, "section.metric", value)
        """
        if not changes:
            return
        self.flush_model()
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                partner_id,
                company_id,
                key,
                day,
                value or 0.0,
                moment,
                self.env.uid,
                moment,
                self.env.uid,
                moment,
            )
            for partner_id, key, value in changes
        )
        self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_customer_snapshot_day
                    (partner_id, company_id, metric, day, value, computed_at,
                     create_uid, create_date, write_uid, write_date)
                VALUES %s
                ON CONFLICT (partner_id, company_id, metric, day)
                DO UPDATE SET value = EXCLUDED.value,
                              computed_at = EXCLUDED.computed_at,
                              write_uid = EXCLUDED.write_uid,
                              write_date = EXCLUDED.write_date
                RETURNING id
                """,
                rows,
            )
        )
        self.invalidate_model()

    @api.model
    def _points(self, partner_ids, company_id, keys, since):
        """Return {(partner id, key): [(day, value)]}, ascending by day.

        The row that held when ``since`` began is among them. Raw SQL, because that
        row is another for each figure, and one query is to find them all. The caller
        limits the keys to what the reader may see.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, metric, day, value
                  FROM crm_customer_snapshot_day point
                 WHERE partner_id IN %(partners)s
                   AND company_id = %(company)s
                   AND metric IN %(keys)s
                   AND day >= COALESCE(
                       (SELECT MAX(day) FROM crm_customer_snapshot_day held
                         WHERE held.partner_id = point.partner_id
                           AND held.company_id = point.company_id
                           AND held.metric = point.metric
                           AND held.day < %(since)s), %(since)s)
                 ORDER BY day
                """,
                partners=tuple(partner_ids),
                company=company_id,
                keys=tuple(keys),
                since=since,
            )
        )
        points = {}
        for partner_id, key, day, value in rows:
            points.setdefault((partner_id, key), []).append((day, value))
        return points
