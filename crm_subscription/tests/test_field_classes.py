# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every stored field of a contract and its lines has a class, and the least privileged
user who may write contracts tries each on his own one. A new field has to be put in a
class: the test fails until it is."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.crm_suite_base.tests.field_values import AUTOMATIC, VALUES
from odoo.addons.crm_suite_base.tools.context_defaults import get_computed_names

from ..models.contract_guard import (
    AGREED_FIELDS,
    MACHINE_FIELDS,
    MANAGED_FIELDS,
    REPEATED_FIELDS,
)
from ..models.contract_line_guard import (
    LINE_AGREED_FIELDS,
    LINE_MACHINE_FIELDS,
    LINE_MANAGED_FIELDS,
)
from .common import TODAY, SubscriptionCommon

AGREED = {"contract.contract": AGREED_FIELDS, "contract.line": LINE_AGREED_FIELDS}
MACHINE = {"contract.contract": MACHINE_FIELDS, "contract.line": LINE_MACHINE_FIELDS}
MANAGED = {"contract.contract": MANAGED_FIELDS, "contract.line": LINE_MANAGED_FIELDS}
# What who looks after a contract writes: neither price, nor days, nor bills follow
# from it. A value to try, and why it is harmless where that is not plain.
FREE = {
    "contract.contract": {
        "name": "Another name",
        "code": "Their reference",
        "note": "Call before noon.",
        "date": "2026-01-02",  # of the signature; the days are the lines'
        "tag_ids": [Command.clear()],
        "user_id": False,  # who is in charge
        "group_id": False,  # the analytic account that the lines agree on
        "contract_template_id": False,  # proposes in the form, and only there
        # A notice of what was parked, that is dismissed by a button; the incident on
        # the health page is the machine's.
        "invoice_generation_error": False,
        "invoice_generation_error_date": False,
        # Another contact of the same customer, see test_guard.
        "invoice_partner_id": "contact",
    },
    "contract.line": {
        "name": "Another wording",
        "sequence": 77,
        "is_end_agreed": True,  # whether somebody is told of its end
        "note_invoicing_mode": "custom",  # of notes
        "analytic_distribution": False,  # accounts get their own from the product
        # Where goods go, as on an order.
        "delivery_partner_id": "contact",
        "delivery_warehouse_id": False,
        "service_lot_ids": [Command.clear()],  # which serial numbers are served
    },
}
# Lists of other models, each with rights of its own: see LOCKED for ours.
LISTS = {
    "contract.contract": {
        "activity_ids",
        "change_ids",
        "contract_line_fixed_ids",
        "contract_line_ids",
        "delivery_ids",
        "message_follower_ids",
        "message_ids",
        "modification_ids",
        "mrr_movement_ids",
        "period_ids",
        "rating_ids",
        "renewal_step_ids",
        "website_message_ids",
    },
    "contract.line": {"delivery_ids", "period_ids", "root_period_ids"},
}
# Written by the machine, or by managers who set up plans.
LOCKED = (
    "contract.change.log",
    "contract.delivery",
    "contract.invoice.pattern",
    "contract.mrr.movement",
    "contract.period",
    "contract.plan",
    "contract.plan.step",
    "contract.price.index",
    "contract.price.index.value",
    "contract.renewal.step",
)
OWN_VALUES = VALUES | {
    "json": {"x": 1},
    "many2many": [Command.clear()],
    "one2many": [Command.clear()],
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFieldClasses(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-03-01")
        cls.contract.user_id = cls.user
        cls.line = cls.contract.contract_line_ids
        cls.contract.run_billing()
        cls.contact = cls.env["res.partner"].create(
            {"name": "Another contact", "parent_id": cls.customer.id}
        )
        cls.records = {"contract.contract": cls.contract, "contract.line": cls.line}

    def _get_stored(self, model):
        fields = self.env[model]._fields
        return {name for name, field in fields.items() if field.store} - AUTOMATIC

    def _get_value(self, model, name):
        """Return a value that ``write`` would take for the field."""
        field = self.env[model]._fields[name]
        if field.type == "selection":
            return field.get_values(self.env)[-1]
        return OWN_VALUES[field.type]

    def _get_new(self, model):
        if model == "contract.line":
            return {"name": "x", "contract_id": self.contract.id}
        return {"name": "x", "partner_id": self.customer.id}

    def _assert_refused(self, name, attempt):
        with self.assertRaisesRegex(AccessError, name):
            attempt()

    def test_every_stored_field_has_one_class(self):
        for model in self.records:
            classes = (
                get_computed_names(self.env[model]),
                MACHINE[model],
                MANAGED[model],
                AGREED[model],
                FREE[model].keys(),
                LISTS[model],
            )
            for name in sorted(self._get_stored(model)):
                with self.subTest(model=model, field=name):
                    found = [names for names in classes if name in names]
                    self.assertEqual(len(found), 1, "put the field in one class")

    def test_classes_name_fields_that_there_are(self):
        for table in (AGREED, MACHINE, MANAGED, LISTS):
            for model, names in table.items():
                with self.subTest(model=model):
                    self.assertFalse(names - self.env[model]._fields.keys())

    def test_what_the_machine_and_managers_say_is_given_by_no_user(self):
        """By ``write``, by ``create``, and by commands of the parent."""
        for model, record in self.records.items():
            own, new = record.with_user(self.user), self._get_new(model)
            parent = self.contract.with_user(self.user)
            names = MACHINE[model] | MANAGED[model] | get_computed_names(own)
            for name in sorted(names):
                vals = {name: self._get_value(model, name)}
                with self.subTest(model=model, field=name):
                    self._assert_refused(name, lambda o=own, v=vals: o.write(v))
                    both = dict(new, **vals)
                    self._assert_refused(name, lambda o=own, v=both: o.create(v))
                    if model == "contract.contract":
                        continue
                    for command in (
                        Command.update(record.id, vals),
                        Command.create(dict(vals, name="x")),
                    ):
                        write = {"contract_line_ids": [command]}
                        self._assert_refused(name, lambda p=parent, w=write: p.write(w))

    def test_what_the_machine_says_is_given_by_no_manager(self):
        for model, record in self.records.items():
            own, new = record.with_user(self.manager), self._get_new(model)
            for name in sorted(MACHINE[model] | get_computed_names(own)):
                vals = {name: self._get_value(model, name)}
                with self.subTest(model=model, field=name):
                    self._assert_refused(name, lambda o=own, v=vals: o.write(v))
                    both = dict(new, **vals)
                    self._assert_refused(name, lambda o=own, v=both: o.create(v))

    def test_what_was_agreed_is_changed_by_no_user(self):
        """Whoever makes a contract proposes its terms: ``create`` may give them."""
        for model, record in self.records.items():
            own, parent = record.with_user(self.user), self.contract
            for name in sorted(AGREED[model]):
                if model == "contract.contract" and name in REPEATED_FIELDS:
                    continue
                vals = {name: self._get_value(model, name)}
                with self.subTest(model=model, field=name):
                    self._assert_refused(name, lambda o=own, v=vals: o.write(v))
                    if model == "contract.line":
                        write = {"contract_line_ids": [Command.update(record.id, vals)]}
                        parent = parent.with_user(self.user)
                        self._assert_refused(name, lambda p=parent, w=write: p.write(w))

    def _get_money(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.contract.preview_schedule(limit=3),
            self.contract.read(
                ["mrr", "next_bill_date", "next_bill_amount", "renewal_amount"]
            ),
            self.contract.read(sorted(REPEATED_FIELDS)),
            # Not the names, in which wordings stand.
            self.contract.period_ids.read(
                sorted(self._get_stored("contract.period")), load=False
            ),
        )

    def test_what_is_free_changes_neither_price_nor_days(self):
        """What the header repeats of its lines is given in vain."""
        before = self._get_money()
        for model, record in self.records.items():
            values = dict(FREE[model])
            if model == "contract.contract":
                values |= dict.fromkeys(REPEATED_FIELDS, "2026-03-05")
            own = record.with_user(self.user)
            for name in sorted(values.keys() & record._fields.keys()):
                if not own._has_field_access(record._fields[name], "write"):
                    continue  # is written by who has another group, too
                value = values[name]
                value = self.contact.id if value == "contact" else value
                with self.subTest(model=model, field=name):
                    with self.cr.savepoint() as savepoint:
                        record.with_user(self.user).write({name: value})
                        self.assertEqual(self._get_money(), before)
                        savepoint.rollback()
                    self.env.invalidate_all()

    def test_ledgers_and_logs_are_written_by_no_user(self):
        self.contract.renew({"mode": "quotation"})
        own = self.contract.with_user(self.user)
        for model in LOCKED:
            records = self.env[model].with_user(self.user)
            for operation in ("write", "create", "unlink"):
                with self.subTest(model=model, operation=operation):
                    self.assertFalse(records.has_access(operation))
            row = self.env[model].search([], limit=1).with_user(self.user)
            for name in sorted(self._get_stored(model) if row else ()):
                vals = {name: self._get_value(model, name)}
                with self.subTest(model=model, field=name):
                    with self.assertRaises(AccessError):
                        row.write(vals)
        for name in ("period_ids", "mrr_movement_ids", "renewal_step_ids"):
            row = self.contract[name][:1]
            self.assertTrue(row)
            for command in (
                Command.update(row.id, {"company_id": False}),
                Command.create({"line_id": self.line.id}),
                Command.delete(row.id),
            ):
                with self.subTest(list=name, command=command[0]):
                    with self.assertRaises(AccessError):
                        own.write({name: [command]})
