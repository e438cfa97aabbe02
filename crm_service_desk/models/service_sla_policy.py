# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_datetime

from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import clock, criteria

KINDS = [
    ("first_response", "First response"),
    ("next_response", "Next response"),
    ("resolution", "Resolution"),
]
TICKET_KINDS = [
    ("question", "Question"),
    ("fault", "Fault"),
    ("complaint", "Complaint"),
    ("request", "Request"),
]
CALENDAR_KIND = "crm_service_desk.calendar"
# In hours; the clock looks no further.
TEN_YEARS = 24 * 366 * 10
# What was promised: another value is another promise, for tickets to come.
PROMISE = (
    "first_response_hours",
    "next_response_hours",
    "resolution_hours",
    "calendar_id",
    "warning_minutes",
)


class ServiceSlaPolicy(models.Model):
    """What is promised to which tickets, in working hours of a calendar.

    The first policy (by sequence) whose filled-in criteria all fit a ticket is the
    ticket's; a contract entitlement that names a policy comes before all of them.

    Targets are in hours. No target is in days, so that nobody has to say how long a
    day is.

    A promise that was made stands: when hours or working time change, the targets of
    tickets keep the version under which they were promised (an archived copy).
    """

    _name = "service.sla.policy"
    _description = "SLA Policy"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    by_entitlement = fields.Boolean(
        string="Only by Entitlement",
        help="Used for tickets whose contract names this policy, and for no others.",
    )
    team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        "service_sla_policy_team_rel",
        "policy_id",
        "team_id",
        string="Teams",
        check_company=True,
    )
    minimum_priority = fields.Selection(
        [("1", "Medium"), ("2", "High"), ("3", "Very High")],
        help="Tickets of this priority or a higher one. Empty: all.",
    )
    category_ids = fields.Many2many("helpdesk.ticket.category", string="Categories")
    tag_ids = fields.Many2many(
        "helpdesk.ticket.tag", string="Tags", help="Tickets with one of these tags."
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        help="Tickets of these customers and of the contacts of their companies.",
    )
    ticket_kind = fields.Selection(TICKET_KINDS, help="Empty: all.")
    product_tmpl_ids = fields.Many2many(
        "product.template",
        string="Products",
        help="Tickets about a serial number of one of these products.",
    )
    product_category_ids = fields.Many2many(
        "product.category",
        string="Product Categories",
        help="Tickets about a serial number of a product in one of these categories or"
        " below.",
    )
    first_response_hours = fields.Float(
        help="Working hours until a person first answers the customer. 0: no target."
    )
    next_response_hours = fields.Float(
        help="Working hours until each further message is answered. 0: no target."
    )
    resolution_hours = fields.Float(
        help="Working hours until the ticket is solved. 0: no target."
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Time",
        default=lambda self: self.env.company.resource_calendar_id,
        check_company=True,
        help="Hours, holidays and time zone in which the clock counts. Without one,"
        " or with one that has no hours, every hour counts.",
    )
    warning_minutes = fields.Integer(
        string="Warn before (min)",
        default=60,
        help="Working minutes before the deadline at which the assignee is warned.",
    )

    breach_raise_priority = fields.Boolean(
        string="Raise the Priority", help="A breached ticket goes up by one priority."
    )
    breach_user_id = fields.Many2one(
        "res.users",
        string="Hand Over To",
        domain=[("share", "=", False)],
        help="A breached ticket is assigned to this user. Empty: it stays where it is.",
    )
    version = fields.Integer(default=1, readonly=True, copy=False)
    current_id = fields.Many2one(
        "service.sla.policy",
        string="Replaced By",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
    )
    valid_until = fields.Datetime(readonly=True, copy=False)
    version_ids = fields.One2many(
        "service.sla.policy",
        "current_id",
        string="Earlier Versions",
        context={"active_test": False},
        readonly=True,
    )

    _hours_positive = models.Constraint(
        "CHECK(first_response_hours >= 0 AND next_response_hours >= 0"
        " AND resolution_hours >= 0 AND warning_minutes >= 0)",
        "The targets of an SLA policy cannot be negative.",
    )

    @api.constrains(*PROMISE[:3])
    def _check_hours(self):
        for policy in self:
            longest = max(policy[name] for name in PROMISE[:3])
            if longest > TEN_YEARS:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: a target of %(hours)s hours is longer than ten"
                        " years.",
                        policy=policy.display_name,
                        hours=longest,
                    )
                )

    @api.depends("name", "version", "current_id")
    def _compute_display_name(self):
        """Name the version of a promise that holds no more."""
        result = super()._compute_display_name()
        for policy in self.filtered("current_id"):
            policy.display_name = self.env._(
                "%(policy)s (version %(version)s)",
                policy=policy.name,
                version=policy.version,
            )
        return result

    def write(self, vals):
        """Keep the promises that were made; another working time settles what was
        said about the old one.

        :raise UserError: a version that holds no more is changed
        """
        if replaced := self.filtered("current_id"):
            raise UserError(
                self.env._(
                    "%(policy)s is history; change the current version instead.",
                    policy=replaced[:1].display_name,
                )
            )
        self._keep_versions(vals)
        result = super().write(vals)
        if "calendar_id" in vals:
            self.env["crm.suite.incident"]._settle(self, CALENDAR_KIND)
        return result

    def _keep_versions(self, vals):
        """Give the targets of changed policies a copy of what was promised."""
        for policy in self:
            changed = [
                name
                for name in PROMISE
                if name in vals
                and vals[name]
                != policy._fields[name].convert_to_write(policy[name], policy)
            ]
            # Whoever may change the policy may not see every ticket that it promised.
            targets = self.env["service.sla.target"].sudo()
            domain = [("policy_id", "=", policy.id)]
            if not changed or not targets.search_count(domain, limit=1):
                continue
            kept = policy.copy(
                {
                    "name": policy.name,
                    "active": False,
                    "version": policy.version,
                    "valid_until": fields.Datetime.now(),
                    "current_id": policy.id,
                }
            )
            targets.search(domain).policy_id = kept
            policy.version += 1

    @api.readonly
    def preview_deadline(self, start, options=None):
        """Say when tickets under these policies would be due, and which time counts.

        :param str start: moment of opening, ``YYYY-MM-DD HH:MM:SS`` in UTC
        :param dict options: ``kinds`` (list of ``first_response``, ``next_response``,
            ``resolution``): only these targets
        :return: ``[{"policy_id", "elapsed", "targets": {kind: {"due", "intervals":
            [[from, to], ...]}}}]``; moments in UTC. ``elapsed`` tells that the policy
            has no usable working time, so that every hour counts.
        :raise UserError: unknown option, malformed moment
        :raise AccessError: the user may not read the policies
        """
        check_ids(self).check_access("read")
        spec = {"start": Option("datetime", required=True)}
        start = check_options(self.env, {"start": start}, spec, "arguments")["start"]
        spec = {"kinds": Option("strs", choices=tuple(kind for kind, _label in KINDS))}
        kinds = check_options(self.env, options, spec).get("kinds")
        return plain([policy._preview(start, kinds) for policy in self])

    def _preview(self, start, kinds):
        """Return the preview of one policy as a dict of Python values."""
        log = [(start, clock.COUNTS)]
        calendar = self._get_calendar()
        targets = {}
        for kind, seconds in self._get_target_seconds().items():
            if kinds and kind not in kinds:
                continue
            calendar, due = self._deadline(calendar, log, start, seconds)
            intervals = clock.working_intervals(calendar, start, due)
            targets[kind] = {
                "due": due,
                "intervals": [list(pair) for pair in intervals],
                "explanation": self._explain_rows(
                    clock.explain(calendar, log, start, due)
                ),
            }
        return {
            "policy_id": self.id,
            "elapsed": calendar == clock.ELAPSED,
            "targets": targets,
        }

    @api.model
    def _explain_rows(self, rows):
        """Return the rows of ``clock.explain`` as dicts, with a text for people."""
        return [
            {
                "from": low,
                "to": high,
                "counts": counts,
                "why": self._why(why),
                "text": self.env._(
                    "%(start)s to %(end)s: %(why)s",
                    start=format_datetime(self.env, low, dt_format="short"),
                    end=format_datetime(self.env, high, dt_format="short"),
                    why=self._why(why),
                ),
            }
            for low, high, counts, why in rows
        ]

    @api.model
    def _why(self, code):
        """Return why time counts or does not, in the reader's language."""
        return {
            "working": self.env._("working time"),
            "outside": self.env._("outside working hours"),
            "leave": self.env._("holiday"),
            clock.PAUSED: self.env._("waiting for someone else"),
            clock.SOLVED: self.env._("solved"),
            clock.CANCELLED: self.env._("cancelled"),
        }[code]

    def _get_target_seconds(self):
        """Return the promised lengths as ``{kind: seconds}``, without empty ones."""
        self.ensure_one()
        return {
            kind: round(self[f"{kind}_hours"] * 3600)
            for kind, _label in KINDS
            if self[f"{kind}_hours"] > 0
        }

    def _get_calendar(self):
        """Return the policy's working time as plain values."""
        self.ensure_one()
        return self.calendar_id._get_service_calendar(self.company_id)

    def _deadline(self, calendar, log, start, seconds):
        """Return (calendar used, moment due or None while the clock stands).

        A calendar that has not that much working time in ten years falls back to
        elapsed time and is shown on the health page; creating a ticket never fails.
        """
        try:
            due = clock.deadline(calendar, log, start, seconds)
        except clock.NoWorkingTimeError as error:
            self.env["crm.suite.incident"]._report(
                self,
                CALENDAR_KIND,
                self.env._(
                    "SLA policy %(policy)s: its working time is too little (%(error)s);"
                    " every hour counts instead.",
                    policy=self.display_name,
                    error=error,
                ),
                self.env._("Mend the working time or the holidays of the policy."),
            )
            calendar = clock.ELAPSED
            due = clock.deadline(calendar, log, start, seconds)
        return calendar, due

    @api.model
    def _find_for(self, tickets):
        """Return ``{ticket: policy or empty}``; a query per call, not per ticket.

        A policy that was archived since holds for its own tickets as long as it fits.
        """
        # Which promise holds must not depend on who happens to touch the ticket.
        policies = self.sudo()
        entitled = tickets._get_service_entitlements()
        current = {ticket: ticket.sudo().service_sla_policy_id.id for ticket in tickets}
        rows, archived = policies._read_criteria(
            tickets.company_id.ids, set(current.values()) - {False}
        )
        about = any(row.products or row.product_categories for row in rows)
        return {
            ticket: policies.browse(
                entitled.get(ticket.id, {}).get("policy_id")
                or criteria.first_fitting(
                    [
                        row
                        for row in rows
                        if row.policy not in archived or row.policy == current[ticket]
                    ],
                    self._facts_of(ticket, about),
                )
                or []
            )
            for ticket in tickets
        }

    @api.model
    def _facts_of(self, ticket, about=True):
        """Return what the criteria ask of a ticket, as plain values.

        :param bool about: whether the product that it is about is asked
        """
        product = ticket.service_lot_id.product_id if about else ticket.browse()
        path = product.categ_id.parent_path if product else ""
        return criteria.Facts(
            company=ticket.company_id.id,
            team=ticket.team_id.id,
            priority=ticket.priority or "0",
            kind=ticket.service_kind or "",
            category=ticket.category_id.id,
            tags=frozenset(ticket.tag_ids.ids),
            product=product.product_tmpl_id.id if product else 0,
            product_categories=frozenset(map(int, (path or "").split("/")[:-1])),
            customer=ticket.commercial_partner_id.id,
        )

    @api.model
    def _read_criteria(self, company_ids, current=()):
        """Return (criteria of the companies' policies in their order, ids of those that
        are archived).

        :param current: ids of policies that hold, archived or not

        Raw SQL: every ticket that comes in asks this, and the ORM would take a query
        for each of the seven relations. Called with the superuser's rights only.
        """
        self.flush_model()
        lists = {
            name: SQL(
                "ARRAY(SELECT %s FROM %s WHERE %s = p.id)",
                SQL.identifier(self._fields[name].column2),
                SQL.identifier(self._fields[name].relation),
                SQL.identifier(self._fields[name].column1),
            )
            for name in (
                "team_ids",
                "category_ids",
                "tag_ids",
                "product_tmpl_ids",
                "product_category_ids",
            )
        }
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id, p.company_id, coalesce(p.minimum_priority, '0'),
                       coalesce(p.ticket_kind, ''), %s, ARRAY(
                           SELECT partner.commercial_partner_id
                             FROM res_partner partner
                             JOIN %s rel ON rel.%s = partner.id
                            WHERE rel.%s = p.id), p.active
                  FROM service_sla_policy p
                 WHERE (p.active OR p.id = ANY(%s))
                   AND p.by_entitlement IS NOT TRUE
                   AND p.company_id = ANY(%s)
                 ORDER BY p.sequence, p.id
                """,
                SQL(", ").join(lists.values()),
                SQL.identifier(self._fields["partner_ids"].relation),
                SQL.identifier(self._fields["partner_ids"].column2),
                SQL.identifier(self._fields["partner_ids"].column1),
                list(current),
                list(company_ids),
            )
        )
        return [
            criteria.Criteria(*row[:4], *(frozenset(ids) for ids in row[4:-1]))
            for row in rows
        ], {row[0] for row in rows if not row[-1]}
