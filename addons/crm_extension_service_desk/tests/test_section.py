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
        self._rate(self.closed, 5)
        self._rate(self.late, 1)
        self._rate(self.foreign, 1)
        metric = self._metrics_for(self.agent)["csat"]
        self.assertEqual((metric["value"], metric["unit"]), (50.0, "percent"))
        ratings = self.env["rating.rating"].search(metric["domain"])
        self.assertEqual(set(ratings.mapped("res_id")), {self.closed.id, self.late.id})

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
