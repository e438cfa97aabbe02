# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was agreed with a customer is changed by managers; the rest says the machine."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import SubscriptionCommon


@tagged("post_install", "-at_install")
class TestGuard(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-01-01")
        cls.line = cls.contract.contract_line_ids
        cls.contract.user_id = cls.user
        # Nobody ordered it, and nothing of it is billed.
        cls.proposed = cls._make_oca_contract()
        cls.proposed.user_id = cls.user

    def test_terms_of_a_billed_contract_are_the_managers(self):
        own = self.contract.with_user(self.user)
        other_plan = self.plan.copy({"name": "Another"})
        self.proposed.with_user(self.user).renewal_notice_days = 15
        self.contract.run_billing()
        self.assertTrue(self.line.period_ids)
        for vals in (
            {"renewal_notice_days": 0},
            {"renewal_uplift_percent": -100.0},
            {"subscription_plan_id": other_plan.id},
            {"line_recurrence": False},
            {"contract_type": "purchase"},
            {"partner_id": self.other_customer.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError) as caught:
                own.write(vals)
            self.assertIn(next(iter(vals)), str(caught.exception))
        own.note = "What he may write."
        self.contract.with_user(self.manager).renewal_notice_days = 20
        self.assertEqual(self.contract.renewal_notice_days, 20)

    def test_nobody_forges_a_cancellation(self):
        for user in (self.user, self.manager):
            contract = self.contract.with_user(user)
            for vals in (
                {"service_end_date": "2026-01-31"},
                {"cancelled_on": "2026-01-01"},
                {"cancelled_by_customer": True},
                {"cancel_comment": "We go."},
                {"mrr": 1000.0},
            ):
                with (
                    self.subTest(user=user.login, vals=vals),
                    self.assertRaises(AccessError),
                ):
                    contract.write(vals)

    def test_another_price_of_the_next_term_is_the_managers(self):
        own = self.contract.with_user(self.user)
        for mode in ("automatic", "quotation"):
            with self.assertRaisesRegex(AccessError, "uplift_percent"):
                own.renew({"mode": mode, "uplift_percent": -100.0})
        self.assertFalse(self.line.successor_contract_line_id)
        self.assertTrue(own.renew({"mode": "automatic"})[0]["created"])

    # === THE NEXT PRICE AND THE BILLS === #
    def test_price_of_the_next_term_is_the_managers(self):
        own = self.contract.with_user(self.user)
        self.proposed.with_user(self.user).renewal_cap_percent = 3.0
        self.contract.run_billing()
        index = self.env["contract.price.index"].create({"name": "Prices"})
        pricelist = self.env["product.pricelist"].create({"name": "Cheap"})
        for vals in (
            {"renewal_price_method": "fixed"},
            {"renewal_amount_change": -50.0},
            {"renewal_index_id": index.id},
            {"renewal_pricelist_id": pricelist.id},
            {"renewal_bounded": True},
            {"renewal_floor_percent": -99.0},
            {"renewal_cap_percent": -50.0},
            {"renewal_price_rounding": 1000.0},
            {"price_notice_days": 300},
            {"renewal_policy": "end"},
            {"renewal_term_count": 0},
            {"renewal_term_unit": "day"},
        ):
            with self.subTest(vals=vals):
                with self.assertRaisesRegex(AccessError, next(iter(vals))):
                    own.write(vals)
        self.contract.with_user(self.manager).renewal_cap_percent = 4.0

    def test_what_bills_look_like_is_the_managers(self):
        self.contract.run_billing()
        own = self.contract.with_user(self.user)
        position = self.env["account.fiscal.position"].create({"name": "Free of tax"})
        pricelist = self.env["product.pricelist"].create({"name": "Cheap"})
        for vals in (
            {"active": False},
            {"fiscal_position_id": position.id},
            {"pricelist_id": pricelist.id},
            {"payment_term_id": self.env.ref("account.account_payment_term_45days").id},
            {"journal_id": self.contract.journal_id.copy().id},
        ):
            with self.subTest(vals=vals):
                with self.assertRaisesRegex(AccessError, next(iter(vals))):
                    own.write(vals)
        with self.assertRaises(AccessError):
            own.action_archive()

    def test_bills_go_to_another_contact_but_to_nobody_else(self):
        self.contract.run_billing()
        own = self.contract.with_user(self.user)
        contact = self.env["res.partner"].create(
            {"name": "Book-keeping", "parent_id": self.customer.id}
        )
        own.invoice_partner_id = contact
        with self.assertRaisesRegex(AccessError, self.other_customer.name):
            own.invoice_partner_id = self.other_customer
        self.contract.with_user(self.manager).invoice_partner_id = self.other_customer
        own.invoice_partner_id = self.other_customer

    def test_who_ends_a_contract_by_hand(self):
        own = self.contract.with_user(self.user)
        reason = self.env.ref("crm_subscription.reason_price")
        for vals in (
            {"is_terminated": True},
            {"terminate_date": "2026-01-31"},
            {"terminate_reason_id": reason.id},
            {"terminate_comment": "He goes."},
        ):
            [(name, value)] = vals.items()
            new = {"name": "x", "partner_id": self.customer.id}
            with self.subTest(vals=vals):
                with self.assertRaisesRegex(AccessError, name):
                    own.write(vals)
                with self.assertRaisesRegex(AccessError, name):
                    own.create(dict(new, **vals))
                with self.assertRaisesRegex(AccessError, name):
                    own.with_context(**{f"default_{name}": value}).create(new)
        self.contract.with_user(self.manager).is_terminated = True
        with self.assertRaisesRegex(AccessError, "is_terminated"):
            own.action_cancel_contract_termination()
        self.contract.with_user(self.manager).action_cancel_contract_termination()
        self.assertFalse(self.contract.is_terminated)

    # === WHAT IS COMPUTED === #
    def test_figures_are_computed(self):
        other = self.other_customer.id
        for record, vals in (
            (self.contract, {"next_bill_date": "2030-01-01"}),
            (self.contract, {"commercial_partner_id": other}),
            (self.contract, {"cancel_reason_id": False}),
            (self.contract, {"access_token": "1"}),
            (self.line, {"monthly_recurring": 5000.0}),
            (self.line, {"monthly_amount": 5000.0}),
            (self.line, {"active": False}),
            (self.line, {"termination_notice_date": "2026-01-01"}),
            (self.line, {"partner_id": other}),
            (self.line, {"currency_id": self.env.ref("base.KRW").id}),
            (self.line, {"company_id": False}),
        ):
            [(name, value)] = vals.items()
            for user in (self.user, self.manager):
                own = record.with_user(user)
                new = {"name": "x", "partner_id": self.customer.id}
                if record == self.line:
                    new = {"name": "x", "contract_id": self.contract.id}
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaisesRegex(AccessError, name):
                        own.write(vals)
                    with self.assertRaisesRegex(AccessError, name):
                        own.create(dict(new, **{name: value}))

    def test_figures_are_not_given_by_context_or_import(self):
        """``default_partner_id`` may be there for the contract: the line goes by it."""
        lines = self.env["contract.line"].with_user(self.user)
        vals = {"contract_id": self.contract.id, "name": "Another", "quantity": 0.0}
        line = lines.with_context(
            default_active=False,
            default_monthly_recurring=5000.0,
            default_partner_id=self.other_customer.id,
        ).create(vals)
        self.assertTrue(line.active)
        self.assertEqual(line.monthly_recurring, 0.0)
        self.assertEqual(line.partner_id, self.customer)
        contracts = self.env["contract.contract"].with_user(self.user)
        for column, value in (("mrr", "9"), ("is_terminated", "1")):
            answer = contracts.load(
                ["name", "partner_id/.id", column],
                [["Imported", str(self.customer.id), value]],
            )
            with self.subTest(column=column):
                self.assertFalse(answer["ids"])
                self.assertIn(column, str(answer["messages"]))

    def test_header_repeats_the_dates_of_its_lines(self):
        self.contract.run_billing()
        said = (self.contract.recurring_next_date, self.contract.date_end)
        own = self.contract.with_user(self.user)
        own.write({"recurring_next_date": "2031-01-01", "date_end": "2031-12-31"})
        self.assertEqual((own.recurring_next_date, own.date_end), said)
        new = own.create(
            {
                "name": "Made by hand",
                "partner_id": self.customer.id,
                "recurring_next_date": "2031-01-01",
                "contract_line_ids": [
                    Command.create(
                        {
                            "name": "x",
                            "product_id": self.machine.id,
                            "price_unit": 1.0,
                            "date_start": "2026-05-01",
                        }
                    )
                ],
            }
        )
        self.assertEqual(str(new.recurring_next_date), "2026-05-01")

    # === LINES === #
    def test_chains_of_lines_are_the_machines(self):
        """A new line that counts as a billed one's would bill its days instead."""
        self.contract.run_billing()
        lines = self.env["contract.line"].with_user(self.user)
        vals = {
            "contract_id": self.contract.id,
            "name": "In its place",
            "product_id": self.product.id,
            "price_unit": 0.01,
            "date_start": "2026-02-01",
            "anchor_date": "2026-02-01",
        }
        line = lines.create(vals)
        for name, value in (
            ("line_root_id", self.line.id),
            ("predecessor_contract_line_id", self.line.id),
            ("successor_contract_line_id", self.line.id),
            ("is_continued", True),
            ("cancelled_from", "2026-03-01"),
            ("before_cancel", {"date_end": False}),
            ("pause_start", "2026-03-01"),
            ("pause_end", "2026-03-05"),
            ("is_on_hold", True),
            ("hold_term_end", "2026-03-05"),
        ):
            with self.subTest(name=name):
                with self.assertRaisesRegex(AccessError, name):
                    lines.create(dict(vals, **{name: value}))
                with self.assertRaisesRegex(AccessError, name):
                    lines.with_context(**{f"default_{name}": value}).create(vals)
                with self.assertRaisesRegex(AccessError, name):
                    line.write({name: value})
                with self.assertRaisesRegex(AccessError, name):
                    line.contract_id.contract_line_ids = [
                        Command.update(line.id, {name: value})
                    ]

    def test_next_term_is_as_agreed_as_this_one(self):
        """What follows a billed line has no bill of its own yet."""
        self.contract.run_billing()
        self.contract.renew({"mode": "automatic"})
        later = self.line.successor_contract_line_id
        self.assertFalse(later.period_ids)
        for vals in ({"price_unit": 1.0}, {"date_end": False}, {"is_canceled": True}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                later.with_user(self.user).write(vals)

    def test_lines_below_nothing(self):
        vals = {
            "contract_id": self.contract.id,
            "name": "Discount",
            "product_id": self.machine.id,
            "price_unit": -99.0,
        }
        lines = self.env["contract.line"].with_user(self.user)
        lines.create(dict(vals, contract_id=self.proposed.id))
        for _when in ("sold", "billed"):
            with self.assertRaisesRegex(AccessError, "less than nothing"):
                lines.create(vals)
            self.contract.run_billing()
        for change in ({"price_unit": -9.0}, {"quantity": -1.0}):
            line = lines.create(dict(vals, price_unit=9.0))
            with self.subTest(change=change):
                with self.assertRaisesRegex(AccessError, "less than nothing"):
                    line.write(change)
        lines.with_user(self.manager).create(vals)

    def test_nothing_goes_over_to_anothers_contract(self):
        """Its customer would be billed, or be told by mail."""
        theirs = self._subscribe("2026-01-01", partner=self.other_customer)
        theirs.user_id = self.manager
        line = self.line.with_user(self.user).copy()
        modification = self.contract.modification_ids[:1].with_user(self.user)
        self.assertTrue(modification)
        for record in (line, modification):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.contract_id = theirs

    # === SOLD, AND NOT BILLED YET === #
    def test_what_the_customer_ordered_is_the_managers(self):
        """He signed price, quantity, days and terms: they are not another's to write
        before the first bill."""
        self.assertFalse(self.line.period_ids)
        own, contract = (
            record.with_user(self.user) for record in (self.line, self.contract)
        )
        for vals in (
            {"price_unit": 1.0},
            {"quantity": 5.0},
            {"discount": 50.0},
            {"date_start": "2026-06-01"},
            {"date_end": False},
            {"product_id": self.machine.id},
        ):
            [(name, value)] = vals.items()
            command = Command.update(self.line.id, vals)
            with self.subTest(vals=vals):
                with self.assertRaisesRegex(AccessError, name):
                    own.write(vals)
                with self.assertRaisesRegex(AccessError, name):
                    contract.contract_line_ids = [command]
        for vals in (
            {"renewal_notice_days": 0},
            {"renewal_uplift_percent": -100.0},
            {"partner_id": self.other_customer.id},
            {"invoice_partner_id": self.other_customer.id},
        ):
            with self.subTest(vals=vals):
                with self.assertRaisesRegex(AccessError, self.contract.name):
                    contract.write(vals)
        contract.note = "What he may write."
        own.with_user(self.manager).price_unit = 99.0
        self.assertEqual(self.line.price_unit, 99.0)

    def test_what_a_customer_accepted_for_the_next_term(self):
        """The renewal of a contract that was made by hand is an order, too."""
        contract = self._make_oca_contract(
            date_end="2027-01-30", quantity=2.0, recurring_next_date="2026-01-31"
        )
        contract.user_id = self.user
        line = contract.contract_line_ids
        line.with_user(self.user).price_unit = 12.0
        contract.subscription_plan_id = self.plan
        order = self.env["sale.order"].browse(
            contract.renew({"mode": "quotation"})[0]["sale_order_id"]
        )
        order.action_confirm()
        later = line.successor_contract_line_id
        self.assertTrue(later)
        self.assertFalse(contract.period_ids)
        with self.assertRaisesRegex(AccessError, "price_unit"):
            later.with_user(self.user).price_unit = 1.0

    def test_a_cancelled_order_binds_nobody(self):
        self.line.subscription_sale_line_id.order_id._action_cancel()
        self.assertTrue(self.line.is_canceled)
        self.line.with_user(self.user).price_unit = 1.0

    def test_accountants_change_what_was_agreed(self):
        self.contract.run_billing()
        accountant = new_test_user(
            self.env, "guard_accountant", "account.group_account_manager"
        )
        self.contract.with_user(accountant).renewal_cap_percent = 2.0
        self.line.with_user(accountant).price_unit = 90.0
