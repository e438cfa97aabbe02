# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Quotations, orders and deliveries, as the salesperson and the warehouse make them."""

from datetime import datetime, timedelta

from odoo.fields import Command

from . import accounting
from .catalogue import ARTICLES, articles
from .customers import COURSES, CUSTOMERS, buyer

QUARTER = 91  # days
ARTICLE = {article.key: article for article in ARTICLES}


def plan_orders(story):
    """Spread each customer's orders over the eight quarters of its course."""
    for customer in CUSTOMERS:
        rng = story.rng("orders", customer.key)
        first = True
        for quarter, weight in enumerate(COURSES[customer.course]):
            number = int(weight) + (rng.random() < weight % 1)
            oldest = (8 - quarter) * QUARTER
            for days in sorted(rng.sample(range(oldest - 88, oldest), number))[::-1]:
                basket = _fill_basket(rng, customer, first)
                story.at(story.ago(max(days, 2), hour=14), quote, story, customer,
                         basket, rng.randrange(10**6))  # fmt: skip
                first = False
    _plan_open_quotations(story)


def _plan_open_quotations(story):
    """What waits for an answer today, and one order that came this week."""
    open_ones = (("narae", 9), ("cascade", 5), ("vandijk", 12), ("mesa", 3))
    for key, days in open_ones:
        customer = next(c for c in CUSTOMERS if c.key == key)
        rng = story.rng("quotation", key)
        basket = _fill_basket(rng, customer, True)
        story.at(story.ago(days), quote, story, customer, basket, 0, False)


def _fill_basket(rng, customer, first):
    """``[(article, pieces)]``: a machine with installation, or spare parts.

    A person buys compressors and parts only.
    """
    machines = [a for a in articles("machine") if not customer.person or a.price < 5000]
    parts = articles("part")
    if first or rng.random() < 0.24:
        basket = [(rng.choice(machines), 1 + (rng.random() < 0.15))]
        basket.append((ARTICLE["INST"], 1))
        if rng.random() < 0.5:
            basket.append((rng.choice(parts[3:]), rng.randint(2, 6)))
        return basket
    chosen = rng.sample(parts, rng.randint(1, 3))
    return [(part, rng.randint(1, 4 if part.price > 1000 else 18)) for part in chosen]


def quote(story, customer, basket, luck, confirmed=True):
    """The salesperson makes a quotation; it is confirmed one to six days later."""
    env = story.as_user("salesperson")
    order = env["sale.order"].create(
        {
            "partner_id": buyer(story, customer).id,
            "order_line": [
                Command.create(
                    {
                        "product_id": story.records[f"product_{article.key}"].id,
                        "product_uom_qty": pieces,
                    }
                )
                for article, pieces in basket
            ],
        }
    )
    story.count("quotations")
    if confirmed:
        story.later(1 + luck % 6, confirm, story, customer, order, luck)
    else:
        order.action_quotation_sent()


def confirm(story, customer, order, luck):
    """The customer orders; delivery, invoice and perhaps trouble follow.

    One order in 6 is delivered late, one in 9 in two parts, one machine order in 5 is
    invoiced with a down payment first.
    """
    order.action_confirm()
    story.count("orders")
    machine = any(line.product_id.tracking == "serial" for line in order.order_line)
    days = 7 if machine else 2  # the promise is three days more: see sale_delay
    if machine and luck % 5 == 0:
        story.later(1, accounting.invoice_down_payment, story, customer, order)
    late = 6 + luck % 17 if luck % 6 == 0 else 0
    partial = luck % 9 == 0
    story.later(days + late, deliver, story, customer, order, partial, hour=15)


def deliver(story, customer, order, partial):
    """The warehouse sends what is there, half of it if ``partial``."""
    env = story.as_user("stock")
    picking = order.with_env(env).picking_ids.filtered(
        lambda p: p.state not in ("done", "cancel")
    )
    picking.action_assign()
    ready = picking.move_ids.filtered(lambda move: move.state != "confirmed")
    if not ready:  # out of stock: tried again after the next receipt
        return story.later(9, deliver, story, customer, order, False, hour=15)
    for move in ready:
        if partial and move.product_uom_qty > 1:
            move.quantity = move.product_uom_qty // 2
    ready.picked = True
    if validate(picking):
        story.count("backorders")
        story.later(8, deliver, story, customer, order, False, hour=15)
    story.count("deliveries")
    story.later(1, accounting.invoice, story, customer, order, hour=17)
    return None


def validate(picking):
    """Validate like in the form; what is missing goes to a backorder.

    :return: whether a backorder was made
    """
    action = picking.button_validate()
    if not isinstance(action, dict):
        return False
    wizard = picking.env[action["res_model"]].with_context(**action["context"])
    wizard.create({}).process()
    return True


def plan_returns(story):
    """Three parts come back within weeks of their delivery, and are credited."""
    for key, days in (("redwood", 300), ("feinwerk", 140), ("daesungp", 45)):
        story.at(story.ago(days), take_back, story, key)


def take_back(story, key):
    """The warehouse takes one piece of the customer's last delivered part back."""
    env = story.as_user("stock")
    moves = env["stock.move"].search(
        [
            ("picking_id.partner_id", "child_of", story.records[key].id),
            ("picking_code", "=", "outgoing"),
            ("state", "=", "done"),
            ("date", ">", datetime.now() - timedelta(days=200)),
        ],
        order="date desc, id desc",
    )
    move = moves.filtered(lambda m: m.product_id.tracking == "none")[:1] or moves[:1]
    if not move:
        return
    wizard = (
        env["stock.return.picking"]
        .with_context(
            active_model="stock.picking",
            active_id=move.picking_id.id,
            active_ids=move.picking_id.ids,
        )
        .create({})
    )
    line = wizard.product_return_moves.filtered(lambda row: row.move_id == move)
    (wizard.product_return_moves - line).unlink()
    line.quantity = 1
    action = wizard.action_create_returns()
    story.later(4, receive_return, story, action["res_id"], move)


def receive_return(story, picking_id, delivered):
    """The piece arrives; billing credits it from the order the next day."""
    picking = story.as_user("stock")["stock.picking"].browse(picking_id)
    picking.action_assign()
    picking.move_ids.picked = True
    validate(picking)
    story.count("returns")
    order = delivered.sudo().sale_line_id.order_id
    story.later(1, accounting.credit_returned, story, order)
