# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import json
from datetime import timedelta

from openpyxl import load_workbook

from odoo import Command, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CustomerCommon
from .test_stored import ALL_DOCUMENTS, AUDITOR, BILLING, SALESPERSON, STOCK

EXPORT = "base.group_allow_export"
MONEY = ("portfolio_revenue", "portfolio_receivable", "portfolio_overdue")


class PortfolioCommon(CustomerCommon):
    """Three customers: one overdue, one with a late delivery, one spoken to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._make_user("pf-own", SALESPERSON)
        cls.talker = cls._make_customer("Talker")
        cls.portfolio = cls.customer | cls.other | cls.talker
        cls.portfolio.user_id = cls.seller
        cls.own = cls._invoice(100.0, 40, invoice_user_id=cls.seller.id)
        cls._invoice(900.0, 40, invoice_user_id=cls.env.user.id)
        cls._invoice(55.0, 40, partner=cls.talker, invoice_user_id=cls.env.user.id)
        order = cls._order(partner=cls.other, user_id=cls.seller.id)
        order.picking_ids.scheduled_date = cls.env.cr.now() - timedelta(days=3)
        cls.talker.message_post(
            body="Hello", author_id=cls.talker.id, message_type="comment"
        )
        status = cls.env["crm.customer.snapshot.status"].sudo()
        status._found_companies()
        status = status.search([("company_id", "=", cls.company.id)])
        status._store(cls.portfolio.ids)
        # as after a whole pass
        status.write({"watermark": cls.env.cr.now(), "version": status._version()})
        cls.rows = cls.env["crm.customer.snapshot"].sudo()
        cls.env.flush_all()

    def _list(self, user, domain=(), **kwargs):
        """Return the customers that a user finds, as the list asks for them."""
        model = self.env["res.partner"].with_user(user)
        model = model.with_context(allowed_company_ids=user.company_ids.ids)
        mine = [("id", "in", self.portfolio.ids), *domain]
        return model.search(mine, **kwargs)


@tagged("post_install", "-at_install")
class TestPortfolio(PortfolioCommon):
    """The list shows, filters and groups what its reader may see."""

    def test_stored_for_who_sees_all_live_for_the_others(self):
        auditor = self._make_user("pf-audit", AUDITOR)
        # what is stored is told to the auditor; a later change is not in it yet
        self._invoice(7.0, 40, invoice_user_id=self.seller.id)
        customer = self._list(auditor).browse(self.customer.id)
        self.assertEqual(customer.portfolio_overdue, 1000.0)
        self.assertEqual(customer.portfolio_revenue, 1000.0)
        self.assertTrue(customer.portfolio_computed_at)
        seller = self._list(self.seller).browse(self.customer.id)
        self.assertEqual(seller.portfolio_overdue, 107.0)

    def test_columns_equal_the_page(self):
        users = [
            self._make_user("pf-audit", AUDITOR),
            self._make_user("pf-all", ALL_DOCUMENTS),
            self._make_user("pf-stock", STOCK),
            self.seller,
        ]
        partner_fields = self.env["res.partner"]._fields
        for user in users:
            compared = 0
            for partner in self._list(user, order="id"):
                page = {"user": user, "include": ["metrics", "header"]}
                [answer] = self._ask(self.portfolio & partner, **page)
                for name, field in partner_fields.items():
                    key = self.env["res.partner"]._portfolio_key(name)
                    if not key or field.type == "boolean":
                        continue
                    if not partner._has_field_access(field, "read"):
                        continue
                    value = self._list_value(answer, key)
                    mine = partner[name]
                    mine = mine.isoformat() if field.type == "date" and mine else mine
                    self.assertEqual(mine or 0, value or 0, (user.login, name))
                    compared += 1
            self.assertGreater(compared, 10, user.login)

    def test_filters_for_every_role(self):
        late, overdue, silent = (
            [("portfolio_is_late", "=", True)],
            [("portfolio_is_overdue", "=", True)],
            [("portfolio_is_silent", "=", True)],
        )
        auditor = self._make_user("pf-audit", AUDITOR)
        everything = self._make_user("pf-all", ALL_DOCUMENTS)
        self.assertEqual(self._list(auditor, overdue), self.customer | self.talker)
        self.assertEqual(self._list(everything, overdue), self.customer | self.talker)
        # the invoice of the talker is somebody else's
        self.assertEqual(self._list(self.seller, overdue), self.customer)
        self.assertEqual(
            self._list(self.seller, [("portfolio_is_overdue", "=", False)]),
            self.other | self.talker,
        )
        self.assertEqual(self._list(self.seller, late), self.other)
        self.assertEqual(self._list(self._make_user("pf-st", STOCK), late), self.other)
        self.assertEqual(self._list(self.seller, silent), self.customer | self.other)

    def test_who_was_written_to_is_not_silent_before_the_first_document(self):
        """A prospect has no stored row, and his messages count all the same."""
        prospect = self.env["res.partner"].create({"name": "Prospect"})
        prospect.message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=prospect.ids,
        )
        self.env.flush_all()
        for user in (self.seller, self._make_user("pf-audit", AUDITOR)):
            partner = prospect.with_user(user)
            self.assertTrue(partner.portfolio_last_contact_out, user.login)
            self.assertFalse(partner.portfolio_is_silent, user.login)
            silent = [("portfolio_is_silent", "=", True), ("id", "=", prospect.id)]
            self.assertFalse(partner.search(silent), user.login)

    def test_last_contact_is_searched_before_the_first_document(self):
        prospect = self.env["res.partner"].create({"name": "Prospect"})
        prospect.message_post(
            body="Hello", author_id=prospect.id, message_type="comment"
        )
        self.env.flush_all()
        since = ("portfolio_last_contact_in", ">=", str(self._day(1)))
        for user in (self.seller, self._make_user("pf-audit", AUDITOR)):
            found = prospect.with_user(user).search([since])
            self.assertIn(prospect, found, user.login)
            self.assertIn(self.talker, found, user.login)
            self.assertNotIn(self.customer, found, user.login)
            never = [("portfolio_last_contact_in", "=", False)]
            never = prospect.with_user(user).search(never)
            self.assertNotIn(prospect, never, user.login)
            self.assertIn(self.customer, never, user.login)

    def test_right_before_the_job_has_run_once(self):
        """Filters, order, groups and totals of a database without stored figures."""
        auditor = self._make_user("pf-audit", AUDITOR)
        status = self.env["crm.customer.snapshot.status"].sudo()
        status.search([]).unlink()
        self.rows.search([]).unlink()
        for user, overdue in ((auditor, 1055.0), (self.seller, 100.0)):
            late = [("portfolio_is_late", "=", True)]
            owing = [("portfolio_is_overdue", "=", True)]
            if user != auditor:
                self.assertEqual(self._list(user, late), self.other)
            self.assertIn(self.customer, self._list(user, owing))
            self.assertNotIn(self.other, self._list(user, owing))
            much = self._list(user, [("portfolio_overdue", ">", 60)])
            self.assertEqual(much, self.customer)
            values = self._list(user).mapped("portfolio_overdue")
            self.assertEqual(sum(values), overdue)
        ordered = self._list(auditor, order="portfolio_overdue desc, id")
        self.assertEqual(ordered.ids, (self.customer | self.talker | self.other).ids)
        domain = [("id", "in", self.portfolio.ids)]
        [[total, count]] = ordered._read_group(
            domain, [], ["portfolio_overdue:sum", "__count"]
        )
        self.assertEqual((total, count), (1055.0, 3))
        groups = ordered.formatted_read_group(
            domain, ["portfolio_is_overdue"], ["portfolio_overdue:sum"]
        )
        found = {g["portfolio_is_overdue"]: g["portfolio_overdue:sum"] for g in groups}
        self.assertEqual(found, {True: 1055.0, False: 0.0})

    def test_stage_is_filtered_and_grouped_by(self):
        """By everyone, as far as he is told it."""
        auditor = self._make_user("pf-audit", AUDITOR)
        everything = self._make_user("pf-all", ALL_DOCUMENTS)
        domain = [("id", "in", self.portfolio.ids)]
        for user, stages in (
            (auditor, {"new": 2, "prospect": 1}),
            (everything, {"new": 2, "prospect": 1}),
            # invoices of others are hidden from him: no stage of two customers
            (self.seller, {False: 2, "prospect": 1}),
        ):
            model = self._list(user).browse()
            groups = model.formatted_read_group(
                domain, ["portfolio_stage"], ["__count"]
            )
            found = {g["portfolio_stage"]: g["__count"] for g in groups}
            self.assertEqual(found, stages, user.login)
            for stage, count in stages.items():
                rows = self._list(user, [("portfolio_stage", "=", stage)])
                self.assertEqual(len(rows), count, (user.login, stage))
                self.assertEqual(set(rows.mapped("portfolio_stage")), {stage})
        other = self._list(auditor, [("portfolio_stage", "!=", "new")])
        self.assertEqual(other, self.other)
        stock = self._make_user("pf-stock", STOCK)
        self.assertNotIn("portfolio_stage", self._list(stock).fields_get())
        with self.assertRaises(AccessError):
            self._list(stock, [("portfolio_stage", "=", "new")])

    def test_amounts_are_searched_as_the_reader_sees_them(self):
        auditor = self._make_user("pf-audit", AUDITOR)
        for condition, full, own in (
            ((">", 500), self.customer, self.env["res.partner"]),
            (("<", 500), self.other | self.talker, self.portfolio),
            ((">=", 0), self.portfolio, self.portfolio),
            (("=", 0), self.other, self.other | self.talker),
            (("!=", 0), self.customer | self.talker, self.customer),
            (("in", [55, 100]), self.talker, self.customer),
        ):
            domain = [("portfolio_overdue", *condition)]
            with self.subTest(condition):
                self.assertEqual(self._list(auditor, domain), full)
                self.assertEqual(self._list(self.seller, domain), own)
        day = self.today - timedelta(days=30)
        self.assertEqual(
            self._list(self.seller, [("portfolio_last_order", ">", str(day))]),
            self.other,
        )
        self.assertEqual(
            self._list(self.seller, [("portfolio_last_order", "=", False)]),
            self.customer | self.talker,
        )

    def test_values_that_no_figure_has_are_refused_by_name(self):
        """Days that are none are refused by core, as for any date."""
        model = self.env["res.partner"]
        for operator, value in ((">", "abc"), ("=", "12"), ("in", ["x", 5])):
            domain = [("portfolio_open_invoices", operator, value)]
            with self.subTest(domain):
                with self.assertRaisesRegex(UserError, "portfolio_open_invoices"):
                    model.search(domain)
        self.assertTrue(model.search([("portfolio_overdue", "in", [900.0, 1000.0])]))
        self.assertFalse(model.search([("portfolio_last_order", "<", "1999-01-01")]))

    def test_order_groups_and_totals_of_what_is_seen_in_full(self):
        auditor = self._make_user("pf-audit", AUDITOR)
        ordered = self._list(auditor, order="portfolio_overdue desc, id")
        self.assertEqual(ordered.ids, (self.customer | self.talker | self.other).ids)
        ordered = self._list(auditor, order="portfolio_overdue, id")
        self.assertEqual(ordered.ids, (self.other | self.talker | self.customer).ids)
        model = self._list(auditor).browse()
        domain = [("id", "in", self.portfolio.ids)]
        groups = model.formatted_read_group(
            domain, ["portfolio_is_overdue"], ["portfolio_overdue:sum", "__count"]
        )
        found = {g["portfolio_is_overdue"]: g["portfolio_overdue:sum"] for g in groups}
        self.assertEqual(found, {True: 1055.0, False: 0.0})
        described = model.fields_get(["portfolio_overdue"])["portfolio_overdue"]
        self.assertTrue(described["sortable"])
        self.assertEqual(described["string"], "Overdue")
        self.assertIn("due date", described["help"])

    def test_groups_of_a_flag_for_who_sees_a_part(self):
        model = self._list(self.seller).browse()
        groups = model.formatted_read_group(
            [("id", "in", self.portfolio.ids)], ["portfolio_is_overdue"], ["__count"]
        )
        found = {g["portfolio_is_overdue"]: g["__count"] for g in groups}
        self.assertEqual(found, {True: 1, False: 2})

    def test_live_figures_are_not_ordered_grouped_or_totalled(self):
        model = self._list(self.seller).browse()
        described = model.fields_get(["portfolio_overdue"])["portfolio_overdue"]
        self.assertFalse(described["sortable"])
        self.assertFalse(described["groupable"])
        self.assertFalse(described.get("aggregator"))
        for attempt in (
            lambda: model.search([], order="portfolio_overdue"),
            lambda: model._read_group([], ["portfolio_overdue"]),
            lambda: model._read_group([], [], ["portfolio_overdue:sum"]),
        ):
            with self.assertRaises(ValueError):
                attempt()

    def test_figures_without_source_are_nowhere(self):
        """No money for stock users: not read, searched, ordered or grouped."""
        portal = new_test_user(self.env, "pf-portal", groups="base.group_portal")
        for user in (
            self._make_user("pf-stock", STOCK, EXPORT),
            self._make_user("pf-none", EXPORT),
            portal,
        ):
            partners = self.portfolio.with_user(user).browse()
            self.assertFalse(set(MONEY) & set(partners.fields_get()))
            for name in MONEY:
                for attempt in (
                    lambda name=name, p=partners: p.search([(name, ">", 0)]),
                    lambda name=name, p=partners: p.search([], order=name),
                    lambda name=name, p=partners: p._read_group([], [name]),
                    lambda name=name, p=partners, u=user: self.portfolio.with_user(
                        u
                    ).read([name]),
                ):
                    with self.subTest(user.login, name=name):
                        with self.assertRaises(AccessError):
                            attempt()
        # a salesperson's own ledger figures: no such field for him either
        self.assertNotIn("portfolio_revenue", self._list(self.seller).fields_get())
        self.assertIn("portfolio_overdue", self._list(self.seller).fields_get())

    def test_the_view_opens_for_every_role(self):
        action = self.env.ref("crm_extension.res_partner_action_portfolio")
        views = [(view, mode) for view, mode in action.views if mode == "list"]
        views.append((action.search_view_id.id, "search"))
        for login, groups in (
            ("pf-v-none", ()),
            ("pf-v-stock", (STOCK,)),
            ("pf-v-bill", (BILLING,)),
            ("pf-v-own", (SALESPERSON,)),
        ):
            user = self._make_user(login, *groups)
            model = self._list(user).browse()
            found = model.get_views(views)
            arch = found["views"]["list"]["arch"]
            known = found["models"]["res.partner"]["fields"]
            told = [name for name in known if name.startswith("portfolio_")]
            spec = {name: {} for name in told if f'name="{name}"' in arch}
            if "portfolio_currency_id" in spec:
                spec["portfolio_currency_id"] = {"fields": {}}
            answer = model.web_search_read([("id", "in", self.portfolio.ids)], spec)
            self.assertEqual(answer["length"], 3)
            self.assertEqual("portfolio_revenue" in arch, login == "pf-v-bill", login)

    def test_queries_do_not_grow_with_the_page(self):
        more = self.env["res.partner"].create(
            [{"name": f"Page {i}", "is_company": True} for i in range(30)]
        )
        for partner in more[:3]:
            self._invoice(10.0, 40, partner=partner)
        spec = {
            name: {}
            for name in self.env["res.partner"]._fields
            if name.startswith("portfolio_") and name != "portfolio_currency_id"
        }
        for user in (self._make_user("pf-all", ALL_DOCUMENTS), self.seller):
            known = self._list(user).fields_get(list(spec))
            mine = {name: {} for name in known}
            counts = []
            for ids in ((self.portfolio | more[:2]).ids, (self.portfolio | more).ids):
                self.env.invalidate_all()
                model = self._list(user).browse()
                model.web_search_read([("id", "in", ids)], mine)  # warm
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                model.web_search_read([("id", "in", ids)], mine)
                counts.append(self.env.cr.sql_log_count - before)
            self.assertLessEqual(counts[1] - counts[0], 2, (user.login, counts))

    def test_statistics_chips(self):
        """Overdue and late deliveries beside core's chips, as the reader sees them."""

        def chips(user):
            return {
                partner.name: {
                    chip["label"]
                    for chip in partner.application_statistics or []
                    if chip["iconClass"] in ("fa-exclamation-circle", "fa-truck")
                }
                for partner in self._list(user)
            }

        mine = chips(self.seller)
        self.assertEqual(mine["Northwind"], {"Invoices are overdue"})
        self.assertEqual(mine["Contoso"], {"Deliveries are late"})
        self.assertFalse(mine["Talker"])
        auditor = chips(self._make_user("pf-audit", AUDITOR))
        self.assertEqual(auditor["Talker"], {"Invoices are overdue"})
        stock = chips(self._make_user("pf-stock", STOCK))
        self.assertFalse(stock["Northwind"])
        self.assertEqual(stock["Contoso"], {"Deliveries are late"})

    # === MULTI-EDIT === #

    def test_activities_for_all_chosen(self):
        self.seller.group_ids |= self.env.ref("base.group_partner_manager")
        partners = self._list(self.seller)
        action = partners.action_portfolio_activity()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.seller)
            .with_context(**action["context"])
            .create({"activity_user_id": self.seller.id, "summary": "Call"})
        )
        wizard.action_schedule_activities()
        for partner in partners:
            self.assertEqual(partner.activity_ids.summary, "Call")

    def test_tags_are_added_and_removed_and_others_stay(self):
        tags = self.env["res.partner.category"].create(
            [{"name": "Old"}, {"name": "New"}, {"name": "Kept"}]
        )
        self.customer.category_id = tags[0] | tags[2]
        self.seller.group_ids |= self.env.ref("base.group_partner_manager")
        partners = self._list(self.seller)
        action = partners.action_portfolio_tag()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.seller)
            .with_context(**action["context"])
            .create(
                {
                    "add_ids": [Command.set(tags[1].ids)],
                    "remove_ids": [Command.set(tags[0].ids)],
                }
            )
        )
        self.assertEqual(wizard.partner_ids, partners)
        wizard.action_apply()
        self.assertEqual(self.customer.category_id, tags[1] | tags[2])
        self.assertEqual(self.other.category_id, tags[1])

    def test_who_may_not_write_customers_may_not_change_them(self):
        for user in (self._make_user("pf-none"), self._make_user("pf-audit", AUDITOR)):
            for name in ("action_portfolio_activity", "action_portfolio_tag"):
                with (
                    self.subTest(user.login, name=name),
                    self.assertRaises(AccessError),
                ):
                    getattr(self._list(user), name)()


@tagged("post_install", "-at_install")
class TestPortfolioExport(PortfolioCommon, HttpCase):
    """The list's own XLSX export, over HTTP."""

    def _export(self, login, *names):
        self.authenticate(login, login)
        data = {
            "model": "res.partner",
            "fields": [
                {"name": name, "label": name, "type": "monetary"} for name in names
            ],
            "ids": self.portfolio.ids,
            "domain": [],
            "groupby": [],
            "import_compat": False,
            "context": {"allowed_company_ids": self.company.ids},
        }
        return self.url_open(
            "/web/export/xlsx",
            data={
                "data": json.dumps(data),
                "csrf_token": http.Request.csrf_token(self),
            },
        )

    def test_export(self):
        self._make_user("pf-x-bill", BILLING, EXPORT)
        answer = self._export("pf-x-bill", "name", "portfolio_overdue")
        self.assertEqual(answer.status_code, 200)
        rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
        self.assertIn(("Northwind", 1000), [(row[0], row[1]) for row in rows])
        self._make_user("pf-x-stock", STOCK, EXPORT)
        answer = self._export("pf-x-stock", "name", "portfolio_overdue")
        self.assertNotEqual(answer.status_code, 200)
        self.assertNotIn("1000", answer.text)
