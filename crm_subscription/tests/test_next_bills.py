# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is told of the bills to come is what is made: untaxed, taxes and total of each
document, to the cent, however the company rounds taxes."""

from hypothesis import example, given
from hypothesis import strategies as st

from odoo.tests import freeze_time, tagged
from odoo.tools import groupby

from ..controllers.portal import PREVIEW_PERIODS, PortalSubscription
from .test_money_law import few_examples
from .test_money_rounding import BILLED, METHODS, PRICES, TAXES, MoneyRoundingCommon

INSIDE, ON_TOP = ((21.0, True),), ((10.0, False),)
QUANTITIES = st.sampled_from((1.0, 1.0, 2.0, 1.5, 12.12))


class NextBillsCommon(MoneyRoundingCommon):
    def _get_told(self, contract, limit=3):
        """Return the previewed documents (list of rows of each), in the order in which
        they are made; a bill of nothing is none."""
        rows = contract.preview_schedule(limit=limit)
        bills = dict(groupby(rows, lambda row: row["bill"]))
        told = [rows for _number, rows in sorted(bills.items())]
        return [rows for rows in told if self._is_made(rows)]

    @staticmethod
    def _is_made(rows):
        return bool(round(sum(row["amount"] for row in rows), 2))

    @staticmethod
    def _add_up(rows, name="amount"):
        return round(sum(row[name] for row in rows), 2)

    def _assert_made(self, contract, told, today=BILLED):
        """Bill from ``today`` on what was told, and compare each document with it."""
        moves = self.env["account.move"]
        for day in sorted({max(rows[0]["invoice_date"], today) for rows in told}):
            with freeze_time(day):
                self._assert_shown(contract, told[len(moves) :])
                moves |= self._run(contract)
        self.assertEqual(len(moves), len(told))
        for move, rows in zip(moves.sorted("id"), told, strict=True):
            self._assert_document(move, rows)
        return moves

    def _assert_shown(self, contract, told):
        """Form and portal tell the same as the preview before."""
        due = [
            self._add_up(rows)
            for rows in told
            if "regular" in {row["kind"] for row in rows}
        ]
        if contract.next_bill_amount:
            self.assertAlmostEqual(contract.next_bill_amount, due[0], 6)
        bills = PortalSubscription()._get_next_bills(contract)
        shown = [bill["total"] for bill in bills if self._is_made(bill["rows"])]
        totals = [self._add_up(rows, "amount_total") for rows in told]
        self.assertEqual(shown[: len(totals)], totals[: len(shown)])
        # The portal's few bills may all be of nothing, before one that is made.
        self.assertTrue(shown or len(bills) == PREVIEW_PERIODS)

    def _set_currency(self, contract, name):
        """Let the contract bill in another currency; None: stay as it is."""
        if not name:
            return
        currency = self.env.ref(f"base.{name}")
        currency.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-01-01", "rate": 0.7}
        )
        contract.manual_currency_id = currency

    def _run(self, contract):
        """Run the billing; return the documents of the contract that it made."""
        answer = contract.run_billing()
        self.assertEqual(answer["parked"], [])
        return self.env["account.move"].browse(answer["invoice_ids"])

    def _assert_document(self, move, rows):
        """Each row told the journal item of its line, cents of the document in it."""
        sign = -1 if move.move_type == "out_refund" else 1
        self.assertEqual(str(move.invoice_date), rows[0]["invoice_date"])
        self.assertEqual(move.currency_id.name, rows[0]["currency"])
        self.assertAlmostEqual(sign * move.amount_untaxed, self._add_up(rows), 6)
        total = self._add_up(rows, "amount_total")
        self.assertAlmostEqual(sign * move.amount_total, total, 6)
        self.assertEqual(
            sorted(
                (item.contract_line_id.id, round(-item.amount_currency, 2))
                for item in move.invoice_line_ids
            ),
            sorted((row["line_id"], round(row["amount"], 2)) for row in rows),
        )


@tagged("post_install", "-at_install")
class TestNextBills(NextBillsCommon):
    # === BY HAND === #
    def test_three_lines_with_taxes_inside(self):
        """21.53 are 17.79 and 21 % of tax; three of them, 64.59, are 53.38 and not
        53.37."""
        for method, untaxed in zip(METHODS, (53.37, 53.38), strict=True):
            with self.subTest(method=method):
                contract = self._sign(method, [(21.53, INSIDE)] * 3)
                told = self._get_told(contract)
                self.assertEqual(len(told), 3)
                for rows in told:
                    self.assertEqual(self._add_up(rows), untaxed)
                    self.assertEqual(self._add_up(rows, "amount_total"), 64.59)
                self._assert_made(contract, told)

    def test_two_lines_with_taxes_on_top(self):
        """10 % of 10.05 are 1.01, of 20.10 2.01."""
        for method, total in zip(METHODS, (22.12, 22.11), strict=True):
            with self.subTest(method=method):
                contract = self._sign(method, [(10.05, ON_TOP)] * 2)
                told = self._get_told(contract, 1)
                self.assertEqual(self._add_up(told[0]), 20.10)
                self.assertEqual(self._add_up(told[0], "amount_total"), total)
                self._assert_made(contract, told)

    def test_quantities_with_decimals_and_no_tax(self):
        """12.12 times 12.12 are 146.8944; twice that is 293.79, line by line 293.78."""
        for method, untaxed in zip(METHODS, (293.78, 293.79), strict=True):
            with self.subTest(method=method):
                contract = self._sign(method, [(12.12, ())] * 2, quantity=12.12)
                told = self._get_told(contract, 1)
                self.assertEqual(self._add_up(told[0]), untaxed)
                self._assert_made(contract, told)

    def test_lines_that_fall_due_on_different_days_are_different_documents(self):
        contract = self._sign("round_globally", [(21.53, INSIDE)] * 2)
        values = contract.contract_line_ids[0].copy_data()[0]
        values |= {"date_start": "2026-03-05", "anchor_date": "2026-03-05"}
        contract.contract_line_ids.create(dict(values, anchor_day=5))
        told = self._get_told(contract, 1)
        days = [rows[0]["invoice_date"] for rows in told]
        self.assertEqual(days, [BILLED, "2026-03-05"])
        self.assertEqual([len(rows) for rows in told], [2, 1])
        with freeze_time("2026-03-05"):
            moves = self._run(contract)
        for move, rows in zip(moves.sorted("id"), told, strict=True):
            self._assert_document(move, rows)

    def test_missed_periods_dated_today_are_documents_of_their_own(self):
        self.plan.catch_up = "today"
        contract = self._sign(
            "round_globally", [(21.53, INSIDE)] * 3, start="2026-01-01"
        )
        with freeze_time(BILLED):
            told = self._get_told(contract, 3)
            shown = PortalSubscription()._get_next_bills(contract)
            moves = self._run(contract)
        self.assertEqual([rows[0]["invoice_date"] for rows in told], [BILLED] * 3)
        self.assertEqual([bill["total"] for bill in shown], [64.59] * 3)
        for move, rows in zip(moves.sorted("id"), told, strict=True):
            self._assert_document(move, rows)

    def test_what_a_cancellation_leaves_to_bill(self):
        """Two more bills of 53.38; the rest of the second month is not served."""
        contract = self._sign("round_globally", [(21.53, INSIDE)] * 3)
        with freeze_time(BILLED):
            told = contract.preview_cancellation({"end_of_service": "2026-04-30"})
            self.assertEqual(told["owed"], 106.76)
            told = contract.preview_cancellation({"end_of_service": "2026-04-15"})
            reason = self.env.ref("crm_subscription.reason_price").id
            contract.cancel_subscription(
                {"end_of_service": "2026-04-15", "reason_id": reason}, told["total"]
            )
            moves = self._run(contract)
        with freeze_time("2026-05-01"):
            moves |= self._run(contract)
        self.assertEqual(len(moves), 2)
        self.assertAlmostEqual(sum(moves.mapped("amount_untaxed")), told["owed"], 6)

    def test_what_the_renewal_is_announced_at(self):
        contract = self._sign("round_globally", [(21.53, INSIDE)] * 3)
        contract.renewal_uplift_percent = 0.0
        self.assertEqual(contract.renewal_amount, 53.38)

    # === ANY === #
    @few_examples
    @given(
        method=st.sampled_from((*METHODS, "round_globally")),
        lines=st.lists(st.tuples(PRICES, TAXES, QUANTITIES), min_size=1, max_size=4),
        discount=st.sampled_from((0.0, 12.5)),
        intro=st.sampled_from((0.0, 33.33)),
        anchor=st.sampled_from(("start", "calendar")),
        currency=st.sampled_from((None, "EUR", "JPY")),
    )
    def test_preview_is_what_is_made(
        self, method, lines, discount, intro, anchor, currency
    ):
        start = "2026-03-09"
        with self.env.cr.savepoint() as savepoint:
            self.plan.write({"anchor": anchor, "intro_discount": intro})
            self.plan.intro_periods = 2 if intro else 0
            contract = self._sign(method, [line[:2] for line in lines], start)
            self._set_currency(contract, currency)
            contract.contract_line_ids.discount = discount
            for line, (_price, _taxes, quantity) in zip(
                contract.contract_line_ids, lines, strict=True
            ):
                line.quantity = quantity
            with freeze_time(start):
                told = self._get_told(contract)
            self._assert_made(contract, told, start)
            savepoint.rollback()
        self.env.invalidate_all()

    # === QUERIES === #
    def _count(self, call):
        """Return how many queries ``call()`` asks with nothing in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        return self.env.cr.sql_log_count - before

    def test_more_lines_and_periods_ask_no_more_queries(self):
        few = self._sign("round_globally", [(21.53, INSIDE)])
        many = self._sign("round_globally", [(21.53, INSIDE)] * 5)
        self._count(lambda: few.preview_schedule(limit=1))
        least = self._count(lambda: few.preview_schedule(limit=1))
        most = self._count(lambda: many.preview_schedule(limit=12))
        self.assertLessEqual(most, least)

    def test_more_contracts_in_a_list_ask_no_more_queries(self):
        contracts = self._sign("round_globally", [(21.53, ON_TOP)] * 3)
        for _number in range(9):
            contracts |= self._sign("round_globally", [(21.53, ON_TOP)] * 3)
        self._count(lambda: contracts.mapped("next_bill_amount"))
        few = self._count(lambda: contracts[:2].mapped("next_bill_amount"))
        many = self._count(lambda: contracts.mapped("next_bill_amount"))
        self.assertLessEqual(many, few)


