# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How long a customer takes to pay, reckoned from the invoices instead of the payments.

The figure starts at payment items and is SQL; this walks in Python over the invoices'
own instalments, and knows a payment by the document that core says its entry is of.
"""

from dataclasses import dataclass
from fractions import Fraction

INVOICES = ("out_invoice", "out_receipt")


@dataclass(frozen=True)
class Paid:
    """One part of an instalment that was paid: amount, day, days to pay, days late."""

    company: int
    amount: Fraction
    day: object
    to_pay: int
    late: int


def payments_of(entity, companies):
    """Return the paid parts (list of :class:`Paid`) of an entity's payments.

    :param entity: commercial entity of the payments (res.partner)
    :param companies: res.company
    """
    invoices = entity.env["account.move"].search(
        [
            ("state", "=", "posted"),
            ("move_type", "in", INVOICES),
            ("company_id", "in", companies.ids),
        ]
    )
    return [
        Paid(
            company=invoice.company_id.id,
            amount=Fraction(str(part.amount)),
            day=payment.date,
            to_pay=(payment.date - invoice.invoice_date).days,
            late=(payment.date - instalment.date_maturity).days,
        )
        for invoice in invoices
        for instalment in invoice.line_ids
        if instalment.display_type == "payment_term"
        for part in instalment.matched_credit_ids
        for payment in part.credit_move_id
        if _is_payment(payment) and payment.partner_id.commercial_partner_id == entity
    ]


def _is_payment(item):
    """Return whether a journal item is of a payment or of a bank statement."""
    entry = item.move_id
    return bool(entry.origin_payment_id or entry.statement_line_id)


def averages(payments, first, last, rates=None):
    """Return (days to pay, days late) as Fractions, (False, False) without payment.

    :param payments: list of :class:`Paid`
    :param first: first day that counts (date)
    :param last: last day that counts (date)
    :param rates: {company id: weight of its amounts}
    """
    counted = [
        (paid.amount * Fraction((rates or {}).get(paid.company, 1)), paid)
        for paid in payments
        if first <= paid.day <= last
    ]
    weight = sum(amount for amount, _paid in counted)
    if not weight:
        return False, False
    return tuple(
        sum(amount * days(paid) for amount, paid in counted) / weight
        for days in (lambda paid: paid.to_pay, lambda paid: paid.late)
    )
