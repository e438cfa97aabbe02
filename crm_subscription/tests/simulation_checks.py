# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What must hold in the simulation, worked out apart from the code that is tested."""

from collections import Counter
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from odoo.addons.crm_subscription.engine import proration

ONE_DAY = timedelta(days=1)
# Months that one unit lasts: a year has 12 months, 52 weeks, 365 days.
MONTHS = {
    "daily": Fraction(12, 365),
    "weekly": Fraction(12, 52),
    "monthly": Fraction(1),
    "quarterly": Fraction(3),
    "semesterly": Fraction(6),
    "yearly": Fraction(12),
}
UPLIFT = Decimal("1.03")
TERM = relativedelta(months=6)
NOTICE_DAYS = 10
GROWTH = ("new", "reactivation", "expansion")
LOSS = ("contraction", "churn")


def exact(number):
    """Return a float of the database as what it stands for (Decimal)."""
    return Decimal(str(round(number, 6)))


def round_cents(value):
    """Return ``value`` (Decimal or Fraction) rounded half up to cents (float)."""
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


class SimulationChecks:
    """Mixed into the test case that lives the days; its ``contracts`` are checked."""

    # === REVENUE === #
    def _get_mrr(self, contract, day):
        """Return the revenue per month on ``day`` by the lines that run (float)."""
        total = 0.0
        for line in contract.contract_line_ids:
            runs = line.date_start <= day and (
                not line.date_end or day <= line.date_end
            )
            if runs and not line.is_canceled:
                gross = Fraction(exact(line.quantity) * exact(line.price_unit))
                months = MONTHS[line.recurring_rule_type] * line.recurring_interval
                total += round_cents(gross / months)
        return total

    def _check_mrr(self, today):
        """At a month's end: what the movements add up to is what runs, by contract;
        closing = opening + movements, and each kind has its sign."""
        opening = self.closing_day
        for contract in self.contracts:
            movements = contract.mrr_movement_ids.filtered(lambda m: m.date <= today)
            closing = sum(movements.mapped("amount"))
            with self.subTest(contract=contract.name, day=today):
                self.assertAlmostEqual(closing, self._get_mrr(contract, today), 2)
                self.assertAlmostEqual(closing, contract.mrr, 2)
                month = movements.filtered(lambda m: not opening or m.date > opening)
                before = self.closings.get((contract, opening), 0.0)
                by_kind = Counter()
                for movement in month:
                    by_kind[movement.kind] += movement.amount
                    if movement.kind in GROWTH + LOSS:
                        self.assertEqual(movement.amount > 0, movement.kind in GROWTH)
                restated = self._get_restated(contract, opening)
                self.assertAlmostEqual(
                    before + restated + sum(by_kind.values()), closing, 2
                )
            self.closings[contract, today] = closing
        self.closing_day = today

    def _get_restated(self, contract, day):
        """Return what movements that were written after ``day`` changed of its closing:
        renewals that were accepted after the end of the term (float)."""
        if not day:
            return 0.0
        movements = contract.mrr_movement_ids.filtered(lambda m: m.date <= day)
        change = sum(movements.mapped("amount")) - self.closings[contract, day]
        if contract not in self.late:
            self.assertAlmostEqual(change, 0.0, 2, "a closed month was changed")
        return change

    # === RENEWALS === #
    def _check_renewals(self, today):
        """What was renewed since the last time was renewed right: all lines of the
        term, from the day after it, for a term, at the agreed price, in time."""
        rows = self.env["contract.renewal.step"].search(
            [
                ("contract_id", "in", self.contracts.ids),
                ("key", "=", "renewal"),
                ("id", "not in", self.renewals.ids),
            ]
        )
        for row in rows:
            contract = row.contract_id
            with self.subTest(contract=contract.name, term_end=row.term_end):
                self._check_renewal(contract, row.term_end)
                if contract.renewal_policy == "automatic":
                    latest = row.term_end - timedelta(days=NOTICE_DAYS)
                    if contract not in self.changed:
                        latest += self._get_outage(latest)
                        self.assertEqual(today, latest)
        self.renewals |= rows

    def _check_renewal(self, contract, term_end):
        lines = contract.contract_line_ids.filtered(
            lambda line: line.date_end == term_end and not line.is_canceled
        )
        self.assertTrue(lines)
        for line in lines:
            successor = line.successor_contract_line_id
            start = term_end + ONE_DAY
            price = round_cents(exact(line.price_unit) * UPLIFT)
            self.assertRecordValues(
                successor,
                [
                    {
                        "date_start": start,
                        "date_end": start + TERM - ONE_DAY,
                        "price_unit": price,
                        "quantity": line.quantity,
                        "product_id": line.product_id.id,
                        "recurring_rule_type": line.recurring_rule_type,
                        "recurring_interval": line.recurring_interval,
                        "line_root_id": line.line_root_id.id,
                    }
                ],
            )

    def _get_outage(self, day):
        """Return how long after ``day`` the server was away (timedelta)."""
        if day in self.down:
            return self.down[-1] + ONE_DAY - day
        return timedelta()

    def _check_steps_done(self, today):
        """No step of a running term that is due is without its row."""
        for contract in self.contracts:
            end = self._get_open_end(contract, today)
            rows = contract.renewal_step_ids.grouped("term_end").get(end)
            for step in contract.subscription_plan_id.step_ids if end else ():
                if step.action == "quotation":
                    if contract.renewal_policy != "quotation":
                        continue
                if end + timedelta(days=step.days) < today:
                    done = rows.mapped("action") if rows else []
                    with self.subTest(contract=contract.name, end=end, day=today):
                        self.assertIn(step.action, done)

    def _get_open_end(self, contract, today):
        """Return the last day of a term that runs and is to be renewed (date), or
        False."""
        ends = contract.contract_line_ids.filtered(
            lambda line: not line.is_canceled
            and not line.cancelled_from
            and not line.is_on_hold
            and not line.successor_contract_line_id
            and line.date_start <= today <= (line.date_end or today)
        ).mapped("date_end")
        return max(ends) if ends and all(ends) else False

    def _check_steps(self, contract):
        """Each step was done once and in time, and left one trace of its own: a mail,
        an activity, an opportunity, a quotation."""
        rows = contract.renewal_step_ids
        keys = rows.mapped(lambda row: (row.term_end, row.action))
        self.assertEqual(len(keys), len(set(keys)))
        done = rows.filtered(lambda row: row.state in ("done", "late"))
        for row in done:
            self._check_day_of_step(contract, row)
        by_action = done.grouped("action")
        none = done.browse()
        notices = by_action.get("notice", none)
        self.assertEqual(self._count_mails(contract), len(notices))
        self.assertEqual(len(notices.mail_message_id), len(notices))
        leads = by_action.get("opportunity", none).lead_id
        self.assertEqual(self._find("crm.lead", contract), leads)
        self.assertEqual(len(leads), len(by_action.get("opportunity", none)))
        orders = by_action.get("quotation", none).sale_order_id
        self.assertEqual(self._find("sale.order", contract), orders)
        self.assertEqual(len(orders), len(by_action.get("quotation", none)))
        told = by_action.get("activity", none) | by_action.get("escalation", none)
        # Who renews leaves nothing to do about that term but what was told that night.
        renewed = {
            row.term_end: row.date_done for row in by_action.get("renewal", none)
        }
        left = told.filtered(
            lambda row: row.term_end not in renewed
            or row.date_done.date() >= renewed[row.term_end].date()
        )
        self.assertEqual(left.activity_id.filtered("active"), left.activity_id)
        self.assertFalse((told - left).activity_id)
        self.assertEqual(self._count_activities(contract), len(left.activity_id))
        self.assertEqual(len(left.activity_id), len(left))

    def _check_day_of_step(self, contract, row):
        day = row.date_done.date()
        self.assertGreaterEqual(day, row.date_planned if row.key != "renewal" else day)
        if contract not in self.changed and row.key not in ("renewal", "quotation"):
            late = self._get_outage(row.date_planned)
            self.assertEqual(day, row.date_planned + late, row.display_name)
            self.assertEqual(row.state, "late" if late else "done")

    def _find(self, model, contract):
        records = self.env[model].with_context(active_test=False)
        return records.search([("renewal_contract_id", "=", contract.id)])

    def _count_mails(self, contract):
        return self.env["mail.message"].search_count(
            [
                ("model", "=", contract._name),
                ("res_id", "=", contract.id),
                ("message_type", "=", "email_outgoing"),
            ]
        )

    def _count_activities(self, contract):
        kind = self.env.ref("crm_subscription.mail_activity_type_renewal")
        activities = self.env["mail.activity"].with_context(active_test=False)
        found = activities.search(
            [
                ("res_model", "=", contract._name),
                ("res_id", "=", contract.id),
                ("activity_type_id", "=", kind.id),
            ]
        )
        # Declined quotations make another one.
        return len(found.filtered(lambda a: "declined" not in (a.summary or "")))

    # === PERIODS === #
    def _check_days(self, root, rows):
        """Each day of a line up to the last billed one is in one row, and no other."""
        billed = [
            row.period_start + timedelta(days=number)
            for row in rows
            for number in range((row._get_last_day() - row.period_start).days + 1)
        ]
        self.assertEqual(len(billed), len(set(billed)))
        if not billed:
            return
        last = max(billed)
        served = set()
        for line in root.contract_id.contract_line_ids:
            if line.line_root_id != root or line.is_canceled:
                continue
            end = min(line.date_end or last, last)
            days = (end - line.date_start).days + 1
            served |= {line.date_start + timedelta(days=n) for n in range(days)}
        self.assertFalse(served - set(billed), "days that were never billed")

    def _check_nothing_open(self, contract, today):
        """Nothing that is due is left: the next period of each line lies ahead."""
        for line in contract.contract_line_ids:
            if line.recurring_next_date and not line.is_canceled:
                self.assertGreater(line.recurring_next_date, today)

    def _check_money(self, contract, rows):
        """What is on the invoices is what the prices in force cost, day by day."""
        corrections = contract.period_ids - rows
        expected = 0.0
        for row in rows:
            billed = row._get_in_force()
            for part in billed.segments:
                if part.amount is not None:
                    expected += self._cost(billed.occurrence, part, row)
        total = sum(contract.period_ids.mapped("amount"))
        if all(line._get_proration() != "none" for line in rows.line_id):
            self.assertAlmostEqual(total, expected, 2)
        moves = contract._get_related_invoices()
        waiting = corrections.filtered(lambda row: row.state == "parked")
        self.assertAlmostEqual(
            sum(moves.mapped("amount_untaxed_signed")),
            total - sum(waiting.mapped("amount")),
            2,
        )

    def _cost(self, occurrence, part, row):
        ends = [occurrence.counted(part.start - ONE_DAY), occurrence.counted(part.end)]
        step = row.currency_id.rounding
        rounded = [
            proration.round_to(part.amount * days / occurrence.full_days, step)
            for days in ends
        ]
        return rounded[1] - rounded[0]
