# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    """Hours of a working time; deadlines depend on them."""

    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        """Plan open promises again that count in these hours."""
        lines = super().create(vals_list)
        lines.calendar_id._service_replan()
        return lines

    def write(self, vals):
        """Plan open promises again that count in these hours."""
        before = self.calendar_id
        result = super().write(vals)
        (before | self.calendar_id)._service_replan()
        return result

    def unlink(self):
        """Plan open promises again that counted in these hours."""
        calendars = self.calendar_id
        result = super().unlink()
        calendars.exists()._service_replan()
        return result
