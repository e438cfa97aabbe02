# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine.scope import ENTITY
from ..engine.trend import month_ends, sample


class ResPartner(models.Model):
    """The course of stored figures."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _trend_keys(self, keys):
        """Return those of "section.metric" keys whose course the user may see (set)."""
        return set(keys) & self.env["crm.customer.section"]._full_keys()

    def _customer_trend(self, keys, months=12, today=None):
        """Return the course of stored figures, at the ends of months and today.

        :param keys: "section.metric" of the figures wanted
        :param int months: number of points at most
        :param date today: last day; default the company's today
        :return: {partner id: {key: [[day, value], ...]}}, days ``YYYY-MM-DD``,
            ascending, of the commercial entity and the current company, in its
            currency; figures that the user does not see in full are absent, and days
            before the first visit.
        """
        keys = self._trend_keys(keys)
        entities = self.commercial_partner_id
        if not keys or not entities.ids:
            return {}
        days = month_ends(today or self.browse()._customer_scope({}).today, months)
        # With sudo: limited to the keys that the user sees in full at their source.
        points = (
            self.env["crm.customer.snapshot.day"]
            .sudo()
            ._points(entities.ids, self.env.company.id, keys, days[0])
        )
        found = {}
        for (partner_id, key), course in points.items():
            sampled = [list(point) for point in sample(course, days)]
            found.setdefault(partner_id, {})[key] = plain(sampled)
        return {
            partner.id: found[partner.commercial_partner_id.id]
            for partner in self
            if partner.commercial_partner_id.id in found
        }

    @api.model
    def _add_customer_trends(self, scope, options, answers):
        """Add the stored course of the figures to the answer of one partner.

        Where something else is asked than what is stored (another scope or period,
        several companies or partners) there is none.
        """
        other = {"date_from", "date_to"} & options.keys()
        if len(answers) > 1 or scope.kind != ENTITY or len(scope.company_ids) > 1:
            return
        metrics = {
            f"{section}.{key}": metric
            for answer in answers.values()
            for section, part in answer["sections"].items()
            for key, metric in part["metrics"].items()
        }
        columns = self.env["crm.customer.snapshot"]._columns()
        keys = metrics.keys() & columns.keys()
        if other or not keys:
            return
        trends = self.browse(answers)._customer_trend(keys, today=scope.today)
        for trend in trends.values():
            for key, course in trend.items():
                metrics[key]["trend"] = course
