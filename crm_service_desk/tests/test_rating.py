# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What customers say about solved tickets: asked by mail, answered on a page, once."""

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common_portal import PortalUsers


@tagged("post_install", "-at_install")
class TestRating(PortalUsers, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.service_ask_rating = True
        cls.salesman = new_test_user(
            cls.env, login="sd-sale", groups="sales_team.group_sale_salesman"
        )

    def _solved(self, name="Pump", **vals):
        ticket = self._make("a", name, **vals)
        ticket.stage_id = self.stages["done"]
        return ticket

    def _rating(self, ticket):
        return ticket.sudo().rating_ids

    def _reopen_and_solve(self, ticket, reopened, solved):
        with freeze_time(reopened):
            ticket.stage_id = self.stages["in_progress"]
        with freeze_time(solved):
            ticket.stage_id = self.stages["done"]

    # --- asking --- #

    def test_asked_on_solving_once_per_person(self):
        with freeze_time("2026-11-20 09:00:00"):
            ticket = self._solved()
        rating = self._rating(ticket)
        self.assertEqual(rating.partner_id, self.users["a"].partner_id)
        self.assertEqual(str(ticket.service_rating_asked_on), "2026-11-20 09:00:00")
        mails = self.env["mail.mail"].search(
            [("mail_message_id", "in", ticket.message_ids.ids)]
        )
        self.assertIn(
            f"/ticket/rate/{rating.access_token}?rate=5",
            "".join(mails.mapped("body_html")),
        )
        self._reopen_and_solve(ticket, "2026-11-21 09:00:00", "2026-11-22 09:00:00")
        self.assertEqual(self._rating(ticket), rating)
        self.assertEqual(str(ticket.service_rating_asked_on), "2026-11-22 09:00:00")

    def test_not_asked(self):
        cancelled = self._make("a", "Pump")
        cancelled.stage_id = self.stages["cancelled"]
        unknown = self._make(None, "Pump")
        unknown.stage_id = self.stages["done"]
        self.team.service_ask_rating = False
        for ticket in (cancelled, unknown, self._solved()):
            self.assertFalse(self._rating(ticket))
            self.assertFalse(ticket.service_rating_asked_on)

    def test_one_row_by_constraint(self):
        row = self._rating(self._solved())
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                row.copy()
                self.env.flush_all()

    def test_persons_who_become_one(self):
        """Two were asked about a ticket: what was answered is the person's one."""
        ticket = self._solved()
        first = self._rating(ticket)
        person = first.partner_id
        colleague = person.copy({"name": "Ann A."})
        second = first.copy({"partner_id": colleague.id})
        ticket.rating_apply(5, rating=first)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((colleague + person).ids, person, extra_checks=False)
        self.assertEqual((first + second).partner_id, person)
        self.assertEqual((first + second).filtered("service_single"), first)
        self.assertEqual(ticket.service_csat, "satisfied")

    # --- answering by the link of the mail --- #

    def test_link_shows_and_form_records(self):
        ticket = self._solved()
        rating = self._rating(ticket)
        self._login(None)
        for rate in ("5", "3", "1", "", "x", "5.0", "99999999999999999999"):
            page = self.url_open(f"/ticket/rate/{rating.access_token}?rate={rate}")
            self.assertEqual(page.status_code, 200, rate)
            self.env.invalidate_all()
            self.assertFalse(rating.consumed, rate)
        self.assertIn("How satisfied", page.text)
        answer = self._post(
            f"/ticket/rate/{rating.access_token}", rate="3", feedback="Slow\x00 <b>"
        )
        self.assertEqual(answer.status_code, 303)
        self.env.invalidate_all()
        self.assertEqual((rating.rating, rating.consumed), (3, True))
        self.assertEqual(rating.feedback, "Slow <b>")
        self.assertEqual(ticket.service_csat, "okay")
        page = self.url_open(f"/ticket/rate/{rating.access_token}").text
        self.assertIn("You answered", page)
        self.assertIn("Slow &lt;b&gt;", page)

    def test_second_answer_changes_nothing(self):
        ticket = self._solved()
        rating = self._rating(ticket)
        self._login(None)
        for rate in ("5", "1"):
            self._post(f"/ticket/rate/{rating.access_token}", rate=rate)
        self._post(f"/rate/{rating.access_token}/submit_feedback", rate="1")
        self.env.invalidate_all()
        self.assertEqual(rating.rating, 5)
        said = ticket.message_ids.filtered("rating_ids")
        self.assertEqual(len(said), 1)
        with self.assertRaisesRegex(UserError, "given already"):
            ticket.rating_apply(1, rating=rating)

    def test_answered_again_after_a_reopening(self):
        with freeze_time("2026-11-20 09:00:00"):
            ticket = self._solved()
        rating = self._rating(ticket)
        with freeze_time("2026-11-20 10:00:00"):
            ticket.rating_apply(5, rating=rating)
        self._reopen_and_solve(ticket, "2026-11-21 09:00:00", "2026-11-22 09:00:00")
        self.assertEqual(ticket.service_csat, "satisfied", "stands until replaced")
        with freeze_time("2026-11-22 10:00:00"):
            ticket.rating_apply(1, rating=rating, feedback="Broken again")
        self.assertEqual(ticket.service_csat, "dissatisfied")
        self.assertEqual(self._rating(ticket), rating)

    @mute_logger("odoo.http")
    def test_form_needs_face_and_token(self):
        rating = self._rating(self._solved())
        self._login(None)
        url = f"/ticket/rate/{rating.access_token}"
        for rate in ("", "0", "2", "-1", "x", "5 OR 1=1"):
            page = self._post(url, rate=rate)
            self.assertEqual(page.status_code, 200, rate)
            self.assertIn("Please choose", page.text)
        self.assertEqual(self._post(url, token=False, rate="5").status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(rating.consumed)

    @mute_logger("odoo.http")
    def test_foreign_and_missing_tokens_get_the_same_answer(self):
        ticket = self._solved(name="Alpha's secret")
        token = self._rating(ticket).access_token
        self._login("b")
        for value in (token, "missing", "x" * 5000, "0"):
            page = self.url_open(f"/ticket/rate/{value}")
            self.assertEqual(page.status_code, 404, value[:20])
            self.assertNotIn("secret", page.text)
            self.assertEqual(
                self._post(f"/ticket/rate/{value}", rate="5").status_code, 404
            )
        self.env.invalidate_all()
        self.assertFalse(self._rating(ticket).consumed)

    def test_links_of_earlier_mails(self):
        token = self._rating(self._solved()).access_token
        self._login(None)
        for url, target in (
            (f"/rate/{token}/5", f"/ticket/rate/{token}?rate=5"),
            (f"/rate/{token}/77", f"/ticket/rate/{token}?rate=0"),
            (f"/rate/{token}/submit_feedback", f"/ticket/rate/{token}"),
        ):
            answer = self.url_open(url, allow_redirects=False)
            self.assertTrue(answer.headers["Location"].endswith(target), url)

    @mute_logger("odoo.http")
    def test_no_character_is_a_server_error(self):
        """What cannot be a token is a missing one."""
        self._login(None)
        answer = self.url_open("/ticket/rate/%00")
        self.assertEqual(answer.status_code, 400)
        for value in (
            "x" * 3000,
            "-1",
            "%01",
            "%ED%A0%80",
            "%F0%9F%98%80",
            "..",
            "%27%20OR%201=1",
            "%25",
        ):
            answer = self.url_open(f"/ticket/rate/{value}")
            self.assertEqual(answer.status_code, 404, value)

    # --- figures --- #

    def test_no_answer_is_not_zero(self):
        tickets = self.env["helpdesk.ticket"]
        for rate in (5, 5, 1, None):
            ticket = self._solved()
            tickets |= ticket
            if rate:
                ticket.rating_apply(rate, rating=self._rating(ticket))
        domain = [("id", "in", tickets.ids)]
        self.assertEqual(
            tickets._service_csat_figures(domain),
            {"asked": 4, "answered": 3, "satisfied": 2, "percent": 66.7},
        )
        self.assertFalse(tickets[-1].service_csat)
        self.assertEqual(
            tickets._service_csat_figures([("id", "=", tickets[-1].id)]),
            {"asked": 1, "answered": 0, "satisfied": 0, "percent": False},
        )
        self.assertFalse(tickets._fields["rating_last_value"].aggregator)

    # --- rights --- #

    def test_who_sees_answers(self):
        ticket = self._solved(user_id=False)
        rating = self._rating(ticket)
        ticket.rating_apply(1, rating=rating, feedback="secret")
        self.team.user_ids = [Command.link(self.agent_own.id)]
        foreign = self.env["helpdesk.ticket.team"].create(
            {"name": "Foreign", "service_ask_rating": True}
        )
        other = self._rating(self._solved(team_id=foreign.id))
        both = rating | other
        for user, seen in (
            (self.agent, both),
            (self.manager, both),
            (self.agent_team, rating),
            (self.agent_own, rating),
            (self.employee, rating.browse()),
            (self.salesman, both),
            (self.users["b"], None),
        ):
            if seen is None:
                with self.assertRaises(AccessError):
                    rating.with_user(user).search([])
                continue
            found = rating.with_user(user).search([("id", "in", both.ids)])
            self.assertEqual(found.sudo(), seen, user.login)

    def test_nobody_writes_answers(self):
        ticket = self._solved()
        rating = self._rating(ticket)
        values = {
            "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
            "res_id": ticket.id,
            "rating": 5,
            "consumed": True,
        }
        for user in (self.agent, self.manager, self.employee, self.users["a"]):
            with self.assertRaises(AccessError):
                rating.with_user(user).write({"rating": 5, "consumed": True})
            with self.assertRaises(AccessError):
                rating.with_user(user).create(values)
            # Who may not even see the answer is told that there is none.
            with self.assertRaises(UserError):
                ticket.with_user(user).rating_apply(5, token=rating.access_token)
        for rate, token in ((9, rating.access_token), ("x", ""), (5, "x"), (5, None)):
            with self.assertRaises(UserError):
                ticket.rating_apply(rate, token=token)
        self.assertFalse(rating.consumed)

    def test_who_is_rated_finds_no_link(self):
        """Neither in the conversation, nor in dialogs, nor in the answer's row."""
        ticket = self._make("a", "Pump", user_id=self.agent.id)
        ticket.with_user(self.agent).stage_id = self.stages["done"]
        rating = self._rating(ticket)
        self.assertTrue(rating.access_token)
        for user in (self.agent, self.manager):
            for model in ("mail.message", "mail.compose.message", "mail.mail"):
                rows = self.env[model].with_user(user)
                if not rows.has_access("read"):
                    continue
                bodies = rows.search([], limit=200, order="id desc").mapped("body")
                said = "".join(str(body or "") for body in bodies)
                self.assertNotIn(rating.access_token, said, (user.login, model))
            with self.assertRaises(AccessError):
                rating.with_user(user).read(["access_token"])
            with self.assertRaises(AccessError):
                rows = rating.with_user(user)
                rows.search([("access_token", "=like", rating.access_token[:4] + "%")])
            template = self.env.ref("crm_service_desk.mail_template_rating")
            composer = self.env["mail.compose.message"].with_user(user)
            composer = composer.with_context(
                default_model=ticket._name,
                default_res_ids=ticket.ids,
                default_template_id=template.id,
            )
            with self.assertRaisesRegex(UserError, "alone gets the link"):
                composer.create({}).read(["body"])

    def _said_with_link(self, ticket, *tokens):
        """Return a message as versions before left it: with its links."""
        message = ticket.message_post(body="Thanks")
        links = "".join(
            f'<a href="https://desk.example.com/ticket/rate/{token}?rate=5">5</a>'
            for token in tokens
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_message SET body = %s WHERE id = %s", (links, message.id)
        )
        self.env.invalidate_all()
        return message

    def test_links_of_the_past_are_hidden(self):
        """Also several in one message, and of a ticket that was merged; no others."""
        one, two = self._solved(), self._solved()
        tokens = [self._rating(ticket).access_token for ticket in (one, two)]
        linked = self._said_with_link(one, *tokens, tokens[0])
        other = self._said_with_link(two, "eur-usd")
        elsewhere = self.customer.message_post(body=f"/rate/{tokens[0]}")
        found = self.env["rating.rating"]._service_hide_links()
        self.assertEqual(found, linked)
        body = linked.body
        for token in tokens:
            self.assertNotIn(token, body)
        self.assertEqual(body.count("/ticket/rate/-?rate=5"), 3)
        self.assertIn("/rate/eur-usd", other.body)
        self.assertIn(tokens[0], elsewhere.body)
        self.assertFalse(self.env["rating.rating"]._service_hide_links())

    def test_a_quoted_link_is_hidden(self):
        """Who answers the mail quotes it."""
        ticket = self._solved()
        token = self._rating(ticket).access_token
        for quoted in (f"/ticket/rate/{token}?rate=5", "/rate/x"):
            ticket.with_user(self.users["a"]).message_post(
                body=f"Thank you! > https://desk.example.com{quoted}",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
            )
        said = "".join(str(body) for body in ticket.message_ids.mapped("body"))
        self.assertIn("Thank you!", said)
        self.assertNotIn(token, said)
        self.assertIn("/rate/x", said)
        # And still it is his to follow.
        self.assertEqual(self._rating(ticket).access_token, token)

    def test_no_other_answer_becomes_a_tickets(self):
        """An employee's own document may be rated; a ticket's answer it is not."""
        ticket = self._make("a", "Pump")
        about = {
            "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
            "res_id": ticket.id,
            "rating": 5,
            "consumed": True,
        }
        elsewhere = {
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": self.employee.partner_id.id,
        }
        for user in (self.employee, self.agent, self.manager):
            rows = self.env["rating.rating"].with_user(user)
            other = rows.create(elsewhere)
            for name, value in (("service_ticket_id", False), ("service_single", 1)):
                with self.assertRaisesRegex(AccessError, name):
                    rows.create(dict(about, **{name: value}))
                with self.assertRaisesRegex(AccessError, name):
                    other.write({name: value})
            with self.assertRaises(AccessError):
                rows.with_context(default_service_ticket_id=False).create(about)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                other.write(about)
        self.assertFalse(ticket.service_csat)
        self.assertFalse(self._rating(ticket).filtered("consumed"))

    def test_messages_do_not_rate(self):
        ticket = self._solved()
        before = len(self._rating(ticket))
        for user in (self.agent, self.users["a"]):
            with self.assertRaisesRegex(UserError, "rating_value"):
                ticket.with_user(user).message_post(body="x", rating_value=5)
        self.assertNotIn("rating_value", ticket._get_allowed_message_params())
        self.assertEqual(len(self._rating(ticket)), before)
