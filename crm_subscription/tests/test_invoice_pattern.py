# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.contract.models.contract_line import ContractLine as OcaLine

from .common import TODAY
from .pattern_common import LOGGING, PatternCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInvoicePattern(PatternCommon):
    """What is made of a pattern is what core makes: each stored field of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
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

    # === NAMES OF LINES === #
    def test_dates_in_names_are_as_oca_writes_them(self):
        """In the customer's language, in that of nobody, with an open end."""
        line = self.contracts[0].contract_line_ids
        self.env["res.lang"]._activate_lang("fr_FR")
        days = (date(2026, 3, 1), date(2026, 3, 31))
        names = (
            "Care",
            "Care #START# - #END#",
            "#END# #START# #START#",
            "Care of #INVOICEMONTHNAME# #START#",
        )
        for lang in ("en_US", "fr_FR", False):
            line.contract_id.partner_id.lang = lang
            for name in names:
                line.name = name
                for own in (days, (days[0], False), (False, False)):
                    with self.subTest(lang=lang, name=name, days=own):
                        self.assertEqual(
                            line._insert_markers(*own),
                            OcaLine._insert_markers(line, *own),
                        )

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
