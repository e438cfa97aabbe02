# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io

from lxml import html
from pypdf import PdfReader

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools.misc import format_date
from odoo.tools.safe_eval import safe_eval, time

from .common import CustomerCommon

REPORT = "crm_extension.action_report_customer_review"


@tagged("post_install", "-at_install")
class TestReview(CustomerCommon):
    """The printed account review says what the page says, to the same reader."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls._make_user("review_reader", "account.group_account_readonly")
        cls.seller = cls._make_user(
            "review_seller", "sales_team.group_sale_salesman_all_leads"
        )
        cls._pay(cls._invoice(1234.5, 40), 200.0, days_ago=5)
        cls._entry(
            [(cls.income, cls.customer, -12), (cls.receivable, cls.customer, 12)]
        )
        cls._order(quantity=2)

    def _print(self, user, partners=None):
        """Return the report (element) as that user prints it."""
        partners = partners or self.customer
        self.env.flush_all()
        report = self.env["ir.actions.report"].with_user(user)
        content, kind = report._render_qweb_html(REPORT, partners.ids)
        self.assertEqual(kind, "html")
        return html.fromstring(content)

    def _printed(self, page, section):
        """Return {metric key: value} of a section of the report."""
        rows = page.xpath(f"//table[@data-section='{section}']//tr[@data-key]")
        return {row.get("data-key"): row.get("data-value") for row in rows}

    def test_every_figure_is_that_of_the_page(self):
        """At one moment: a second later one more delivery may be late."""
        later = fields.Datetime.add(fields.Datetime.now(), hours=1)
        clock = freeze_time(later)
        clock.start()
        self.addCleanup(clock.stop)
        for user in (self.reader, self.seller):
            page = self._print(user)
            [answer] = self._ask(user=user)
            compared = 0
            for key, section in answer["sections"].items():
                printed = self._printed(page, key)
                self.assertEqual(printed.keys(), section["metrics"].keys())
                for name, metric in section["metrics"].items():
                    self.assertEqual(printed[name], str(metric["value"]), name)
                    compared += 1
            self.assertGreater(compared, 20)

    def test_name_of_the_file(self):
        """The name is made as the download does it: with the record and the time."""
        report = self.env.ref(REPORT).with_user(self.reader)
        self.env["res.lang"]._activate_lang("ko_KR")
        for lang in ("en_US", "ko_KR"):
            name = report.with_context(lang=lang).print_report_name
            made = safe_eval(name, {"object": self.customer, "time": time})
            self.assertIn(self.customer.display_name, made)

    def test_who_prints_decides_what_is_printed(self):
        told = self._print(self.reader).text_content()
        self.assertIn("$ 1,246.50", told.replace("\xa0", " "))
        self.assertIn("Manual entries on income accounts", told)
        page = self._print(self.seller)
        self.assertNotIn("receivable", self._printed(page, "finance"))
        self.assertNotIn("1,246.50", page.text_content())

    def test_each_customer_has_a_review(self):
        page = self._print(self.reader, self.customer + self.other)
        names = [title.text_content() for title in page.xpath("//h2")]
        self.assertEqual(len(names), 2)
        self.assertIn(self.customer.name, names[0])
        self.assertIn(self.other.name, names[1])

    def test_in_the_language_of_who_prints(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.reader.lang = "fr_FR"
        report = self.env["ir.actions.report"].with_user(self.reader)
        report = report.with_context(lang="fr_FR")
        content, _kind = report._render_qweb_html(REPORT, self.customer.ids)
        told = html.fromstring(content).text_content()
        plain = told.replace("\xa0", " ").replace("\u202f", " ")
        self.assertIn("1 246,50", plain)

    def test_in_korean(self):
        """Headings, names of figures, definitions and dates, as a Korean reads them."""
        self.env["res.lang"]._activate_lang("ko_KR")
        self.reader.lang = "ko_KR"
        report = self.env["ir.actions.report"].with_user(self.reader)
        report = report.with_context(lang="ko_KR")
        self.env.flush_all()
        content, _kind = report._render_qweb_html(REPORT, self.customer.ids)
        page = html.fromstring(content)
        for part in page.xpath("//h2 | //h3 | //h4 | //th"):
            text = part.text_content().replace(self.customer.name, "").strip()
            if text:
                self.assertRegex(text, "[가-힣]", html.tostring(part))
        rows = page.xpath("//table[@data-section]//tr[@data-key]")
        self.assertGreater(len(rows), 20)
        for row in rows:
            name = row.xpath("./td")[0].text_content()
            self.assertRegex(name, "[가-힣]", row.get("data-key"))
        told = page.text_content().replace("\xa0", " ")
        self.assertIn("1,246.50", told)
        self.assertIn(format_date(report.env, self.today), told)

    def test_as_a_pdf(self):
        """Where wkhtmltopdf is; without it the same is printed from the browser."""
        state = self.env["ir.actions.report"].get_wkhtmltopdf_state()
        if state not in ("ok", "upgrade"):
            self.skipTest(f"wkhtmltopdf: {state}")
        self.env["res.lang"]._activate_lang("ko_KR")
        for lang in ("en_US", "ko_KR"):
            self.reader.lang = lang
            report = self.env["ir.actions.report"].with_user(self.reader)
            report = report.with_context(lang=lang, force_report_rendering=True)
            with self.allow_pdf_render():
                content, kind = report._render_qweb_pdf(REPORT, self.customer.ids)
            self.assertEqual(kind, "pdf")
            reader = PdfReader(io.BytesIO(content))
            text = "".join(page.extract_text() for page in reader.pages)
            self.assertIn("1,246.50", text.replace("\xa0", " "))

    def test_portal_users_print_nothing(self):
        portal = new_test_user(self.env, "review_portal", "base.group_portal")
        with self.assertRaises(AccessError):
            self._print(portal)
