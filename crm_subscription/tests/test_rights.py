# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, SubscriptionCommon

ROLES = {
    "manager": "crm_subscription.group_subscription_manager",
    "user_all": "crm_subscription.group_subscription_user_all",
    "user": "crm_subscription.group_subscription_user",
    "salesperson": "sales_team.group_sale_salesman",
    "sales_all": "sales_team.group_sale_salesman_all_leads",
    "biller": "account.group_account_invoice",
    "accountant": "account.group_account_manager",
    "auditor": "account.group_account_readonly",
    "stock": "stock.group_stock_user",
    "employee": "base.group_user",
    "portal": "base.group_portal",
    "other_portal": "base.group_portal",
    "public": "base.group_public",
}
CONTRACT_USERS = {"manager", "user_all", "user"}
# Who may do what with a contract that is nobody's own, on which all are tried.
ALLOWED = {
    "read": CONTRACT_USERS
    | {"salesperson", "sales_all", "biller", "accountant", "auditor", "portal"},
    "preview": CONTRACT_USERS
    | {"salesperson", "sales_all", "biller", "accountant", "auditor", "portal"},
    "preview_change": CONTRACT_USERS
    | {"salesperson", "sales_all", "biller", "accountant", "auditor", "portal"},
    "price": {"manager"},
    "quantity": {"manager"},
    "pause": {"manager"},
    "cancel_now": {"manager"},
    "cancel": CONTRACT_USERS,
    "bill": {"manager", "biller", "accountant"},
    "renew": CONTRACT_USERS,
    "deliver": {"manager"},
    # Accountants who administer have the right to contracts from the contract addon.
    "note": CONTRACT_USERS | {"accountant"},
    "price_by_hand": {"manager", "accountant"},
    "date_by_hand": {"manager", "accountant"},
    "delete_ledger": set(),
    "plan": {"manager"},
    "ledger": set(),
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRights(SubscriptionCommon):
    """Each role tries each action on the same contract; every refusal is clear."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A plan of its own: the test finds it whatever else the database holds.
        cls.plan = cls._make_plan(name="Matrix", renewal_policy="automatic")
        cls.product = cls._make_product("Matrix Service", 100.0, cls.plan)
        cls.contract = cls._subscribe("2026-02-10")
        cls.contract.user_id = False
        cls.plan.company_id = cls.env.company
        cls.contract.run_billing()
        cls.reason = cls.env.ref("crm_subscription.reason_price")
        cls.people = {
            role: new_test_user(cls.env, f"matrix_{role}", group)
            for role, group in ROLES.items()
        }
        cls.people["portal"].partner_id.parent_id = cls.customer
        cls.people["other_portal"].partner_id.parent_id = cls.other_customer
        second = cls.env["res.company"].create({"name": "Matrix Second"})
        cls.people["other_company"] = new_test_user(
            cls.env,
            "matrix_other_company",
            ROLES["manager"],
            company_id=second.id,
            company_ids=[Command.set(second.ids)],
        )
        cls.totals = {
            kind: cls.contract.preview_change(cls._get_change(kind))["total"]
            for kind in ("price", "quantity", "pause", "cancel")
        }
        options = {"reason_id": cls.reason.id}
        cls.cancel_total = cls.contract.preview_cancellation(options)["total"]
        cls.env.flush_all()

    def _try(self, action, user):
        """Return the refusal (str), or False if ``user`` may do ``action``.

        What was done is undone.
        """
        contract = self.contract.with_user(user)
        try:
            with self.env.cr.savepoint() as savepoint:
                getattr(self, f"_do_{action}")(contract)
                self.env.flush_all()
                savepoint.rollback()
        except AccessError as error:
            return str(error)
        finally:
            self.env.invalidate_all()
        return False

    def _do_read(self, contract):
        contract.read(["name", "mrr", "subscription_state"])

    def _do_preview(self, contract):
        contract.preview_schedule(limit=2)

    @classmethod
    def _get_change(cls, kind):
        change = {"type": kind, "line_id": cls.contract.contract_line_ids.id}
        values = {"price": {"price_unit": 120.0}, "quantity": {"quantity": 2.0}}
        return dict(change, **values.get(kind, {}))

    def _do_preview_change(self, contract):
        contract.preview_change(self._get_change("price"))

    def _apply(self, contract, kind):
        contract.apply_change(self._get_change(kind), self.totals[kind])

    def _do_price(self, contract):
        self._apply(contract, "price")

    def _do_quantity(self, contract):
        self._apply(contract, "quantity")

    def _do_pause(self, contract):
        self._apply(contract, "pause")

    def _do_cancel_now(self, contract):
        self._apply(contract, "cancel")

    def _do_cancel(self, contract):
        options = {"reason_id": self.reason.id}
        contract.cancel_subscription(options, self.cancel_total)

    def _do_bill(self, contract):
        contract.run_billing()

    def _do_renew(self, contract):
        contract.renew({"mode": "quotation"})

    def _do_deliver(self, contract):
        contract.run_deliveries()

    def _do_note(self, contract):
        contract.note = "Call before noon"

    def _get_line(self, contract):
        line = self.contract.contract_line_ids
        return line.with_user(contract.env.user)

    def _do_price_by_hand(self, contract):
        self._get_line(contract).price_unit = 1.0

    def _do_date_by_hand(self, contract):
        self._get_line(contract).date_end = "2026-12-31"

    def _do_delete_ledger(self, contract):
        self.env["contract.period"].with_user(contract.env.user).browse(
            self.contract.period_ids.ids
        ).unlink()

    def _do_plan(self, contract):
        self.plan.with_user(contract.env.user).uplift_percent = 9.0

    def _do_ledger(self, contract):
        self.contract.period_ids.with_user(contract.env.user).write({"amount": 0.0})

    def test_matrix(self):
        for action, allowed in ALLOWED.items():
            for role, user in self.people.items():
                with self.subTest(action=action, role=role):
                    refusal = self._try(action, user)
                    self.assertEqual(not refusal, role in allowed, refusal)
                    if refusal:
                        self.assertGreater(len(refusal), 20)

    def test_every_role_reads_without_a_list_of_fields(self):
        """R7: of whatever record a role may read, it may read all that is shown."""
        self.contract.apply_change(
            {
                "type": "quantity",
                "line_id": self.contract.contract_line_ids.id,
                "quantity": 2.0,
            },
            self.totals["quantity"],
        )
        self.contract.renew({"mode": "quotation"})
        records = [
            self.contract,
            self.contract.contract_line_ids,
            self.contract.period_ids,
            self.contract.modification_ids,
            self.contract.change_ids,
            self.contract.renewal_step_ids,
            self.contract.mrr_movement_ids,
            self.contract.delivery_ids,
            self.contract.subscription_plan_id,
            self.contract.renewal_order_id,
        ]
        read = set()
        for role, user in self.people.items():
            for own in records:
                try:
                    found = own.with_user(user)._filtered_access("read")
                except AccessError:
                    continue
                with self.subTest(role=role, model=own._name):
                    self.assertEqual(len(found.read()), len(found))
                    read |= {(role, own._name)} if found else set()
        for role in ("portal", "salesperson", "auditor", "user"):
            self.assertIn((role, "contract.contract"), read)
            self.assertIn((role, "contract.line"), read)

    def test_own_contracts_of_a_user_are_his_alone(self):
        self.contract.user_id = self.people["manager"]
        for role in ("user", "salesperson"):
            for action in ("read", "preview", "note", "renew", "cancel"):
                with self.subTest(role=role, action=action):
                    self.assertTrue(self._try(action, self.people[role]))
        self.assertFalse(self._try("note", self.people["user_all"]))

    def test_refusal_names_line_field_and_who_may(self):
        self.contract.user_id = self.people["user"]
        refusal = self._try("date_by_hand", self.people["user"])
        for part in (self.contract.name, "date_end", "manager"):
            self.assertIn(part, refusal)
