# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the people of the stories do, each with an own login, over XML-RPC.

The administrator only triggers scheduled actions. Every step is the call that the web
client makes when its user presses the button.
"""

import datetime
import functools
import re

import requests
from rpc import TIMEOUT, Client, Portal, csrf_token


class Company:
    """The demo company's people, logged in when they are first needed.

    :param server: the ``demo_server`` fixture
    """

    def __init__(self, server):
        self.server = server
        self.url, self.db, self.mail_dir = server.url, server.db, server.mail_dir

    def client(self, role):
        """Return a new session of the user of a role."""
        return Client(self.url, self.db, *self.server.login(role))

    @functools.cached_property
    def admin(self):
        return self.client("administrator")

    @functools.cached_property
    def sales(self):
        return self.client("salesperson")

    @functools.cached_property
    def stock(self):
        return self.client("stock")

    @functools.cached_property
    def billing(self):
        return self.client("billing")

    @functools.cached_property
    def accountant(self):
        return self.client("accountant")

    @functools.cached_property
    def agent(self):
        return self.client("agent")

    def portal(self, role):
        """Return the portal session of ``portal_1`` or ``portal_2``."""
        return Portal(self.url, self.db, *self.server.login(role))

    def receive_mail(self, raw):
        """Deliver a raw mail as the mail server does; return the record's id."""
        return self.server.deliver(raw)

    @staticmethod
    def today():
        """Return today's date, as the server's clock has it."""
        return datetime.date.today()

    @staticmethod
    def date(text):
        """Return a date that the API wrote."""
        return datetime.date.fromisoformat(text)

    def alias(self, model):
        """Return an address whose mails become records of ``model``."""
        rows = self.admin.find(
            "mail.alias",
            [("alias_model_id.model", "=", model), ("alias_name", "!=", False)],
            "alias_full_name",
            order="id",
            limit=1,
        )
        assert rows, f"the demo company has no mail address for {model}"
        return rows[0]["alias_full_name"]


# === SALES === #


def convert_lead(sales, lead_id):
    """Take a lead over and turn it into an opportunity with a new customer."""
    sales.wizard(
        "crm.lead2opportunity.partner",
        "action_apply",
        {"active_model": "crm.lead", "active_id": lead_id, "active_ids": [lead_id]},
        name="convert",
        action="create",
        user_id=sales.uid,
    )


def quote(sales, partner_id, lines, **vals):
    """Write a quotation; ``lines`` are dicts of sale order line values."""
    return sales.create(
        "sale.order",
        partner_id=partner_id,
        order_line=[(0, 0, line) for line in lines],
        **vals,
    )


def confirm(sales, order_id):
    """Confirm a quotation."""
    sales.call("sale.order", "action_confirm", [order_id])


# === LOGISTICS === #


def receive_serials(stock, product_id, serials):
    """Receive one unit per serial number from a supplier."""
    [picking_type] = stock.find(
        "stock.picking.type",
        [("code", "=", "incoming")],
        "default_location_src_id",
        "default_location_dest_id",
        limit=1,
    )
    [product] = stock.find("product.product", [("id", "=", product_id)], "uom_id")
    picking_id = stock.create(
        "stock.picking",
        picking_type_id=picking_type["id"],
        move_ids=[
            (
                0,
                0,
                {
                    "product_id": product_id,
                    "product_uom_qty": len(serials),
                    "product_uom": product["uom_id"][0],
                    "location_id": picking_type["default_location_src_id"][0],
                    "location_dest_id": picking_type["default_location_dest_id"][0],
                },
            )
        ],
    )
    stock.call("stock.picking", "action_confirm", [picking_id])
    set_serials(stock, picking_id, product_id, serials, key="lot_name")
    validate(stock, picking_id)


