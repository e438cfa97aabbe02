# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.tests import freeze_time

from .common import SubscriptionCommon

# What differs between any two runs: ids, and when a row was written.
LOGS = {
    "id",
    "move_id",
    "move_line_id",
    "mail_message_id",
    "message_id",
    "res_id",
    "line_ids",
    "invoice_line_ids",
    "date_read",
    "create_date",
    "write_date",
}

# Tests go without the chatter; here it is looked at.
LOGGING = {
    "tracking_disable": False,
    "mail_notrack": False,
    "mail_create_nolog": False,
    "mail_create_nosubscribe": False,
    "no_reset_password": True,
}


class Undo(Exception):
    """Ends a savepoint whose work is not wanted."""


class PatternCommon(SubscriptionCommon):
    """Runs billing with and without patterns and compares all that came out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create({"name": "Ten", "amount": 10.0})
        cls.inside = cls.env["account.tax"].create(
            {
                "name": "Inside",
                "amount": 7.0,
                "price_include_override": "tax_included",
            }
        )
        cls.fixed = cls.env["account.tax"].create(
            {"name": "Per Piece", "amount": 1.25, "amount_type": "fixed"}
        )
        cls.taxed = cls._make_product("Taxed", 33.33, cls.plan)
        cls.taxed.taxes_id = cls.tax
        cls.mixed = cls._make_product("Mixed", 19.99, cls.plan)
        cls.mixed.taxes_id = cls.tax | cls.fixed
        cls.included = cls._make_product("Included", 107.0, cls.plan)
        cls.included.taxes_id = cls.inside
        cls.instalments = cls.env["account.payment.term"].create(
            {
                "name": "Half now, half in 30 days",
                "line_ids": [
                    Command.create({"value_amount": 50, "nb_days": 0}),
                    Command.create({"value_amount": 50, "nb_days": 30}),
                ],
            }
        )

    def _snapshot(self, moves):
        """Return all stored fields of moves, items, analytic lines, followers, messages
        and notifications, without ids."""
        return [
            {
                "move": self._values(move),
                "token": bool(move.access_token),
                "items": self._list_values(move.line_ids),
                "analytic": sorted(
                    self._list_values(move.line_ids.analytic_line_ids), key=str
                ),
                "followers": sorted(
                    (row.partner_id.id, sorted(row.subtype_ids.ids))
                    for row in move.message_follower_ids
                ),
                "messages": [
                    [
                        self._values(message),
                        self._list_values(message.notification_ids),
                        self._list_values(message.tracking_value_ids),
                    ]
                    for message in move.message_ids.sorted("id")
                ],
                "periods": [
                    (str(row.period_start), row.line_id.id, row.amount, row.state)
                    for row in move.period_ids.sorted(
                        lambda row: (row.period_start, row.line_id.id)
                    )
                ],
            }
            for move in moves.sorted(
                lambda move: (move.invoice_date, move.invoice_origin)
            )
        ]

    def _list_values(self, records):
        return [self._values(record) for record in records]

    def _values(self, record):
        values = {}
        left_out = LOGS | {"access_token"}
        for name, field in record._fields.items():
            if field.store and name not in left_out and field.type != "one2many":
                value = record[name]
                values[name] = value.ids if field.relational else value
        if record._name == "mail.message":
            values["reply_to"] = bool(record.reply_to)
        if record._name == "mail.notification":
            values["mail_mail_id"] = bool(record.mail_mail_id)
        return values

    def _run_and_undo(self, day, contracts=None):
        """Return (what a run on ``day`` posts, ids of the contracts of which drafts
        were made of patterns)."""
        found = []
        made = []
        moves_class = self.env.registry["account.move"]
        original = moves_class._create_from_patterns

        def counting(model, bills, contacts, patterns):
            made.extend(bill.contract.id for bill in bills)
            return original(model, bills, contacts, patterns)

        self.patch(moves_class, "_create_from_patterns", counting)
        try:
            with freeze_time(day), self.env.cr.savepoint():
                contracts = (contracts or self.contracts).with_context(**LOGGING)
                answer = contracts.run_billing()
                self.assertFalse(answer["parked"])
                moves = self.env["account.move"].browse(answer["invoice_ids"])
                moves.invalidate_recordset()
                tokens = [move.access_token for move in moves if move.access_token]
                self.assertEqual(len(tokens), len(set(tokens)), "one token, two moves")
                found = self._snapshot(moves)
                raise Undo
        except Undo:
            self.env.invalidate_all()
        moves_class._create_from_patterns = original
        return found, made

    def _switch(self, value):
        self.env["ir.config_parameter"].set_param("crm_subscription.patterns", value)

    def _assert_same(self, day, contracts=None):
        """A run with patterns posts what a run without posts; return who used one."""
        self._switch("0")
        plain, none = self._run_and_undo(day, contracts)
        self.assertFalse(none)
        self._switch("1")
        ours, made = self._run_and_undo(day, contracts)
        self.maxDiff = None
        self.assertEqual(ours, plain)
        self.assertTrue(plain)
        return made
