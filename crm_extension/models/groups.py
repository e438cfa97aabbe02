# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who is told which figures: comma-separated XML ids, as fields take them."""

#: Readers of the ledger.
LEDGER = "account.group_account_readonly,account.group_account_invoice"
#: Salespeople who see the documents of all.
SALES = "sales_team.group_sale_salesman_all_leads"
#: Any salesperson.
SELLER = "sales_team.group_sale_salesman"
MONEY = f"{LEDGER},{SALES}"
#: Who reads amounts of orders, each his own.
SOLD = f"{SELLER},{LEDGER}"
