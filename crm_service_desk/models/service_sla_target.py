# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import clock
from .service_sla_policy import KINDS

RUNNING = "running"
PAUSED = "paused"
MET = "met"
CANCELLED = "cancelled"
VOID = "not_applicable"
OPEN_PHASES = (RUNNING, PAUSED)
CRON_CHUNK = 200
GRACE = timedelta(minutes=30)


class ServiceSlaTarget(models.Model):
    """One promise about one ticket: first answer, next answer or solution.

    ``phase`` and ``due`` change only when something happens to the ticket; whether a
    running target is warned or breached follows from the time of day, so that it is
    right at any moment without a job that recomputes it.
    """

    _name = "service.sla.target"
    _description = "SLA Target of a Ticket"
    _order = "ticket_id, started_on, id"
    _rec_name = "kind"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="cascade", readonly=True
    )
    policy_id = fields.Many2one(
        "service.sla.policy",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="ticket_id.company_id", store=True, precompute=True, index=True
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    phase = fields.Selection(
        [
            (RUNNING, "Running"),
            (PAUSED, "Paused"),
            (MET, "Ended"),
            (CANCELLED, "Cancelled"),
            (VOID, "Not Applicable"),
        ],
        required=True,
        default=RUNNING,
        readonly=True,
    )
    target_seconds = fields.Integer(
        required=True, readonly=True, help="Promised working time, as of the promise."
    )
    started_on = fields.Datetime(required=True, readonly=True)
    ended_on = fields.Datetime(readonly=True)
    used_seconds = fields.Integer(
        readonly=True, help="Working time used when something last happened."
    )
    due = fields.Datetime(readonly=True)
    warn_on = fields.Datetime(readonly=True)
    late = fields.Boolean(
        readonly=True, help="Its deadline was over when something last happened."
    )
    warned_on = fields.Datetime(string="Warning Sent On", readonly=True)
    escalated_on = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("running", "Running"),
            ("warned", "Due Soon"),
            ("paused", "Paused"),
            ("met", "Met"),
            ("breached", "Breached"),
            ("cancelled", "Cancelled"),
            ("not_applicable", "Not Applicable"),
        ],
        compute="_compute_state",
        search="_search_state",
    )

    # What the queue asks for: open promises by their time.
    _running_due_idx = models.Index("(due) WHERE phase = 'running'")

    @api.depends("phase", "due", "warn_on", "late")
    def _compute_state(self):
        now = fields.Datetime.now()
        for target in self:
            target.state = target._state_at(now)

    def _state_at(self, now):
        """Return the state at a moment (UTC); the same rule as in the search."""
        if self.phase == RUNNING:
            if self.due and self.due < now:
                return "breached"
            return "warned" if self.warn_on and self.warn_on <= now else RUNNING
        return "breached" if self.late else self.phase

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = self._get_state_domains()
        return Domain.OR([domains[state] for state in value if state in domains])

    @api.model
    def _get_state_domains(self):
        """Return a domain for each state, as of now."""
        now = fields.Datetime.now()
        running = Domain("phase", "=", RUNNING)
        past = Domain("due", "<", now)
        warned = Domain("warn_on", "<=", now)
        late = Domain("late", "=", True) & Domain("phase", "!=", RUNNING)
        domains = {
            "running": running & ~past & ~warned,
            "warned": running & ~past & warned,
            "breached": (running & past) | late,
        }
        for phase in (PAUSED, MET, CANCELLED, VOID):
            domains[phase] = Domain("phase", "=", phase) & Domain("late", "=", False)
        return domains

    @api.model
    def _service_ended_domain(self, start, end):
        """Return the promises (Domain) that ended between two moments.

        They are what "SLA met" is a share of, wherever it is shown: what still runs is
        neither kept nor broken for good, and what was cancelled was never due. What was
        broken before another policy held is broken.

        :param start: naive UTC, included
        :param end: naive UTC, not included
        """
        broken = Domain("phase", "=", VOID) & Domain("late", "=", True)
        return (
            (Domain("phase", "=", MET) | broken)
            & Domain("ended_on", ">=", start)
            & Domain("ended_on", "<", end)
        )

    @api.model
    def _service_kept_domain(self):
        """Return the promises (Domain) that were kept, among those that ended."""
        return Domain("late", "=", False)

    def _plan(self, moment):
        """Plan again after the clock of the tickets went on, stood or ended.

        An answer that was given stays given, and what is void stays void.
        """
        calendars = {}
        for target in self:
            if target.phase == VOID:
                continue
            if target.kind != "resolution" and target.phase == MET:
                continue
            policy = target.policy_id
            if policy not in calendars:
                calendars[policy] = policy._get_calendar()
            log = target.ticket_id._service_log()
            target.update(target._calculate(policy, calendars[policy], log, moment))

    def _calculate(self, policy, calendar, log, moment):
        """Return what a target is at a moment, as a dict of its own fields.

        Called on a target or, with the same fields, on a new one.

        :param log: list of (moment, state) of the ticket's clock
        :param moment: naive UTC; the last state of the log holds then
        """
        state = log[-1][1]
        ended = self.ended_on
        if state == clock.SOLVED and not ended:
            ended = log[-1][0]
        if self.kind == "resolution" and state != clock.SOLVED:
            ended = False
        until = ended or moment
        calendar, due = policy._deadline(
            calendar, log, self.started_on, self.target_seconds
        )
        used = clock.used_seconds(calendar, log, self.started_on, until)
        # Not by the time used: a deadline at the end of a working day is over in the
        # evening, when no more of it is used.
        counted = clock.counting_intervals(log, self.started_on, until)
        last = max((high for _low, high in counted), default=self.started_on)
        late = bool(due) and due < last
        phase = self._get_phase(state, ended)
        vals = {
            "phase": phase,
            "ended_on": ended,
            "used_seconds": round(used),
            "late": late,
        }
        if phase == RUNNING:
            vals.update(due=due, warn_on=self._warn_on(policy, calendar, log, due))
        elif phase == PAUSED or late:
            vals.update(due=due or False, warn_on=False)
        return vals

    @api.model
    def _service_replan(self, domain):
        """Plan open promises (sudo) again, whose working time has changed.

        :param domain: of the promises
        """
        moment = fields.Datetime.now()
        targets = self.with_context(active_test=False).search(
            Domain(domain) & Domain("phase", "in", OPEN_PHASES)
        )
        targets._plan(moment)
        # What is due later than it was is told again when it is.
        for target in targets.filtered(lambda one: one.phase == RUNNING and one.due):
            if target.escalated_on and target.due >= moment:
                target.escalated_on = False
            if target.warned_on and (not target.warn_on or target.warn_on > moment):
                target.warned_on = False

    def _service_begin(self, moment):
        """Let the promises of a ticket begin when it was opened, which was corrected.

        :param moment: naive UTC
        """
        for target in self.filtered(lambda one: one.phase != VOID):
            if target.kind == "next_response":
                continue
            target.started_on = target.ticket_id.service_opened_on
            policy, log = target.policy_id, target.ticket_id._service_log()
            target.update(
                target._calculate(policy, policy._get_calendar(), log, moment)
            )

    def _service_void(self, moment):
        """Take back what is promised of open tickets, since another policy holds now:
        all that is not answered for good. Of a ticket that is opened again that is its
        solution, too. What was broken and escalated stays broken: the escalation itself
        may choose another policy.

        :param moment: naive UTC
        """
        void = self.filtered(
            lambda target: target.phase in (*OPEN_PHASES, CANCELLED)
            or (target.kind == "resolution" and target.phase == MET)
        )
        broken = void.filtered(
            lambda target: target.phase == RUNNING
            and target.escalated_on
            and target.due
            and target.due < moment
        )
        broken.write({"phase": VOID, "late": True, "ended_on": moment})
        (void - broken).write({"phase": VOID, "late": False, "ended_on": False})

    @api.model
    def _get_phase(self, state, ended):
        if state == clock.CANCELLED:
            return CANCELLED
        if ended:
            return MET
        return PAUSED if state == clock.PAUSED else RUNNING

    def _warn_on(self, policy, calendar, log, due):
        """Return when to warn: some working minutes before the deadline, or False."""
        seconds = self.target_seconds - policy.warning_minutes * 60
        if not due or not policy.warning_minutes or seconds <= 0:
            return False
        return policy._deadline(calendar, log, self.started_on, seconds)[1]

    @api.model
    def _cron_escalate(self):
        """Warn before deadlines and escalate breached ones, in committed chunks."""
        now = fields.Datetime.now()
        running = Domain("phase", "=", RUNNING)
        due = running & Domain("due", "<", now) & Domain("escalated_on", "=", False)
        warn = (
            running
            & Domain("warn_on", "<=", now)
            & Domain("due", ">=", now)
            & Domain("warned_on", "=", False)
        )
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=self.search_count(due | warn))
        calendars = {}
        for domain, field in ((due, "escalated_on"), (warn, "warned_on")):
            later = []
            while targets := self.search(
                domain & Domain("id", "not in", later), limit=CRON_CHUNK
            ):
                # Another worker may have the row: it is done there, or next time.
                for target in targets:
                    if not target._is_time_to_tell(now, calendars):
                        later.append(target.id)
                    elif target.try_lock_for_update():
                        target._escalate(field, now)
                    else:
                        later.append(target.id)
                if not progress(len(targets)):
                    return

    def _is_time_to_tell(self, now, calendars):
        """Say whether people work now, or did a moment ago.

        :param calendars: dict that remembers the working time of each policy

        A deadline that ends with the working day is told within the grace time; what a
        server that was down finds at night waits for the morning.
        """
        policy = self.policy_id
        if policy not in calendars:
            calendars[policy] = policy._get_calendar()
        calendar = calendars[policy]
        if calendar == clock.ELAPSED:
            return True
        return clock.working_seconds(calendar, now - GRACE, now) > 0

    def _escalate(self, field, now):
        """Tell the assignee, else the team leader, once; note it on the ticket.

        At the breach the policy may raise the priority and hand the ticket over.
        """
        self[field] = now
        ticket = self.ticket_id
        if field == "escalated_on":
            ticket._service_escalate(self.policy_id)
        kind = dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        if field == "escalated_on":
            summary = self.env._("SLA breached: %(kind)s", kind=kind)
        else:
            summary = self.env._("SLA due soon: %(kind)s", kind=kind)
        user = (ticket.user_id or ticket.team_id.user_id).filtered("active")
        if user and ticket.with_user(user).has_access("read"):
            ticket.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=fields.Date.context_today(self),
                summary=summary,
                user_id=user.id,
            )
        else:
            ticket._message_log(body=summary)