def set_serials(stock, picking_id, product_id, serials, key):
    """Write one move line per serial: new names (``lot_name``) or ids (``lot_id``)."""
    [move] = stock.find(
        "stock.move",
        [("picking_id", "=", picking_id), ("product_id", "=", product_id)],
        "move_line_ids",
    )
    commands = [(2, line_id, 0) for line_id in move["move_line_ids"]]
    commands += [
        (
            0,
            0,
            {
                "product_id": product_id,
                "picking_id": picking_id,
                "quantity": 1,
                key: serial,
            },
        )
        for serial in serials
    ]
    stock.call("stock.move", "write", [move["id"]], {"move_line_ids": commands})
    stock.call("stock.move", "write", [move["id"]], {"picked": True})


def deliver_serial(stock, order_name, product_id, lot_id):
    """Deliver a sold machine with its serial number; return the picking's id."""
    [picking_id] = stock.search(
        "stock.picking", [("origin", "=", order_name), ("state", "!=", "cancel")]
    )
    stock.call("stock.picking", "action_assign", [picking_id])
    set_serials(stock, picking_id, product_id, [lot_id], key="lot_id")
    validate(stock, picking_id)
    return picking_id


def validate(stock, picking_id):
    """Validate a transfer; everything must be there, so no question comes back."""
    answer = stock.call("stock.picking", "button_validate", [picking_id])
    assert answer is True, f"the transfer asks: {answer}"


# === MONEY === #


def invoice_order(sales, billing, order_id):
    """Invoice what was delivered of an order; return the posted invoice's id.

    In Odoo the salesperson drafts the invoice from the order and billing posts it.
    """
    sales.wizard(
        "sale.advance.payment.inv",
        "create_invoices",
        {"active_model": "sale.order", "active_ids": [order_id]},
        advance_payment_method="delivered",
    )
    invoice_id = max(sales.read("sale.order", order_id, "invoice_ids")["invoice_ids"])
    billing.call("account.move", "action_post", [invoice_id])
    return invoice_id


def pay(billing, invoice_id, amount):
    """Register a payment on an invoice, in the invoice's currency."""
    billing.wizard(
        "account.payment.register",
        "action_create_payments",
        {"active_model": "account.move", "active_ids": [invoice_id]},
        amount=amount,
    )


def customer_360(client, partner_id, **options):
    """Return the 360 answer of one customer."""
    [answer] = client.call(
        "res.partner", "get_customer_360", [partner_id], options or {}
    )
    return answer


def metric(answer, section, key):
    """Return the value of a figure in a 360 answer."""
    return answer["sections"][section]["metrics"][key]["value"]


def listed(client, figure):
    """Return the value that the list behind a figure shows to this user."""
    field, _colon, function = figure["aggregate"].partition(":")
    if (field, function) == ("id", "count"):
        return client.call(figure["model"], "search_count", figure["domain"])
    [row] = client.call(
        figure["model"],
        "formatted_read_group",
        figure["domain"],
        aggregates=[f"{field}:{function}"],
    )
    return (row[f"{field}:{function}"] or 0) * figure["sign"]


# === PORTAL === #


def grant_portal(sales, partner_id):
    """Invite a contact to the portal; the invitation goes out by mail."""
    wizard = sales.call(
        "portal.wizard", "create", {"partner_ids": [(6, 0, [partner_id])]}
    )
    [row] = sales.search(
        "portal.wizard.user",
        [("wizard_id", "=", wizard), ("partner_id", "=", partner_id)],
    )
    sales.call("portal.wizard.user", "action_grant_access", [row])


def sign_up(company, invitation, password):
    """Follow the link of an invitation (text of the mail) and choose a password."""
    link = re.search(r"https?://[^\s\"<>]*/web/signup[^\s\"<>]*", invitation).group(0)
    path = link.replace("&amp;", "&").split("/web/signup", 1)[1]
    http = requests.Session()
    page = http.get(f"{company.url}/web/signup{path}", timeout=TIMEOUT)
    form = dict(
        re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text),
        password=password,
        confirm_password=password,
        csrf_token=csrf_token(page.text),
    )
    http.post(f"{company.url}/web/signup{path}", data=form, timeout=TIMEOUT)
