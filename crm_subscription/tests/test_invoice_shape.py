# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY
from .pattern_common import LOGGING, PatternCommon

START = "2026-03-01"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInvoiceShape(PatternCommon):
    """The first bill of a contract, made of what core computed for another one: each
    stored field is what core makes, and what makes a difference is seen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.belgium = cls.env.ref("base.be")
        cls.france = cls.env.ref("base.fr")
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls._make_configuration()
        cls.leader = cls._make_contract("Leader")

    @classmethod
    def _make_configuration(cls):
        """All that the configuration says of some customers only."""
        cls.category = cls.env["res.partner.category"].create({"name": "Exporters"})
        plan = cls.env["account.analytic.plan"].create({"name": "Regions"})
        cls.north, cls.south, cls.east = cls.env["account.analytic.account"].create(
            [{"name": name, "plan_id": plan.id} for name in ("North", "South", "East")]
        )
        cls.favourite = cls._make_customer("Favourite")
        cls.env["account.analytic.distribution.model"].create(
            [
                {
                    "partner_category_id": cls.category.id,
                    "analytic_distribution": {str(cls.south.id): 100},
                },
                {
                    "partner_id": cls.favourite.id,
                    "analytic_distribution": {str(cls.east.id): 100},
                },
            ]
        )
        none = cls.env["account.tax"].create({"name": "None", "amount": 0.0})
        cls.exempt = cls.env["account.fiscal.position"].create({"name": "Exempt"})
        cls.env["account.fiscal.position"].create(
            [
                {
                    "name": "Belgian with a number",
                    "auto_apply": True,
                    "vat_required": True,
                    "country_id": cls.belgium.id,
                    "sequence": 1,
                },
                {
                    "name": "French",
                    "auto_apply": True,
                    "country_id": cls.france.id,
                    "sequence": 2,
                },
                {
                    "name": "Islands",
                    "auto_apply": True,
                    "country_id": cls.belgium.id,
                    "zip_from": "9000",
                    "zip_to": "9999",
                    "sequence": 3,
                },
            ]
        )
        none.write(
            {
                "fiscal_position_ids": [Command.set(cls.exempt.ids)],
                "original_tax_ids": [Command.set(cls.tax.ids)],
            }
        )
        cls.debtors = cls.env["account.account"].create(
            {
                "name": "Debtors 2",
                "code": "DEB2",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        cls.colleague = new_test_user(
            cls.env, "sub_colleague", "sales_team.group_sale_salesman"
        )
        cls.env["crm.team"].create(
            {"name": "Colleagues", "member_ids": [Command.set(cls.colleague.ids)]}
        )

    @classmethod
    def _make_customer(cls, name, **vals):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "email": f"{name.lower()}@example.com",
                "phone": f"+32 2 555 {len(name)}",
                "street": f"{name} Street 1",
                "ref": f"R-{name}",
                "country_id": cls.belgium.id,
                **vals,
            }
        )

    @classmethod
    def _make_contract(cls, name, partner=None, **vals):
        """Return a contract of three taxed lines that is due, not billed yet."""
        contract = cls._sell(
            cls.taxed,
            cls.mixed,
            cls.included,
            partner=partner or cls._make_customer(name, **vals),
            start=START,
        )._get_contracts()
        contract.code = f"C-{name}"
        contract.payment_term_id = cls.instalments
        lines = contract.contract_line_ids
        lines[0].analytic_distribution = {str(cls.north.id): 100}
        lines[1].discount = 12.5
        return contract

    def _bill_leader(self):
        self._switch("1")
        self.leader.with_context(**LOGGING).run_billing()
        self.env.flush_all()

    def _contract_with(self, name, **vals):
        contract = self._make_contract(name)
        contract.write(vals)
        return contract

    def _contract_with_line(self, name, **vals):
        contract = self._make_contract(name)
        contract.contract_line_ids[2].write(vals)
        return contract

    def _contract_of_contact(self, name):
        contact = self.env["res.partner"].create(
            {
                "name": f"Books of {name}",
                "type": "invoice",
                "parent_id": self._make_customer(name).id,
            }
        )
        contract = self._make_contract(f"{name} itself", partner=contact.parent_id)
        contract.invoice_partner_id = contact
        return contract

    def _contract_with_dock(self, name, **vals):
        contract = self._make_contract(name)
        self.env["res.partner"].create(
            {
                "name": f"Dock of {name}",
                "type": "delivery",
                "parent_id": contract.partner_id.id,
                **vals,
            }
        )
        return contract

    def _make_same(self):
        """Return contracts of whom only the contract and customer differ (dict)."""
        bank = self._make_contract("Banked")
        self.env["res.partner.bank"].create(
            {"acc_number": "BE71096123456769", "partner_id": bank.partner_id.id}
        )
        return {
            "another name, address and reference": self._make_contract("Namesake"),
            "an own bank account": bank,
            "no address at all": self._make_contract("Bare", street=False, phone=False),
        }

    def _make_different(self):
        """Return {kind of difference: contract} of which each invoice, by one thing,
        may come out other than the leader's."""
        make = self._make_contract
        income = self.env["account.account"].create(
            {"name": "Services", "code": "SRV1", "account_type": "income"}
        )
        other = self.taxed.copy({"property_account_income_id": income.id})
        return {
            "country": make("French", country_id=self.france.id),
            "fiscal position by VAT": make("Numbered", vat="BE0477472701"),
            "fiscal position by zip": make("Islander", zip="9100"),
            "fiscal position of the customer": make(
                "Exempt", property_account_position_id=self.exempt.id
            ),
            "fiscal position of the contract": self._contract_with(
                "Free", fiscal_position_id=self.exempt.id
            ),
            "receivable account": make(
                "Second", property_account_receivable_id=self.debtors.id
            ),
            "payment term": self._contract_with(
                "Later",
                payment_term_id=self.env.ref("account.account_payment_term_30days").id,
            ),
            "language": make("Francophone", lang="fr_FR"),
            "delivery elsewhere": self._contract_with_dock(
                "Shipped", country_id=self.france.id
            ),
            "contact of a company": self._contract_of_contact("Group"),
            "salesperson and team": self._contract_with(
                "Theirs", user_id=self.colleague.id
            ),
            "category with its own analytics": make(
                "Exporter", category_id=[Command.set(self.category.ids)]
            ),
            "customer with its own analytics": make("Fav", partner=self.favourite),
            "price": self._contract_with_line("Dear", price_unit=108.0),
            "quantity": self._contract_with_line("Twice", quantity=2.0),
            "discount": self._contract_with_line("Cheap", discount=5.0),
            "analytics of the line": self._contract_with_line(
                "Shared",
                analytic_distribution={str(self.north.id): 40, str(self.south.id): 60},
            ),
            "product with other taxes and account": self._contract_with_line(
                "Other", product_id=other.id
            ),
            "position of the line": self._contract_with_line("Moved", sequence=1),
        }

    # === ONE AFTER THE OTHER === #
    def test_first_bill_of_a_sibling_is_what_core_makes(self):
        same = self._make_same()
        self._bill_leader()
        for name, contract in same.items():
            with self.subTest(sibling=name):
                self.assertEqual(self._assert_same(TODAY, contract), contract.ids, name)

    def test_each_difference_is_seen(self):
        different = self._make_different()
        control = self._make_contract("Control")
        self._bill_leader()
        for name, contract in different.items():
            with self.subTest(difference=name):
                self.assertEqual(self._assert_same(TODAY, contract), [], name)
        self.assertEqual(self._run_and_undo(TODAY, control)[1], control.ids)

    # === IN ONE CHUNK === #
    def test_core_makes_one_of_each_shape_in_a_chunk(self):
        """Siblings of the leader, and two of each of the others: what is made of rows
        is what core makes of all of them."""
        same = self._make_same().values()
        first = self._make_different()
        docks = [self._contract_with_dock(name) for name in ("Dock", "Docks")]
        groups = [self._contract_of_contact(name) for name in ("Mine", "Yours")]
        contracts = self.leader.union(*same, *first.values(), *docks, *groups)
        made = self._assert_same(TODAY, contracts)
        self.assertEqual(len(made), len(set(made)))
        wanted = {contract.id for contract in same}
        self.assertLessEqual(wanted, set(made))
        self.assertEqual(len(set(made) & {contract.id for contract in docks}), 1)
        # The company's own contract has it bear the books, and so has the third one.
        self.assertEqual(len(set(made) & {contract.id for contract in groups}), 2)
        others = {first[name].id for name in first if name != "contact of a company"}
        self.assertFalse(set(made) & others)

    def test_draft_of_a_sibling_is_what_core_makes(self):
        self.plan.invoice_mode = "draft"
        sibling = self._make_contract("Sibling")
        made = self._assert_same(TODAY, self.leader | sibling)
        self.assertEqual(len(made), 1)

    def test_cash_rounding_by_default(self):
        account = self.env["account.account"].create(
            {"name": "Rounding", "code": "RND1", "account_type": "income_other"}
        )
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "To one",
                "rounding": 1.0,
                "strategy": "add_invoice_line",
                "profit_account_id": account.id,
                "loss_account_id": account.id,
            }
        )
        self.env["ir.default"].set(
            "account.move", "invoice_cash_rounding_id", rounding.id
        )
        sibling = self._make_contract("Sibling")
        self._switch("0")
        (move, _other) = self._run_and_undo(TODAY, self.leader | sibling)[0]
        kinds = [item["display_type"] for item in move["items"]]
        self.assertIn("rounding", kinds)
        self.assertEqual(len(self._assert_same(TODAY, self.leader | sibling)), 1)

    def _watch_creation(self, *contracts):
        """Let the colleague be told of each invoice made for these customers."""
        subtype = self.env["mail.message.subtype"].create(
            {
                "name": "Invoice of the customer",
                "res_model": "res.partner",
                "parent_id": self.env.ref("account.mt_invoice_created").id,
                "relation_field": "partner_id",
                "default": False,
            }
        )
        for contract in contracts:
            contract.partner_id.message_subscribe(
                self.colleague.partner_id.ids, subtype.ids
            )

    def test_who_follows_is_subscribed_and_told_as_by_core(self):
        """One customer is watched, another one's contract is followed."""
        watched, followed = (self._make_contract(name) for name in ("Two", "Three"))
        self._watch_creation(watched)
        subtype = self.env.ref("contract.mail_message_subtype_invoice_created")
        followed.message_subscribe(self.salesman.partner_id.ids, subtype.ids)
        contracts = self.leader | watched | followed
        made = self._assert_same(TODAY, contracts)
        self.assertEqual(made, (watched | followed).ids)
        moves = self._run_and_undo(TODAY, watched)[0]
        told = [
            row["res_partner_id"]
            for _message, rows, _tracking in moves[0]["messages"]
            for row in rows
        ]
        self.assertIn(self.colleague.partner_id.ids, told, "this shows nothing")

    # === WHAT IS THE CUSTOMER'S OWN === #
    def test_no_two_invoices_share_a_token(self):
        """Core gives a draft its token when a mail tells somebody of its making."""
        contracts = self.leader | self._make_contract("Sibling")
        self._watch_creation(*contracts)
        self._switch("1")
        answer = contracts.with_context(**LOGGING).run_billing()
        moves = self.env["account.move"].browse(answer["invoice_ids"])
        tokens = moves.mapped("access_token")
        self.assertTrue(all(tokens), "core made none: this shows nothing")
        self.assertEqual(len(set(tokens)), 2)
        for pattern in self.env["contract.invoice.pattern"].search([]):
            self.assertNotIn("access_token", pattern.rows["move"])

    def test_rows_that_are_kept_name_no_customer(self):
        self._bill_leader()
        pattern = self.env["contract.invoice.pattern"].search([])
        self.assertEqual(pattern.contract_id, self.leader)
        text = str(pattern.rows)
        for own in ("Leader", "C-Leader", self.leader.name):
            self.assertNotIn(own, text)

    # === HOW MANY ARE KEPT === #
    def test_contracts_of_one_shape_keep_one_pattern(self):
        contracts = self.leader.union(
            *(self._make_contract(f"Sibling {number}") for number in range(4))
        )
        self._switch("1")
        contracts.run_billing()
        patterns = self.env["contract.invoice.pattern"]
        self.assertEqual(len(patterns.search([])), 1)
        made = self._assert_same("2026-04-02", contracts)
        self.assertEqual(set(made), set(contracts.ids))

    def test_outdated_patterns_are_deleted(self):
        self._bill_leader()
        patterns = self.env["contract.invoice.pattern"]
        patterns._gc_outdated()
        pattern = patterns.search([])
        self.assertEqual(len(pattern), 1, "one that holds was deleted")
        self.tax.amount = 11.0
        patterns._gc_outdated()
        self.assertFalse(pattern.exists())

    def test_patterns_do_not_grow_old(self):
        self._bill_leader()
        patterns = self.env["contract.invoice.pattern"]
        pattern = patterns.search([])
        with freeze_time(fields.Datetime.now() + timedelta(days=401)):
            self.env.cr.execute(
                "UPDATE contract_invoice_pattern SET create_date = %s", (TODAY,)
            )
            pattern.invalidate_recordset()
            patterns._gc_outdated()
        self.assertFalse(pattern.exists())

    # === CUSTOMERS OF ADDONS THAT WE DO NOT KNOW === #
    def test_unknown_addon_with_a_say_in_contacts_ends_the_sharing(self):
        sibling = self._make_contract("Sibling")
        self._bill_leader()
        self.assertEqual(self._run_and_undo(TODAY, sibling)[1], sibling.ids)
        patterns = type(self.env["contract.invoice.pattern"])
        plain = patterns._get_definers

        def find(model, other, methods):
            found = plain(model, other, methods)
            if other._name == "res.partner" and "address_get" in methods:
                found = found | {"foreign"}
            return found

        self.patch(patterns, "_get_definers", find)
        self.assertEqual(self._run_and_undo(TODAY, sibling)[1], [])
