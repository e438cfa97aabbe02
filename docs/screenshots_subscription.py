#!/usr/bin/env python3
# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Make pictures of every screen of the subscriptions from a running demo.

Start the demo (``./setup/run``), then::

    .suite/venv/bin/python docs/screenshots_subscription.py --database DATABASE FOLDER

See ``screenshots_desk.py`` for the options.
"""

from screenshots_desk import TAB, Screen, Shooter, main

DOCUMENTED = {
    "subscription_forecast": ("",),
    "subscription_portal": ("", "_ko"),
    "subscription_renewals": ("",),
}
FORM = ".o_form_view .o_form_sheet"
DIALOG = """
(() => {
    odoo.__WOWL_DEBUG__.root.env.services.action.doAction(
        "%(action)s",
        {additionalContext: {active_model: "contract.contract", active_id: %(id)s}}
    );
    return true;
})()
"""
ROWS = ".o_list_view .o_data_row, .o_kanban_record:not(.o_kanban_ghost)"


def dialog(name, number):
    """Open a dialog about a contract."""
    action = f"crm_subscription.contract_{name}_wizard_action"
    return (DIALOG % {"action": action, "id": number}, ".modal .o_form_view")


def form_screens(demo):
    """``{name: Screen}`` of contracts, orders and their dialogs."""
    number = demo.ref("contract_redwood_maint")
    path = f"odoo/subscriptions/{number}"
    [contract] = demo.call(
        "contract.contract", "read", [number], ["renewal_order_id", "period_ids"]
    )
    periods = demo.call(
        "contract.period", "read", contract["period_ids"][:1], ["move_id"]
    )
    pages = ("periods", "renewal_steps", "mrr", "changes")
    return {
        "subscription_form": Screen("manager", path, FORM),
        **{
            f"subscription_{page}": Screen("manager", path, FORM, ((TAB % page, FORM),))
            for page in pages
        },
        **{
            f"subscription_{name}": Screen(
                "manager", path, FORM, (dialog(name, number),)
            )
            for name in ("change", "cancellation")
        },
        "subscription_order": Screen(
            "manager", f"odoo/orders/{contract['renewal_order_id'][0]}", FORM
        ),
        "subscription_invoice": Screen(
            "manager",
            "odoo/action-account.action_move_out_invoice_type"
            f"/{periods[0]['move_id'][0]}",
            FORM,
        ),
        "subscription_plan": Screen(
            "manager", f"odoo/subscription-plans/{demo.ref('plan_monthly')}", FORM
        ),
    }


def list_screens():
    """``{name: Screen}`` of what the menus open."""
    view = ".o_action_manager .o_view_controller"
    paths = {
        "list": ("subscriptions", ROWS),
        "kanban": ("subscriptions?view_type=kanban", ROWS),
        "to_renew": ("subscriptions-to-renew", ROWS),
        "renewals": ("renewals", ROWS),
        "rate": ("renewal-rate", view),
        "forecast": ("renewal-forecast", ".o_renewal_forecast td"),
        "pipeline": ("action-crm_subscription.crm_lead_action_renewal", view),
        "ledger": ("subscription-periods", ROWS),
        "log": ("action-crm_subscription.contract_change_log_action", view),
        "movements": ("mrr-movements", view),
        "over_time": ("mrr-over-time", view),
        "steps": ("action-crm_subscription.contract_renewal_step_action", view),
        "health": ("subscription-health", view),
    }
    return {
        f"subscription_{name}": Screen("manager", f"odoo/{path}", shows)
        for name, (path, shows) in paths.items()
    }


def portal_screens(demo, suffix):
    """``{name: Screen}`` of the customer who reads the language."""
    name = "contract_garam_remote" if suffix else "contract_redwood_maint"
    number = demo.ref(name)
    path = f"my/contracts/{number}"
    [contract] = demo.call("contract.contract", "read", [number], ["renewal_order_id"])
    screens = {
        "subscription_portal_list": Screen("customer", "my/contracts", "table"),
        "subscription_portal": Screen("customer", path, "#introduction"),
        "subscription_portal_cancel": Screen(
            "customer", f"{path}/cancel", "#cancellation"
        ),
    }
    if contract["renewal_order_id"]:
        order = f"my/orders/{contract['renewal_order_id'][0]}"
        screens["subscription_portal_offer"] = Screen(
            "customer", order, "#renewal_changes"
        )
    return screens


class SubscriptionShooter(Shooter):
    """Make pictures of every screen of the subscriptions from a running demo."""

    documented = DOCUMENTED

    def screens(self, suffix):
        return (
            form_screens(self.demo) | list_screens() | portal_screens(self.demo, suffix)
        )


if __name__ == "__main__":
    main(SubscriptionShooter)
