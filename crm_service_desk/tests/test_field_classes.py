# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every stored field of a ticket has a class that says who writes it: the least
privileged agent and the manager try each. A new field has to be put in a class: the
test fails until it is."""

from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.crm_suite_base.tests.field_values import AUTOMATIC, VALUES
from odoo.addons.crm_suite_base.tools.context_defaults import get_computed_names

from ..models.service_ticket_guard import (
    MACHINE_FIELDS,
    MANAGED_FIELDS,
    SETTLED_FIELDS,
)
from .common import MachineCase

# What agents write: which of it a figure is made of, others see in the history, and the
# clock says what it did to it. A value to try, and why where that is not plain.
FREE = {
    "category_id": False,
    "channel_id": False,
    "color": 3,
    "description": "<p>Another wording</p>",
    "duplicate_id": False,  # a ticket that he may read, see below
    "email_cc": "cc@alpha.example.com",
    "kanban_state": "done",
    "name": "Another title",
    "partner_email": "ann@alpha.example.com",
    "partner_id": "contact",  # to another customer: see below
    "partner_name": "Ann",
    "priority": "3",
    "properties": {},
    "sequence": 7,
    "service_invoice_id": False,  # documents of the customer, see test_context
    "service_kind": "fault",
    "service_lot_id": False,
    "service_order_id": False,
    "service_phone": "+8225551234",
    "service_picking_id": False,
    "service_related_by_ids": [Command.clear()],
    "service_relates_ids": [Command.clear()],
    "stage_id": "stage",  # the clock is told by its log
    "tag_ids": [Command.clear()],
    "team_id": "team",
    "user_id": False,
}
# Lists of other models, each with rights of its own: see LOCKED for ours.
LISTS = {
    "activity_ids",
    "attachment_ids",
    "duplicate_ids",
    "message_follower_ids",
    "message_ids",
    "rating_ids",
    "service_claim_ids",
    "service_credit_ids",
    "service_merged_ids",
    "service_repair_ids",
    "service_return_ids",
    "service_target_ids",
    "website_message_ids",
}
# Written by the machine; what managers decide about them they do by buttons.
LOCKED = (
    "service.claim",
    "service.claim.line",
    "service.mail.receipt",
    "service.settlement",
    "service.sla.target",
    "service.team.turn",
    "service.ticket.report",
    "service.web.limit",
)
OWN_VALUES = VALUES | {"json": [["2026-03-05 10:00:00", "paused", "x"]]}
# What the desk's figures are made of, beside what agents decide about a ticket.
MEASURED = (
    "closed_date",
    "service_clock_log",
    "service_csat",
    "service_due",
    "service_first_response_on",
    "service_opened_on",
    "service_reopen_count",
    "service_sla_policy_id",
    "service_waiting_since",
)


@tagged("post_install", "-at_install")
class TestFieldClasses(MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.user_ids = [Command.link(cls.agent_own.id)]
        cls.contact = cls.env["res.partner"].create(
            {"name": "Another contact", "parent_id": cls.customer.id}
        )
        cls.ticket = cls._ticket(user_id=cls.agent_own.id)
        cls.env.flush_all()

    def _get_stored(self, model):
        fields = self.env[model]._fields
        return {name for name, field in fields.items() if field.store} - AUTOMATIC

    def _get_value(self, name, model="helpdesk.ticket"):
        """Return a value that ``write`` would take for the field."""
        field = self.env[model]._fields[name]
        if field.type == "selection":
            return field.get_values(self.env)[-1]
        return OWN_VALUES[field.type]

    def _get_classes(self):
        return (
            get_computed_names(self.env["helpdesk.ticket"]),
            MACHINE_FIELDS,
            MANAGED_FIELDS,
            SETTLED_FIELDS,
            FREE.keys(),
            LISTS,
        )

    def _get_new(self):
        return {"name": "x", "description": "x", "team_id": self.team.id}

    def _assert_refused(self, user, names, write=True, create=True):
        ticket = self.ticket.with_user(user)
        for name in sorted(names):
            vals = {name: self._get_value(name)}
            with self.subTest(user=user.login, field=name):
                if write:
                    with self.assertRaisesRegex(AccessError, name):
                        ticket.write(vals)
                if create:
                    with self.assertRaisesRegex(AccessError, name):
                        ticket.create(dict(self._get_new(), **vals))
                    with self.assertRaisesRegex(AccessError, name):
                        ticket.copy(vals)

    def test_every_stored_field_has_one_class(self):
        classes = self._get_classes()
        for name in sorted(self._get_stored("helpdesk.ticket")):
            with self.subTest(field=name):
                found = [names for names in classes if name in names]
                self.assertEqual(len(found), 1, "put the field in one class")

    def test_classes_name_fields_that_there_are(self):
        stored = self._get_stored("helpdesk.ticket")
        optional = {"service_repair_ids"}  # of a glue addon
        for names in self._get_classes():
            self.assertFalse(set(names) - stored - optional)

    def test_what_the_machine_says_is_given_by_nobody(self):
        names = MACHINE_FIELDS | get_computed_names(self.ticket)
        for user in (self.agent_own, self.agent, self.manager):
            self._assert_refused(user, names)

    def test_what_managers_say_is_given_by_no_agent(self):
        for user in (self.agent_own, self.agent):
            self._assert_refused(user, MANAGED_FIELDS)
            self._assert_refused(user, SETTLED_FIELDS, create=False)
        self.ticket.with_user(self.manager).write(
            {
                "number": "OLD-7",
                "closed_date": "2026-03-05 10:00:00",
                "active": False,
            }
        )
        self.assertEqual(self.ticket.number, "OLD-7")

    def test_defaults_in_the_context_are_no_way_around(self):
        """Those of managed and computed fields count for nothing, because clients send
        defaults for other models; those of the machine are refused."""
        new = self._get_new()
        for user in (self.agent_own, self.agent):
            desk = self.env["helpdesk.ticket"].with_user(user)
            plain = desk.create(new).sudo()
            for name in sorted(MANAGED_FIELDS | get_computed_names(desk)):
                kind = desk._fields[name].type
                value = not plain[name] if kind == "boolean" else self._get_value(name)
                with self.subTest(user=user.login, field=name):
                    given = desk.with_context(**{f"default_{name}": value})
                    made = given.create(new).sudo()
                    if kind == "many2one":
                        self.assertEqual(made[name], plain[name])
                    else:
                        self.assertNotEqual(str(made[name]), str(value))
        desk = self.env["helpdesk.ticket"].with_user(self.manager)
        for name in sorted(MACHINE_FIELDS):
            context = {f"default_{name}": self._get_value(name)}
            with self.subTest(field=name), self.assertRaisesRegex(AccessError, name):
                desk.with_context(**context).create(new)

    def test_import_is_no_way_around(self):
        desk = self.env["helpdesk.ticket"]
        for user, name, refused in (
            (self.agent_own, "closed_date", True),
            (self.agent_own, "service_reopen_count", True),
            (self.manager, "service_reopen_count", True),
            (self.manager, "closed_date", False),
        ):
            value = str(self._get_value(name))
            result = desk.with_user(user).load(
                ["name", "description", "team_id/.id", name],
                [["Imported", "x", str(self.team.id), value]],
            )
            with self.subTest(user=user.login, field=name):
                self.assertEqual(not result["ids"], refused, result["messages"])

    def test_lists_are_no_way_around(self):
        """Commands of a parent write with the user's own rights."""
        target = self.ticket.service_target_ids[:1]
        claim = self._claim()
        own = self.ticket.with_user(self.agent_own)
        for name, command in (
            ("service_target_ids", Command.update(target.id, {"late": False})),
            ("service_target_ids", Command.delete(target.id)),
            ("service_claim_ids", Command.update(claim.id, {"state": "refused"})),
            ("service_merged_ids", Command.link(self._ticket().id)),
            ("duplicate_ids", Command.update(own.id, {"service_reopen_count": 0})),
        ):
            with self.subTest(list=name), self.assertRaises(AccessError):
                own.write({name: [command]})

    def _claim(self):
        self.ticket.service_order_id = self.order
        self.ticket.with_user(self.stock_user).create_return(
            [{"lot_id": self.serials[0].id}]
        )
        return self.ticket.service_claim_ids

    def test_what_is_free_changes_no_measure(self):
        """But by a change of stage or team, and what SLA policies go by."""
        stage = self.stages["in_progress"]
        ticket = self.ticket.with_user(self.agent_own)
        values = {"contact": self.contact.id, "stage": stage.id, "team": self.team.id}

        def measure():
            self.env.flush_all()
            self.env.invalidate_all()
            return self.ticket.read([*MEASURED, "service_target_ids"])

        before = measure()
        for name, value in FREE.items():
            value = values.get(value, value) if isinstance(value, str) else value
            with self.subTest(field=name), self.cr.savepoint() as savepoint:
                ticket.write({name: value})
                if name not in ("user_id", "partner_id"):
                    self.assertEqual(measure(), before)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_nobody_writes_what_the_machine_keeps(self):
        self._claim()
        for model in LOCKED:
            for user in (self.agent_own, self.agent, self.manager):
                records = self.env[model].with_user(user)
                for operation in ("write", "create"):
                    with self.subTest(model=model, operation=operation):
                        self.assertFalse(records.has_access(operation), user.login)
            row = self.env[model].search([], limit=1).with_user(self.manager)
            for name in sorted(self._get_stored(model) if row else ()):
                if self.env[model]._fields[name].type == "one2many":
                    continue
                vals = {name: self._get_value(name, model)}
                with self.subTest(model=model, field=name):
                    with self.assertRaises(AccessError):
                        row.write(vals)

    # --- the customer --- #

    def test_customer_goes_with_what_is_his(self):
        """A wrong customer is mended by an agent, unless something names the first."""
        other = self.other
        plain = self._ticket(user_id=self.agent_own.id)
        plain.with_user(self.agent_own).partner_id = other
        self.assertEqual(plain.commercial_partner_id, other)
        plain.with_user(self.agent_own).partner_id = False
        plain.with_user(self.agent_own).partner_id = self.customer
        linked = self._ticket(
            user_id=self.agent_own.id, service_lot_id=self.serials[0].id
        )
        rated = self._ticket(user_id=self.agent_own.id)
        rated.rating_apply(1, rating=rated._service_rating_of(self.customer))
        self._claim()
        for ticket in (linked, rated, self.ticket):
            own = ticket.with_user(self.agent_own)
            own.partner_id = self.contact
            for partner in (other, self.env["res.partner"]):
                with self.assertRaisesRegex(AccessError, "partner_id"):
                    with self.cr.savepoint():
                        own.partner_id = partner
            self.assertEqual(ticket.partner_id, self.contact)
        linked.with_user(self.agent_own).write(
            {"partner_id": other.id, "service_lot_id": False}
        )
        rated.with_user(self.manager).partner_id = other
        self.assertEqual((linked | rated).partner_id, other)

    def test_duplicate_of_what_one_may_read(self):
        """The pointer would say what a hidden ticket is called."""
        hidden = self._ticket(user_id=self.agent.id, name="Hidden title")
        own = self.ticket.with_user(self.agent_own)
        texts = set()
        for number in (hidden.id, 10**8):
            for attempt in (
                lambda n=number: own.write({"duplicate_id": n}),
                lambda n=number: own.create(dict(self._get_new(), duplicate_id=n)),
                lambda n=number: own.with_context(default_duplicate_id=n).create(
                    self._get_new()
                ),
            ):
                with self.assertRaises(UserError) as caught:
                    attempt()
                texts.add(str(caught.exception).replace(str(number), "N"))
        self.assertEqual(len(texts), 1)
        mine = self._ticket(user_id=self.agent_own.id)
        own.duplicate_id = mine
        self.assertEqual(self.ticket.duplicate_id, mine)

    # --- what was said --- #

    def test_no_message_is_of_another_day(self):
        """Clocks of tickets that are merged or split are calculated from messages."""
        moment = "2020-01-01 00:00:00"
        own = self.ticket.with_user(self.agent_own)
        message = self._answer(self.ticket, self.agent_own)
        messages = self.env["mail.message"].with_user(self.agent_own)
        other = messages.create({"body": "x", "message_type": "comment"})
        attempts = [
            lambda: own.message_post(body="x", date=moment),
            lambda: messages.create(
                {"model": own._name, "res_id": own.id, "body": "x", "date": moment}
            ),
            lambda: messages.with_context(default_date=moment).create(
                {"model": own._name, "res_id": own.id, "body": "x"}
            ),
            lambda: other.write({"model": own._name, "res_id": own.id}),
        ]
        note = self.env.ref("mail.mt_note").id
        for vals in (
            {"date": moment},
            {"subtype_id": note},
            {"message_type": "notification"},
            {"author_id": self.customer.id},
            {"res_id": self._ticket().id},
        ):
            attempts.append(lambda v=vals: message.write(v))
        for number, attempt in enumerate(attempts):
            with self.subTest(number), self.assertRaises(AccessError):
                attempt()
        message.body = "<p>Better words</p>"
        self.ticket.with_user(self.manager).message_post(body="x", date=moment)
        self.assertIn(datetime(2020, 1, 1), self.ticket.message_ids.mapped("date"))
