# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The form without a login: limits, honeypot, unverified senders, nothing lost."""

import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import MachineCase
from .common_portal import PortalUsers


@tagged("post_install", "-at_install")
class TestWebForm(PortalUsers, MachineCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.service_web_form = True
        cls.hidden = cls.env["helpdesk.ticket.team"].create({"name": "Hidden"})
        cls.form = {
            "name": "Ann",
            "email": "Ann@alpha.example.com",
            "subject": "Pump SN-1001 leaks",
            "description": "It leaks.\nPlease help.",
        }
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("crm_service_desk.web_max_per_address", 1000)

    def setUp(self):
        super().setUp()
        self._login(None)

    def _send(self, url="/ticket/web", files=None, **data):
        return self._post(url, files=files, **dict(self.form, **data))

    def _made(self):
        self.env.invalidate_all()
        tickets = self.env["helpdesk.ticket"]
        return tickets.search([("service_unverified", "=", True)])

    # --- what becomes of a request --- #

    def test_request_becomes_an_unverified_ticket(self):
        page = self.url_open("/ticket/web")
        self.assertIn("How can we help?", page.text)
        answer = self._send()
        self.assertTrue(answer.headers["Location"].endswith("/ticket/web/thanks"))
        ticket = self._made()
        self.assertEqual(len(ticket), 1)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.partner_email, "ann@alpha.example.com")
        self.assertIn("It leaks.<br>", ticket.description)
        self.assertFalse(ticket.partner_id, "an address proves nothing")
        self.assertFalse(ticket.service_lot_id)
        self.assertFalse(ticket.message_partner_ids - self.env.user.partner_id)
        (context,) = ticket.with_user(self.agent).get_context()
        self.assertFalse(context["serials"] or context["orders"])
        self.assertTrue(ticket.service_target_ids, "the clocks run")

    def test_no_customer_sees_it(self):
        self._send()
        ticket = self._made()
        for key in self.users:
            self.assertFalse(ticket.with_user(self.users[key]).has_access("read"))

    def test_known_and_unknown_addresses_get_the_same_answer(self):
        answers = set()
        for email in ("ann@alpha.example.com", "nobody@nowhere.example.com"):
            answer = self._send(email=email)
            answers.add((answer.status_code, answer.headers["Location"]))
        self.assertEqual(len(answers), 1)

    def test_files(self):
        files = [("attachment", (f"{n}.txt", b"x", "text/plain")) for n in range(2)]
        self._send(files=files)
        self.assertEqual(len(self._made().sudo().attachment_ids), 2)
        files = [("attachment", (f"{n}.txt", b"x", "text/plain")) for n in range(6)]
        answer = self._send(files=files, subject="Too many")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("Too many", answer.text)
        self.assertEqual(len(self._made()), 1)

    def test_sent_twice(self):
        for _number in range(2):
            self._send(client_key="k")
        self.assertEqual(len(self._made()), 1)
        self._send(client_key="k", description="Another")
        self.assertEqual(len(self._made()), 2)

    # --- what is refused, with the text kept --- #

    def test_what_is_missing_is_said(self):
        for change in (
            {"email": ""},
            {"email": "x"},
            {"email": "a@b.example.com\nBcc: c@d.example.com"},
            {"subject": " \x00 "},
            {"description": ""},
        ):
            answer = self._send(**change)
            self.assertEqual(answer.status_code, 422, change)
            self.assertIn('value="Ann"', answer.text)
        self.assertFalse(self._made())

    @mute_logger("odoo.http")
    def test_only_with_the_sessions_token_and_by_post(self):
        self.assertEqual(self._send(token=False).status_code, 400)
        self.url_open("/ticket/web?subject=x&description=y&email=a@b.example.com")
        self.assertFalse(self._made())

    @mute_logger("odoo.http")
    def test_teams_that_are_not_offered_do_not_exist(self):
        for number in (self.hidden.id, 10**8, 10**30, 0):
            url = f"/ticket/web/{number}"
            if number:
                self.assertEqual(self.url_open(url).status_code, 404, number)
                self.assertEqual(self._send(url).status_code, 404, number)
        self._send(team=self.hidden.id)
        self.assertEqual(self._made().team_id, self.team)
        self.team.service_web_form = False
        self.assertEqual(self.url_open("/ticket/web").status_code, 404)

    # --- limits --- #

    def test_limit_of_a_sender(self):
        with freeze_time("2026-11-20 09:10:00"):
            codes = [self._send(subject=f"n {n}").status_code for n in range(6)]
        self.assertEqual(codes, [303] * 5 + [429])
        with freeze_time("2026-11-20 09:20:00"):
            page = self._send(email="ANN@alpha.example.com", subject="Keep me")
            self.assertEqual(page.status_code, 429)
            self.assertIn("Keep me", page.text)
            self.assertEqual(self._send(email="bob@example.com").status_code, 303)
        with freeze_time("2026-11-20 10:00:00"):
            self.assertEqual(self._send().status_code, 303)
        self.assertEqual(len(self._made()), 7)

    def test_limit_of_an_origin(self):
        self.env["ir.config_parameter"].set_param(
            "crm_service_desk.web_max_per_address", 2
        )
        with freeze_time("2026-11-20 09:10:00"):
            codes = [
                self._send(email=f"u{n}@example.com").status_code for n in range(3)
            ]
        self.assertEqual(codes, [303, 303, 429])

    def test_origin_is_what_the_server_sees(self):
        """What a visitor claims to come from does not count."""
        self.env["ir.config_parameter"].set_param(
            "crm_service_desk.web_max_per_address", 2
        )
        token = self._token()
        with freeze_time("2026-11-20 09:10:00"):
            codes = [
                self.url_open(
                    "/ticket/web",
                    data=dict(self.form, email=f"x{n}@example.com", csrf_token=token),
                    headers={
                        "X-Forwarded-For": f"192.0.2.{n}",
                        "Forwarded": f"for=192.0.2.{n}",
                        "X-Real-IP": f"192.0.2.{n}",
                    },
                    allow_redirects=False,
                ).status_code
                for n in range(3)
            ]
        self.assertEqual(codes, [303, 303, 429])

    def test_counts_hold_no_address_and_are_forgotten(self):
        limits = self.env["service.web.limit"]
        with freeze_time("2026-11-20 09:10:00"):
            self.assertTrue(limits._take("sender", "eve@example.com", 1))
            self.assertFalse(limits._take("sender", "eve@example.com", 1))
        row = limits.search([("kind", "=", "sender")], limit=1)
        self.assertEqual(row.uses, 2)
        self.assertNotIn("eve", row.digest)
        with freeze_time("2026-11-22 09:10:00"):
            limits._gc_limits()
        self.assertFalse(row.exists())

    # --- nothing is lost --- #

    def test_honeypot_is_parked(self):
        answer = self._send(homepage="https://spam.example.com")
        self.assertTrue(answer.headers["Location"].endswith("/ticket/web/thanks"))
        self.assertFalse(self._made())
        row = self.env["service.mail.quarantine"].search([], limit=1)
        self.assertEqual(row.state, "automatic")
        self.assertEqual(row.email_from, self.form["email"].lower())

    def test_what_cannot_be_processed_waits_and_stays_unverified(self):
        self.env.cr.execute(
            SQL(
                "ALTER TABLE helpdesk_ticket ADD CONSTRAINT refuse_for_test"
                " CHECK (name != 'Pump SN-1001 leaks')"
            )
        )
        with mute_logger("odoo.sql_db"):
            answer = self._send()
        self.assertTrue(answer.headers["Location"].endswith("/ticket/web/thanks"))
        self.assertFalse(self._made())
        row = self.env["service.mail.quarantine"].search([], limit=1)
        self.assertEqual(row.state, "failed")
        self.assertIn("refuse_for_test", row.reason)
        self.env.cr.execute(
            SQL("ALTER TABLE helpdesk_ticket DROP CONSTRAINT refuse_for_test")
        )
        row.with_user(self.manager).action_process()
        ticket = self._made()
        self.assertEqual(row.ticket_id, ticket)
        self.assertEqual(ticket.name, self.form["subject"])
        self.assertFalse(ticket.partner_id, "as unverified as it was")

    # --- whose it is --- #

    def _mails(self, ticket):
        return self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )

    def test_mail_repeats_nothing_that_was_typed(self):
        self._send(name="Buy pills", subject="Buy pills", description="Buy pills")
        ticket = self._made()
        mail = self._mails(ticket)
        self.assertEqual(mail.email_to, "ann@alpha.example.com")
        self.assertIn(ticket.number, mail.body_html)
        self.assertNotIn("pills", f"{mail.body_html} {mail.subject}")
        for number in range(3):
            self._send(subject=f"More {number}")
        mails = [mail for one in self._made() for mail in self._mails(one)]
        self.assertEqual(len(mails), 2, "no bombs to a victim's address")

    def test_confirmed_by_the_link(self):
        self._send()
        ticket = self._made()
        link = re.search(
            r'href="[^"]*(/ticket/confirm/[^"]+)"', self._mails(ticket).body_html
        ).group(1)
        self.assertIn(ticket.number, self.url_open(link).text)
        self.assertTrue(self._made(), "looking confirms nothing")
        with mute_logger("odoo.http"):
            self.assertEqual(self._post(link, token=False, x=1).status_code, 400)
        place = self._post(link).headers["Location"]
        self.assertFalse(self._made())
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertEqual(ticket.service_lot_id, self.serials[0])
        self.assertIn("Pump SN-1001 leaks", self.url_open(place).text)

    @mute_logger("odoo.http")
    def test_no_confirmation_without_the_token(self):
        self._send()
        ticket = self._made()
        other = self._make("a", "Known")
        for number, token in (
            (ticket.id, "x"),
            (ticket.id, "0" * 32),
            (other.id, "False"),
            (10**8, "x"),
            (10**30, "x"),
        ):
            url = f"/ticket/confirm/{number}/{token}"
            self.assertEqual(self.url_open(url).status_code, 404)
            self.assertEqual(self._post(url).status_code, 404)
        self.assertEqual(self._made(), ticket)

    def test_ambiguous_and_unknown_addresses(self):
        twin = self.contact.copy({"parent_id": self.other.id})
        twin.email = self.contact.email
        self._send()
        ticket = self._made()
        ticket.sudo()._service_confirm_sender()
        self.assertFalse(ticket.partner_id, "the agent picks")
        self.team.service_new_sender = "contact"
        self._send(email="new@example.com")
        ticket = self._made()
        ticket.sudo()._service_confirm_sender()
        self.assertEqual(ticket.partner_id.email, "new@example.com")

    def test_agent_knows_the_sender(self):
        self._send()
        ticket = self._made()
        for user in (self.employee, self.users["a"]):
            with self.assertRaises(AccessError):
                ticket.with_user(user).action_service_confirm_sender()
        ticket.with_user(self.agent).action_service_confirm_sender()
        self.assertEqual(ticket.partner_id, self.contact)

    def test_no_mail_of_a_stage_before(self):
        self.stages["done"].mail_template_id = self.env.ref(
            "helpdesk_mgmt.closed_ticket_template"
        )
        self._send()
        ticket = self._made()
        before = len(self._mails(ticket))
        ticket.stage_id = self.stages["done"]
        self.env.flush_all()
        self.assertEqual(len(self._mails(ticket)), before)

    def test_who_is_logged_in_gets_his_form(self):
        self._login("a")
        answer = self.url_open("/ticket/web", allow_redirects=False)
        self.assertTrue(answer.headers["Location"].endswith("/new/ticket"))

    # --- other systems --- #

    def test_create_ticket_once_for_a_key(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        values = {
            "name": "Shop order",
            "description": "a < b\nc",
            "team_id": self.team.id,
            "partner_id": self.contact.id,
            "service_kind": "fault",
            "service_lot_id": self.serials[0].id,
        }
        first = tickets.create_ticket(values, {"client_key": "shop-1"})
        again = tickets.create_ticket(values, {"client_key": "shop-1"})
        self.assertTrue(first["created"])
        self.assertEqual(again, dict(first, created=False))
        ticket = tickets.browse(first["ticket_id"])
        self.assertEqual(ticket.service_lot_id, self.serials[0])
        self.assertIn("a &lt; b<br>", ticket.description)
        self.assertNotEqual(
            tickets.create_ticket(values)["ticket_id"], first["ticket_id"]
        )

    def test_create_ticket_refuses_by_name(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        good = {"name": "x", "team_id": self.team.id, "partner_id": self.contact.id}
        tickets.create_ticket(good, {"client_key": "k"})
        for values, options, word in (
            (dict(good, name="other"), {"client_key": "k"}, "client_key"),
            (dict(good, stage_id=1), {}, "stage_id"),
            (dict(good, team_id=10**8), {}, "team_id"),
            (dict(good, priority="9"), {}, "priority"),
            (dict(good, service_lot_id=self.serials[2].id), {}, "stock.lot"),
            (dict(good, service_lot_id=10**8), {}, "stock.lot"),
            ({}, {}, "name"),
            ("x", {}, "values"),
            (good, {"key": "k"}, "key"),
        ):
            with self.assertRaisesRegex(UserError, word):
                tickets.create_ticket(values, options)
        for user in (self.employee, self.users["a"]):
            with self.assertRaises(AccessError):
                tickets.with_user(user).create_ticket(good)
