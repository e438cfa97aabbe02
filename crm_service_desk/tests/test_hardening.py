# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The holes of helpdesk_mgmt: each as it is without us, then closed.

"Without us" is OCA's own code or data, taken from its files or classes.
"""

import csv
from datetime import datetime

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL, file_open, mute_logger

from odoo.addons.helpdesk_mgmt.models.helpdesk_ticket import (
    HelpdeskTicket as OcaTicket,
)

from ..hooks import repair_numbers
from .common import DeskCase


@tagged("post_install", "-at_install")
class TestHardening(DeskCase):
    # --- stages --- #

    def test_public_and_stages(self):
        with file_open("helpdesk_mgmt/security/ir.model.access.csv") as file:
            rows = {row["id"]: row for row in csv.DictReader(file)}
        self.assertEqual(
            rows["access_helpdesk_ticket_stage_public"]["perm_write"],
            "1",
            "OCA has closed this: drop our override",
        )
        public = self.env.ref("base.public_user")
        stage = self.stages["new"].with_user(public)
        stage.check_access("read")
        with self.assertRaises(AccessError):
            stage.write({"name": "Hacked"})

    # --- followers --- #

    def _oca_portal_domain(self):
        with file_open("helpdesk_mgmt/security/helpdesk_security.xml", "rb") as file:
            tree = etree.parse(file)
        (domain,) = tree.xpath(
            "//record[@id='helpdesk_ticket_rule_portal']"
            "/field[@name='domain_force']/text()"
        )
        return domain

    def test_following_shows_it_to_the_follower_only(self):
        company = self.env["res.partner"].create({"name": "Gamma", "is_company": True})
        users = [
            new_test_user(self.env, login=login, groups="base.group_portal")
            for login in ("sd-gamma-1", "sd-gamma-2")
        ]
        for user in users:
            user.partner_id.parent_id = company
        ticket = self._ticket()
        ticket.message_subscribe(partner_ids=users[0].partner_id.ids)
        rule = self.env.ref("helpdesk_mgmt.helpdesk_ticket_rule_portal")

        def seen():
            self.env.invalidate_all()
            self.env.registry.clear_cache()
            return [ticket.with_user(user).has_access("read") for user in users]

        self.assertEqual(seen(), [True, False])
        rule.domain_force = self._oca_portal_domain()
        self.assertEqual(seen(), [True, True], "OCA has closed this: drop our override")

    # --- numbers --- #

    def _second_company(self):
        company = self.env["res.company"].create({"name": "Second"})
        self.env["ir.sequence"].create(
            {
                "name": "Second's tickets",
                "code": "helpdesk.ticket.sequence",
                "prefix": "SE",
                "company_id": company.id,
            }
        )
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Second's team", "company_id": company.id}
        )
        return company, team

    def test_number_of_the_tickets_company(self):
        company, team = self._second_company()
        number = OcaTicket._prepare_ticket_number(
            self.env["helpdesk.ticket"], {"team_id": team.id}
        )
        self.assertTrue(number.startswith("HT"), "OCA has closed this")
        ticket = self._ticket(team_id=team.id, partner_id=False)
        self.assertEqual(ticket.company_id, company)
        self.assertTrue(ticket.number.startswith("SE"))
        copy = ticket.copy()
        self.assertTrue(copy.number.startswith("SE"))
        self.assertNotEqual(copy.number, ticket.number)

    def test_batch_numbers_are_in_order(self):
        vals = {"name": "x", "description": "x", "team_id": self.team.id}
        numbers = self.env["helpdesk.ticket"].create([dict(vals)] * 5).mapped("number")
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_number_is_unique_in_the_company(self):
        from psycopg2 import IntegrityError

        ticket = self._ticket()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self._ticket(number=ticket.number)
                self.env.flush_all()

    def test_sequence_set_back(self):
        """A number that is taken is passed over, not refused."""
        ticket = self._ticket()
        sequence = self.env.ref("helpdesk_mgmt.helpdesk_ticket_sequence")
        position = int(ticket.number.removeprefix("HT"))
        sequence.number_next_actual = position
        self.assertEqual(self._ticket().number, f"HT{position + 1:05d}")

    def test_duplicates_are_repaired_before_the_constraint(self):
        """As the database of a company was before it installed us."""
        tickets = self._ticket() | self._ticket() | self._ticket()
        first, second, third = tickets
        tickets.flush_recordset()
        index = self.env["helpdesk.ticket"]._service_number_uniq.full_name(
            self.env["helpdesk.ticket"]
        )
        self.env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(index)))
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_ticket SET number = %s WHERE id IN %s",
                first.number,
                tuple(tickets.ids),
            )
        )
        tickets.invalidate_recordset()
        before = first.number
        repaired = repair_numbers(self.env)
        self.assertEqual(repaired, second | third)
        self.assertEqual(first.number, before)
        self.assertEqual(second.number, f"{before}-{second.id}")
        self.assertEqual(len(set(tickets.mapped("number"))), 3)
        self.assertFalse(repair_numbers(self.env))

    # --- dates --- #

    def test_dates(self):
        with freeze_time("2026-11-20 08:00:00"):
            ticket = self._ticket(user_id=self.agent.id)
        assigned = datetime(2026, 11, 20, 8)
        with freeze_time("2026-11-20 09:00:00"):
            ticket.user_id = self.agent_team
            ticket.stage_id = self.stages["done"]
        closed = datetime(2026, 11, 20, 9)
        self.assertEqual((ticket.assigned_date, ticket.closed_date), (assigned, closed))
        with freeze_time("2026-11-20 10:00:00"):
            ticket.stage_id = self.stages["rejected"]
        self.assertEqual(ticket.closed_date, closed)
        with freeze_time("2026-11-20 11:00:00"):
            ticket.stage_id = self.stages["in_progress"]
        self.assertFalse(ticket.closed_date)
        self.assertEqual(ticket.last_stage_update, datetime(2026, 11, 20, 11))

    def test_dates_without_us(self):
        with freeze_time("2026-11-20 08:00:00"):
            ticket = self._ticket(user_id=self.agent.id)
            ticket.stage_id = self.stages["done"]
        with freeze_time("2026-11-20 10:00:00"):
            OcaTicket.write(ticket, {"user_id": self.agent_team.id})
            OcaTicket.write(ticket, {"stage_id": self.stages["in_progress"].id})
        moment = datetime(2026, 11, 20, 10)
        self.assertEqual(ticket.assigned_date, moment, "OCA has closed this")
        self.assertTrue(ticket.closed_date, "OCA has closed this")

    # --- files --- #

    def test_files_of_internal_notes(self):
        portal = new_test_user(self.env, login="sd-file", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        ticket = self._ticket()
        files = self.env["ir.attachment"]
        made = {}
        for key, user, post in (
            ("note", self.agent, {"subtype_xmlid": "mail.mt_note"}),
            ("answer", self.agent, {"subtype_xmlid": "mail.mt_comment"}),
            ("loose", self.agent, None),
            ("portal", portal, None),
        ):
            made[key] = (
                files.with_user(user)
                .sudo()
                .create(
                    {
                        "name": f"{key}.txt",
                        "raw": b"x",
                        "res_model": "helpdesk.ticket",
                        "res_id": ticket.id,
                    }
                )
            )
            if post:
                ticket.with_user(user).message_post(
                    body=key,
                    attachment_ids=made[key].ids,
                    message_type="comment",
                    **post,
                )
        self.assertEqual(
            set(ticket.attachment_ids), set(made.values()), "what OCA lists"
        )
        self.assertEqual(
            ticket._get_portal_attachments(), made["answer"] | made["portal"]
        )
        for file in made.values():
            file.generate_access_token()
        ticket._revoke_internal_attachment_tokens()
        self.assertFalse(made["note"].access_token)
        self.assertFalse(made["loose"].access_token)
        self.assertTrue(made["answer"].access_token)

    # --- a copy of the database --- #

    def test_neutralized(self):
        with file_open("crm_service_desk/data/neutralize.sql") as file:
            statements = file.read()
        self.team.service_ask_rating = True
        self.env.flush_all()
        self.env.cr.execute(statements)
        self.env.invalidate_all()
        self.assertFalse(self.env.ref("crm_service_desk.ir_cron_escalate").active)
        self.assertFalse(self.team.service_ask_rating)
        self.assertFalse(self.stages["done"].mail_template_id)
        self.assertTrue(self.team.alias_name.startswith("neutralized-"))
        self.assertFalse(
            self.env["service.mail.quarantine"]._is_for_desk(self._mail())
            and self.team.alias_name == "machines-desk"
        )

    def test_team_counts(self):
        with freeze_time("2020-01-01"):
            self._ticket()
        self.assertEqual(self.team.with_user(self.agent).service_breached_count, 1)

    def test_sla_policies_of_a_team(self):
        self.assertEqual(self.team.service_sla_policy_ids, self.policy)
        self.policy.team_ids = [Command.clear()]
        self.assertFalse(self.team.service_sla_policy_ids)
