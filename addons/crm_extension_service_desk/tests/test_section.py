# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.crm_service_desk.tests.common import DeskCase


@tagged("post_install", "-at_install")
class TestSection(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-11-02 09:00:00"):
            cls.late = cls._ticket()
        cls.fresh = cls._ticket(name="Fresh")
        cls.closed = cls._ticket(name="Closed")
        cls.closed.stage_id = cls.stages["done"]
        cls.foreign = cls._ticket(name="Foreign", partner_id=cls.other.id)
        cls.salesman = new_test_user(
            cls.env, login="sd-360", groups="sales_team.group_sale_salesman"
        )

    def _rate(self, ticket, rating):
        token = ticket._rating_get_access_token()
        ticket.rating_apply(rating, token=token)

    def _answer_for(self, user, partner=None, **options):
        partners = (partner or self.customer).with_user(user)
        (answer,) = partners.get_customer_360(options)
        return answer

    def _metrics_for(self, user, partner=None):
        section = self._answer_for(user, partner)["sections"].get("service", {})
        return section.get("metrics", {})

    def test_open_and_breached(self):
        for user in (self.agent, self.salesman):
            metrics = self._metrics_for(user)
            self.assertEqual(metrics["open_tickets"]["value"], 2, user.login)
            self.assertEqual(metrics["breached_tickets"]["value"], 1, user.login)

    def test_every_figure_is_a_link(self):
        for key, expected in (
            ("open_tickets", self.late | self.fresh),
            ("breached_tickets", self.late),
        ):
            metric = self._metrics_for(self.agent)[key]
            found = (
                self.env[metric["model"]].with_user(self.agent).search(metric["domain"])
            )
            self.assertEqual(found, expected, key)

    def test_no_answer_is_no_satisfaction(self):
        self.assertNotIn("csat", self._metrics_for(self.agent))
        self.closed._rating_get_access_token()
        self.assertNotIn("csat", self._metrics_for(self.agent))

    def test_satisfaction(self):
        (self.late | self.foreign).stage_id = self.stages["done"]
        self._rate(self.closed, 5)
        self._rate(self.late, 1)
        self._rate(self.foreign, 1)
        # Whoever sees the tickets, whether he works on them or not.
        for user in (self.agent, self.salesman):
            metric = self._metrics_for(user)["csat"]
            self.assertEqual((metric["value"], metric["unit"]), (50.0, "percent"))
            found = self.env[metric["model"]].with_user(user).search(metric["domain"])
            self.assertEqual(found, self.closed | self.late, user.login)

    def test_an_open_ticket_is_not_rated_yet(self):
        """As on the dashboard: of what is closed, in the period."""
        self._rate(self.late, 1)
        self.assertNotIn("csat", self._metrics_for(self.agent))
        self._rate(self.closed, 5)
        self.assertEqual(self._metrics_for(self.agent)["csat"]["value"], 100.0)
        answer = self._answer_for(
            self.agent, date_from="2026-01-01", date_to="2026-01-31"
        )
        self.assertNotIn("csat", answer["sections"]["service"]["metrics"])

    # === PROMISES === #

    def _promise_days(self):
        """Promises of three tickets on known days: kept, broken, and one not ended.

        First responses due after 2 hours, resolutions after 8 working hours.
        """
        with freeze_time("2026-10-05 09:00:00"):
            kept, broken, mine = (
                self._ticket(user_id=user.id)
                for user in (self.agent, self.agent, self.agent_own)
            )
        with freeze_time("2026-10-05 10:00:00"):
            self._answer(kept, self.agent)
        with freeze_time("2026-10-05 14:00:00"):
            kept.stage_id = self.stages["done"]
            self._answer(mine, self.agent_own)
        with freeze_time("2026-10-07 09:00:00"):
            self._answer(broken, self.agent)
        return kept, broken, mine

    def _sla(self, user, **options):
        options = {"date_from": "2026-10-01", "date_to": "2026-10-31", **options}
        answer = self._answer_for(user, **options)
        return answer["sections"]["service"]["metrics"].get("sla_met")

    def test_promises_kept(self):
        kept, broken, mine = self._promise_days()
        metric = self._sla(self.agent)
        # Kept: an answer and a resolution; broken: two answers; open: two resolutions.
        self.assertEqual((metric["value"], metric["unit"]), (50.0, "percent"))
        self.assertFalse(metric["partial"])
        rows = self.env[metric["model"]].with_user(self.agent).search(metric["domain"])
        self.assertEqual(metric["model"], "service.sla.target")
        self.assertEqual(rows.ticket_id, kept | broken | mine)
        self.assertEqual(sorted(rows.mapped("late")), [False, False, True, True])
        self.assertEqual(set(rows.mapped("phase")), {"met"})
        # Of the days asked: on the 7th the second answer came, too late.
        late = self._sla(self.agent, date_from="2026-10-07")
        self.assertEqual(late["value"], 0.0)
        self.assertIsNone(self._sla(self.agent, date_from="2026-10-08"))

    def test_figures_are_the_dashboards(self):
        kept, broken, _mine = self._promise_days()
        with freeze_time("2026-10-08 09:00:00"):
            broken.stage_id = self.stages["done"]
            self._rate(kept, 5)
            self._rate(broken, 3)
        teams = self.env["helpdesk.ticket.team"]
        for user in (self.agent, self.agent_own, self.manager):
            for days in (
                {"date_from": "2026-10-01", "date_to": "2026-10-31"},
                {"date_from": "2026-10-07", "date_to": "2026-10-08"},
            ):
                board = teams.with_user(user).get_service_dashboard(
                    {"team_ids": self.team.ids, **days}
                )
                shown = {row["key"]: row["value"] for row in board["figures"]}
                answer = self._answer_for(user, **days)
                metrics = answer["sections"]["service"]["metrics"]
                for key, theirs in (("sla_met", "sla"), ("csat", "csat")):
                    mine = metrics.get(key, {"value": False})["value"]
                    self.assertEqual(mine, shown[theirs], (user.login, key, days))

    def test_who_is_told_of_promises(self):
        """Agents of what they see, marked as a part; nobody else of the clocks."""
        auditor = new_test_user(
            self.env, login="sd-auditor", groups="account.group_account_readonly"
        )
        self._promise_days()
        own = self._sla(self.agent_own)
        self.assertEqual((own["value"], own["partial"]), (0.0, True))
        rows = self.env["service.sla.target"].with_user(self.agent_own)
        self.assertEqual(rows.search(own["domain"]).ticket_id.user_id, self.agent_own)
        self.assertFalse(self._sla(self.manager)["partial"])
        self.assertIsNone(self._sla(self.salesman))
        for user in (auditor, self.employee):
            for metric in self._metrics_for(user).values():
                self.assertTrue(metric["partial"], user.login)
                self.assertNotEqual(metric["model"], "service.sla.target")

    def test_tickets_in_the_timeline(self):
        timeline = self._answer_for(self.agent, timeline_kinds=["ticket"])["timeline"]
        rows = [row for row in timeline["rows"] if row["kind"] == "ticket"]
        self.assertEqual(
            {row["res_id"] for row in rows},
            set((self.late | self.fresh | self.closed).ids),
        )
        self.assertEqual(rows[-1]["date"], "2026-11-02 09:00:00")

    def test_other_employee(self):
        """He may read tickets that he follows: no figures that pretend to be all."""
        metrics = self._metrics_for(self.employee)
        for figure in metrics.values():
            self.assertTrue(figure["partial"])

    def test_contact_of_another_customer(self):
        metrics = self._metrics_for(self.agent, self.other)
        self.assertEqual(metrics["open_tickets"]["value"], 1)
        self.assertEqual(metrics["breached_tickets"]["value"], 0)

    # === CHARTS AND TABLES === #

    def _page(self, user):
        answer = self._answer_for(user, include=["charts", "tables"])
        section = answer["sections"]["service"]
        [chart] = [c for c in section["charts"] if c["key"] == "tickets_by_month"]
        [table] = [t for t in section["tables"] if t["key"] == "open_tickets"]
        return chart, table

    def test_tickets_by_month(self):
        chart, _table = self._page(self.agent)
        now = chart["datasets"][0]
        self.assertEqual(sum(now["values"]), 3)
        model = self.env[chart["model"]].with_user(self.agent)
        for dataset in chart["datasets"]:
            found = [model.search_count(domain) for domain in dataset["domains"]]
            self.assertEqual(found, dataset["values"])

    def test_open_tickets(self):
        for user in (self.agent, self.salesman):
            _chart, table = self._page(user)
            rows = [row["res_id"] for row in table["rows"]]
            self.assertEqual(rows, (self.late | self.fresh).ids, user.login)
            self.assertEqual((table["count"], table["partial"]), (2, False))
        self.assertEqual(table["rows"][0]["opened"], "2026-11-02")
        self.assertTrue(table["rows"][0]["service_level"])

    # === RIGHTS === #

    def test_an_agent_sees_service_and_contact_and_no_money(self):
        """Not in figures, charts, tables, steps or timeline, in no scope."""
        self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    (0, 0, {"name": "Repair", "price_unit": 7341.5, "tax_ids": []})
                ],
            }
        ).action_post()
        self.env.flush_all()
        parts = ["metrics", "charts", "tables", "header", "steps"]
        for scope in ("contact", "entity", "group"):
            answer = self._answer_for(self.agent, include=parts, scope=scope)
            self.assertEqual(set(answer["sections"]), {"service", "contact"})
            self.assertNotIn("7341.5", str(answer))
            for section in answer["sections"].values():
                shown = (*section["metrics"].values(), *section["charts"])
                self.assertNotIn("currency", [figure["unit"] for figure in shown])
