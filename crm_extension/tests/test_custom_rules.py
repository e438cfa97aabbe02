# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.tests import tagged

from odoo.addons.crm_extension.engine.scope import MAX_NAMED

from .common import LogisticsCommon

PARTS = ["metrics", "charts", "tables", "header", "steps"]
READERS = {
    "auditor": ["account.group_account_readonly"],
    "billing": ["account.group_account_invoice"],
    "all": [
        "sales_team.group_sale_salesman_all_leads",
        "stock.group_stock_user",
        "stock.group_production_lot",
    ],
    "own": ["sales_team.group_sale_salesman"],
    "stock": ["stock.group_stock_user", "stock.group_production_lot"],
}


@tagged("post_install", "-at_install")
class TestCustomRules(LogisticsCommon):
    """A company's own rules on one model, and the figures of another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.readers = {
            role: cls._make_user(f"rule_{role}", *groups)
            for role, groups in READERS.items()
        }
        owner = cls.readers["own"]
        cls.seen = cls._invoice(100.0, 40, invoice_user_id=owner.id)
        cls.hidden = cls._invoice(970.0, 45, invoice_user_id=owner.id)
        cls._pay(cls._invoice(30.0, 60), 30.0, 10)
        cls.order = cls._order(quantity=2, user_id=owner.id)
        cls.other_order = cls._order(quantity=9, user_id=owner.id)
        cls.picking = cls.order.picking_ids
        cls.other_type = cls.picking.picking_type_id.copy(
            {"name": "Outlet", "sequence_code": "OUTLET"}
        )
        cls.other_order.picking_ids.picking_type_id = cls.other_type
        pickings = cls.order.picking_ids + cls.other_order.picking_ids
        pickings.scheduled_date = cls._day(-9)

    def setUp(self):
        super().setUp()
        self.done = self._deliver(self._serial("RULE-1"), self.customer)
        picking = self._deliver(self._serial("RULE-2"), self.customer)
        self.returned = self._take_back(picking)

    def _hide(self, records):
        """Hide records from everybody by a rule of their model; return it."""
        return self.env["ir.rule"].create(
            {
                "name": "Hidden here",
                "model_id": self.env["ir.model"]._get_id(records._name),
                "domain_force": str([("id", "not in", records.ids)]),
            }
        )

    def _page(self, user, **options):
        options = {"include": PARTS, "timeline_limit": 50, **options}
        return self._ask(user=user, **options)[0]

    def _check_lists(self, user, scope):
        """Compare figures, charts and tables with their lists; return how many."""
        answer = self._page(user, scope=scope)
        checked = self.assertAllDrillDowns(answer, user)
        for section in answer["sections"].values():
            for chart in section["charts"]:
                checked += self.assertChart(chart, user)
            for table in section["tables"]:
                if all(row["model"] == table["model"] for row in table["rows"]):
                    model = self.env[table["model"]].with_user(user)
                    count = model.search_count(table["domain"])
                    self.assertEqual(count, table["count"], table["key"])
        return checked

    def test_every_list_is_its_figure_whatever_is_hidden(self):
        done, moves = self.done, self.done.move_ids
        for records in (
            self.hidden,
            self.hidden.line_ids,
            self.hidden.journal_id,
            self.receivable,
            self.income,
            self.env["account.payment"].search([("partner_id", "=", self.customer.id)]),
            self.env["account.partial.reconcile"].search([], limit=1, order="id desc"),
            self.other_order,
            self.other_order.order_line,
            self.other_type,
            done,
            moves,
            moves.location_dest_id,
            moves.location_id,
            done.move_line_ids.lot_id,
            self.product,
            self.product.product_tmpl_id,
            self.contact,
        ):
            rule = self._hide(records)
            for role, user in self.readers.items():
                for scope in ("contact", "entity"):
                    with self.subTest(hidden=records._name, role=role, scope=scope):
                        self.assertTrue(self._check_lists(user, scope))
            rule.unlink()

    def test_deliveries_of_a_hidden_operation_type(self):
        """They count in no figure, which says that it is a part."""
        user = self.readers["stock"]
        due = self._metrics("logistics", user=user)["deliveries_due"]
        self.assertEqual((due["value"], due["partial"]), (2, False))
        self._hide(self.other_type)
        metrics = self._metrics("logistics", user=user)
        due = metrics["deliveries_due"]
        self.assertEqual((due["value"], due["partial"]), (1, True))
        found = self.env["stock.picking"].with_user(user).search(due["domain"])
        self.assertEqual(found, self.picking)
        self.assertFalse(metrics["deliveries_late"]["partial"])

    def test_what_cannot_be_judged_counts_in_no_figure(self):
        """What came from a customer to a hidden place is not taken for a return
        because it is not seen to go to one."""
        user = self.readers["stock"]
        values = self._values("logistics", user=user)
        self.assertEqual((values["units_delivered"], values["units_returned"]), (2, 1))
        for place, key in (
            (self.done.move_ids.location_dest_id, "units_delivered"),
            (self.returned.move_ids.location_dest_id, "units_returned"),
        ):
            rule = self._hide(place)
            figure = self._metrics("logistics", user=user)[key]
            self.assertEqual((figure["value"], figure["partial"]), (0, True), key)
            rule.unlink()

    def test_stored_figures_that_ask_what_is_hidden_are_not_told(self):
        user = self.readers["stock"]
        section = self.env["crm.customer.section"].with_user(user)
        keys = {"logistics.deliveries_due", "logistics.returns"}
        self.assertLessEqual(keys, section._full_keys())
        rule = self._hide(self.other_type)
        self.assertFalse(keys & section._full_keys())
        partner = self.customer.with_user(user).with_company(self.company)
        self.assertEqual(partner.portfolio_deliveries_due, 1)
        rule.unlink()
        self.assertLessEqual(keys, section._full_keys())

    def test_a_hidden_document_whose_items_are_not(self):
        """The ledger is that of the items; no bridge explains what is hidden."""
        user = self.readers["auditor"]
        self.assertIn("bridge", self._metrics(user=user))
        self._hide(self.hidden)
        metrics = self._metrics(user=user)
        self.assertEqual(metrics["open_invoices"]["value"], 1070.0)
        self.assertDrillDown(metrics["open_invoices"], user)
        net = metrics["net_invoiced"]
        self.assertEqual((net["value"], net["partial"]), (130.0, True))
        self.assertFalse({"bridge", "bridge_total"} & set(metrics))
        walk = self.env["crm.customer.reconciliation"].with_user(user)
        self.assertFalse(walk.create({"partner_id": self.customer.id}).line_ids)

    def test_a_rule_that_hides_everything_is_a_cut(self):
        user = self.readers["auditor"]
        for name in ("account.move.line", "account.move"):
            rule = self._hide(self.env[name])
            rule.domain_force = "[(0, '=', 1)]"
            metrics = self._metrics(user=user)
            key = "net_invoiced" if name == "account.move" else "open_invoices"
            figure = metrics[key]
            self.assertEqual((figure["value"], figure["partial"]), (0, True), key)
            self.assertEqual("revenue" in metrics, name == "account.move", name)
            rule.unlink()

    def test_no_days_to_pay_without_all_allocations(self):
        user = self.readers["auditor"]
        keys = {"days_to_pay", "days_late"}
        self.assertLessEqual(keys, set(self._metrics(user=user)))
        parts = self.env["account.partial.reconcile"].search([])
        self._hide(parts)
        self.assertFalse(keys & set(self._metrics(user=user)))
        told = self.env["crm.customer.section"].with_user(user)._full_keys()
        self.assertNotIn("finance.days_to_pay", told)
        self.assertIn("finance.receivable", told)

    def test_no_value_of_returns_without_all_order_lines(self):
        user = self.readers["all"]
        moves = self.env["stock.move"].with_user(user)
        self.assertEqual(
            self._values("logistics", user=user)["return_value"],
            self.product.list_price,
        )
        self._hide(self.other_order.order_line)
        self.assertNotIn("return_value", self._metrics("logistics", user=user))
        self.assertNotIn("crm_sale_value", moves.fields_get())

    def test_contacts_of_a_large_entity_that_are_hidden(self):
        """What is his is in the lists, whether the reader finds the contact or not."""
        contacts = self.env["res.partner"].create(
            [
                {"name": f"Contact {n}", "parent_id": self.customer.id}
                for n in range(MAX_NAMED + 1)
            ]
        )
        self._invoice(55.0, 12, contacts[0])
        self._order(contacts[0])
        self._hide(contacts[0])
        for role, user in self.readers.items():
            with self.subTest(role=role):
                self.assertTrue(self._check_lists(user, "entity"))
        orders = self._metrics("sales", user=self.readers["all"])["orders"]
        self.assertEqual((orders["value"], orders["partial"]), (5, False))

    def test_rules_of_core_change_no_statement(self):
        """Without rules of one's own the sources ask what they asked before."""
        for role, user in self.readers.items():
            sections = self.env["crm.customer.section"].with_user(user)
            scope = self.customer.with_user(user)._customer_scope({})
            for section in sections._all_sections():
                if section._section_key not in ("finance", "sales", "logistics"):
                    continue  # glue: tickets and contracts have own rules of their own
                for source in section._figure_sources(scope):
                    paths = section._source_paths(source)
                    reach = section._reach(source.model, paths)
                    self.assertTrue(reach.is_true(), (role, source.model))

    def test_as_many_queries_with_such_rules(self):
        user = self.readers["stock"]

        def count():
            for _turn in range(2):
                self._ask(user=user)
                self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._ask(user=user)
            return self.cr.sql_log_count - before

        before = count()
        self._hide(self.other_type)
        self.assertEqual(count(), before)

    def test_one_reader_alone_is_cut(self):
        """A rule of a group counts for who is in it, at once and for nobody else."""
        group = self.env["res.groups"].create({"name": "Outlet only"})
        self.readers["stock"].group_ids = [Command.link(group.id)]
        rule = self._hide(self.other_type)
        rule.groups = group
        for role, expected in (("stock", (1, True)), ("all", (2, False))) * 2:
            due = self._metrics("logistics", user=self.readers[role])["deliveries_due"]
            self.assertEqual((due["value"], due["partial"]), expected, role)
