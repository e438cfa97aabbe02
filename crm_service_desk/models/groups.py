# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""XML ids of the groups that the desk asks for."""

AGENT = "helpdesk_mgmt.group_helpdesk_user_own"
MANAGER = "helpdesk_mgmt.group_helpdesk_manager"
STOCK_USER = "stock.group_stock_user"
SALES = "sales_team.group_sale_salesman"
BILLING = "account.group_account_invoice"
