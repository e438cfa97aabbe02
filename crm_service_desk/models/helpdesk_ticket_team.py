# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .groups import AGENT


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    service_ask_rating = fields.Boolean(
        string="Ask for a Rating",
        help="When a ticket is solved, ask the customer by mail how it went.",
    )
    service_new_sender = fields.Selection(
        [
            ("address", "Keep the name and address on the ticket"),
            ("contact", "Create a contact"),
        ],
        string="New Senders",
        required=True,
        default="address",
        help="What happens when somebody writes whose address no contact has. Known"
        " addresses are always linked.",
    )
    service_exchange_warranty = fields.Selection(
        [
            ("remaining", "What is left of the old one"),
            ("new", "A new term"),
        ],
        string="Warranty after an Exchange",
        required=True,
        default="remaining",
        help="The warranty of a serial number that is sent for another one.",
    )
    service_switch = fields.Selection(
        [
            ("priced", "At its price; what comes back is credited"),
            ("warranty", "Free of charge under warranty"),
        ],
        string="Exchange for Another Product",
        required=True,
        default="priced",
        help="What another product costs that is sent in the place of what comes back."
        " Helpdesk managers may grant it free of charge as goodwill.",
    )
    service_goods_back = fields.Selection(
        [
            ("apart", "A place apart, unless they are as new"),
            ("stock", "The stock"),
        ],
        string="Goods Come Back To",
        required=True,
        default="apart",
        groups=AGENT,
        help="Where returned and exchanged goods go. What lies apart belongs to the"
        " company, and is neither counted as available nor sent to anybody.",
    )
    service_faulty_location_id = fields.Many2one(
        "stock.location",
        string="Place Apart",
        domain=[("usage", "=", "internal"), ("warehouse_id", "=", False)],
        check_company=True,
        groups=AGENT,
        help="Empty: the company's own place for faulty goods.",
    )
    service_step_ids = fields.One2many(
        "service.claim.step",
        "team_id",
        string="Tell the Customer",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
        help="At these steps of returns, exchanges, repairs and credits the customer"
        " gets a mail.",
    )
    service_sla_policy_ids = fields.Many2many(
        "service.sla.policy",
        "service_sla_policy_team_rel",
        "team_id",
        "policy_id",
        string="SLA Policies",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
    )
    service_breached_count = fields.Integer(
        string="Breached Tickets",
        compute="_compute_service_counts",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
    )

    @api.constrains("service_faulty_location_id")
    def _check_service_faulty_location(self):
        for team in self:
            place = team.service_faulty_location_id
            if place and not place._service_is_apart():
                raise ValidationError(
                    self.env._(
                        "%(team)s: %(place)s cannot take faulty goods: an internal"
                        " location outside of all warehouses is needed, for what lies"
                        " in a warehouse counts as available.",
                        team=team.display_name,
                        place=place.display_name,
                    )
                )

    def _compute_service_counts(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [
                    ("team_id", "in", self.ids),
                    ("closed", "=", False),
                    ("service_sla_state", "=", "breached"),
                ],
                ["team_id"],
                ["__count"],
            )
        )
        for team in self:
            team.service_breached_count = counts.get(team, 0)
