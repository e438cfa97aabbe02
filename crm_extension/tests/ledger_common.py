# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two companies with their books, for histories that Hypothesis makes up."""

import os

from hypothesis import HealthCheck, Phase, seed, settings

from odoo import Command

from .common import CustomerCommon
from .ledger_history import Books, History

SLOW = bool(os.environ.get("CRM_SUITE_SLOW"))
EXAMPLES = 150 if SLOW else 6


def few_examples(test):
    """Run a property on the same small set of examples each time, many when asked."""
    chosen = settings(
        max_examples=EXAMPLES,
        deadline=None,
        # Each try books documents: shrinking a failure takes minutes.
        phases=tuple(Phase) if SLOW else (Phase.explicit, Phase.generate),
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    return chosen(seed(2026)(test))


class LedgerCommon(CustomerCommon):
    """Two companies in two currencies, one with rates of its own, and four partners."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.env["res.partner"].create({"name": "Peter Person"})
        cls.service = cls.env["product.product"].create(
            {"name": "Advice", "type": "service", "standard_price": 30.0}
        )
        cls.local = cls._currency("YYY", {None: ((1000, 2.0), (300, 4.0), (40, 3.0))})
        data = cls.setup_other_company(name="Second", currency_id=cls.local.id)
        cls.companies = cls.company + data["company"]
        cls.env.user.company_ids |= cls.companies
        own_rates = {
            cls.company: ((900, 5.0), (250, 8.0), (20, 6.0)),
            data["company"]: ((900, 1.5), (100, 2.5)),
        }
        cls.foreign = cls._currency("ZZZ", own_rates)
        cls.books = [cls._books(cls.company_data), cls._books(data)]
        first, second = cls.books
        # One company books differences as income, the other as expense.
        first.company.income_currency_exchange_account_id = first.accounts["income"]
        first.company.expense_currency_exchange_account_id = first.accounts["income"]
        first.company.account_journal_early_pay_discount_loss_account_id = (
            first.accounts["discount"]
        )
        second.company.account_journal_early_pay_discount_loss_account_id = (
            second.accounts["expense"]
        )
        first.company.account_discount_expense_allocation_id = first.accounts[
            "allocation"
        ]
        second.company.account_discount_expense_allocation_id = second.accounts[
            "expense"
        ]
        cls.reader = cls._make_user("ledger_reader", "account.group_account_readonly")
        cls.reader.company_ids = cls.companies

    @classmethod
    def _currency(cls, name, rates):
        currency = cls.env["res.currency"].create(
            {"name": name, "symbol": name, "rounding": 0.01}
        )
        for company, dated in rates.items():
            for days_ago, rate in dated:
                cls._rate(currency, company, days_ago, rate)
        return currency

    @classmethod
    def _rate(cls, currency, company, days_ago, rate):
        return cls.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": company.id if company else False,
                "name": cls._day(days_ago),
                "rate": rate,
            }
        )

    @classmethod
    def _books(cls, data):
        company = data["company"]
        accounts = {
            "income": data["default_account_revenue"],
            "receivable": data["default_account_receivable"],
            "expense": data["default_account_expense"],
            "non_trade": cls._account(
                company, "NT", "asset_receivable", non_trade=True, reconcile=True
            ),
            "liability": cls._account(company, "DP", "liability_current"),
            "allocation": cls._account(company, "AL", "income"),
            "discount": cls._account(company, "CD", "income_other"),
        }
        return Books(
            company=company,
            data=data,
            accounts=accounts,
            terms=cls._terms(company),
            roundings=cls._roundings(company, accounts),
            taxes=cls._taxes(company),
            foreign=cls.foreign,
        )

    @classmethod
    def _account(cls, company, code, account_type, **values):
        return (
            cls.env["account.account"]
            .with_company(company)
            .create(
                {
                    "name": code,
                    "code": f"LP{code}",
                    "account_type": account_type,
                    "company_ids": [Command.set(company.ids)],
                    **values,
                }
            )
        )

    @classmethod
    def _terms(cls, company):
        """Return three instalments, and early discounts of each computation."""
        parts = [(30, 0), (40, 45), (30, 120)]
        vals_list = [
            {
                "name": "Instalments",
                "line_ids": [
                    Command.create({"value_amount": value, "nb_days": days})
                    for value, days in parts
                ],
            }
        ]
        vals_list += [
            {
                "name": computation,
                "early_discount": True,
                "discount_percentage": 3,
                "discount_days": 14,
                "early_pay_discount_computation": computation,
                "line_ids": [Command.create({"value_amount": 100, "nb_days": 30})],
            }
            for computation in ("included", "excluded", "mixed")
        ]
        terms = cls.env["account.payment.term"].with_company(company)
        return [terms.create({"company_id": company.id, **vals}) for vals in vals_list]

    @classmethod
    def _roundings(cls, company, accounts):
        return [
            cls.env["account.cash.rounding"]
            .with_company(company)
            .create(
                {
                    "name": strategy,
                    "rounding": 0.5,
                    "strategy": strategy,
                    "rounding_method": "HALF-UP",
                    "profit_account_id": accounts["income"].id,
                    "loss_account_id": accounts["expense"].id,
                }
            )
            for strategy in ("add_invoice_line", "biggest_tax")
        ]

    @classmethod
    def _taxes(cls, company):
        """Return an excluded, an included and one without an account of its own."""
        tax = company.account_sale_tax_id
        included = tax.copy(
            {"name": "Included", "price_include_override": "tax_included"}
        )
        own = tax.copy({"name": "On the line's account"})
        repartition = own.invoice_repartition_line_ids + own.refund_repartition_line_ids
        repartition.account_id = False
        return [tax, included, own]

    def _rolled_back(self):
        return RolledBack(self.env)

    def _history(self):
        partners = [self.customer, self.contact, self.other, self.person]
        return History(self.env, self.books, partners, self.today, self.service)


class RolledBack:
    """What is done inside is undone at the end, whatever happened."""

    def __init__(self, env):
        self.env = env

    def __enter__(self):
        self.savepoint = self.env.cr.savepoint(flush=True)
        self.savepoint.__enter__()

    def __exit__(self, *error):
        if not any(error):
            self.savepoint.rollback()
        self.savepoint.__exit__(*error)
        self.env.invalidate_all()
