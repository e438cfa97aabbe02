# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon

# What differs between any two runs: ids, and when a row was written.
LOGS = {
    "id",
    "move_id",
    "line_ids",
    "invoice_line_ids",
    "create_date",
    "write_date",
    "access_token",
}

# Tests go without the chatter; here it is looked at.
LOGGING = {
    "tracking_disable": False,
    "mail_notrack": False,
    "mail_create_nolog": False,
    "mail_create_nosubscribe": False,
    "no_reset_password": True,
}


class Undo(Exception):
    """Ends a savepoint whose work is not wanted."""


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInvoicePattern(SubscriptionCommon):
    """What is made of a pattern is what core makes: each stored field of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create({"name": "Ten", "amount": 10.0})
        cls.inside = cls.env["account.tax"].create(
            {
                "name": "Inside",
                "amount": 7.0,
                "price_include_override": "tax_included",
            }
        )
        cls.fixed = cls.env["account.tax"].create(
            {"name": "Per Piece", "amount": 1.25, "amount_type": "fixed"}
        )
        cls.taxed = cls._make_product("Taxed", 33.33, cls.plan)
        cls.taxed.taxes_id = cls.tax
        cls.mixed = cls._make_product("Mixed", 19.99, cls.plan)
        cls.mixed.taxes_id = cls.tax | cls.fixed
        cls.included = cls._make_product("Included", 107.0, cls.plan)
        cls.included.taxes_id = cls.inside
        cls.instalments = cls.env["account.payment.term"].create(
            {
                "name": "Half now, half in 30 days",
                "line_ids": [
                    Command.create({"value_amount": 50, "nb_days": 0}),
                    Command.create({"value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        cls.contracts = cls._make_shapes()

    @classmethod
    def _make_shapes(cls):
        """Return contracts of which each invoice has something of its own."""
        start = "2026-02-01"
        simple = cls._subscribe(start, cls.taxed, quantity=3.0)
        many = cls._sell(
            cls.product, cls.taxed, cls.mixed, cls.included, start=start
        )._get_contracts()
        many.payment_term_id = cls.instalments
        many.contract_line_ids[1].discount = 12.5
        plan = cls.env["account.analytic.plan"].create({"name": "Regions"})
        account = cls.env["account.analytic.account"].create(
            {"name": "North", "plan_id": plan.id}
        )
        many.contract_line_ids[0].analytic_distribution = {str(account.id): 100}
        invoicing = cls.env["res.partner"].create(
            {"name": "Books", "type": "invoice", "parent_id": cls.other_customer.id}
        )
        sections = cls._subscribe(start, cls.mixed, partner=cls.other_customer)
        sections.invoice_partner_id = invoicing
        sections.contract_line_ids = [
            Command.create(
                {
                    "display_type": "line_section",
                    "name": "Support",
                    "sequence": 0,
                    "date_start": start,
                    "recurring_next_date": start,
                }
            )
        ]
        month = cls.env.ref("account.account_payment_term_end_following_month")
        sections.payment_term_id = month
        sections.user_id = cls.salesman
        cls.env.flush_all()
        cls.env.invalidate_all()
        position = cls.env["account.fiscal.position"].create({"name": "Exempt"})
        exempt = cls._subscribe(start, cls.taxed, partner=cls.other_customer)
        exempt.fiscal_position_id = position
        return simple | many | sections | exempt

    def _snapshot(self, moves):
        """Return all stored fields of moves, items and analytic lines, without ids."""
        analytic = moves.line_ids.analytic_line_ids
        return [
            (self._values(move), [self._values(line) for line in move.line_ids])
            for move in moves.sorted(
                lambda move: (move.invoice_date, move.invoice_origin)
            )
        ] + [sorted((line.amount, line.name or "") for line in analytic)]

    def _values(self, record):
        values = {}
        for name, field in record._fields.items():
            if field.store and name not in LOGS and field.type != "one2many":
                value = record[name]
                values[name] = value.ids if field.relational else value
        return values

    def _run_and_undo(self, day, contracts=None):
        """Return (what a run on ``day`` posts, ids of the drafts made of patterns)."""
        found = []
        made = []
        moves_class = self.env.registry["account.move"]
        original = moves_class._create_from_patterns

        def counting(model, bills, patterns):
            made.extend(bill.contract.id for bill in bills)
            return original(model, bills, patterns)

        self.patch(moves_class, "_create_from_patterns", counting)
        try:
            with freeze_time(day), self.env.cr.savepoint():
                contracts = (contracts or self.contracts).with_context(**LOGGING)
                answer = contracts.run_billing()
                self.assertFalse(answer["parked"])
                moves = self.env["account.move"].browse(answer["invoice_ids"])
                moves.invalidate_recordset()
                found = self._snapshot(moves)
                followers = sorted(
                    (m.invoice_origin, p.id)
                    for m in moves
                    for p in m.message_partner_ids
                )
                periods = [
                    (str(row.period_start), row.amount, row.state)
                    for row in moves.period_ids.sorted(
                        lambda row: (row.invoice_date, row.line_id.id)
                    )
                ]
                raise Undo
        except Undo:
            self.env.invalidate_all()
        moves_class._create_from_patterns = original
        return (found, followers, periods), made

    def _switch(self, value):
        self.env["ir.config_parameter"].set_param("crm_subscription.patterns", value)

    def _assert_same(self, day, contracts=None):
        """A run with patterns posts what a run without posts; return who used one."""
        self._switch("0")
        plain, none = self._run_and_undo(day, contracts)
        self.assertFalse(none)
        self._switch("1")
        ours, made = self._run_and_undo(day, contracts)
        self.maxDiff = None
        self.assertEqual(ours, plain)
        self.assertTrue(plain[0])
        return made

    def test_each_stored_field_is_what_core_makes(self):
        self.contracts.run_billing()
        made = self._assert_same("2026-04-10")
        self.assertEqual(set(made), set(self.contracts.ids))

    def test_draft_is_what_core_makes(self):
        self.plan.invoice_mode = "draft"
        self.contracts.run_billing()
        self.assertTrue(self._assert_same("2026-04-10"))

    # === WHAT MAKES CORE COMPUTE ANEW === #
    def test_every_change_of_what_it_was_made_of_is_seen(self):
        """After each of these core computes again; and a month later, not any more."""
        self.contracts.run_billing()
        self._switch("1")
        line = self.contracts[0].contract_line_ids
        changes = {
            "price": lambda: line.write({"price_unit": 44.0}),
            "quantity": lambda: line.write({"quantity": 5.0}),
            "tax rate": lambda: self.tax.write({"amount": 12.0}),
            "taxes of the product": lambda: self.taxed.write(
                {"taxes_id": [Command.link(self.fixed.id)]}
            ),
            "account of the product": lambda: self.taxed.write(
                {"property_account_income_id": self._other_account().id}
            ),
            "receivable account": lambda: self.customer.write(
                {"property_account_receivable_id": self._receivable().id}
            ),
            "payment term": lambda: self.contracts[0].write(
                {"payment_term_id": self.instalments.id}
            ),
            "lines of the payment term": lambda: self.instalments.line_ids[1].write(
                {"nb_days": 45}
            ),
            "journal": lambda: self.contracts[0].write(
                {"journal_id": self.contracts[0]._get_journal().copy().id}
            ),
            "default position": lambda: self._automatic_position(),
            "address": lambda: self.env["res.partner"].create(
                {"name": "Dock", "type": "delivery", "parent_id": self.customer.id}
            ),
            "rounding of taxes": lambda: self.env.company.write(
                {"tax_calculation_rounding_method": "round_globally"}
            ),
        }
        used = self._run_and_undo("2026-04-10", self.contracts[0])[1]
        self.assertEqual(used, self.contracts[0].ids)
        for name, change in changes.items():
            with self.subTest(change=name):
                change()
                self.env.flush_all()
                used = self._assert_same("2026-04-10", self.contracts[0])
                self.assertEqual(used, [], name)

    def _other_account(self):
        return self.env["account.account"].create(
            {"name": "Services", "code": "SRV1", "account_type": "income"}
        )

    def _receivable(self):
        return self.env["account.account"].create(
            {
                "name": "Debtors 2",
                "code": "DEB2",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )

    def _automatic_position(self):
        self.customer.country_id = self.env.ref("base.kr")
        return self.env["account.fiscal.position"].create(
            {
                "name": "Korea",
                "auto_apply": True,
                "country_id": self.env.ref("base.kr").id,
            }
        )

    def test_contract_is_served_again_after_a_change(self):
        self.contracts.run_billing()
        self.contracts[0].contract_line_ids.price_unit = 55.0
        with freeze_time("2026-04-10"):
            self.contracts[0].run_billing()
        used = self._assert_same("2026-05-10", self.contracts[0])
        self.assertEqual(used, self.contracts[0].ids)

    def test_counting_invoices_on_the_customer_changes_no_invoice(self):
        self.contracts.run_billing()
        self.customer.customer_rank += 5
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date + interval '1 day'"
            " WHERE id = %s",
            (self.customer.id,),
        )
        self.env.invalidate_all()
        used = self._run_and_undo("2026-04-10", self.contracts[0])[1]
        self.assertEqual(used, self.contracts[0].ids)

    # === WHERE THERE IS NONE === #
    def test_company_with_a_restrictive_audit_trail_keeps_the_log(self):
        self.contracts.run_billing()
        self.env.company.restrictive_audit_trail = True
        with freeze_time("2026-04-10"):
            answer = self.contracts.with_context(**LOGGING).run_billing()
        moves = self.env["account.move"].browse(answer["invoice_ids"])
        created = moves[0]._creation_subtype()
        for move in moves:
            self.assertIn(created, move.message_ids.subtype_id)
            self.assertIn("by contract", " ".join(move.message_ids.mapped("body")))
        self.assertEqual(
            self._run_and_undo("2026-05-10")[1], [], "patterns in an audited company"
        )

    def test_foreign_currency_is_computed_each_time(self):
        currency = self.env.ref("base.KRW")
        currency.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-01-01", "rate": 1300.0}
        )
        contract = self.contracts[0]
        contract.currency_id = currency
        contract.run_billing()
        self.assertEqual(self._run_and_undo("2026-04-10", contract)[1], [])

    def test_unknown_addon_switches_patterns_off(self):
        patterns = self.env["contract.invoice.pattern"]
        self.assertLessEqual(patterns._get_hooks(), patterns._get_known_addons())
        self.patch(type(patterns), "_get_known_addons", lambda model: frozenset())
        self.assertFalse(patterns._is_safe(self.env.company))

    def test_only_administrators_read_the_rows(self):
        self.contracts.run_billing()
        patterns = self.env["contract.invoice.pattern"].search([])
        self.assertEqual(len(patterns), len(self.contracts))
        for user in (self.manager, self.user, self.reader, self.portal):
            with self.assertRaises(AccessError):
                patterns.with_user(user).read(["rows"])
