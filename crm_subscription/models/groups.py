# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""XML ids of the groups that the code asks for."""

USER = "crm_subscription.group_subscription_user"
MANAGER = "crm_subscription.group_subscription_manager"
# Who may change what a billed contract costs, and its terms.
PRICE_SETTERS = (MANAGER, "account.group_account_manager")
# Who may bill.
BILLERS = (MANAGER, "account.group_account_invoice")


def has_one(user, groups):
    """Return whether the user (res.users) is in one of the groups (XML ids)."""
    return any(user.has_group(group) for group in groups)
