# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.crm_suite_base.tools.obstacle import Obstacle

from ..engine import renewal
from ..engine.recurrence import ONE_DAY

METHODS = [
    (renewal.PERCENT, "Percentage"),
    (renewal.FIXED, "Fixed amount"),
    (renewal.INDEX, "Index"),
    (renewal.PRICELIST, "Pricelist"),
]
# What a contract takes over from its plan when it gets it.
TERMS = (
    "renewal_price_method",
    "renewal_amount_change",
    "renewal_index_id",
    "renewal_pricelist_id",
    "renewal_bounded",
    "renewal_floor_percent",
    "renewal_cap_percent",
    "renewal_price_rounding",
    "price_notice_days",
)
TAKEN_OVER = {
    "compute": "_compute_price_terms",
    "store": True,
    "readonly": False,
    "precompute": True,
}


class ContractPriceRule(models.AbstractModel):
    """How prices change at a renewal: what plans propose and contracts agree.

    The percentage itself is ``uplift_percent`` of the plan and
    ``renewal_uplift_percent`` of the contract.
    """

    _name = "contract.price.rule"
    _description = "Price Change at Renewal"

    renewal_price_method = fields.Selection(METHODS, string="Price Change")
    renewal_amount_change = fields.Float(
        string="Change per Unit",
        digits="Product Price",
        help="Added to each unit price, in the contract's currency.",
    )
    renewal_index_id = fields.Many2one(
        "contract.price.index", string="Index", check_company=True, ondelete="restrict"
    )
    renewal_pricelist_id = fields.Many2one(
        "product.pricelist",
        string="New Pricelist",
        check_company=True,
        ondelete="restrict",
    )
    renewal_bounded = fields.Boolean(
        string="Limit the Change", help="Keep the change between a floor and a cap."
    )
    renewal_floor_percent = fields.Float(string="Floor (%)")
    renewal_cap_percent = fields.Float(string="Cap (%)")
    renewal_price_rounding = fields.Float(
        string="Round Prices To",
        digits="Product Price",
        help="0: to the currency's smallest amount.",
    )
    price_notice_days = fields.Integer(
        string="Announced Days Ahead",
        help="A contract that renews by itself takes the new prices only if they were"
        " announced to the customer so many days before the next term; 0: no"
        " announcement is needed.",
    )

    _price_notice_range = models.Constraint(
        "CHECK (price_notice_days BETWEEN 0 AND 300)",
        "New prices are announced 0 to 300 days ahead.",
    )
    _price_rounding_range = models.Constraint(
        "CHECK (renewal_price_rounding >= 0)",
        "Prices can't be rounded to a negative amount.",
    )

    @api.constrains("renewal_bounded", "renewal_floor_percent", "renewal_cap_percent")
    def _check_price_bounds(self):
        for record in self.filtered("renewal_bounded"):
            if record.renewal_floor_percent > record.renewal_cap_percent:
                raise ValidationError(
                    self.env._(
                        "%(record)s: the floor of %(floor)s %% is above the cap of"
                        " %(cap)s %%.",
                        record=record.display_name,
                        floor=record.renewal_floor_percent,
                        cap=record.renewal_cap_percent,
                    )
                )

    @api.constrains("renewal_price_method", "renewal_index_id", "renewal_pricelist_id")
    def _check_price_source(self):
        needed = {
            renewal.INDEX: "renewal_index_id",
            renewal.PRICELIST: "renewal_pricelist_id",
        }
        for record in self:
            name = needed.get(record.renewal_price_method)
            if name and not record[name]:
                raise ValidationError(
                    self.env._(
                        "%(record)s: choose the %(field)s that the new prices follow.",
                        record=record.display_name,
                        field=record._fields[name]._description_string(self.env),
                    )
                )


class ContractPlan(models.Model):
    _name = "contract.plan"
    _inherit = ["contract.plan", "contract.price.rule"]

    renewal_price_method = fields.Selection(default=renewal.PERCENT)
    renewal_team_id = fields.Many2one(
        "crm.team",
        string="Renewal Pipeline",
        check_company=True,
        ondelete="set null",
        help="The sales team whose pipeline shows the renewals; empty: Renewals.",
    )


