# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
# That a label is written is what makes it ours to translate, also where it is the
# field's name.
# pylint: disable=attribute-string-redundant
from odoo import fields, models


class HelpdeskTicket(models.Model):
    """What the fields of a ticket are called on the desk's screens.

    helpdesk_mgmt brings no Korean; the labels are ours, so that they can be said in it.
    Nothing but the labels is changed here.
    """

    _inherit = "helpdesk.ticket"

    number = fields.Char(string="Ticket Number")
    name = fields.Char(string="Subject")
    description = fields.Html(string="Description")
    user_id = fields.Many2one(string="Assignee")
    stage_id = fields.Many2one(string="Stage")
    partner_id = fields.Many2one(string="Customer")
    commercial_partner_id = fields.Many2one(string="Company of the Customer")
    partner_name = fields.Char(string="Customer Name")
    partner_email = fields.Char(string="Customer Email")
    last_stage_update = fields.Datetime(string="Last Stage Change")
    assigned_date = fields.Datetime(string="Assigned On")
    closed_date = fields.Datetime(string="Closed On")
    tag_ids = fields.Many2many(string="Tags")
    company_id = fields.Many2one(string="Company")
    channel_id = fields.Many2one(
        string="Channel", help="Where the ticket came from: a call, a mail, the portal."
    )
    category_id = fields.Many2one(string="Category")
    team_id = fields.Many2one(string="Team")
    priority = fields.Selection(
        selection_add=[
            ("0", "Low"),
            ("1", "Medium"),
            ("2", "High"),
            ("3", "Very High"),
        ],
        string="Priority",
    )
    kanban_state = fields.Selection(
        selection_add=[
            ("normal", "Default"),
            ("done", "Ready for the next stage"),
            ("blocked", "Blocked"),
        ],
        string="State on the Board",
    )
