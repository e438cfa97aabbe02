# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import MachineCase

KIND = "crm_service_desk.quarantine"


def encoded(data):
    return "=?utf-8?B?" + base64.b64encode(data).decode() + "?="


@tagged("post_install", "-at_install")
class TestIntake(MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quarantine = cls.env["service.mail.quarantine"]

    def _kept(self):
        return self.quarantine.search([], order="id desc")

    # --- a mail becomes a ticket --- #

    @freeze_time("2026-11-20 15:00:00")
    def test_mail_becomes_a_ticket_with_a_deadline(self):
        ticket = self._receive()
        self.assertRecordValues(
            ticket,
            [
                {
                    "name": "Pump leaks",
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    "partner_id": self.contact.id,
                    "commercial_partner_id": self.customer.id,
                    "partner_name": "Ann Alpha",
                    "service_sla_policy_id": self.policy.id,
                }
            ],
        )
        self.assertTrue(ticket.service_due)
        self.assertTrue(ticket.number.startswith("HT"))
        self.assertEqual(
            ticket.channel_id,
            self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email"),
        )

    def test_the_same_mail_again_is_one_ticket(self):
        first = self._receive()
        self.assertTrue(first)
        self.assertFalse(self._receive())

    def test_stranger(self):
        ticket = self._receive(sender="someone@nowhere.example", name="Some One")
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.partner_name, "Some One")

    def test_empty_and_long_mail(self):
        self.assertTrue(self._receive(1, body=""))
        ticket = self._receive(2, subject="x" * 2000)
        self.assertEqual(len(ticket.name), 250)

    # --- serial numbers --- #

    def test_serial_in_the_mail_is_linked(self):
        ticket = self._receive(body="Our mill sn-1002 makes noise.")
        self.assertEqual(ticket.service_lot_id, self.serials[1])

    def test_documents_in_the_mail_are_linked(self):
        ticket = self._receive(
            subject=f"Order {self.order.name}",
            body=f"Invoice {self.invoice.name}, delivery {self.delivery.name}.",
        )
        self.assertEqual(ticket.service_order_id, self.order)
        self.assertEqual(ticket.service_invoice_id, self.invoice)
        self.assertEqual(ticket.service_picking_id, self.delivery)

    def test_another_customers_serial_links_and_tells_nothing(self):
        text = f"SN-2001 {self.other_order.name} {self.other_invoice.name}"
        ticket = self._receive(body=text)
        for field in ("service_lot_id", "service_order_id", "service_invoice_id"):
            self.assertFalse(ticket[field])
        self.assertNotIn("SN-2001", str(ticket.message_ids.mapped("preview")[1:]))

    def test_two_serials_are_left_to_the_agent(self):
        ticket = self._receive(body="SN-1001 or SN-1002, I am not sure.")
        self.assertFalse(ticket.service_lot_id)
        ticket.with_user(self.agent).link_document("stock.lot", self.serials[0].id)
        self.assertEqual(ticket.service_lot_id, self.serials[0])

    def test_stranger_naming_a_serial(self):
        ticket = self._receive(sender="x@nowhere.example", body="SN-1001 is broken")
        self.assertFalse(ticket.service_lot_id)

    # --- machines --- #

    def test_automatic_mail_makes_no_ticket(self):
        for number, header in enumerate(
            ("Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: bulk")
        ):
            self.assertFalse(self._receive(number, headers=header + "\n"))
            row = self._kept()[0]
            self.assertEqual((row.state, row.subject), ("automatic", "Pump leaks"))
        self.assertFalse(
            self.env["crm.suite.incident"].search_count([("kind", "=", KIND)])
        )

    def test_automatic_mail_without_us_makes_a_ticket(self):
        """The hole: released from our guard, OCA makes a ticket of it."""
        tickets = self.env["mail.thread"].with_context(service_mail_release=True)
        thread_id = tickets.message_process(
            None, self._mail(headers="Auto-Submitted: auto-replied\n")
        )
        self.assertTrue(self.env["helpdesk.ticket"].browse(thread_id).exists())

    def test_automatic_answer_moves_no_clock(self):
        ticket = self._receive()
        self._answer(ticket, self.agent)
        parent = ticket.message_ids[0].message_id
        for number, headers, waits in (
            (2, f"In-Reply-To: {parent}\nAuto-Submitted: auto-replied\n", False),
            (3, f"In-Reply-To: {parent}\n", True),
        ):
            threaded = self._receive(number, headers=headers)
            self.assertEqual(threaded, ticket)
            self.assertEqual(bool(ticket.service_waiting_since), waits)

    def test_robot_that_writes_and_writes(self):
        """Core's guard needs to know the field with the sender: 20 in two hours."""
        for number in range(25):
            self._receive(number, sender="robot@nowhere.example")
        count = self.env["helpdesk.ticket"].search_count(
            [("partner_email", "ilike", "robot@nowhere.example")]
        )
        self.assertEqual(count, 20)

    def test_robot_without_us(self):
        tickets = self.env["helpdesk.ticket"]
        with patch.object(type(tickets), "_primary_email", "email"):
            self.assertIsNone(tickets._detect_loop_sender_domain("robot@x.example"))
        self.assertTrue(tickets._detect_loop_sender_domain("robot@x.example"))

    # --- malformed --- #

    def test_unknown_charset(self):
        raw = self._mail(body="café").replace(b"charset=utf-8", b"charset=x-99")
        self.assertIn("café", self._process(raw).description)

    def test_nul_in_the_subject(self):
        self.assertEqual(self._receive(1, subject=encoded(b"a\x00b")).name, "ab")
        self.assertEqual(self._receive(2, subject="a\x00b").name, "ab")

    def test_line_break_in_the_sender(self):
        ticket = self._receive(name=encoded(b"Ann\r\nBcc: victim@x.example"))
        self.assertTrue(ticket)
        self.assertNotIn("\n", ticket.partner_email)
        self.assertEqual(ticket.partner_id, self.contact)

    def test_malformed_without_us_raises(self):
        """The hole: core's own processing of the same mails."""
        original = self.env.registry["mail.thread"].message_process
        while "crm_service_desk" in original.__module__:
            owner = next(
                cls
                for cls in self.env.registry["mail.thread"].__mro__
                if cls.__dict__.get("message_process")
                and "crm_service_desk" not in cls.__module__
            )
            original = owner.__dict__["message_process"]
        thread = self.env["mail.thread"]
        raw = self._mail(body="x").replace(b"charset=utf-8", b"charset=x-99")
        with self.assertRaises(LookupError):
            original(thread, None, raw)
        raw = self._mail(2, name=encoded(b"Ann\r\nBcc: victim@x.example"))
        with self.assertRaises(ValueError):
            original(thread, None, raw)

    def _process(self, raw, model=None):
        thread_id = self.env["mail.thread"].message_process(model, raw)
        return self.env["helpdesk.ticket"].browse(thread_id or [])

    # --- quarantine --- #

    def _break(self, error):
        """Let creating tickets raise, as anyone's code may."""
        tickets = type(self.env["helpdesk.ticket"])
        return patch.object(tickets, "_service_mail_values", side_effect=error)

    def test_what_raises_is_kept_raw(self):
        with self._break(ValueError("somebody's bug")):
            self.assertFalse(self._receive())
        (row,) = self._kept()
        self.assertEqual(base64.b64decode(row.raw), self._mail())
        self.assertEqual(row.raw_name, f"mail-{row.id}.eml")
        self.assertRecordValues(
            row,
            [
                {
                    "state": "failed",
                    "subject": "Pump leaks",
                    "reason": "ValueError: somebody's bug",
                    "company_id": self.company.id,
                    "occurrences": 1,
                }
            ],
        )
        incident = self.env["crm.suite.incident"].search([("kind", "=", KIND)])
        self.assertEqual((incident.res_id, incident.state), (row.id, "open"))
        self.assertTrue(incident.with_user(self.manager).reason)

    def test_each_reader_is_told_in_his_language(self):
        """The gateway has one language, who reads of a mail another one."""
        self.env["res.lang"]._activate_lang("ko_KR")
        reader = self.manager.with_user(self.manager).with_context(lang="ko_KR")
        limit = "crm_service_desk.mail_max_mb"
        self.env["ir.config_parameter"].set_param(limit, "0")
        self._receive()
        self.env["ir.config_parameter"].set_param(limit, "40")
        self._receive(2, headers="Auto-Submitted: auto-replied\n")
        with self._break(ValueError("bug \x00 \udce4")):
            self._receive(3)
        told = self._kept().with_env(reader.env).mapped("reason_told")
        self.assertIn("ValueError: bug  ?", told[0])
        self.assertEqual(told[1], "자동 발송된 메일입니다 (auto-submitted).")
        self.assertIn("메일 크기가 0 MB입니다", told[2])
        self.assertIn("The mail has 0 MB", self._kept()[2].reason_told)
        incident = self.env["crm.suite.incident"].search(
            [("kind", "=", KIND), ("res_id", "=", self._kept()[2].id)]
        )
        incident = incident.with_env(reader.env)
        self.assertIn(
            "보낸 메일을 처리하지 못했습니다: 메일 크기가", incident.reason_told
        )
        self.assertIn("원인을 고친 다음", incident.next_step_told)

    def test_rows_of_before_keep_their_text(self):
        row = self.quarantine._keep(self._mail(), "failed", "It was said so.")
        self.assertFalse(row.reason_code)
        self.assertEqual(row.reason_told, "It was said so.")
        incident = self.env["crm.suite.incident"].search([("res_id", "=", row.id)])
        self.assertIn("It was said so.", incident.reason_told)

    def test_processed_again_with_one_click(self):
        with self._break(ValueError("somebody's bug")):
            self._receive()
        (row,) = self._kept()
        with self._break(ValueError("still there")):
            row.with_user(self.manager).action_process()
        self.assertEqual((row.state, row.reason), ("failed", "ValueError: still there"))
        row.with_user(self.manager).action_process()
        self.assertEqual(row.state, "processed")
        self.assertEqual(row.ticket_id.partner_id, self.contact)
        incident = self.env["crm.suite.incident"].search([("kind", "=", KIND)])
        self.assertEqual(incident.state, "settled")
        with self.assertRaises(UserError):
            row.with_user(self.manager).action_process()

    def test_fetched_again_is_counted(self):
        with self._break(ValueError("somebody's bug")):
            self._receive()
            self._receive()
        self.assertEqual(self._kept().occurrences, 2)

    def test_database_error_is_kept_too(self):
        def fail(*args):
            self.env.cr.execute("SELECT 1/0")

        with self.assertLogs("odoo.sql_db", "ERROR"), self._break(fail):
            self.assertFalse(self._receive())
        self.assertEqual(len(self._kept()), 1)

    def test_mail_of_others_raises_as_ever(self):
        raw = self._mail(to="elsewhere@nowhere.example").replace(
            b"charset=utf-8", b"charset=utf-8"
        )
        with self.assertRaises(ValueError):
            self._process(raw)
        self.assertFalse(self._kept())

    def test_automatic_mail_let_in_by_a_person(self):
        self._receive(headers="Auto-Submitted: auto-generated\n")
        (row,) = self._kept()
        row.with_user(self.manager).action_process()
        self.assertEqual((row.state, row.ticket_id.name), ("processed", "Pump leaks"))

    def test_discard(self):
        with self._break(ValueError("x")):
            self._receive()
        (row,) = self._kept()
        row.with_user(self.manager).action_discard()
        self.assertEqual(row.state, "discarded")

    def test_only_managers(self):
        with self._break(ValueError("x")):
            self._receive()
        (row,) = self._kept()
        for user in (self.agent, self.employee):
            with self.assertRaises(AccessError):
                row.with_user(user).read(["subject"])
            with self.assertRaises(AccessError):
                row.with_user(user).action_process()

    def _hand_in(self, user, number=1, model=None, values=None, **parts):
        """Call the gateway as anyone may over RPC."""
        return (
            self.env["mail.thread"]
            .with_user(user)
            .message_process(model, self._mail(number, **parts), custom_values=values)
        )

    def test_customers_plant_nothing(self):
        portal = new_test_user(self.env, login="sd-plant", groups="base.group_portal")
        gateway = type(self.env["mail.thread"])
        for user in (portal, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self._hand_in(user, model="res.users", values={"login": "x"})
            with (
                patch.object(gateway, "message_parse", side_effect=ValueError("x")),
                self.assertRaises(ValueError),
            ):
                self._hand_in(user, model="helpdesk.ticket")
        with self._break(AccessError("x")), self.assertRaises(AccessError):
            self._hand_in(self.employee)
        self.assertFalse(self._kept())

    def test_users_choose_neither_model_nor_values(self):
        """Of the gateway's user (a plain one) the mail is kept, and only the mail."""
        with self._break(ValueError("x")):
            self._hand_in(self.employee, 1)
            self._hand_in(self.employee, 2, "res.users", {"login": "x"})
            self._hand_in(self.employee, 3, "helpdesk.ticket", {"name": "x"})
        automatic = {"headers": "Auto-Submitted: auto-generated\n"}
        self._hand_in(self.employee, 4, "res.users", {"login": "x"}, **automatic)
        self.assertEqual(
            [(row.fallback_model, row.custom_values) for row in self._kept()],
            [
                (False, False),
                ("helpdesk.ticket", False),
                (False, False),
                (False, False),
            ],
        )

    def test_fallback_of_another_model_is_not_replayed(self):
        with self._break(ValueError("x")):
            self._receive()
        (row,) = self._kept()
        row.write({"fallback_model": "res.partner", "custom_values": {"name": "x"}})
        row.raw = base64.b64encode(self._mail(to="elsewhere@nowhere.example"))
        with self.assertRaises(ValueError):
            row.with_user(self.manager).action_process()

    def test_managers_do_not_rewrite_what_came(self):
        with self._break(ValueError("x")):
            self._receive()
        (row,) = self._kept()
        for vals in (
            {"fallback_model": "res.users"},
            {"custom_values": {"login": "x"}},
            {"raw": base64.b64encode(b"x")},
        ):
            with self.assertRaises(AccessError):
                row.with_user(self.manager).write(vals)
        for user in (self.agent, self.employee):
            with self.assertRaises(AccessError):
                row.with_user(user).action_discard()

    def test_old_automatic_mail_is_forgotten(self):
        self._receive(headers="Auto-Submitted: auto-generated\n")
        (row,) = self._kept()
        self.assertEqual(self.quarantine._gc_automatic(), (0, 0))
        with freeze_time("2100-01-01"):
            self.assertEqual(self.quarantine._gc_automatic(), (1, 0))
        self.assertFalse(row.exists())
