# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Invoices, payments, disputes and credit notes.

The salesperson drafts invoices from orders, billing posts them and books the payments.
Invoice, accounting and payment dates are the story's day, set by Odoo itself.
"""

from datetime import datetime, timedelta

from markupsafe import Markup

from odoo.fields import Command

from .customers import PAYING


def _wizard(story, order, values):
    """Sale's own "Create invoice" dialog, pressed by the salesperson."""
    env = story.as_user("salesperson")
    return (
        env["sale.advance.payment.inv"]
        .with_context(active_model="sale.order", active_ids=order.ids)
        .create(values)
    )


def invoice(story, customer, order):
    """Invoice what was delivered, less down payments."""
    order.invalidate_recordset()
    if order.invoice_status != "to invoice":
        return
    before = order.invoice_ids
    _wizard(story, order, {}).create_invoices()
    post(story, customer, order.invoice_ids - before)


def invoice_down_payment(story, customer, order):
    """Ask for 30 % when a machine is ordered."""
    before = order.invoice_ids
    values = {"advance_payment_method": "percentage", "amount": 30}
    _wizard(story, order, values).create_invoices()
    story.count("down payments")
    post(story, customer, order.invoice_ids - before)


def post(story, customer, invoices):
    """Billing posts; the customer pays as it usually does."""
    invoices = invoices.with_env(story.as_user("billing"))
    invoices.action_post()
    story.count("invoices", len(invoices))
    for move in invoices:
        plan_payment(story, customer, move)


def plan_payment(story, customer, move):
    """When, how much and with what trouble an invoice is paid.

    The invoice's own number decides, so that the same past comes out each time. Of a
    bad payer every third invoice stays unpaid, of a disputing one every fourth is paid
    by 60 % and contested; one invoice in 15 of anybody is paid in two halves.
    """
    if move.move_type != "out_invoice" or not move.amount_residual:
        return
    rng = story.rng("payment", move.name)
    fate = len(story.records.setdefault(f"moves_{customer.key}", [])) + 1
    story.records[f"moves_{customer.key}"].append(move)
    earliest, latest = PAYING[customer.paying]
    due = move.invoice_date_due - datetime.now().date()
    days = max(due.days + rng.randint(earliest, latest), 1)
    if customer.paying == "bad" and fate % 3 == 0:
        return
    if customer.paying == "disputes" and fate % 4 == 0:
        story.later(due.days - 5, dispute, story, move)
        story.later(days, receive_money, story, move, 0.6)
    elif rng.random() < 1 / 15:
        story.later(days, receive_money, story, move, 0.5)
        story.later(days + 25, receive_money, story, move)
    else:
        story.later(days, receive_money, story, move)


def receive_money(story, move, share=1.0):
    """Money for an invoice has come; billing books it with the next statement."""
    story.records.setdefault("money", []).append((move, share))


def plan_bookings(story):
    """Billing books what came every second Friday, and today what came since."""
    for days in range(740, -1, -14):
        friday = story.today - timedelta(days=days + (story.today.weekday() - 4) % 7)
        story.at(story.moment(friday, hour=20), book_payments, story)
    story.at(story.now, book_payments, story)


def book_payments(story):
    """Register the money with the "Pay" dialog: one payment per customer, and parts
    of invoices on their own.
    """
    money, story.records["money"] = story.records.get("money", []), []
    full = [move.id for move, share in money if share == 1 and move.amount_residual]
    if full:
        _payment_dialog(story, full).action_create_payments()
    for move, share in money:
        if share < 1 and move.amount_residual:
            wizard = _payment_dialog(story, move.ids)
            wizard.amount = move.currency_id.round(move.amount_residual * share)
            wizard.action_create_payments()
    story.count("paid invoices", len(money))


def _payment_dialog(story, move_ids):
    """The dialog for some invoices; a customer's are paid together, by currency."""
    env = story.as_user("billing")
    return (
        env["account.payment.register"]
        .with_context(active_model="account.move", active_ids=move_ids)
        .create({"journal_id": story.records["bank"].id, "group_payment": True})
    )


def dispute(story, move):
    """The customer contests: a mail on the invoice and a task for billing."""
    contact = move.partner_id
    move.message_post(
        body=Markup("<p>The quantity on invoice %s is not what we received. We pay the "
                    "undisputed part until this is settled.</p>") % move.name,
        author_id=contact.id,
        email_from=contact.email_formatted,
        message_type="email",
        subtype_xmlid="mail.mt_comment",
    )  # fmt: skip
    move.activity_schedule(
        "mail.mail_activity_data_todo",
        date_deadline=datetime.now().date() + timedelta(days=14),
        summary="Disputed: clarify the delivered quantity",
        user_id=story.records["user_billing"].id,
    )
    story.count("disputes")


def credit_returned(story, order):
    """Credit what came back, from the order."""
    order.invalidate_recordset()
    before = order.invoice_ids
    _wizard(story, order, {}).create_invoices()
    credit = (order.invoice_ids - before).with_env(story.as_user("billing"))
    credit.action_post()
    settle(credit)
    story.count("credit notes", len(credit))


def plan_allowances(story):
    """Two allowances on invoices: a scratched panel, a late delivery."""
    for key, days, percent in (("garam", 210, 10), ("vandijk", 75, 15)):
        story.at(story.ago(days), allow, story, key, percent)


def allow(story, key, percent):
    """Credit a percentage of the customer's last invoice with "Credit note"."""
    moves = story.records.get(f"moves_{key}")
    if not moves:
        return
    move = moves[-1]
    env = story.as_user("billing")
    wizard = (
        env["account.move.reversal"]
        .with_context(active_model="account.move", active_ids=move.ids)
        .create(
            {
                "reason": f"Allowance of {percent} % agreed by phone",
                "journal_id": move.journal_id.id,
            }
        )
    )
    credit = env["account.move"].browse(wizard.refund_moves()["res_id"])
    credit.invoice_line_ids = [
        Command.update(line.id, {"price_unit": line.price_unit * percent / 100})
        for line in credit.invoice_line_ids
    ]
    credit.action_post()
    settle(credit)
    story.count("credit notes")


def settle(credit):
    """Set a credit note off against the customer's oldest open invoice, if any."""
    for move in credit:
        line = move.line_ids.filtered(
            lambda row: row.account_id.account_type == "asset_receivable"
        )
        open_invoices = move.env["account.move"].search(
            [
                ("move_type", "=", "out_invoice"),
                ("commercial_partner_id", "=", move.commercial_partner_id.id),
                ("currency_id", "=", move.currency_id.id),
                ("payment_state", "in", ("not_paid", "partial")),
                ("state", "=", "posted"),
            ],
            order="invoice_date, id",
            limit=1,
        )
        if open_invoices and not line.reconciled:
            open_invoices.js_assign_outstanding_line(line.id)
