# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import clock
from .groups import AGENT
from .service_sla_policy import TICKET_KINDS
from .service_sla_target import MET, OPEN_PHASES, RUNNING, VOID

# From the state that matters most to the one that matters least.
STATES = [
    ("breached", "Breached"),
    ("warned", "Due Soon"),
    ("running", "Running"),
    ("paused", "Paused"),
    ("met", "Met"),
    ("cancelled", "Cancelled"),
]


class ServiceTicketSla(models.AbstractModel):
    """The clock of a ticket: what its stages did to it, and what it promises."""

    _name = "service.ticket.sla"
    _description = "Clock of a Ticket"

    service_kind = fields.Selection(
        TICKET_KINDS,
        string="Kind",
        tracking=True,
        groups="base.group_user",
        help="What the customer wants; SLA policies may depend on it.",
    )
    service_opened_on = fields.Datetime(
        string="Opened On",
        default=fields.Datetime.now,
        copy=False,
        index=True,
        groups="base.group_user",
        help="When the customer reached us: the clocks start here.",
    )
    service_clock_log = fields.Json(
        copy=False,
        groups=AGENT,
        help="[[moment in UTC, what the clock does, name of the stage], ...]",
    )
    service_first_response_on = fields.Datetime(
        string="First Response On", copy=False, readonly=True, groups=AGENT
    )
    service_waiting_since = fields.Datetime(
        string="Customer Waits Since",
        copy=False,
        readonly=True,
        groups=AGENT,
        help="The oldest message of the customer, after the first response, that"
        " nobody has answered.",
    )
    service_sla_policy_id = fields.Many2one(
        "service.sla.policy",
        string="SLA Policy",
        copy=False,
        readonly=True,
        index="btree_not_null",
        groups=AGENT,
    )
    service_target_ids = fields.One2many(
        "service.sla.target",
        "ticket_id",
        string="SLA Targets",
        copy=False,
        readonly=True,
        groups=AGENT,
    )
    service_due = fields.Datetime(
        string="SLA Due",
        compute="_compute_service_due",
        store=True,
        index="btree_not_null",
        groups="base.group_user",
    )
    service_sla_state = fields.Selection(
        STATES,
        string="SLA",
        compute="_compute_service_sla_state",
        search="_search_service_sla_state",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("service_target_ids.due", "service_target_ids.phase")
    def _compute_service_due(self):
        for ticket in self:
            running = ticket.service_target_ids.filtered(
                lambda target: target.phase == RUNNING and target.due
            )
            ticket.service_due = min(running.mapped("due"), default=False)

    @api.depends("service_target_ids.state")
    def _compute_service_sla_state(self):
        order = [state for state, _label in STATES]
        for ticket in self:
            states = set(ticket.service_target_ids.mapped("state"))
            ticket.service_sla_state = next((s for s in order if s in states), False)

    def _search_service_sla_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        if not self.env.su and not self.env.user._is_internal():
            # Customers are not told how late we are.
            return Domain.FALSE
        # The summary is shown to who may not read the targets themselves.
        targets = self.env["service.sla.target"].sudo()
        domains = targets._get_state_domains()

        def has(domain):
            query = targets._search(domain)
            return Domain("id", "in", query.subselect("ticket_id"))

        clauses, worse = [], Domain.FALSE
        for state, _label in STATES:
            if state in value:
                clauses.append(has(domains[state]) & ~has(worse))
            worse |= domains[state]
        if False in value:
            clauses.append(~has(worse))
        return Domain.OR(clauses)

    # === API === #

    @api.readonly
    def get_sla_status(self):
        """Return the promises about tickets, how far they are, and why.

        :return: one dict per ticket, in the order asked: ``{"ticket_id", "targets":
            [{"target_id", "policy_id", "kind", "state", "due", "used_minutes",
            "remaining_minutes", "explanation": [{"from", "to", "counts", "why",
            "text"}]}]}``; ``text`` is for people, in the reader's language and zone.
            Moments in UTC; ``due`` False while the clock stands; ``remaining_minutes``
            is negative when breached. ``next_response`` has a row for each time
            the customer waited for an answer, from his oldest message on; the open one
            is the last.
        :raise AccessError: no helpdesk user, or a ticket that he may not read
        :raise UserError: a ticket that does not exist
        """
        self._check_desk_ids()
        return plain(
            [
                {
                    "ticket_id": ticket.id,
                    "targets": [
                        ticket._explain_target(target)
                        # Agents read targets by the ticket, which is checked above.
                        for target in ticket.sudo().service_target_ids.sorted(
                            lambda t: (t.kind, t.started_on, t.id)
                        )
                    ],
                }
                for ticket in self
            ]
        )

    def _explain_target(self, target):
        """Return one target with the time that counted and the time that did not."""
        calendar = target.policy_id._get_calendar()
        log = self._service_log()
        until = target.ended_on or fields.Datetime.now()
        if target.phase == VOID:
            until = min(until, target.write_date)
        used = clock.used_seconds(calendar, log, target.started_on, until)
        if target.phase not in (*OPEN_PHASES, VOID):
            # What has ended stays, whatever becomes of the working time.
            used = target.used_seconds
        rows = clock.explain(calendar, log, target.started_on, until)
        return {
            "target_id": target.id,
            "policy_id": target.policy_id.id,
            "kind": target.kind,
            "state": target.state,
            "due": target.due,
            "used_minutes": int(used // 60),
            "remaining_minutes": int((target.target_seconds - used) // 60),
            "explanation": target.policy_id._explain_rows(rows),
        }

    # === CLOCK === #

    @api.model
    def _service_sync_fields(self):
        """Return the fields on which clock or policy depend; glue adds its own."""
        return {
            "stage_id",
            "team_id",
            "user_id",
            "priority",
            "category_id",
            "tag_ids",
            "partner_id",
            "company_id",
            "service_kind",
            "service_lot_id",
            "service_opened_on",
        }

    def _service_sync(self):
        """Bring log, policy and targets in step with the tickets. Idempotent."""
        # Clocks are the machine's: agents, customers and mail set them going, but
        # nobody has the right to write them.
        tickets = self.sudo()
        moment = self._service_moment()
        changed = tickets._service_log_stage(moment)
        new = tickets._service_choose_policy(moment)
        # New targets are planned already.
        (changed.service_target_ids - new)._plan(moment)

    def _service_log_stage(self, moment):
        """Note what the stage does to the clock; return tickets where it changed."""
        changed = self.browse()
        for ticket in self:
            state = ticket.stage_id.service_clock or clock.COUNTS
            log = [list(row) for row in ticket.service_clock_log or []]
            opened = fields.Datetime.to_string(ticket.service_opened_on or moment)
            moved = log and log[0][0] != opened
            if not log:
                log = [[opened, state, ticket.stage_id.name or ""]]
            elif log[-1][1] != state:
                now = max(fields.Datetime.to_string(moment), log[-1][0])
                log.append([now, state, ticket.stage_id.name or ""])
            if moved:
                before = [row for row in log if row[0] <= opened] or log[:1]
                after = [row for row in log[1:] if row[0] > opened]
                log = [[opened, *before[-1][1:]], *after]
            if log != ticket.service_clock_log:
                if len(log) > 1 and state == clock.SOLVED:
                    ticket._service_ask_rating()
                ticket.service_clock_log = log
                changed |= ticket
            if moved:
                ticket.service_target_ids._service_begin(moment)
        return changed

    def _service_log(self):
        """Return the log as the engine takes it: a list of (moment, state)."""
        # The log is hidden from who does not work on tickets; the clock is not.
        return [
            (fields.Datetime.to_datetime(row[0]), row[1])
            for row in self.sudo().service_clock_log or []
        ]

    def _service_choose_policy(self, moment):
        """Give open tickets the policy that fits now; return its new targets."""
        ended = (clock.SOLVED, clock.CANCELLED)
        open_tickets = self.filtered(
            lambda ticket: ticket.service_clock_log[-1][1] not in ended
        )
        targets = self.env["service.sla.target"]
        if not open_tickets:
            return targets
        vals_list = []
        plan = {}
        for ticket, policy in (
            self.env["service.sla.policy"]._find_for(open_tickets).items()
        ):
            if policy == ticket.service_sla_policy_id:
                continue
            first = ticket._service_awaits_first_answer()
            ticket.service_target_ids._service_void(moment)
            ticket.service_sla_policy_id = policy
            vals_list += ticket._prepare_targets(policy, first, moment, plan)
        return targets.create(vals_list)

    def _prepare_targets(self, policy, first, moment, plan):
        """Return the values of the targets of a newly chosen policy.

        :param bool first: whether our first answer is still to come
        :param plan: dict that remembers results for tickets of the same kind, so that
            a batch is planned once
        """
        starts = {"resolution": self.service_opened_on}
        if first:
            starts["first_response"] = self.service_opened_on
        if self.service_waiting_since:
            starts["next_response"] = self.service_waiting_since
        told = self.service_target_ids.filtered("escalated_on").mapped("kind")
        vals_list = [
            self._prepare_target(policy, kind, starts[kind], seconds, moment, plan)
            for kind, seconds in (
                policy._get_target_seconds() if policy else {}
            ).items()
            if kind in starts
        ]
        for vals in vals_list:
            due = vals.get("due")
            if vals["kind"] in told and due and due < moment:
                # That it is late has been told, of the policy before.
                vals["escalated_on"] = moment
        return vals_list

    def _prepare_target(self, policy, kind, start, seconds, moment, plan):
        """Return the values of a new target, planned."""
        vals = {
            "kind": kind,
            "policy_id": policy.id,
            "started_on": start,
            "target_seconds": seconds,
        }
        log = self._service_log()
        key = (policy.id, kind, start, tuple(log))
        if key not in plan:
            if policy.id not in plan:
                plan[policy.id] = policy._get_calendar()
            new = self.env["service.sla.target"].new(vals)
            plan[key] = new._calculate(policy, plan[policy.id], log, moment)
        return dict(vals, ticket_id=self.id, **plan[key])

    def _service_escalate(self, policy):
        """Do with a breached ticket what its policy says, once per breached target."""
        self.ensure_one()
        vals = {}
        highest = max(key for key, _label in self._fields["priority"].selection)
        if policy.breach_raise_priority and (self.priority or "0") < highest:
            vals["priority"] = str(int(self.priority or "0") + 1)
        user = policy.breach_user_id.filtered("active")
        if user and user != self.user_id:
            if not self.team_id or user in self.team_id.user_ids:
                vals["user_id"] = user.id
        if vals:
            self.write(vals)

    # === CONVERSATION === #

    def _message_post_after_hook(self, message, msg_values):
        """Move the response clocks when a person writes to the other side."""
        result = super()._message_post_after_hook(message, msg_values)
        if self._service_is_conversation(message):
            # See _service_sync: whoever writes sets the clock going.
            ticket, moment = self.sudo(), self._service_moment()
            if self._service_is_answer(message):
                ticket._service_answered(moment)
            else:
                ticket._service_asked(moment)
        return result

    def _service_is_conversation(self, message):
        """Say whether a person wrote this for the other side: no note, no machine."""
        return bool(
            message.message_type in ("comment", "email")
            and not message.is_internal
            and message.subtype_id
            and not message.subtype_id.internal
            and not self.env.context.get("service_automatic_mail")
        )

    def _service_is_answer(self, message):
        """Say whether the author is one of us, and not the customer himself."""
        author = message.author_id
        return bool(
            author
            and not author.partner_share
            and author != self.sudo().partner_id
            and author != self.env.ref("base.partner_root")
        )

    def _service_answered(self, moment):
        """End the response clocks: one of us has answered."""
        for ticket in self:
            if not ticket.service_first_response_on:
                ticket.service_first_response_on = moment
            ticket.service_waiting_since = False
            waiting = ticket.service_target_ids.filtered(
                lambda target: target.kind != "resolution"
                and target.phase in OPEN_PHASES
            )
            waiting.ended_on = moment
            ticket.service_target_ids._plan(moment)

    def _service_awaits_first_answer(self):
        """Say whether our first answer is still to come. A ticket that was solved
        without one (by a call) and is opened again waits for the next one."""
        self.ensure_one()
        phases = {
            target.phase
            for target in self.service_target_ids
            if target.kind == "first_response"
        }
        if self.service_first_response_on or MET in phases:
            return False
        return not self.service_reopen_count or bool(phases - {VOID})

    def _service_asked(self, moment):
        """Start the next-response clock, unless the customer waits already."""
        for ticket in self:
            if ticket._service_awaits_first_answer() or ticket.service_waiting_since:
                continue
            ticket.service_waiting_since = moment
            policy = ticket.service_sla_policy_id
            seconds = policy and policy._get_target_seconds().get("next_response")
            if seconds:
                self.env["service.sla.target"].create(
                    ticket._prepare_target(
                        policy, "next_response", moment, seconds, moment, {}
                    )
                )
