# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from .rights_common import LEDGER, OPEN, OWN, PARTS, SECRET, RightsMatrixCommon

#: role: (groups, sections, figures told, figures not told)
MATRIX = {
    "own": (
        ["sales_team.group_sale_salesman"],
        {"finance", "sales", "logistics", "contact"},
        OPEN,
        LEDGER | {"credit_limit"},
    ),
    "all": (
        ["sales_team.group_sale_salesman_all_leads"],
        {"finance", "sales", "logistics", "contact"},
        OPEN | {"margin"},
        LEDGER | {"credit_limit"},
    ),
    "billing": (
        ["account.group_account_invoice"],
        {"finance", "sales", "logistics", "contact"},
        OPEN | LEDGER | {"credit_limit", "credit_use"},
        set(),
    ),
    "auditor": (
        ["account.group_account_readonly"],
        {"finance", "sales", "logistics", "contact"},
        OPEN | LEDGER | {"credit_limit", "credit_use"},
        set(),
    ),
    "stock": (
        ["stock.group_stock_user"],
        {"sales", "logistics", "contact"},
        set(),
        OPEN | LEDGER | {"margin"},
    ),
    "none": ([], {"contact"}, set(), OPEN | LEDGER | {"margin"}),
}


@tagged("post_install", "-at_install")
class TestRightsMatrix(RightsMatrixCommon):
    """Every role, every part of the page, every scope: nothing is told that may not be,
    nothing raises, and RPC says what the page shows. Agents of the desk are asked the
    same by the addon that joins it (``crm_extension_service_desk``)."""

    roles = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls.users["own"]
        cls._invoice(OWN, 40, invoice_user_id=cls.seller.id)
        cls._order(quantity=2, user_id=cls.seller.id)

    def test_sections_and_figures_of_each_role(self):
        # glue shows employees the tickets and contracts that they may read
        self.assertSectionsAndFigures(glue=("service", "subscription"))

    def test_no_scope_and_no_part_raises_and_lists_agree(self):
        self.assertNothingRaises("contact", "group")

    def test_amounts_of_hidden_documents_are_nowhere(self):
        self.assertNowhere(("own", "none"), SECRET, SECRET + OWN, SECRET + 200.0)
        self.assertIn(str(SECRET), str(self._page("all")))
        self.assertNotIn(str(SECRET + OWN), str(self._page("stock")))

    def test_what_is_cut_is_marked(self):
        sections = self._page("own")["sections"]
        for section, key in (
            ("finance", "open_invoices"),
            ("finance", "margin"),
            ("sales", "ordered"),
            ("sales", "pipeline"),
        ):
            self.assertTrue(sections[section]["metrics"][key]["partial"], key)
        for role in ("all", "billing", "auditor"):
            finance = self._page(role)["sections"]["finance"]
            self.assertFalse(any(m["partial"] for m in finance["metrics"].values()))
            self.assertFalse(any(chart["partial"] for chart in finance["charts"]))

    def test_the_page_asks_what_integrators_ask(self):
        """Parts asked alone are the parts of the whole."""
        self.enterContext(freeze_time(fields.Datetime.now()))
        for role in ("own", "auditor"):
            whole = self._page(role)["sections"]
            for part in ("metrics", "charts", "tables"):
                alone = self._page(role, include=[part])["sections"]
                for key, section in alone.items():
                    self.assertEqual(section[part], whole[key][part], (role, key))

    def test_portal_is_refused_in_every_part(self):
        portal = new_test_user(self.env, "portal360", groups="base.group_portal")
        for part in PARTS:
            with self.assertRaises(AccessError):
                self.customer.with_user(portal).get_customer_360({"include": [part]})

    def test_two_companies(self):
        """Who is in one company gets nothing of the other, in no part."""
        company = self.setup_other_company()["company"]
        user = self.users["auditor"]
        user.write({"company_id": company.id, "company_ids": [(6, 0, company.ids)]})
        answer = self._page("auditor")
        self.assertNotIn(str(SECRET), str(answer))
        finance = answer["sections"]["finance"]
        self.assertEqual(finance["metrics"]["revenue_total"]["value"], 0.0)
        self.assertFalse(any(table["rows"] for table in finance["tables"]))
        values = [chart["datasets"][0]["values"] for chart in finance["charts"]]
        self.assertFalse(any(value for row in values for value in row))
        user.write({"company_ids": [(4, self.company.id)]})
        both = self._page("auditor")["sections"]["finance"]["metrics"]
        self.assertEqual(both["revenue_total"]["value"], SECRET + OWN)
        one = self._page("auditor", company_ids=company.ids)["sections"]["finance"]
        self.assertEqual(one["metrics"]["revenue_total"]["value"], 0.0)
