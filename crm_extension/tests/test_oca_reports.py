# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from .common import CustomerCommon

TRIAL_BALANCE = "report.account_financial_report.trial_balance"
STATEMENT = "report.partner_statement.outstanding_statement"


@tagged("post_install", "-at_install")
class TestOcaReports(CustomerCommon):
    """Where OCA's reports are installed, they say the same of the same customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._pay(cls._invoice(100.0, 20), 30.0, days_ago=4)
        cls._invoice(45.0, 50, cls.contact)
        cls._invoice(20.0, 3, move_type="out_refund")
        cls._invoice(77.0, 2, cls.other)
        cls._entry(
            [(cls.income, cls.customer, -12), (cls.receivable, cls.customer, 12)]
        )

    def _installed(self, model):
        if model not in self.env.registry:
            self.skipTest(f"{model} is not installed")
        return self.env[model]

    def test_revenue_and_receivable_of_the_trial_balance(self):
        report = self._installed(TRIAL_BALANCE)
        [answer] = self._ask()
        total, _accounts, _partners = report._get_data(
            [],  # all accounts
            [],  # all journals
            self.customer.ids,
            self.company.id,
            answer["date_to"],
            answer["date_from"],
            False,  # no foreign currency
            True,  # posted entries only
            False,  # no partner details
            False,  # accounts at zero, too
            False,  # no account of unaffected earnings
            answer["date_from"],
            False,  # not grouped
        )
        metrics = answer["sections"]["finance"]["metrics"]
        income = total[self.income.id]["balance"]
        self.assertEqual(metrics["revenue"]["value"], 137.0)
        self.assertAlmostEqual(-income, metrics["revenue"]["value"])
        owed = total[self.receivable.id]["ending_balance"]
        self.assertEqual(metrics["receivable"]["value"], 107.0)
        self.assertAlmostEqual(owed, metrics["receivable"]["value"])

    def test_receivable_of_the_statement(self):
        report = self._installed(STATEMENT)
        wizard = (
            self.env["outstanding.statement.wizard"]
            .with_context(active_ids=self.customer.ids, model="res.partner")
            .create({"company_id": self.company.id})
        )
        values = report._get_report_values(
            self.customer.ids, wizard._prepare_statement()
        )
        currencies = values["data"][self.customer.id]["currencies"]
        owed = currencies[self.company.currency_id.id]["amount_due"]
        self.assertAlmostEqual(owed, self._values()["receivable"])
