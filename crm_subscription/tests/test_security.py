# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import TODAY, SubscriptionCommon

MODELS = (
    "contract.contract",
    "contract.line",
    "contract.modification",
    "contract.period",
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSecurity(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-02-01")
        cls.contract.note = "Secret margin 42"
        cls.other = cls._subscribe("2026-02-01", partner=cls.other_customer)
        (cls.contract | cls.other).run_billing()
        cls.env.flush_all()

    def _without_us(self):
        """Take our record rules away and OCA's back: what OCA alone lets through."""
        ours = self.env["ir.model.data"].search(
            [("model", "=", "ir.rule"), ("module", "=", "crm_subscription")]
        )
        self.env["ir.rule"].browse(ours.mapped("res_id")).active = False
        self.env.ref("contract.rule_contract_contract_portal").active = True
        field = self.env["contract.line"]._fields["contract_id"]
        self.addCleanup(setattr, field, "bypass_search_access", False)
        field.bypass_search_access = True
        self.env.invalidate_all()

    # === HOLES OF OCA, AND CLOSED === #
    def test_portal_reads_lines_of_other_customers_with_oca_alone(self):
        lines = self.env["contract.line"].with_user(self.other_portal)
        self._without_us()
        self.assertIn(self.contract.contract_line_ids.id, lines.search([]).ids)
        modifications = self.env["contract.modification"].with_user(self.other_portal)
        self.assertIn(self.contract, modifications.search([]).sudo().contract_id)

    def test_portal_sees_only_his_own_company(self):
        for model in MODELS:
            with self.subTest(model=model):
                found = self.env[model].with_user(self.portal).search([]).sudo()
                contracts = found if model == "contract.contract" else found.contract_id
                self.assertEqual(contracts, self.contract)
                theirs = self.env[model].sudo().search([]) - found
                self.assertTrue(theirs)
                with self.assertRaises(AccessError):
                    theirs[:1].with_user(self.portal).read()

    def test_search_reveals_hidden_contracts_with_oca_alone(self):
        lines = self.env["contract.line"].with_user(self.other_portal)
        self._without_us()
        self.assertTrue(lines.search([("contract_id.note", "ilike", "Secret")]))

    def test_search_reveals_nothing(self):
        domain = [("contract_id.note", "ilike", "Secret")]
        for model in ("contract.line", "contract.modification", "contract.period"):
            with self.subTest(model=model):
                records = self.env[model]
                self.assertTrue(records.with_user(self.portal).search(domain))
                self.assertFalse(records.with_user(self.other_portal).search(domain))

    def test_internal_user_without_rights_bills_by_oca_cron_function(self):
        """OCA's public function asks for no right of its own: a user who may write
        contracts and make invoices through another group bills everything."""
        plain = new_test_user(self.env, "plain", "base.group_user")
        with self.assertRaises(AccessError):
            self.env["contract.contract"].with_user(
                plain
            ).cron_recurring_create_invoice()

    def test_renewal_fields_are_not_written_by_hand(self):
        """Confirming writes the contract with the machine's rights: nobody may choose
        which."""
        line = self.contract.contract_line_ids
        order = self.env["sale.order"].with_user(self.salesman)
        product = {"product_id": self.product.id}
        forged_line = dict(product, subscription_renewal_line_id=line.id)
        for vals in (
            {"renewal_contract_id": self.contract.id},
            {"renewal_term_end": line.date_end},
            {"order_line": [Command.create(forged_line)]},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                order.create({"partner_id": self.customer.id, **vals})
        own = order.create({"partner_id": self.customer.id})
        with self.assertRaises(AccessError):
            own.write({"renewal_contract_id": self.contract.id})
        with self.assertRaises(AccessError):
            own.write({"order_line": [Command.create(forged_line)]})

    def test_renewal_fields_are_not_given_by_context(self):
        """Defaults of the caller's context are given by hand as well."""
        line = self.contract.contract_line_ids
        self.contract.user_id = self.manager
        order = self.env["sale.order"].with_user(self.salesman)
        own = order.create({"partner_id": self.customer.id})
        for context in (
            {"default_renewal_contract_id": self.contract.id},
            {"default_renewal_term_end": str(line.date_end)},
        ):
            with self.subTest(context=context), self.assertRaises(AccessError):
                order.with_context(**context).create({"partner_id": self.customer.id})
        for name, record in (
            ("subscription_renewal_line_id", line),
            ("subscription_delivery_id", line.delivery_ids),
        ):
            context = {f"default_{name}": record.id or 1}
            vals = {"product_id": self.product.id, "order_id": own.id}
            with self.subTest(context=context), self.assertRaises(AccessError):
                own.order_line.with_context(**context).create(vals)

    def test_ledger_of_a_contract_is_not_taken_by_another(self):
        """A line that names the first line of a foreign contract would bill its days:
        that one could not be billed any more."""
        self.contract.user_id = self.user
        foreign = self.other.contract_line_ids
        vals = {
            "contract_id": self.contract.id,
            "name": "Chain of another",
            "product_id": self.product.id,
            "price_unit": 0.01,
            "recurring_rule_type": "monthly",
            "date_start": "2026-04-01",
            "anchor_date": "2026-04-01",
        }
        for user, error, said in (
            (self.user, AccessError, "line_root_id"),
            (self.manager, ValidationError, "another contract"),
        ):
            lines = self.env["contract.line"].with_user(user)
            with self.assertRaisesRegex(error, said):
                lines.create(dict(vals, line_root_id=foreign.id))
            with self.assertRaisesRegex(error, said):
                lines.with_context(default_line_root_id=foreign.id).create(vals)
            line = lines.create(vals)
            with self.assertRaisesRegex(error, said):
                line.line_root_id = foreign

    def test_line_of_another_contract_does_not_follow_an_own_one(self):
        """Who cancels or changes a line does it to those that follow it, by the
        machine's rights: they must be the same contract's."""
        line = self.contract.contract_line_ids
        later = self._subscribe("2028-01-01", partner=self.other_customer)
        foreign = later.contract_line_ids.sorted("date_start")[-1]
        for one, name, other in (
            (line, "successor_contract_line_id", foreign),
            (foreign, "predecessor_contract_line_id", line),
        ):
            with self.subTest(name=name):
                with self.assertRaisesRegex(ValidationError, "another contract"):
                    one[name] = other

    def test_bookkeeping_of_a_line_is_written_by_nobody(self):
        """Neither how much of it is in the log of revenue, nor which order sold it:
        that one could not be confirmed any more."""
        self.contract.user_id = self.user
        quotation = self.env["sale.order"].create(
            {
                "partner_id": self.other_customer.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        new = {"contract_id": self.contract.id, "name": "x"}
        for name, value in (
            ("mrr_logged", 5.0),
            ("mrr_opened", True),
            ("subscription_sale_line_id", quotation.order_line.id),
        ):
            for user in (self.user, self.manager):
                line = self.contract.contract_line_ids.with_user(user)
                lines = line.browse()
                command = [Command.update(line.id, {name: value})]
                by_context = lines.with_context(**{f"default_{name}": value})
                for attempt in (
                    lambda line=line, n=name, v=value: line.write({n: v}),
                    lambda li=lines, n=name, v=value: li.create({**new, n: v}),
                    lambda li=by_context: li.create(new),
                    lambda c=line.contract_id, cmd=command: c.write(
                        {"contract_line_ids": cmd}
                    ),
                ):
                    with self.subTest(name=name, user=user.login):
                        with self.assertRaisesRegex(AccessError, name):
                            attempt()

    def test_what_the_ledger_notes_on_invoices_is_written_by_nobody(self):
        """A settlement that was taken back and settled anew must not come back."""
        clerk = new_test_user(self.env, "clerk", "account.group_account_invoice")
        self.contract.run_billing()
        lines = self.contract.period_ids.move_line_id.with_user(clerk)
        self.assertTrue(lines)
        for name in ("subscription_correction", "subscription_settled_anew"):
            with self.subTest(name=name), self.assertRaisesRegex(AccessError, name):
                lines.write({name: True})

    def test_ledger_fields_of_a_billed_line_are_changed_by_managers(self):
        self.contract.user_id = self.user
        line = self.contract.contract_line_ids.with_user(self.user)
        for vals in (
            {"contract_id": self.other.id},
            {"line_root_id": self.other.contract_line_ids.id},
            {"display_type": "line_note"},
            {"pause_start": "2026-03-01", "pause_end": "2026-03-05"},
            {"is_on_hold": True},
            {"hold_term_end": "2030-01-01"},
            {"is_continued": True},
        ):
            with self.subTest(**vals), self.assertRaises(AccessError):
                line.write(vals)

    def test_renewal_quotation_stays_with_its_customer(self):
        answer = self.contract.renew({"mode": "quotation"})[0]
        order = self.env["sale.order"].browse(answer["sale_order_id"])
        with self.assertRaisesRegex(ValidationError, order.name):
            order.partner_id = self.other_customer
        line = self.other.contract_line_ids
        with self.assertRaisesRegex(ValidationError, "another contract"):
            order.order_line[:1].sudo().subscription_renewal_line_id = line

    def test_documents_are_not_mapped_to_contracts_for_strangers(self):
        move = self.contract.period_ids.move_id[:1]
        order = self.contract._get_subscription_orders()
        for record in (move, order):
            with self.assertRaises(AccessError):
                record.with_user(self.other_portal).action_view_subscription_contracts()
        with self.assertRaises(AccessError):
            self.contract.with_user(self.other_portal).action_view_subscription_orders()

    def test_following_does_not_open_a_contract(self):
        self.contract.message_subscribe(self.other_portal.partner_id.ids)
        found = self.env["contract.contract"].with_user(self.other_portal).search([])
        self.assertEqual(found, self.other)

    # === READING WITHOUT A FIELD LIST === #
    def test_every_role_reads_all_fields(self):
        internal = (
            self.manager,
            self.salesman,
            self.reader,
            new_test_user(self.env, "biller", "account.group_account_invoice"),
        )
        models = (
            *MODELS,
            "contract.renewal.step",
            "contract.mrr.movement",
            "contract.plan",
        )
        self.contract.renew()
        for user in internal:
            for model in models:
                with self.subTest(user=user.login, model=model):
                    records = self.env[model].with_user(user).search([])
                    self.assertTrue(records)
                    records.read()
        for model in MODELS:
            with self.subTest(model=model):
                self.env[model].with_user(self.portal).search([]).read()

    def test_orders_and_invoices_are_read_by_who_has_no_contracts(self):
        salesman = self.salesman
        order = self.contract._get_subscription_orders().with_user(salesman)
        order.read()
        order.order_line.read(["subscription_plan_id", "subscription_line_ids"])
        stock = new_test_user(self.env, "stock", "stock.group_stock_user")
        plans = self.env["contract.plan"].with_user(stock)
        self.assertTrue(plans.search([]).read())
        product = self.product.with_user(stock)
        product.read(["subscription_ok", "subscription_plan_id"])
        move = self.contract.period_ids.move_id.with_user(self.portal)
        move.read(["subscription_contract_count"])

    # === OWN, ALL, MANAGER === #
    def _find(self, user):
        """Return which of this test's contracts ``user`` finds (the database may hold
        others)."""
        found = self.env["contract.contract"].with_user(user).search([])
        return found & (self.contract | self.other).with_user(user)

    def test_salesperson_reads_his_own_contracts_and_writes_none(self):
        self.assertEqual(self._find(self.salesman), self.contract | self.other)
        self.other.user_id = self.manager
        self.assertEqual(self._find(self.salesman), self.contract)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.salesman).note = "x"
        with self.assertRaises(AccessError):
            self.other.with_user(self.salesman).contract_line_ids.read()

    def test_own_user_writes_his_own(self):
        self.contract.user_id = self.user
        self.contract.with_user(self.user).note = "mine"
        with self.assertRaises(AccessError):
            self.other.with_user(self.user).note = "x"
        everything = new_test_user(
            self.env, "sub_all", "crm_subscription.group_subscription_user_all"
        )
        self.other.with_user(everything).note = "x"

    def test_price_of_a_billed_line_is_changed_by_managers(self):
        self.contract.user_id = self.user
        line = self.contract.contract_line_ids
        for vals in ({"price_unit": 1.0}, {"quantity": 9.0}, {"discount": 100.0}):
            with self.subTest(**vals), self.assertRaises(AccessError):
                line.with_user(self.user).write(vals)
        line.with_user(self.user).name = "New wording"
        line.with_user(self.manager).price_unit = 120.0
        new = line.with_user(self.user).copy()
        new.price_unit = 5.0
        self.assertEqual(new.price_unit, 5.0)

    def test_accountants_read_every_contract_and_write_none(self):
        found = self._find(self.reader)
        self.assertEqual(found, self.contract | self.other)
        self.assertEqual(len(found.period_ids), 4)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.reader).note = "x"

    def test_salesperson_who_invoices_sees_all(self):
        user = new_test_user(
            self.env,
            "both",
            "sales_team.group_sale_salesman,account.group_account_invoice",
        )
        self.assertEqual(self._find(user), self.contract | self.other)
        lines = self.env["contract.line"].with_user(user).search([])
        self.assertLessEqual(self._find(user), lines.contract_id)

    def test_only_managers_set_up_plans(self):
        for user in (self.user, self.salesman, self.reader):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.plan.with_user(user).name = "x"
        self.plan.with_user(self.manager).name = "Renamed"

    def test_manager_without_other_apps_makes_a_contract_in_the_form(self):
        contracts = self.env["contract.contract"].with_user(self.manager)
        form = Form(
            contracts.with_context(default_contract_type="sale", is_contract=1),
            view="contract.contract_contract_customer_form_view",
        )
        form.name = "Made by hand"
        form.partner_id = self.customer
        form.line_recurrence = True
        with form.contract_line_ids.new() as line:
            line.product_id = self.machine
            line.price_unit = 12.0
        contract = form.save()
        self.assertEqual(contract.mrr, 12.0)
        self.assertEqual(contract.run_billing()["billed"], 1)

    def test_nobody_writes_ledger_and_logs(self):
        for model in ("contract.period", "contract.mrr.movement"):
            row = self.env[model].search([], limit=1).with_user(self.manager)
            with self.subTest(model=model), self.assertRaises(AccessError):
                row.write({"amount": 0.0})
            with self.subTest(model=model), self.assertRaises(AccessError):
                row.copy()

    def test_health_page_of_the_manager(self):
        incidents = self.env["crm.suite.incident"]
        ours = incidents._report(self.contract, "crm_subscription.billing", "x")
        theirs = incidents._report(self.contract, "crm_service_desk.mail", "x")
        found = incidents.with_user(self.manager).search([])
        self.assertIn(ours, found)
        self.assertNotIn(theirs, found)

    def test_other_companies_stay_apart(self):
        company = self.env["res.company"].create({"name": "Second"})
        user = new_test_user(
            self.env,
            "second",
            "crm_subscription.group_subscription_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for model in (*MODELS, "contract.mrr.movement", "contract.renewal.step"):
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(user).search([]))
        self.plan.company_id = self.env.company
        self.assertNotIn(
            self.plan, self.env["contract.plan"].with_user(user).search([])
        )
