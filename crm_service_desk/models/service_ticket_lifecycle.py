# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.mail import html2plaintext
from odoo.tools.misc import clean_context

from odoo.addons.crm_suite_base.tools.chunks import retry

from ..engine import clock
from .groups import AGENT
from .service_ticket_merge import OTHER

CLOSE_CHUNK = 20
# What holds for tickets without a team.
REOPEN_DAYS = 14


class ServiceTicketLifecycle(models.AbstractModel):
    """Reopening and closing by the policy of the team."""

    _name = "service.ticket.lifecycle"
    _description = "Reopening and Closing of a Ticket"

    service_reopen_count = fields.Integer(
        string="Times Reopened", readonly=True, copy=False, groups=AGENT
    )
    service_reopened_on = fields.Datetime(
        string="Last Reopened On", readonly=True, copy=False, groups=AGENT
    )
    service_close_notice_on = fields.Datetime(
        string="Closing Announced On",
        readonly=True,
        copy=False,
        groups=AGENT,
        help="When the customer was told that the ticket will be closed.",
    )
    service_follow_up_of_id = fields.Many2one(
        "helpdesk.ticket",
        string="Follow-up Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=AGENT,
        help="The closed ticket to which the customer wrote too late to reopen it.",
    )

    def write(self, vals):
        """Count what is opened again; a ticket that moves is announced anew."""
        if not vals.get("stage_id"):
            return super().write(vals)
        stage = self.env["helpdesk.ticket.stage"].browse(vals["stage_id"])
        # Bookkeeping of a write that is checked below.
        tickets = self.sudo()
        again = tickets.browse() if stage.closed else tickets.filtered("closed")
        announced = tickets.filtered("service_close_notice_on")
        result = super().write(vals)
        for ticket in again:
            ticket.service_reopen_count += 1
            ticket.service_reopened_on = self._service_moment()
        announced.service_close_notice_on = False
        return result

    # === REOPENING === #

    def _service_asked(self, moment):
        """Open a closed ticket to which its customer writes in time, and go on with one
        that waited for him; nothing that he writes lies in the archive."""
        self.filtered(lambda ticket: not ticket.active).active = True
        for ticket in self:
            if ticket.closed:
                if ticket._service_on_reply(moment) == "reopen":
                    ticket._service_reopen()
            elif ticket._service_waits_for_customer():
                ticket._service_take_up()
        return super()._service_asked(moment)

    def _service_waits_for_customer(self):
        """Say whether the ticket (sudo) stands still for its customer, and for nothing
        that was settled from it."""
        stage = self.stage_id
        return (
            stage.service_clock == clock.PAUSED
            and stage.service_waits_for_customer
            and not self.service_resume_stage_id
        )

    def _service_on_reply(self, moment):
        """Return what a customer's message to this ticket (sudo) does at a moment:
        ``reopen``, ``follow_up`` or ``stay``."""
        self.ensure_one()
        if not self.closed or self.service_merged_into_id:
            return "stay"
        team = self.team_id
        rule = team.service_reopen if team else "reopen"
        days = team.service_reopen_days if team else REOPEN_DAYS
        closed = self.closed_date or self.last_stage_update or self.create_date
        if rule == "reopen" and moment > closed + timedelta(days=days):
            return "follow_up"
        return rule

    def _service_reopen(self):
        """Put closed tickets (sudo) back to work."""
        self.filtered("closed")._service_take_up()

    def _service_take_up(self):
        """Put tickets (sudo) where their team works on them."""
        for ticket in self:
            stages = ticket.team_id._get_applicable_stages()
            counting = stages.filtered(
                lambda stage: not stage.closed and stage.service_clock == clock.COUNTS
            )
            begun = counting.filtered(lambda stage: not stage.unattended)
            stage = begun[:1] or counting[:1] or stages.filtered(lambda s: not s.closed)
            if stage:
                ticket.stage_id = stage[0]

    # === FOLLOW-UP TICKETS === #

    @api.model
    def _service_route_by_subject(self, mail, routes):
        """Lead a mail to the ticket that its own was merged into, and let a customer's
        mail to a ticket closed long ago make a new one."""
        routes = super()._service_route_by_subject(mail, routes)
        return [self._service_follow_up_route(mail, route) for route in routes]

    @api.model
    def _service_follow_up_route(self, mail, route):
        """Return the route (model, thread id, values, user id, alias) of a mail."""
        model, thread_id, values, user_id, alias = route
        # The gateway looks for the ticket; that the sender belongs to it is asked.
        ticket = self.sudo().browse(thread_id if model == self._name else []).exists()
        into = ticket.service_merged_into_id
        if into and ticket._service_kinship(into) != OTHER:
            ticket = into
            route = (model, into.id, values, user_id, alias)
        author = self.env["res.partner"].sudo().browse(mail.get("author_id") or [])
        if (
            not ticket
            or any(not user.share for user in author.user_ids)
            or ticket._service_on_reply(fields.Datetime.now()) != "follow_up"
            or ticket._service_is_strange(mail)
        ):
            return route
        return (model, False, ticket._prepare_follow_up(), user_id, alias)

    def _prepare_follow_up(self):
        """Return the values of a ticket that follows this closed one (sudo)."""
        return {
            "team_id": self.team_id.id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "service_follow_up_of_id": self.id,
        }

    def message_post(self, *, message_type="notification", **kwargs):
        """Let a customer who writes in the portal to a ticket closed long ago make a
        new one. See core for the arguments."""
        if message_type == "comment" and self.env.user.share:
            # He may write to this ticket, as core asks when the message is created.
            ticket = self.sudo()
            place = ticket.service_merged_into_id or ticket
            if place._service_on_reply(fields.Datetime.now()) == "follow_up":
                kwargs = self._service_check_forwarded(kwargs)
                if ticket._service_kinship(place) == OTHER:
                    # Another customer's ticket: what follows is this customer's.
                    place = ticket
                # The user's defaults are no part of what was checked.
                clean = self.env(context=clean_context(self.env.context))
                place = place.with_env(clean).sudo()
                new = place._service_follow_up(kwargs.get("body") or "")
                kwargs.pop("parent_id", None)
                return new.message_post(message_type=message_type, **kwargs)
        return super().message_post(message_type=message_type, **kwargs)

    def _service_follow_up(self, body):
        """Make and return a ticket that follows this closed one (sudo)."""
        self.ensure_one()
        channel = self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_channel_web", raise_if_not_found=False
        )
        return self.create(
            dict(
                self._prepare_follow_up(),
                name=self.env._("Follow-up: %(name)s", name=self.name)[:250],
                description=html2plaintext(body) or "-",
                partner_name=self.partner_name,
                partner_email=self.partner_email,
                channel_id=channel.id if channel else False,
            )
        )

    # === CLOSING === #

    @api.model
    def _cron_close_waiting(self):
        """Announce and close what waits for its customer, in committed chunks."""
        teams = self.env["helpdesk.ticket.team"].search(
            [("service_close_days", ">", 0)]
        )
        now = fields.Datetime.now()
        found = {team: self._service_close_candidates(team, now) for team in teams}
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=sum(map(len, found.values())))
        for team, ids in found.items():
            for start in range(0, len(ids), CLOSE_CHUNK):
                part = ids[start : start + CLOSE_CHUNK]
                retry(
                    self.env,
                    lambda part=part, team=team: self._service_close_part(
                        team, part, now
                    ),
                    "closing of waiting tickets",
                )
                if not progress(len(part)):
                    return

    @api.model
    def _service_close_domain(self, team):
        """Return the domain of a team's tickets that wait for their customer."""
        return (
            Domain("team_id", "=", team.id)
            & Domain("stage_id.closed", "=", False)
            & Domain("stage_id.service_clock", "=", clock.PAUSED)
            & Domain("stage_id.service_waits_for_customer", "=", True)
            & Domain("service_waiting_since", "=", False)
            # It waits for a settlement, and resumes by itself.
            & Domain("service_resume_stage_id", "=", False)
        )

    @api.model
    def _service_close_candidates(self, team, now):
        """Return ids of the team's tickets that may have to be told or closed."""
        begin = now - timedelta(days=team._service_notice_after())
        domain = self._service_close_domain(team)
        return self.search(domain & Domain("last_stage_update", "<=", begin)).ids

    def _service_close_part(self, team, ids, now):
        """Tell or close the tickets of a chunk; what somebody writes to is left."""
        tickets = self.browse(ids).try_lock_for_update()
        tickets -= tickets._service_unseen()
        domain = self._service_close_domain(team)
        for ticket in self.search(domain & Domain("id", "in", tickets.ids)):
            ticket._service_close_if_due(now)

    def _service_close_if_due(self, now):
        """Tell the customer, or close the ticket, as the team's policy has it."""
        team = self.team_id
        quiet = self._service_quiet_since()
        told = self.service_close_notice_on
        if told and told < quiet:
            # Somebody has written since.
            told = self.service_close_notice_on = False
        if team.service_close_notice_days and not told:
            if now >= quiet + timedelta(days=team._service_notice_after()):
                self._service_announce_close()
                self.service_close_notice_on = now
            return
        last = told + timedelta(days=team.service_close_notice_days) if told else now
        if now >= max(last, quiet + timedelta(days=team.service_close_days)):
            self._message_log(
                body=self.env._(
                    "Closed: nobody has written since %(since)s.",
                    since=fields.Date.to_string(quiet),
                )
            )
            self.stage_id = team._service_close_stage()

    def _service_quiet_since(self):
        """Return since when nothing happened: the stage, or the last message."""
        spoken = [self._service_said_on(message) for message in self._service_spoken()]
        return max([self.last_stage_update, *spoken])

    def _service_announce_close(self):
        """Queue the notice to the customer; it is no answer and moves no clock."""
        template = self.env.ref(
            "crm_service_desk.mail_template_close_notice", raise_if_not_found=False
        )
        if template:
            self.with_context(service_automatic_mail=True).message_post_with_source(
                template, message_type="auto_comment", subtype_xmlid="mail.mt_comment"
            )
