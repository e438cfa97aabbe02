# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools import SQL

from .service_sla_policy import TICKET_KINDS


class ServiceTicketReport(models.Model):
    """One row per ticket, with the measures of the desk; merged tickets count in the
    ticket that they were merged into.

    A view of the database, because a measure that a ticket does not have (not answered,
    not closed, nothing promised, not rated) must be missing in an average, which a
    stored number of the ORM cannot be.
    """

    _name = "service.ticket.report"
    _description = "Service Desk Analysis"
    _auto = False
    _order = "opened_on desc, id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    user_id = fields.Many2one("res.users", string="Assignee", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    commercial_partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True
    )
    stage_id = fields.Many2one("helpdesk.ticket.stage", readonly=True)
    channel_id = fields.Many2one("helpdesk.ticket.channel", readonly=True)
    category_id = fields.Many2one("helpdesk.ticket.category", readonly=True)
    kind = fields.Selection(TICKET_KINDS, readonly=True)
    priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")],
        readonly=True,
    )
    opened_on = fields.Datetime(readonly=True)
    first_response_on = fields.Datetime(readonly=True)
    closed_on = fields.Datetime(readonly=True)
    backlog = fields.Integer(string="Open Tickets", readonly=True)
    breached = fields.Integer(string="Breached, Open", readonly=True)
    first_response_hours = fields.Float(
        string="First Response (h)", readonly=True, aggregator="avg"
    )
    resolution_hours = fields.Float(
        string="Resolution (h)", readonly=True, aggregator="avg"
    )
    sla_percent = fields.Float(string="SLA Met (%)", readonly=True, aggregator="avg")
    reopen_percent = fields.Float(
        string="Reopen Rate (%)", readonly=True, aggregator="avg"
    )
    satisfied_percent = fields.Float(
        string="Satisfied (%)", readonly=True, aggregator="avg"
    )

    _depends = {
        "helpdesk.ticket": [
            "active",
            "assigned_date",
            "category_id",
            "channel_id",
            "closed_date",
            "commercial_partner_id",
            "company_id",
            "partner_id",
            "priority",
            "service_csat",
            "service_first_response_on",
            "service_kind",
            "service_merged_into_id",
            "service_opened_on",
            "service_reopen_count",
            "stage_id",
            "team_id",
            "user_id",
        ],
        "helpdesk.ticket.stage": ["closed"],
        "service.sla.target": ["due", "ended_on", "late", "phase", "ticket_id"],
    }

    @property
    def _table_query(self):
        """Return the view. Raw SQL: the ORM declares no views."""
        return SQL(
            """
            SELECT ticket.id,
                   ticket.id AS ticket_id,
                   ticket.company_id,
                   ticket.team_id,
                   ticket.user_id,
                   ticket.partner_id,
                   ticket.commercial_partner_id,
                   ticket.stage_id,
                   ticket.channel_id,
                   ticket.category_id,
                   ticket.service_kind AS kind,
                   ticket.priority,
                   ticket.service_opened_on AS opened_on,
                   ticket.service_first_response_on AS first_response_on,
                   CASE WHEN stage.closed THEN ticket.closed_date END AS closed_on,
                   CASE WHEN stage.closed THEN 0 ELSE 1 END AS backlog,
                   CASE WHEN NOT COALESCE(stage.closed, FALSE) AND promise.broken
                        THEN 1 ELSE 0 END AS breached,
                   EXTRACT(EPOCH FROM ticket.service_first_response_on
                           - ticket.service_opened_on) / 3600 AS first_response_hours,
                   CASE WHEN stage.closed THEN
                        EXTRACT(EPOCH FROM ticket.closed_date
                                - ticket.service_opened_on) / 3600
                        END AS resolution_hours,
                   promise.percent AS sla_percent,
                   CASE WHEN ticket.service_reopen_count > 0 THEN 100.0
                        WHEN stage.closed THEN 0.0 END AS reopen_percent,
                   CASE WHEN ticket.service_csat = 'satisfied' THEN 100.0
                        WHEN ticket.service_csat IS NOT NULL THEN 0.0
                        END AS satisfied_percent
              FROM helpdesk_ticket ticket
         LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
         LEFT JOIN (
                SELECT target.ticket_id,
                       AVG(CASE WHEN target.late THEN 0.0 ELSE 100.0 END)
                           FILTER (WHERE target.phase IN ('met', 'not_applicable'))
                           AS percent,
                       BOOL_OR(target.late OR target.phase = 'running'
                               AND target.due < %s) AS broken
                  FROM service_sla_target target
                 WHERE target.phase != 'not_applicable' OR target.late
              GROUP BY target.ticket_id
                   ) promise ON promise.ticket_id = ticket.id
             WHERE ticket.active AND ticket.service_merged_into_id IS NULL
            """,
            fields.Datetime.now(),
        )
