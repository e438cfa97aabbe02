# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.fields import Domain

from .service_team_assignment import AT_WORK


class ResUsers(models.Model):
    _inherit = "res.users"

    def _service_at_work(self, company, moment):
        """Return the users who are at work at a moment, by their own working hours.

        Those of their resource in the company: who has none, or works flexibly, is
        there whenever his team is.

        :param company: res.company of the team
        :param moment: naive UTC
        """
        # Called for teams, whose working times are nobody's secret; only who is there
        # is answered.
        resources = (
            self.env["resource.resource"]
            .sudo()
            .search_fetch(
                Domain("user_id", "in", self.ids)
                & Domain("company_id", "in", (company.id, False)),
                ["user_id", "calendar_id"],
            )
        )
        there = self - resources.user_id
        for hours, mine in resources.grouped("calendar_id").items():
            if hours._service_is_working(company, moment, AT_WORK):
                there |= mine.user_id
        return self & there