@tagged("post_install", "-at_install")
class TestCarriedCorrections(NextBillsCommon):
    """Corrections that wait are told with the bill that will carry them."""

    def _begin(self, method, lines, months=4, **vals):
        """Return a contract of a short term, billed for March."""
        self.plan.write({"term_count": months, "term_unit": "month"})
        contract = self._sign(method, lines, **vals)
        with freeze_time(BILLED):
            self._run(contract)
        return contract

    def _carry(self, contract, day, line=None, **change):
        """Carry a change of ``day`` to the next bill; return its preview."""
        line = line or contract.contract_line_ids[-1:]
        change = {"line_id": line.id, "settle": "carry", **change}
        with freeze_time(day):
            preview = contract.preview_change(change)
            answer = contract.apply_change(change, preview["total"])
        self.assertEqual(answer["invoice_ids"], [])
        return preview

    def _preview(self, contract, day, limit=12):
        with freeze_time(day):
            return self._get_told(contract, limit)

    def _get_kinds(self, told):
        return [[row["kind"] for row in rows] for rows in told]

    # === BY HAND === #
    def test_the_next_bill_carries_them(self):
        """Twice as much for 15 of 31 days: 96.77 less 48.39, with April's 200.00."""
        contract = self._begin("round_per_line", [(100.0, ())])
        change = self._carry(contract, "2026-03-17", type="quantity", quantity=2.0)
        told = self._preview(contract, "2026-03-17")
        self.assertEqual(
            sorted(row["amount"] for row in told[0]), [-48.39, 96.77, 200.0]
        )
        corrections = told[0][1:]
        self.assertEqual([row["kind"] for row in corrections], ["correction"] * 2)
        self.assertEqual(
            sorted(row["amount"] for row in corrections),
            sorted(line["amount"] for line in change["lines"]),
        )
        self.assertEqual(
            sorted(row["label"] for row in corrections),
            ["Charge of changed days", "Credit of unused days"],
        )
        self.assertEqual([len(rows) for rows in told], [3, 1, 1])
        self._assert_made(contract, told, "2026-03-18")

    def test_credits_greater_than_the_next_bills_wait_and_are_settled_last(self):
        """Of 100.00 for March 96.77 are given back and 0.97 charged; bills of 1.00
        can't bear that, and after the last one a credit note gives it."""
        contract = self._begin("round_per_line", [(100.0, ())])
        self._carry(contract, "2026-03-02", type="price", price_unit=1.0)
        told = self._preview(contract, "2026-03-02")
        self.assertEqual(
            self._get_kinds(told), [["regular"]] * 3 + [["correction"] * 2]
        )
        self.assertEqual(self._add_up(told[-1]), -95.80)
        self.assertEqual(told[-1][0]["invoice_date"], "2026-06-01")
        # What lies beyond the asked day or number of periods is not told.
        with freeze_time("2026-03-02"):
            for asked in ({"until": "2026-05-31"}, {"limit": 2}):
                rows = contract.preview_schedule(**asked)
                self.assertEqual([row["kind"] for row in rows], ["regular"] * 2)
        moves = self._assert_made(contract, told, "2026-03-02")
        self.assertEqual(moves[-1].move_type, "out_refund")

    def test_they_wait_for_the_bill_that_can_bear_them(self):
        """Another line makes the second bill great enough."""
        contract = self._begin("round_per_line", [(100.0, ()), (60.0, ())])
        first, second = contract.contract_line_ids
        self._carry(contract, "2026-03-02", first, type="price", price_unit=1.0)
        with freeze_time("2026-03-02"):
            contract.apply_change(
                {"type": "pause", "line_id": second.id, "effective": "period_end"}
                | {"until": "2026-04-30"},
                0.0,
            )
            second = second.successor_contract_line_id
            second.price_unit = 120.0
        told = self._preview(contract, "2026-03-02")
        self.assertEqual(
            self._get_kinds(told)[:2],
            [["regular"], ["regular", "regular", "correction", "correction"]],
        )
        self._assert_made(contract, told, "2026-03-02")

    def test_several_changes_of_several_lines(self):
        contract = self._begin("round_globally", [(21.53, INSIDE)] * 3)
        for number, line in enumerate(contract.contract_line_ids):
            self._carry(
                contract, f"2026-03-1{number}", line, type="quantity", quantity=2
            )
        told = self._preview(contract, "2026-03-13")
        self.assertEqual(self._get_kinds(told)[0], ["regular"] * 3 + ["correction"] * 6)
        self._assert_made(contract, told, "2026-03-13")

    def test_what_is_billed_again_carries_them_first(self):
        contract = self._begin("round_globally", [(21.53, INSIDE)])
        self._carry(contract, "2026-03-17", type="quantity", quantity=2.0)
        with freeze_time("2026-03-18"):
            move = contract.period_ids.move_id
            move.button_draft()
            move.button_cancel()
        told = self._preview(contract, "2026-03-18")
        self.assertEqual(
            self._get_kinds(told)[:2],
            [["again", "correction", "correction"], ["regular"]],
        )
        self.assertEqual(told[0][0]["invoice_date"], BILLED)
        self._assert_made(contract, told, "2026-03-18")

    def test_what_was_billed_in_another_currency_is_settled_in_it(self):
        contract = self._begin("round_per_line", [(100.0, ())])
        self._carry(contract, "2026-03-17", type="quantity", quantity=2.0)
        old = contract.currency_id
        self._set_currency(contract, "EUR")
        told = self._preview(contract, "2026-03-18")
        self.assertEqual(self._get_kinds(told)[0], ["correction"] * 2)
        self.assertEqual([rows[0]["currency"] for rows in told[:2]], [old.name, "EUR"])
        with freeze_time("2026-03-18"):
            shown = PortalSubscription()._get_next_bills(contract)[0]
            # Also at night, though nothing else is due.
            due = self.env["contract.contract"]._search_due(self._day("2026-03-18"))
        self.assertIn(contract.id, due)
        self.assertEqual((shown["currency"], shown["total"]), (old, 48.38))
        self._assert_made(contract, told, "2026-03-18")

    def test_a_cancellation_tells_what_waits(self):
        """48.38 wait for April's 200.00; March, cancelled, is billed again."""
        contract = self._begin("round_globally", [(100.0, ())])
        self._carry(contract, "2026-03-17", type="quantity", quantity=2.0)
        for owed in (248.38, 348.38):
            with self.subTest(owed=owed), freeze_time("2026-03-18"):
                options = {"end_of_service": "2026-04-30"}
                told = contract.preview_cancellation(options)
                self.assertEqual((told["owed"], told["total"]), (owed, owed))
                contract.period_ids.move_id.button_draft()
                contract.period_ids.move_id.button_cancel()
        with freeze_time("2026-03-18"):
            options["reason_id"] = self.env.ref("crm_subscription.reason_price").id
            contract.cancel_subscription(options, told["total"])
            moves = self._run(contract)
        with freeze_time("2026-05-01"):
            moves |= self._run(contract)
        self.assertEqual(sum(moves.mapped("amount_untaxed")), 348.38)

    def test_who_reads_the_contract_reads_them(self):
        contract = self._begin("round_per_line", [(100.0, ())])
        self._carry(contract, "2026-03-17", type="quantity", quantity=2.0)
        with freeze_time("2026-03-18"):
            for user in (self.salesman, self.portal):
                own = contract.with_user(user)
                self.assertEqual(own.next_bill_amount, 248.38)
                amounts = [row["amount"] for row in own.preview_schedule(limit=1)]
                self.assertEqual(sorted(amounts), [-48.39, 96.77, 200.0])

    # === ANY === #
    @few_examples
    @given(
        method=st.sampled_from((*METHODS, "round_globally")),
        lines=st.lists(st.tuples(PRICES, TAXES), min_size=1, max_size=3),
        changes=st.lists(
            st.tuples(
                st.integers(0, 2),
                st.sampled_from(("carry", "carry", "invoice")),
                st.one_of(
                    st.tuples(st.just("price_unit"), PRICES),
                    st.tuples(st.just("quantity"), st.sampled_from((0.0, 0.5, 3.0))),
                ),
            ),
            min_size=1,
            max_size=4,
        ),
        cancelled=st.booleans(),
        currency=st.sampled_from((None, "EUR", "JPY")),
    )
    @example(
        method="round_globally",
        lines=[(1.84, ((10.0, False),))],
        changes=[
            (1, "carry", ("price_unit", 4.27)),
            (2, "invoice", ("quantity", 0.5)),
            (2, "invoice", ("quantity", 3.0)),
            (0, "carry", ("quantity", 0.0)),
        ],
        cancelled=True,
        currency="EUR",
    )
    @example(
        method="round_per_line",
        lines=[(0.7, ())],
        changes=[(0, "carry", ("price_unit", 0.01))],
        cancelled=False,
        currency="JPY",
    )
    def test_preview_is_what_is_made(self, method, lines, changes, cancelled, currency):
        with self.env.cr.savepoint() as savepoint:
            self.plan.write({"term_count": 4, "term_unit": "month"})
            contract = self._sign(method, lines)
            self._set_currency(contract, currency)
            with freeze_time(BILLED):
                first = self._run(contract)
            roots = contract.contract_line_ids
            for number, (index, settle, (name, value)) in enumerate(changes):
                root = roots[index % len(roots)]
                line = contract.contract_line_ids.filtered(
                    lambda line, root=root: line.line_root_id == root
                )
                change = {"type": name.removesuffix("_unit"), name: value}
                change |= {"settle": settle, "line_id": line.sorted("id")[-1:].id}
                with freeze_time(f"2026-03-{9 + number:02}"):
                    total = contract.preview_change(change)["total"]
                    contract.apply_change(change, total)
            if cancelled:
                with freeze_time("2026-03-20"):
                    first.button_draft()
                    first.button_cancel()
            told = self._preview(contract, "2026-03-20")
            self._assert_made(contract, told, "2026-03-20")
            savepoint.rollback()
        self.env.invalidate_all()
