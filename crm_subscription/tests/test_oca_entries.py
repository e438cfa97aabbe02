# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon
from .simulation_checks import SimulationChecks

MARCH, APRIL, MAY = "2026-03-15", "2026-04-14", "2026-05-15"

RENEWING = ("renew", "successor after the term", "wizard successor")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOcaEntries(SimulationChecks, SubscriptionCommon):
    """Public methods and wizards of OCA's successor and termination addons that move
    billing dates: whatever they do, each served day is billed once; who may not change
    dates is refused. February and March are billed, the term ends in January."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-02-01")
        cls.contract.user_id = cls.user
        cls.line = cls.contract.contract_line_ids
        cls.contract.run_billing()

    def _wizard(self, line, method, **vals):
        wizard = line.env["contract.line.wizard"].create(
            {"contract_line_id": line.id, **vals}
        )
        getattr(wizard, method)()

    def _get_entries(self):
        """Return {name: function of a line} of all entries with telling dates."""
        day = self._day
        return {
            "stop in billed days": lambda x: x.stop(day(MARCH)),
            "stop later": lambda x: x.stop(day(MAY)),
            "suspend billed days": lambda x: x.stop_plan_successor(
                day(MARCH), day(APRIL), False
            ),
            "suspend later": lambda x: x.stop_plan_successor(
                day(APRIL), day(MAY), False
            ),
            "cancel": lambda x: x.cancel(),
            "uncancel on another day": lambda x: (x.cancel(), x.uncancel(day(MAY))),
            "uncancel in the past": lambda x: (
                x.cancel(),
                x.uncancel(day("2026-02-01")),
            ),
            "successor over billed days": lambda x: x.plan_successor(
                day(MARCH), False, False
            ),
            "successor after the term": lambda x: x.plan_successor(
                day("2027-02-01"), day("2027-05-31"), False
            ),
            "renew": lambda x: x.renew(),
            "wizard stop": lambda x: self._wizard(x, "stop", date_end=MAY),
            "wizard suspend": lambda x: self._wizard(
                x,
                "stop_plan_successor",
                date_start=APRIL,
                date_end=MAY,
            ),
            "wizard successor": lambda x: self._wizard(
                x,
                "plan_successor",
                date_start="2027-02-01",
                date_end="2027-05-31",
            ),
            "write the next date": lambda x: x.write({"recurring_next_date": MAY}),
            "write the billed day": lambda x: x.write(
                {"last_date_invoiced": "2026-02-28"}
            ),
            "write the start": lambda x: x.write({"date_start": "2026-01-01"}),
            "terminate": lambda x: x.contract_id._terminate_contract(
                self.env.ref("crm_subscription.reason_price"), "", day(MAY)
            ),
        }

    def test_each_served_day_is_billed_once_whatever_is_called(self):
        ends = {}
        for name, call in self._get_entries().items():
            with self.subTest(entry=name), self.cr.savepoint() as savepoint:
                try:
                    with self.cr.savepoint():
                        call(self.line.with_user(self.manager))
                    ends[name] = "done"
                except UserError:
                    ends[name] = "refused"
                self.env.invalidate_all()
                with freeze_time("2026-09-10"):
                    self.assertFalse(self.contract.run_billing()["parked"])
                    self.assertEqual(self.contract.run_billing()["billed"], 0)
                rows = self.contract.period_ids.filtered(lambda r: r.kind == "regular")
                for root, own in rows.grouped("line_root_id").items():
                    self._check_days(root, own)
                savepoint.rollback()
                self.env.invalidate_all()
        for name in ("stop later", "suspend later", "wizard stop", "wizard suspend"):
            self.assertEqual(ends[name], "done", name)
        for name in ("write the next date", "write the billed day", "write the start"):
            self.assertEqual(ends[name], "refused", name)

    def test_who_may_not_change_dates_is_refused(self):
        """The user owns the contract, and reads and writes it: its dates he does not
        move, and nobody bills or ends it from the outside."""
        for user in (self.user, self.salesman, self.reader, self.portal):
            for name, call in self._get_entries().items():
                if user == self.user and name in RENEWING:
                    continue  # that is what he is there for
                with self.subTest(entry=name, user=user.login):
                    with self.cr.savepoint() as savepoint:
                        before = self._state()
                        with self.assertRaises(UserError):
                            call(self.line.with_user(user))
                        savepoint.rollback()
                        self.env.invalidate_all()
                        self.assertEqual(self._state(), before)

    def _state(self):
        return self.contract.contract_line_ids.read(
            ["date_start", "date_end", "recurring_next_date", "last_date_invoiced"]
        )

    # === THE PRICE OF THE NEXT TERM === #
    def test_successor_after_the_term_has_the_agreed_price(self):
        """The plan raises prices by 5 % at a renewal."""
        day = self._day
        for name, call in (
            (
                "method",
                lambda x: x.plan_successor(day("2027-02-01"), day("2028-01-31"), False),
            ),
            (
                "wizard",
                lambda x: self._wizard(
                    x,
                    "plan_successor",
                    date_start="2027-02-01",
                    date_end="2028-01-31",
                ),
            ),
        ):
            with self.subTest(entry=name), self.cr.savepoint() as savepoint:
                call(self.line.with_user(self.manager))
                later = self.line.successor_contract_line_id
                self.assertEqual(later.price_unit, 105.0)
                self.assertEqual(later.anchor_date, self.line.anchor_date)
                with freeze_time("2027-02-01"):
                    self.contract.run_billing()
                    self.contract.run_billing()
                    row = later.period_ids
                    self.assertEqual(row.move_line_id.price_subtotal, 105.0)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_suspension_goes_on_at_the_price_of_before(self):
        line = self.line.with_user(self.manager)
        later = line.stop_plan_successor(self._day(APRIL), self._day(MAY), False)
        self.assertEqual(later.price_unit, 100.0)

    def test_users_renew_lines_but_not_from_any_day(self):
        """Billed lines follow the agreed term; of lines without a plan as well."""
        own = self.line.with_user(self.user)
        with self.assertRaisesRegex(AccessError, "date_start"):
            own.plan_successor(self._day("2029-02-01"), False, False)
        with self.assertRaisesRegex(AccessError, "date_start"):
            own.with_context(crm_subscription_suspended=True).plan_successor(
                self._day("2027-02-01"), False, False
            )
        self.assertEqual(own.renew().sudo().price_unit, 105.0)

    def test_oca_renewal_of_lines_without_a_plan(self):
        """By a new line, and where OCA only moves the end: at the agreed price."""
        for by_line in (True, False):
            self.env.company.create_new_line_at_contract_line_renew = by_line
            contract = self._make_oca_contract(
                date_end="2026-12-31",
                is_auto_renew=True,
                termination_notice_interval=1,
            )
            contract.write({"user_id": self.user.id, "renewal_uplift_percent": 10.0})
            contract.run_billing()
            line = contract.contract_line_ids
            with self.subTest(by_line=by_line):
                later = line.with_user(self.user).renew().sudo()
                self.assertEqual(later, line.successor_contract_line_id)
                self.assertEqual(later.price_unit, 11.0)
                self.assertTrue(later.is_auto_renew)
                self.assertEqual(str(later.date_end), "2027-12-31")
                # Notice of this term, not of the last one: else the cron renews anew.
                self.assertEqual(str(later.termination_notice_date), "2027-11-30")

    def test_failed_renewal_without_a_plan_is_settled_when_it_is_mended(self):
        contract = self._make_oca_contract(
            date_end="2026-03-31",
            is_auto_renew=True,
            termination_notice_interval=1,
        )
        index = self.env["contract.price.index"].create({"name": "Wages"})
        contract.write({"renewal_price_method": "index", "renewal_index_id": index.id})
        lines = self.env["contract.line"]
        lines.cron_renew_contract_line()
        self.assertIn("Wages", contract.parked_reason)
        self.assertTrue(contract._get_parked_activity())
        index.value_ids = [Command.create({"date": "2026-01-01", "value": 100.0})]
        lines.cron_renew_contract_line()
        contract.invalidate_recordset()
        self.assertFalse(contract.parked_reason)
        self.assertFalse(contract._get_parked_activity())
        self.assertEqual(str(contract.contract_line_ids.date_end), "2027-03-31")

    def test_term_at_the_same_price_is_extended(self):
        self.env.company.create_new_line_at_contract_line_renew = False
        contract = self._make_oca_contract(date_end="2026-12-31", is_auto_renew=True)
        line = contract.contract_line_ids
        self.assertEqual(line.renew(), line)
        self.assertEqual(str(line.date_end), "2027-12-31")
