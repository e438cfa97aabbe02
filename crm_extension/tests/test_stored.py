# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.crm_suite_base.tools.chunks import RETRIES

from ..models.customer_figure_refresh import CHUNK
from .common import CustomerCommon

SALESPERSON = "sales_team.group_sale_salesman"
ALL_DOCUMENTS = "sales_team.group_sale_salesman_all_leads"
BILLING = "account.group_account_invoice"
AUDITOR = "account.group_account_readonly"
STOCK = "stock.group_stock_user"
LOGGER = "odoo.addons.crm_extension.models.customer_figure_refresh"


class StoredCommon(CustomerCommon):
    """Runs passes of the job inside of the test's transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.status = cls._status_of(cls.company)
        cls.rows = cls.env["crm.customer.snapshot"].sudo()
        cls.course = cls.env["crm.customer.snapshot.day"].sudo()

    @classmethod
    def _status_of(cls, company):
        # the scheduled job runs as the superuser
        model = cls.env["crm.customer.snapshot.status"].with_user(SUPERUSER_ID)
        model._found_companies()
        return model.search([("company_id", "=", company.id)])

    def _pass(self, status=None, commits=None):
        """Do a pass as the job does, without its commits; return who was visited.

        What was stored before counts as stored an hour ago.
        """
        status = status or self.status
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_customer_snapshot SET computed_at = computed_at - %s",
            [timedelta(hours=1)],
        )
        self.env.invalidate_all()
        visited = []
        store = type(status)._store

        def watched(this, partner_ids):
            visited.extend(partner_ids)
            return store(this, partner_ids)

        cron = type(self.env["ir.cron"])
        answers = {"side_effect": commits} if commits else {"return_value": 60.0}
        with (
            patch.object(cron, "_commit_progress", **answers),
            patch.object(type(status), "_store", watched),
        ):
            status._refresh()
        return visited

    def _row(self, partner=None, status=None):
        status = status or self.status
        return self.rows.search(
            [
                ("partner_id", "=", (partner or self.customer).id),
                ("company_id", "=", status.company_id.id),
            ]
        )

    def _all_quiet(self):
        """Make as if everything had been written long before the last pass."""
        self.env.flush_all()
        for table in (
            "account_move",
            "account_move_line",
            "account_partial_reconcile",
            "sale_order",
            "sale_order_line",
            "crm_lead",
            "stock_picking",
            "stock_move",
            "mail_message",
            "res_partner",
        ):
            self.env.cr.execute(  # pylint: disable=sql-injection
                f"UPDATE {table} SET write_date = '2020-01-01',"
                " create_date = '2020-01-01'"
            )
        self.env.invalidate_all()

    def _now_written(self):
        """Let the change's moment be the transaction's (flushed)."""
        self.env.flush_all()


@tagged("post_install", "-at_install")
class TestStored(StoredCommon):
    """Stored figures are the page's figures at full scope, and are kept up to date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(100.0, 40)
        cls.order = cls._order(quantity=2)
        cls._pay(cls._invoice(50.0, 20))
        cls._entry(
            [(cls.income, cls.customer, -7.0), (cls.receivable, cls.customer, 7)]
        )

    def test_row_is_the_page_of_a_superuser(self):
        """Every column equals the metric that it declares."""
        self._pass()
        [answer] = self.customer.with_user(self.env.ref("base.user_root")).sudo()
        answer = answer.with_context(
            allowed_company_ids=self.company.ids
        ).get_customer_360({"timeline_limit": 0, "include": ["metrics", "header"]})[0]
        row = self._row()
        columns = self.rows._columns()
        self.assertGreaterEqual(len(columns), 25)
        for key, field in columns.items():
            value = self._list_value(answer, key)
            stored = row[field.name]
            if field.type == "date":
                stored = fields.Date.to_string(stored) if stored else False
            self.assertEqual(stored or 0, value or 0, key)
        self.assertEqual(row.revenue, 157.0)
        self.assertEqual(row.overdue, 100.0)
        self.assertEqual(row.receivable, 107.0)
        self.assertEqual(row.stage, "new")

    def test_next_pass_visits_who_changed_and_no_one_else(self):
        self._invoice(30.0, 5, partner=self.other)
        first = self._pass()
        self.assertLessEqual({self.customer.id, self.other.id}, set(first))
        self._all_quiet()
        self.assertEqual(self._pass(), [])
        changes = {
            "order": lambda: self.order.write({"note": "x"}),
            "payment": lambda: self._pay(self.invoice, 25.0),
            "message": lambda: self.customer.message_post(
                body="x", author_id=self.customer.id, message_type="comment"
            ),
            "allocation undone": lambda: self._undo(self.invoice),
            "entry": lambda: self._entry(
                [(self.income, self.customer, -3.0), (self.misc_payable(), False, 3.0)]
            ),
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                self._all_quiet()
                change()
                self._now_written()
                visited = self._pass()
                self.assertIn(self.customer.id, visited)
                self.assertNotIn(self.other.id, visited)
                if name == "payment":
                    self.assertEqual(self._row().overdue, 75.0)
        self.assertEqual(self._row().overdue, 100.0)
        self.assertEqual(self._row().unallocated_credits, 25.0)
        self.assertEqual(self._row().revenue, 160.0)

    def _undo(self, invoice):
        """Take back the allocation of payments to an invoice."""
        invoice.line_ids.remove_move_reconcile()

    def test_who_was_spoken_to_is_stored_before_the_first_document(self):
        prospect = self._make_customer("Prospect")
        prospect.message_post(body="x", author_id=prospect.id, message_type="comment")
        quiet = self._make_customer("Quiet")
        self.assertIn(prospect.id, self._pass())
        row = self._row(prospect)
        self.assertEqual(row.last_contact_in, row.day)
        self.assertEqual(row.stage, "prospect")
        self.assertFalse(self._row(quiet))

    def test_a_new_limit_of_stages_visits_everyone(self):
        """What was stored by the old limits is told to nobody."""
        self._pass()
        self._all_quiet()
        self.assertEqual(self._row().stage, "new")
        self.company.crm_stage_new_days = 1
        reader = self.customer.with_user(self._make_user("lim", AUDITOR))
        reader = reader.with_company(self.company)
        self.assertEqual(reader.portfolio_stage, "active")
        self.assertFalse(reader.portfolio_computed_at)
        active = [("portfolio_stage", "=", "active"), ("id", "=", reader.id)]
        self.assertEqual(reader.search(active), reader)
        self.assertFalse(self._pass_complete())
        self.assertIn(self.customer.id, self._pass())
        self.assertTrue(self._pass_complete())
        self.assertEqual(self._row().stage, "active")

    def _pass_complete(self):
        return not self.status._unstored_partners(self.company)

    def misc_payable(self):
        return self.company_data["default_account_payable"]

    def test_time_alone_asks_for_a_visit(self):
        """An invoice becomes overdue, a period moves: the row says when to come."""
        self._pass()
        self._all_quiet()
        row = self._row()
        self.assertEqual(row.next_visit, row.day + timedelta(days=1))
        row.next_visit = row.day
        self.assertEqual(self._pass(), [self.customer.id])

    def test_a_delivery_late_by_the_clock_asks_for_a_visit(self):
        self._pass()
        self._all_quiet()
        self.status.watermark = self.env.cr.now() - timedelta(hours=1)
        self.order.picking_ids.scheduled_date = self.env.cr.now() - timedelta(
            minutes=30
        )
        self._all_quiet()
        self.assertEqual(self._pass(), [self.customer.id])
        self.assertEqual(self._row().deliveries_late, 1)

    def test_a_pass_cut_off_goes_on_where_it_was(self):
        """The job's time ends after the first chunk: nobody is lost or done twice."""
        others = [self._make_customer(f"Cut {index}") for index in range(3)]
        for partner in others:
            self._order(partner=partner)
        module = "odoo.addons.crm_extension.models.customer_figure_refresh.CHUNK"
        with patch(module, 1):
            first = self._pass(commits=[60.0, 60.0, 0.0])
            self.assertEqual(len(first), 2)
            self.assertTrue(self.status.started)
            self.assertFalse(self.status.watermark)
            started = self.status.started
            # the pass began before what it stored
            self.status.started = started - timedelta(hours=2)
            second = self._pass()
        self.assertFalse(set(first) & set(second))
        everyone = set(first) | set(second)
        self.assertLessEqual({p.id for p in [self.customer, *others]}, everyone)
        self.assertFalse(self.status.started)
        self.assertEqual(self.status.watermark, started - timedelta(hours=2))

    def test_health_tells_age_and_who_is_due(self):
        """The administrators' page: how old the oldest row is, how many are due."""
        self._order(partner=self.other)
        self._pass()
        self._all_quiet()
        admin = self._make_user("st-admin", "base.group_system")
        told = ["customer_count", "oldest", "waiting", "failed"]
        [before] = self.status.with_user(admin).read(told)
        mine = [("company_id", "=", self.status.company_id.id)]
        self.assertEqual(before["customer_count"], self.rows.search_count(mine))
        self.assertGreaterEqual(before["customer_count"], 2)
        self.assertEqual((before["waiting"], before["failed"]), (0, 0))
        row = self._row()
        row.computed_at -= timedelta(hours=30)
        row.next_visit = row.day
        self.env.flush_all()
        self.status.invalidate_recordset()
        [after] = self.status.with_user(admin).read(told)
        self.assertEqual(after["oldest"], row.computed_at)
        self.assertLess(after["oldest"], before["oldest"])
        self.assertEqual(after["waiting"], 1)
        seller = self._make_user("st-none", ALL_DOCUMENTS, AUDITOR)
        with self.assertRaises(AccessError):
            self.status.with_user(seller).read(told)

    @mute_logger(LOGGER)
    def test_one_bad_customer_is_parked_and_the_others_stored(self):
        good = self._make_customer("Good")
        self._order(partner=good)
        section = type(self.env["crm.customer.section.finance"])
        compute = section._compute_metrics

        def broken(this, scope):
            if self.customer.id in scope.member_ids:
                raise ZeroDivisionError("rate")
            return compute(this, scope)

        with patch.object(section, "_compute_metrics", broken):
            self._pass()
        self.assertTrue(self._row(good))
        self.assertFalse(self._row())
        incident = (
            self.env["crm.suite.incident"]
            .sudo()
            .search([("kind", "=", self.status._kind()), ("state", "=", "open")])
        )
        self.assertEqual(incident.res_id, self.customer.id)
        self.assertIn("ZeroDivisionError", incident.reason)
        self.assertTrue(incident.next_step)
        self.assertEqual(self.status.failed, 1)
        self.assertEqual(self.status.action_open_failures()["domain"][0][1], "=")
        # tomorrow it is tried again, and the incident closes by itself
        self._all_quiet()
        incident.last_seen -= timedelta(days=2)
        self.assertIn(self.customer.id, self._pass())
        self.assertEqual(incident.state, "settled")
        self.assertTrue(self._row())

    @mute_logger(LOGGER)
    def test_concurrency_errors_are_retried_never_parked(self):
        calls = []

        def fails_twice():
            calls.append(1)
            if len(calls) < 3:
                raise SerializationFailure("again")
            return "done"

        status = self.status
        with patch.object(self.env.cr, "rollback"):
            self.assertEqual(status._retry(fails_twice), "done")
        self.assertEqual(len(calls), 3)
        with (
            patch.object(
                type(status), "_store", side_effect=SerializationFailure("again")
            ),
            self.assertRaises(SerializationFailure),
        ):
            status._visit(self.customer.ids)
        self.assertFalse(status.failed)
        self.assertGreater(RETRIES, 2)

    def test_who_became_a_contact_has_no_row_of_his_own(self):
        self._pass()
        self.assertTrue(self._row())
        self.customer.write({"is_company": False, "parent_id": self.other.id})
        self._pass()
        self.assertFalse(self._row())
        self.assertEqual(self._row(self.other).overdue, 100.0)

    def test_queries_do_not_grow_with_customers(self):
        partners = [self._make_customer(f"Many {index}") for index in range(12)]
        for partner in partners:
            self._invoice(10.0, 5, partner=partner)
        self.env.flush_all()
        ids = [partner.id for partner in partners]
        counts = []
        for some in (ids[:2], ids[2:]):
            self.status._store(self.customer.ids)  # warm
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.status._store(some)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(abs(counts[0] - counts[1]), 2, counts)
        self.assertLess(max(counts), CHUNK)

    # === COURSE === #

    def test_course_is_kept_on_change_and_read_for_any_month(self):
        self._pass()
        key = "finance.overdue"
        today = self._row().day
        points = self.course.search(
            [("partner_id", "=", self.customer.id), ("metric", "=", key)]
        )
        self.assertEqual([(p.day, p.value) for p in points], [(today, 100.0)])
        # a month ago it was another value
        self.course._keep(
            self.company.id,
            today - timedelta(days=70),
            self.env.cr.now(),
            [(self.customer.id, key, 40.0)],
        )
        self._pass()
        self.assertEqual(
            self.course.search_count(
                [("partner_id", "=", self.customer.id), ("metric", "=", key)]
            ),
            2,
        )
        # a second change of the day replaces the first
        self._pay(self.invoice, 30.0)
        self._pass()
        auditor = self._make_user("trend-audit", AUDITOR)
        trend = self.contact.with_user(auditor)._customer_trend([key], 3)
        course = trend[self.contact.id][key]
        self.assertEqual(
            [value for _day, value in course], [40.0, 40.0, 70.0][-len(course) :]
        )
        self.assertEqual(course[-1], [fields.Date.to_string(today), 70.0])
        seller = self._make_user("trend-seller", SALESPERSON)
        self.assertEqual(self.customer.with_user(seller)._customer_trend([key], 3), {})

    def test_the_page_has_the_course_of_figures_seen_in_full(self):
        self._pass()
        auditor = self._make_user("page-audit", AUDITOR)
        page = {"include": ["metrics", "charts"]}
        finance = self._metrics(user=auditor, **page)
        today = fields.Date.to_string(self._row().day)
        self.assertEqual(finance["overdue"]["trend"], [[today, 100.0]])
        seller = self._make_user("page-seller", SALESPERSON)
        for asked in (
            {"user": seller},
            {"user": auditor, "scope": "group"},
            {"user": auditor, "date_from": "2026-01-01"},
        ):
            for metric in self._metrics(**asked, **page).values():
                self.assertNotIn("trend", metric, asked)

    def test_zero_leaves_no_row_and_falling_to_zero_does(self):
        self._pass()
        domain = [("partner_id", "=", self.customer.id)]
        self.assertFalse(
            self.course.search([*domain, ("metric", "=", "finance.overdue_over_90")])
        )
        self._pay(self.invoice)
        self._pass()
        point = self.course.search([*domain, ("metric", "=", "finance.overdue")])
        self.assertEqual(point.value, 0.0)


@tagged("post_install", "-at_install")
class TestStoredRights(StoredCommon):
    """A figure that a user may not read at its source appears nowhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._invoice(900.0, 40)
        cls._order(quantity=2)
        cls.status._store(cls.customer.ids)
        cls.env.flush_all()

    def _as(self, user):
        model = self.rows.with_user(user)
        return model.with_context(allowed_company_ids=user.company_ids.ids)

    def _told(self, user):
        """Return the figures (set of names) that a user reads of the row."""
        [values] = self._as(user).search([]).read()
        return set(values) & {field.name for field in self.rows._columns().values()}

    def test_who_reads_what(self):
        billing = self._told(self._make_user("st-bill", BILLING))
        self.assertLessEqual({"revenue", "overdue", "receivable"}, billing)
        self.assertNotIn("pipeline", billing)
        auditor = self._told(self._make_user("st-audit", AUDITOR))
        self.assertLessEqual({"revenue", "overdue", "receivable"}, auditor)
        sales = self._told(self._make_user("st-all", ALL_DOCUMENTS))
        self.assertLessEqual({"open_quotations", "pipeline", "last_order"}, sales)
        # core shows salespeople the items of invoices only: no ledger, no overdue
        self.assertFalse({"revenue", "overdue", "receivable", "open_invoices"} & sales)
        stock = self._told(self._make_user("st-stock", STOCK))
        self.assertIn("deliveries_due", stock)
        self.assertFalse({"revenue", "overdue", "margin", "pipeline"} & stock)

    def test_hidden_figures_are_not_searched_ordered_grouped_or_exported(self):
        user = self._make_user("st-all", ALL_DOCUMENTS, "base.group_allow_export")
        model = self._as(user)
        self.assertTrue(model.search([]))
        self.assertNotIn("overdue", model.fields_get())
        attempts = {
            "search": lambda: model.search([("overdue", ">", 0)]),
            "order": lambda: model.search([], order="overdue"),
            "group": lambda: model._read_group([], ["overdue"]),
            "total": lambda: model._read_group([], [], ["overdue:sum"]),
            "read": lambda: model.search([]).read(["overdue"]),
            "export": lambda: model.search([]).export_data(["overdue"]),
            "formatted": lambda: model.formatted_read_group([], [], ["overdue:sum"]),
        }
        for name, attempt in attempts.items():
            with self.subTest(name), self.assertRaises(AccessError):
                attempt()

    def test_own_documents_agents_and_portal_read_no_rows(self):
        portal = new_test_user(self.env, "st-portal", groups="base.group_portal")
        users = [
            self._make_user("st-own", SALESPERSON),
            self._make_user("st-none"),
            portal,
            self.env.ref("base.public_user"),
        ]
        for user in users:
            for name in ("crm.customer.snapshot", "crm.customer.snapshot.day"):
                with self.subTest(user.sudo().login, model=name):
                    with self.assertRaises(AccessError):
                        self.env[name].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.status.with_user(user).read(["failed"])

    def test_a_rule_that_cuts_the_source_takes_the_figures_away(self):
        """No static list of groups: what an administrator cuts is cut here too."""
        user = self._make_user("st-bill", BILLING)
        self.assertIn("overdue", self._told(user))
        self.env["ir.rule"].create(
            {
                "name": "cut",
                "model_id": self.env["ir.model"]._get_id("account.move.line"),
                "domain_force": "[('move_id.invoice_user_id', '=', user.id)]",
            }
        )
        told = self._told(user)
        self.assertFalse({"overdue", "revenue", "receivable"} & told)
        course = self.course.with_user(user).search([])
        self.assertFalse([m for m in course.mapped("metric") if "overdue" in m])

    def test_course_shows_the_metrics_of_the_reader(self):
        for login, group, seen, hidden in (
            ("c-bill", BILLING, "finance.overdue", "sales.pipeline"),
            ("c-all", ALL_DOCUMENTS, "sales.orders_to_deliver", "finance.overdue"),
            ("c-stock", STOCK, "logistics.deliveries_due", "finance.overdue"),
        ):
            user = self._make_user(login, group)
            found = self.course.with_user(user).search([]).mapped("metric")
            self.assertIn(seen, found, login)
            self.assertNotIn(hidden, found, login)
            domain = [("metric", "=", hidden)]
            self.assertFalse(self.course.with_user(user).search_count(domain))

    def test_rows_of_another_company_are_hidden(self):
        company = self.setup_other_company()["company"]
        user = self._make_user("st-other", AUDITOR)
        user.write({"company_id": company.id, "company_ids": [(6, 0, company.ids)]})
        self.assertFalse(self._as(user).search([]))
        self.assertFalse(self.course.with_user(user).search([]))
        self.assertEqual(
            self.customer.with_user(user)._customer_trend(["finance.overdue"]), {}
        )

    def test_nobody_writes_by_hand(self):
        row, point = self.rows.search([], limit=1), self.course.search([], limit=1)
        self.env.user.group_ids |= self.env.ref("base.group_system")
        for user in (self._make_user("st-bill", BILLING), self.env.user):
            with self.assertRaises(AccessError):
                row.with_user(user).write({"next_visit": row.day})
            with self.assertRaises(AccessError):
                point.with_user(user).write({"day": row.day})
