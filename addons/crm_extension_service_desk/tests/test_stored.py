# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.crm_service_desk.tests.common import DeskCase


@tagged("post_install", "-at_install")
class TestStoredTickets(DeskCase):
    """Service figures are stored by the section's declarations, told by rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-11-02 09:00:00"):
            cls.late = cls._ticket()
        cls.fresh = cls._ticket(name="Fresh")
        cls.done = cls._ticket(name="Done")
        cls.done.stage_id = cls.stages["done"]
        cls.done.rating_apply(5, token=cls.done._rating_get_access_token())
        cls._answer(cls.late, cls.agent)
        status = cls.env["crm.customer.snapshot.status"].with_user(SUPERUSER_ID)
        status._found_companies()
        cls.status = status.search([("company_id", "=", cls.env.company.id)])
        cls.env.flush_all()
        cls.partners = cls.customer | cls.other
        cls.status._store(cls.partners.ids)
        now = cls.env.cr.now()
        cls.status.write({"watermark": now, "version": cls.status._version()})
        cls.everyone = new_test_user(
            cls.env,
            "sd-stored-all",
            "sales_team.group_sale_salesman_all_leads,"
            "helpdesk_mgmt.group_helpdesk_manager",
        )
        cls.env.flush_all()

    def _row(self):
        rows = self.env["crm.customer.snapshot"].sudo()
        domain = [("partner_id", "=", self.customer.id)]
        return rows.search([*domain, ("company_id", "=", self.env.company.id)])

    def _list(self, user, *conditions, **kwargs):
        model = self.env["res.partner"].with_user(user)
        return model.search([("id", "in", self.partners.ids), *conditions], **kwargs)

    def test_row_is_the_page(self):
        [answer] = self.customer.with_user(self.everyone).get_customer_360({})
        metrics = answer["sections"]["service"]["metrics"]
        row = self._row()
        self.assertEqual(
            (row.open_tickets, row.breached_tickets, row.csat), (2, 1, 100.0)
        )
        # Of the solved one two promises were kept; the answer to the other was late.
        self.assertEqual(round(row.sla_met, 1), 66.7)
        for name in ("open_tickets", "breached_tickets", "csat", "sla_met"):
            self.assertEqual(row[name], metrics[name]["value"], name)

    def test_who_sees_own_tickets_only_is_told_nothing_stored(self):
        """Promises hang on tickets: who sees a part of those sees a part of these."""
        own = new_test_user(
            self.env, "sd-stored-own", "helpdesk_mgmt.group_helpdesk_user_own"
        )
        for user, expected in ((self.everyone, True), (own, False)):
            keys = self.env["crm.customer.section"].with_user(user)._full_keys()
            for name in ("open_tickets", "csat", "sla_met"):
                self.assertEqual(f"service.{name}" in keys, expected, name)

    def test_columns_and_filters(self):
        waiting = ("portfolio_open_tickets", ">", 1)
        for user in (self.agent, self.everyone):
            self.assertEqual(self._list(user, waiting), self.customer, user.login)
            mine = self.customer.with_user(user)
            self.assertEqual(mine.portfolio_breached_tickets, 1, user.login)
            self.assertEqual(mine.portfolio_csat, 100.0, user.login)
            self.assertEqual(round(mine.portfolio_sla_met, 1), 66.7, user.login)
        ordered = self._list(self.everyone, order="portfolio_open_tickets desc, id")
        self.assertEqual(ordered[0], self.customer)
        # the employee follows none of them
        self.assertFalse(self._list(self.employee, waiting))
        self.assertFalse(self.customer.with_user(self.employee).portfolio_open_tickets)
        with self.assertRaises(ValueError):
            self._list(self.employee, order="portfolio_open_tickets")
        with self.assertRaises(AccessError):
            self.env["crm.customer.snapshot"].with_user(self.employee).search([])

    def test_who_is_visited(self):
        """Who has a ticket that changed, and whose promise time has broken."""
        env, now = self.status._full_env(), self.env.cr.now()
        section = env["crm.customer.section.service"]
        targets = self.fresh.service_target_ids.sudo()

        def changed():
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE service_sla_target SET write_date = '2020-01-01'"
            )
            self.env.invalidate_all()
            watches = section._watches(now - timedelta(hours=1), now)
            return set().union(*(self.status._watched(env, w) for w in watches))

        targets.due = now + timedelta(days=9)
        self.env.flush_all()
        for table in ("helpdesk_ticket", "rating_rating"):
            self.env.cr.execute(  # pylint: disable=sql-injection
                f"UPDATE {table} SET write_date = '2020-01-01'"
            )
        self.assertFalse(changed())
        targets[0].due = now - timedelta(minutes=30)
        self.env.flush_all()
        self.env.cr.execute("UPDATE helpdesk_ticket SET write_date = '2020-01-01'")
        self.assertEqual(changed(), {self.customer.id})
        targets.due = now + timedelta(days=9)
        self.done.rating_ids.sudo().feedback = "Thank you"
        self.assertEqual(changed(), {self.customer.id})
