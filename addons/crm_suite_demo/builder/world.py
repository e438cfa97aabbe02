# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The company itself: books, currencies, price lists, settings."""

from dateutil.relativedelta import relativedelta

from .story import MONTHS

SETTINGS = (  # groups every employee has, as the settings page gives them
    "product.group_product_pricelist",
    "stock.group_production_lot",
)


def make_company(story):
    """Name, address and a bank whose payments are booked.

    The address is written on the company's partner: writing a country on the company
    itself makes Odoo install that country's localisation.
    """
    env, company = story.env, story.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=company)
    company.name = "Hanbit Machinery (demo)"
    company.partner_id.write(
        {
            "street": "1200 Industrial Boulevard",
            "city": "Fremont, CA",
            "zip": "94538",
            "country_id": env.ref("base.us").id,
            "email": "office@hanbit.example.com",
            "website": "https://hanbit.example.com",
        }
    )
    employees = env.ref("base.group_user")
    employees.implied_ids |= env["res.groups"].union(*map(env.ref, SETTINGS))
    _open_bank(story)


def _open_bank(story):
    """Payments are journal entries on the outstanding accounts.

    Without these accounts Odoo 19 keeps payments outside the ledger until the bank
    statement comes, and customers would owe what they have paid.
    """
    chart = story.env["account.chart.template"].with_company(story.company)
    bank = story.env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", story.company.id)], limit=1
    )
    debit = chart.ref("account_journal_payment_debit_account_id")
    credit = chart.ref("account_journal_payment_credit_account_id")
    bank.inbound_payment_method_line_ids.payment_account_id = debit
    bank.outbound_payment_method_line_ids.payment_account_id = credit
    story.records["bank"] = bank


def make_currencies(story):
    """Euro with one rate per month, and a price list in each currency."""
    env = story.env
    euro, dollar = env.ref("base.EUR"), env.ref("base.USD")
    (euro | dollar).active = True
    rng, rate = story.rng("rates"), 0.92
    first = (story.start.date() - relativedelta(months=2)).replace(day=1)
    for month in range(MONTHS + 4):
        day = first + relativedelta(months=month)
        if day > story.today:
            break
        rate = min(max(rate + rng.uniform(-0.015, 0.015), 0.84), 0.98)
        values = {"name": day, "rate": round(rate, 4), "currency_id": euro.id}
        env["res.currency.rate"].create({**values, "company_id": story.company.id})
        story.count("exchange rates")
    for currency in dollar | euro:
        pricelist = env["product.pricelist"].create(
            {
                "name": f"Hanbit price list {currency.name}",
                "currency_id": currency.id,
                "company_id": story.company.id,
            }
        )
        story.name(f"pricelist_{currency.name}", pricelist)


def make_language(story):
    """Korean, with the translations of all installed modules."""
    wizard = story.env["base.language.install"]
    korean = story.env["res.lang"].with_context(active_test=False)
    korean = korean.search([("code", "=", "ko_KR")])
    if not korean.active:
        wizard.create({"lang_ids": [(6, 0, korean.ids)]}).lang_install()
