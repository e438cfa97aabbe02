# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ContractContract(models.Model):
    """Changes that hold from the renewal on: the quotation shows them, and the next
    term is made of them."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _get_renewal_price(self, line, percent=None):
        """A price that was planned is taken as it is, without uplift; that of another
        product is the listed one, that of another plan in proportion."""
        price = super()._get_renewal_price(line, percent)
        planned = line._get_planned_values()
        plan = self.env["contract.plan"].sudo().browse(planned.get("plan_id", []))
        if "price_unit" in planned:
            return planned["price_unit"]
        if "product_id" in planned:
            product = self.env["product.product"].browse(planned["product_id"])
            quantity = planned.get("quantity", line.quantity)
            plan = plan or self.sudo().subscription_plan_id
            return line._get_listed_price(product, plan, quantity)[0]
        if plan:
            return line._get_price_in_plan(plan, self._get_today(), price)
        return price

    def _get_automatic_price(self, line, percent=None):
        if line._get_planned_values().keys() & {"price_unit", "product_id", "plan_id"}:
            return self._get_renewal_price(line, percent)
        return super()._get_automatic_price(line, percent)

    def _prepare_quotation_line(self, line, percent=None):
        vals = super()._prepare_quotation_line(line, percent)
        planned = line._get_planned_values()
        if "quantity" in planned:
            vals["product_uom_qty"] = planned["quantity"]
        if "plan_id" in planned:
            vals["subscription_plan_id"] = planned["plan_id"]
        if "product_id" in planned:
            product = self.env["product.product"].browse(planned["product_id"])
            vals.update(product_id=product.id, product_uom_id=product.uom_id.id)
            vals.pop("name")
            vals.pop("tax_ids", None)
        return vals

    def _renew_lines(self, term_end, *args, **kwargs):
        """The plan of the next term is the contract's, before its end is computed."""
        for line in self._get_lines_of_term(term_end):
            plan_id = line._get_planned_values().get("plan_id")
            if plan_id:
                self.subscription_plan_id = plan_id
        return super()._renew_lines(term_end, *args, **kwargs)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"  # pylint: disable=consider-merging-classes-inherited

    def _prepare_follow(self, contract, line, old_plan=None):
        """What is planned for the renewal is what the quotation offers."""
        vals, planned = super()._prepare_follow(contract, line, old_plan), {}
        values = line._get_planned_values()
        if "quantity" in values:
            planned["product_uom_qty"] = values["quantity"]
        if "product_id" in values:
            vals.pop("product_id", None)
            vals.pop("name", None)
            planned["product_id"] = values["product_id"]
        if "plan_id" in values:
            planned["subscription_plan_id"] = values["plan_id"]
        for name, value in planned.items():
            if (self[name].id if name.endswith("_id") else self[name]) != value:
                vals[name] = value
        return vals


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _plan_next_term(self, start, end, vals):
        """What was planned for the renewal goes into the next term; what an accepted
        quotation says wins."""
        rows = self._get_planned_changes()
        if not rows:
            return super()._plan_next_term(start, end, vals)
        vals = {**self._prepare_planned_vals(start), **vals}
        successor = super()._plan_next_term(start, end, vals)
        rows.write({"state": "done", "date": start})
        return successor

    def _prepare_planned_vals(self, start):
        """Return the field values of the next term that were planned (dict)."""
        self.ensure_one()
        planned, vals = self._get_planned_values(), {}
        if "product_id" in planned:
            product = self.env["product.product"].browse(planned["product_id"])
            vals.update(self._prepare_product_vals(product))
        if "plan_id" in planned:
            plan = self.env["contract.plan"].sudo().browse(planned["plan_id"])
            vals.update(plan._prepare_line_vals(), intro_periods=0)
            vals.update(plan._prepare_anchor_vals(start))
        if "anchor_day" in planned:
            vals.update(self._get_anchor_vals(planned["anchor_day"], start))
        if "quantity" in planned:
            vals["quantity"] = planned["quantity"]
        return vals
