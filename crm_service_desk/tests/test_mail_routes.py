# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""By which address a mail reaches the desk, and what is none of the desk's business."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DeskCase


@tagged("post_install", "-at_install")
class TestMailRoutes(DeskCase):
    def setUp(self):
        super().setUp()
        self.receipts = self.env["service.mail.receipt"]
        self.quarantine = self.env["service.mail.quarantine"]

    def _row(self):
        return self.receipts.search([], order="id desc", limit=1)

    def _address(self, detail="", domain=None):
        name, _at, own = self.team.alias_id.alias_full_name.partition("@")
        return f"{name}{detail}@{domain or own}"

    def test_address_with_a_detail(self):
        """``desk+billing@`` is the desk's mailbox, as RFC 5233 has it."""
        for number, to in enumerate(
            (self._address("+billing"), self._address("+Billing").upper())
        ):
            ticket = self._receive(number, to=to)
            self.assertEqual(ticket.team_id, self.team)
            self.assertEqual(self._row().ticket_id, ticket)
        with patch.object(
            type(ticket), "message_new", side_effect=ValueError("anyone's code")
        ):
            self._receive(2, to=self._address("+x"))
        self.assertEqual(self._row().outcome, "quarantined")

    def test_alias_that_is_called_so(self):
        other = self.team.copy(
            {"name": "Billing", "alias_name": f"{self.team.alias_name}+billing"}
        )
        self.assertIn("+", other.alias_id.alias_full_name)
        ticket = self._receive(1, to=other.alias_id.alias_full_name)
        self.assertEqual(ticket.team_id, other)

    def test_alias_of_any_domain(self):
        self.team.alias_id.alias_incoming_local = True
        to = self._address(domain="other.example.org")
        self.assertEqual(self._receive(1, to=to).team_id, self.team)
        self.assertEqual(self._row().outcome, "ticket")
        with patch.object(
            type(self.env["helpdesk.ticket"]),
            "message_new",
            side_effect=ValueError("anyone's code"),
        ):
            self._receive(2, to=to)
        self.assertEqual(self.quarantine.search([]).state, "failed")

    def test_answer_to_what_came_by_mail(self):
        """It names the Message-Id of the customer's own mail, and is sent to the
        catchall address, because the team has no alias."""
        ticket = self._ticket(
            team_id=self.env["helpdesk.ticket.team"].create({"name": "None"}).id
        )
        ticket.message_post(
            body="It leaks",
            message_type="email",
            author_id=self.contact.id,
            subtype_xmlid="mail.mt_comment",
            message_id="<first@alpha.example.com>",
        )
        domain = self.company.alias_domain_id
        domain.catchall_alias = "catchall"
        answers = "References: <first@alpha.example.com>\n"
        self._receive(2, to=domain.catchall_email, headers=answers, body="Again")
        self.assertEqual(self._row().outcome, "message")
        self.assertIn("Again", ticket.message_ids[0].body)
        with patch.object(
            type(ticket), "message_update", side_effect=ValueError("anyone's code")
        ):
            self._receive(3, to=domain.catchall_email, headers=answers, body="Lost?")
        self.assertEqual(self._row().outcome, "quarantined")

    def test_mailbox_of_several_applications(self):
        """What answers another document is neither parked nor told to the desk."""
        salary = self.env["res.partner"].create({"name": "Salaries"})
        asked = salary.message_post(body="How much?", subtype_xmlid="mail.mt_comment")
        raw = self._mail(
            1,
            to="office@desk.example.com",
            subject="My salary",
            headers=f"In-Reply-To: {asked.message_id}\n",
        )
        gateway = self.env["mail.thread"]
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            gateway.message_process("helpdesk.ticket", raw)
            self.assertIn("leaks", salary.message_ids[0].body)
            said = len(salary.message_ids)
            gateway.message_process("helpdesk.ticket", raw)
            gateway._service_secure(raw, "helpdesk.ticket")
        self.assertEqual(len(salary.message_ids), said, "once")
        self.assertFalse(self.quarantine.search([]))
        row = self._row()
        self.assertEqual((row.outcome, row.occurrences), ("elsewhere", 2))
        self.assertFalse(row.subject or row.email_from or row.message_id)
        # The same mailbox, a new mail.
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            gateway.message_process(
                "helpdesk.ticket", self._mail(2, to="office@desk.example.com")
            )
        self.assertEqual(self._row().outcome, "ticket")