class ContractContract(models.Model):
    """The agreed price change of one contract, and the prices that follow from it."""

    _name = "contract.contract"
    _inherit = ["contract.contract", "contract.price.rule"]

    renewal_price_method = fields.Selection(**TAKEN_OVER, tracking=True)
    renewal_amount_change = fields.Float(**TAKEN_OVER, tracking=True)
    renewal_index_id = fields.Many2one(**TAKEN_OVER)
    renewal_pricelist_id = fields.Many2one(**TAKEN_OVER)
    renewal_bounded = fields.Boolean(**TAKEN_OVER)
    renewal_floor_percent = fields.Float(**TAKEN_OVER)
    renewal_cap_percent = fields.Float(**TAKEN_OVER)
    renewal_price_rounding = fields.Float(**TAKEN_OVER)
    price_notice_days = fields.Integer(**TAKEN_OVER)

    @api.depends("subscription_plan_id")
    def _compute_price_terms(self):
        for contract in self:
            plan = contract.subscription_plan_id
            for name in TERMS:
                contract[name] = plan[name]

    def _get_renewal_price(self, line, percent=None):
        """Return the unit price of ``line`` in the next term (float).

        The agreed change, unless ``percent`` says another one; what was announced to
        the customer holds; the old price where the change can't be reckoned.
        """
        if percent is not None:
            return renewal.uplift(line.price_unit, percent, self.currency_id.rounding)
        announced = self._get_announced_price(line)
        if announced is not None:
            return announced
        return self._reckon_price(line, line.price_unit)

    def _get_automatic_price(self, line, percent=None):
        """Return the unit price at which the contract renews by itself (float): the
        announced one, and the old one where it had to be announced and was not."""
        if percent is None and self._announces_prices():
            announced = self._get_announced_price(line)
            return line.price_unit if announced is None else announced
        return self._get_renewal_price(line, percent)

    def _reckon_price(self, line, price):
        """Return the next unit price after ``price`` by the agreed rule (float)."""
        value = self._get_price_value(line)
        if value is None:
            return price
        bounded = self.renewal_bounded
        return renewal.PriceRule(
            self.renewal_price_method or renewal.PERCENT,
            value,
            self.currency_id.rounding,
            self.renewal_price_rounding,
            self.renewal_floor_percent if bounded else None,
            self.renewal_cap_percent if bounded else None,
        ).apply(price)

    def _get_price_value(self, line):
        """Return the value of the agreed rule for ``line``; None: there is none."""
        method = self.renewal_price_method
        if method == renewal.FIXED:
            return self.renewal_amount_change
        if method == renewal.INDEX:
            # Customers see what the next term costs; the index itself is internal.
            return self.sudo().renewal_index_id._get_ratio(
                line._get_price_date(), self._get_today()
            )
        if method == renewal.PRICELIST:
            return self.sudo()._get_pricelist_price(line)
        return self.renewal_uplift_percent

    def _get_pricelist_price(self, line):
        pricelist = self.renewal_pricelist_id
        if not line.product_id:
            return line.price_unit
        start = line.date_end + ONE_DAY
        return pricelist._get_product_price(
            line.product_id,
            line.quantity or 1.0,
            currency=self.currency_id,
            uom=line.uom_id,
            date=fields.Datetime.to_datetime(start),
            subscription_plan=self.subscription_plan_id,
        )

    def _get_announced_price(self, line):
        """Return the unit price that was announced for the line's next term; None:
        nothing was announced.

        Where an announcement is due and was not made in time, the price stays.
        """
        # See _get_step: customers read no steps.
        step = self._get_step(line.date_end, "announcement")
        if step.announced_prices:
            return step.announced_prices.get(str(line.line_root_id.id))
        if step.state in ("dropped", "skipped") and self._announces_prices():
            return line.price_unit
        return None

    def _get_reckoning_day(self, line):
        """Return the day on which the price of the line's next term is reckoned (date):
        that of its announcement, else today."""
        step = self._get_step(line.date_end, "announcement")
        if step.announced_prices:
            return self._get_day_of(step.date_done)
        return self._get_today()

    def _announces_prices(self):
        """Return whether new prices hold only if they were announced (bool)."""
        self.ensure_one()
        return self.renewal_policy == "automatic" and self.price_notice_days > 0

    def _check_renewal_prices(self, lines):
        """Refuse to renew at the old price because an index has no value.

        :raise Obstacle: names the contract, the index and the day
        """
        for line in lines:
            if self._get_price_value(line) is None:
                raise Obstacle(
                    self.env,
                    "crm_subscription.index",
                    contract=self,
                    index=self.renewal_index_id,
                    start=line._get_price_date(),
                )
