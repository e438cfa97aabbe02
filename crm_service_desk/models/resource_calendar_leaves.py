# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    """Holidays of everybody; deadlines depend on them."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        """Plan open promises again that fall on these holidays."""
        leaves = super().create(vals_list)
        leaves._service_calendars()._service_replan()
        return leaves

    def write(self, vals):
        """Plan open promises again that fall, or fell, on these holidays."""
        before = self._service_calendars()
        result = super().write(vals)
        (before | self._service_calendars())._service_replan()
        return result

    def unlink(self):
        """Plan open promises again that fell on these holidays."""
        calendars = self._service_calendars()
        result = super().unlink()
        calendars._service_replan()
        return result

    def _service_calendars(self):
        """Return the working times (sudo) of open promises that these leaves concern:
        those of everybody, in one working time or in all of a company."""
        common = self.filtered(lambda leave: not leave.resource_id)
        if not common:
            return self.env["resource.calendar"].sudo()
        if all(leave.calendar_id for leave in common):
            return common.calendar_id.sudo()
        # Whoever enters a holiday need not see the desk's promises.
        policies = self.env["service.sla.policy"].sudo()
        policies = policies.with_context(active_test=False)
        return policies.search([("calendar_id", "!=", False)]).calendar_id
