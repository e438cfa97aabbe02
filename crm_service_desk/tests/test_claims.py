# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is asked for, granted and refused; progress; a ticket that waits."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import BILLING, STOCK
from .test_exchange import SALES, ExchangeCase


@tagged("post_install", "-at_install")
class TestRequests(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # They make documents and are no helpdesk users.
        cls.storeman, cls.accountant, cls.seller = (
            new_test_user(cls.env, login=f"sd-only-{group[-4:]}", groups=group)
            for group in (STOCK, BILLING, SALES)
        )

    def _asked(self, ticket, method, lines=None, options=None):
        call = getattr(ticket.with_user(self.agent), method)
        answer = call(lines or self._line(), options)
        self.assertTrue(answer["requested"])
        return self.env["service.claim"].browse(answer["claim_id"])

    def test_granted_with_one_click_by_who_has_the_right(self):
        ticket = self._ticket()
        claim = self._asked(ticket, "create_return")
        self.assertEqual(claim.step, "requested")
        self.assertEqual(claim.display_name, f"{ticket.number}: Return")
        self.assertTrue(claim.note.startswith("1 x "), claim.note)
        activity = claim.activity_id
        self.assertIn(f"service-claims/{claim.id}", activity.note)
        as_storeman = claim.with_user(self.storeman)
        self.assertTrue(as_storeman.can_grant)
        action = as_storeman.action_grant()
        self.assertEqual(action["res_model"], "stock.picking")
        self.assertEqual(claim.picking_id.create_uid, self.storeman)
        self.assertEqual(claim.picking_id.service_ticket_id, ticket)
        self.assertEqual(claim.step, "in_transit")
        self.assertFalse(activity.exists().active)
        self.assertIn("granted", ticket.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "decided already"):
            as_storeman.action_grant()

    def test_each_kind_by_its_own_group(self):
        ticket = self._ticket()
        for method, user, field in (
            ("create_exchange", self.storeman, "picking_id"),
            ("create_replacement", self.seller, "order_id"),
            ("request_credit", self.accountant, "credit_id"),
        ):
            if method == "request_credit":
                self._take_back(ticket, self.stock_user, self.serials[1])
            lot = {"create_exchange": 0}.get(method, 1)
            if method == "create_replacement":
                ticket = self._ticket(partner_id=self.other.id)
                lot = 2
            claim = self._asked(ticket, method, self._line(lot))
            others = (self.storeman | self.accountant | self.seller) - user
            for other in others:
                with self.assertRaises(AccessError):
                    claim.with_user(other).action_grant()
            with self.assertRaises(AccessError):
                claim.with_user(self.agent).action_grant()
            claim.with_user(user).action_grant()
            self.assertEqual(claim[field].create_uid, user)
            ticket = self._ticket()

    def test_refused_with_a_reason(self):
        ticket = self._ticket()
        claim = self._asked(ticket, "create_return")
        claim.with_user(self.storeman).action_refuse("Too old")
        self.assertEqual(claim.step, "refused")
        self.assertIn("Too old", ticket.message_ids[0].body)
        self.assertFalse(ticket.sudo().service_return_ids)
        with self.assertRaises(UserError):
            claim.with_user(self.storeman).action_grant()

    def test_checked_again_when_granted(self):
        """Meanwhile somebody else took the goods back."""
        ticket = self._ticket()
        claim = self._asked(ticket, "create_return")
        self._ticket().with_user(self.stock_user).create_return(self._line())
        with self.assertRaisesRegex(UserError, "can still be"):
            claim.with_user(self.storeman).action_grant()

    def test_made_on_the_ticket_is_granted_too(self):
        """Who has the right presses the same button: nobody stays asked."""
        ticket = self._ticket()
        claim = self._asked(ticket, "create_return")
        answer = ticket.with_user(self.stock_user).create_return(self._line())
        self.assertEqual(answer["claim_id"], claim.id)
        self.assertEqual(claim.step, "in_transit")
        self.assertFalse(claim.activity_id.exists().active)

    def test_second_click_asks_nobody_twice(self):
        ticket = self._ticket()
        claim = self._asked(ticket, "create_return")
        self.assertEqual(self._asked(ticket, "create_return"), claim)

    def test_key_answers_what_was_granted_meanwhile(self):
        ticket = self._ticket()
        options = {"client_key": "k"}
        claim = self._asked(ticket, "create_return", options=options)
        claim.with_user(self.storeman).action_grant()
        again = ticket.with_user(self.agent).create_return(self._line(), options)
        self.assertEqual(
            (again["requested"], again["picking_id"]), (False, claim.picking_id.id)
        )

    def test_no_amount_for_who_may_not_see_it(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        line = [{"lot_id": self.serials[0].id, "amount": 777.0}]
        claim = self._asked(ticket, "request_credit", line)
        self.assertNotIn("777", claim.note + claim.activity_id.note)
        self.assertEqual(claim.with_user(self.accountant).asked_amount, 777)
        for user in (self.storeman, self.agent):
            self.assertNotIn("asked_amount", claim.with_user(user).fields_get())
        claim.with_user(self.accountant).action_grant()
        self.assertEqual(claim.credit_id.amount_untaxed, 777)

    def test_who_sees_claims(self):
        own = self._ticket(user_id=self.agent_own.id)
        foreign = self._ticket(user_id=self.agent.id)
        claims = [self._asked(own, "create_return")]
        claims.append(self._asked(foreign, "create_return", self._line(1)))
        seen = {
            self.agent_own: claims[:1],
            self.agent_team: claims,
            self.agent: claims,
            self.storeman: claims,
            self.accountant: [],
            self.seller: [],
        }
        everything = self.env["service.claim"].concat(*claims)
        for user, expected in seen.items():
            self.env.invalidate_all()
            found = everything.with_user(user)._filtered_access("read")
            self.assertEqual(found.ids, [c.id for c in expected], user.login)
            self.assertFalse(found._filtered_access("write"))
            found.read()
        portal = new_test_user(self.env, login="sd-cp", groups="base.group_portal")
        for user in (self.employee, portal, self.env.ref("base.public_user")):
            for model in ("service.claim", "service.claim.line", "service.claim.step"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])

    def test_nonsense(self):
        claim = self._asked(self._ticket(), "create_return")
        with self.assertRaises(UserError):
            claim.with_user(self.storeman).action_refuse(3)
        with self.assertRaises(UserError):
            claim.browse(2**31 - 1).with_user(self.storeman).action_grant()
        with self.assertRaises(AccessError):
            claim.with_user(self.employee).action_grant()


@tagged("post_install", "-at_install")
class TestProgress(ExchangeCase):
    def _credit(self):
        """Take a machine back and credit it; return the claim."""
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        answer = ticket.with_user(self.biller).request_credit(self._line())
        claim = self.env["service.claim"].browse(answer["claim_id"])
        self.assertEqual((claim.step, claim.told_step), ("drafted", "drafted"))
        return claim

    def test_credit_of_an_open_invoice(self):
        """Odoo sets it off against what is still owed."""
        claim = self._credit()
        claim.credit_id.action_post()
        self.assertEqual(self.invoice.amount_residual, 1000)
        self.assertEqual(claim.credit_id.amount_residual, 0)
        self.assertEqual((claim.step, claim.told_step), ("paid", "paid"))

    def test_credit_of_a_paid_invoice(self):
        self._pay(self.invoice)
        claim = self._credit()
        claim.credit_id.action_post()
        self.assertEqual(claim.credit_id.amount_residual, 1000)
        self.assertEqual((claim.step, claim.told_step), ("credited", "credited"))
        self._pay(claim.credit_id)
        self.assertEqual((claim.step, claim.told_step), ("paid", "paid"))

    def test_cancelled_and_deleted_documents(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        biller = ticket.with_user(self.biller)
        claim = self.env["service.claim"].browse(
            biller.request_credit(self._line())["claim_id"]
        )
        claim.credit_id.button_cancel()
        self.assertEqual(claim.told_step, "cancelled")
        second = self.env["service.claim"].browse(
            biller.request_credit(self._line())["claim_id"]
        )
        second.credit_id.unlink()
        self.assertEqual(second.step, "cancelled")
        # Nothing tells of a deletion: the cron finds it.
        self.assertEqual(second.told_step, "drafted")
        with self.enter_registry_test_mode():
            self.env.ref("crm_service_desk.ir_cron_progress").method_direct_trigger()
        self.assertEqual(second.told_step, "cancelled")
        biller.request_credit(self._line())

    def test_ticket_waits_and_resumes(self):
        ticket = self._ticket()
        stage = self.stages["in_progress"]
        ticket.stage_id = stage
        answer = ticket.with_user(self.stock_user).create_return(
            self._line(), {"wait": True}
        )
        self.assertEqual(ticket.stage_id.service_clock, "paused")
        self.assertEqual(ticket.service_sla_state, "paused")
        self.assertEqual(ticket.service_resume_stage_id, stage)
        self._done(self.env["stock.picking"].browse(answer["picking_id"]))
        self.assertEqual(ticket.stage_id, stage)
        self.assertFalse(ticket.service_resume_stage_id)

    def test_waits_for_all_of_them(self):
        ticket = self._ticket()
        stage = ticket.stage_id
        pickings = [
            ticket.with_user(self.stock_user).create_return(
                self._line(lot), {"wait": True}
            )["picking_id"]
            for lot in (0, 1)
        ]
        pickings = self.env["stock.picking"].browse(pickings)
        self._done(pickings[0])
        self.assertEqual(ticket.stage_id.service_clock, "paused")
        pickings[1].action_cancel()
        self.assertEqual(ticket.stage_id, stage)

    def test_moved_on_by_hand_is_not_overruled(self):
        ticket = self._ticket()
        answer = ticket.with_user(self.stock_user).create_return(
            self._line(), {"wait": True}
        )
        ticket.stage_id = self.stages["done"]
        self._done(self.env["stock.picking"].browse(answer["picking_id"]))
        self.assertEqual(ticket.stage_id, self.stages["done"])

    def test_refusal_resumes(self):
        ticket = self._ticket()
        stage = ticket.stage_id
        answer = ticket.with_user(self.agent).create_return(
            self._line(), {"wait": True}
        )
        self.assertEqual(ticket.stage_id.service_clock, "paused")
        claim = self.env["service.claim"].browse(answer["claim_id"])
        claim.with_user(self.stock_user).action_refuse("no")
        self.assertEqual(ticket.stage_id, stage)

    def test_customer_is_told_at_the_chosen_steps(self):
        self.team.service_step_ids = [
            Command.create({"step": step}) for step in ("in_transit", "received")
        ]
        self.contact.lang = "en_US"
        ticket = self._ticket()
        before = ticket.message_ids
        answer = ticket.with_user(self.stock_user).create_return(self._line())
        self._done(self.env["stock.picking"].browse(answer["picking_id"]))
        told = (ticket.message_ids - before).filtered(
            lambda message: message.message_type == "auto_comment"
        )
        self.assertEqual(len(told), 2)
        self.assertEqual(told.partner_ids, self.contact)
        text = " ".join(told.mapped("body"))
        self.assertIn("We expect your goods", text)
        self.assertIn("Your goods have arrived", text)
        self.assertIn("SN-1001", text)
        self.assertFalse(ticket.service_first_response_on, "a machine answers nobody")
        mails = self.env["mail.mail"].search([("mail_message_id", "in", told.ids)])
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 2)

    def test_nobody_is_told_by_default(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        self.assertNotIn("auto_comment", ticket.message_ids.mapped("message_type"))

    def test_team_without_a_waiting_stage(self):
        self.env["helpdesk.ticket.stage"].search(
            [("service_clock", "=", "paused")]
        ).service_clock = "counts"
        with self.assertRaisesRegex(UserError, "stands still"):
            self._ticket().with_user(self.stock_user).create_return(
                self._line(), {"wait": True}
            )
