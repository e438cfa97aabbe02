# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite_base.tools.options import check_id_types, check_ids

from .groups import AGENT, MANAGER
from .service_ticket_context import LINKS

LINK_FIELDS = frozenset(LINKS.values())
# What is computed from ratings, as long as there are none.
UNRATED = {"rating_last_value": 0.0, "service_csat": False}


class HelpdeskTicket(models.Model):
    """Numbers, dates and files of tickets, and what is known to belong to them."""

    _name = "helpdesk.ticket"
    # Our parts come before OCA's class, so that they can extend its methods.
    _inherit = [
        "service.ticket.guard",
        "service.ticket.dialog",
        "service.ticket.kit",
        "service.ticket.switch",
        "service.ticket.replacement",
        "service.ticket.lifecycle",
        "service.ticket.split",
        "service.ticket.merge",
        "service.ticket.assignment",
        "service.ticket.call",
        "service.ticket.conversation",
        "service.ticket.credit",
        "service.ticket.return",
        "service.ticket.waiting",
        "service.ticket.context",
        "service.ticket.web",
        "service.ticket.mail",
        "service.ticket.sla",
        "service.ticket.rating",
        "service.ticket.portal",
        "service.ticket.api",
        "helpdesk.ticket",
        "rating.mixin",
    ]
    # Core's guard against mail loops counts tickets by this field.
    _primary_email = "partner_email"

    service_lot_id = fields.Many2one(
        "stock.lot",
        string="Serial Number",
        index="btree_not_null",
        copy=False,
        groups=AGENT,
    )
    service_order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        index="btree_not_null",
        copy=False,
        groups=AGENT,
    )
    service_picking_id = fields.Many2one(
        "stock.picking",
        string="Delivery",
        index="btree_not_null",
        copy=False,
        groups=AGENT,
    )
    service_invoice_id = fields.Many2one(
        "account.move",
        string="Invoice",
        index="btree_not_null",
        copy=False,
        groups=AGENT,
    )
    service_return_ids = fields.One2many(
        "stock.picking",
        "service_ticket_id",
        string="Returns",
        groups="stock.group_stock_user",
    )
    service_credit_ids = fields.One2many(
        "account.move",
        "service_ticket_id",
        string="Credit Notes",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    # Portal users may not read tags, files and activities; without these groups read()
    # refused them the whole ticket.
    tag_ids = fields.Many2many(groups="base.group_user")
    attachment_ids = fields.One2many(groups="base.group_user")
    # Core searches messages by these without asking who may read them: a customer could
    # guess the words of internal notes.
    message_ids = fields.One2many(groups="base.group_user")
    website_message_ids = fields.One2many(groups="base.group_user")
    activity_exception_decoration = fields.Selection(groups="base.group_user")
    activity_exception_icon = fields.Char(groups="base.group_user")

    # Whose ticket it is now, and whose it was, stands in its history.
    partner_id = fields.Many2one(tracking=True)
    # Not related: a contact who changes companies does not take the tickets of the
    # company that he leaves to the one that he joins. See res.partner.write().
    commercial_partner_id = fields.Many2one(
        "res.partner",
        related=None,
        compute="_compute_service_commercial_partner_id",
        compute_sudo=True,
        store=True,
    )
    last_stage_update = fields.Datetime(copy=False)
    # Tickets without an answer hold 0: their average would call silence a bad rating.
    rating_last_value = fields.Float(aggregator=None)

    _service_number_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL AND number != '/'",
        "The number of a ticket must be unique within its company.",
    )
    _service_commercial_idx = models.Index("(commercial_partner_id, company_id)")
    # Every mail that becomes a ticket asks what its sender wrote within the last hour.
    _service_sender_idx = models.Index(
        "(partner_email, create_date) WHERE partner_email IS NOT NULL"
    )

    _service_awaits_idx = models.Index("(team_id) WHERE service_awaits_assignment")

    @api.depends("partner_id")
    def _compute_service_commercial_partner_id(self):
        for ticket in self:
            ticket.commercial_partner_id = ticket.partner_id.commercial_partner_id

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        """Number tickets in their own company and start their clocks, in batch."""
        desk = self._service_check_create(vals_list)
        vals_list = [dict(vals) for vals in vals_list]
        desk._service_prepare_create(vals_list)
        tickets = super(HelpdeskTicket, desk).create(vals_list)
        # Nobody has rated a new ticket: there is nothing to look up.
        for name in UNRATED:
            self.env.remove_to_compute(self._fields[name], tickets)
        for ticket in tickets:
            ticket._service_check_links(ticket._service_links())
        tickets._service_sync()
        return tickets

    def write(self, vals):
        """Keep the dates that OCA's write overwrites, and the clocks in step."""
        self._service_check_write(vals)
        customers = self._service_customers(vals)
        kept = self._service_dates_to_keep(vals)
        links = {}
        if not LINK_FIELDS.isdisjoint(vals):
            links = {ticket: ticket._service_links() for ticket in self}
        result = super().write(dict(vals))
        for ticket, before in links.items():
            new = ticket._service_links()
            ticket._service_check_links(
                {field: new[field] for field in new if new[field] != before[field]}
            )
        self._service_check_customers(customers)
        for dates, tickets in kept:
            # The write itself was allowed; after it the ticket may be out of sight,
            # when an agent has handed it over.
            super(HelpdeskTicket, tickets.sudo()).write(dates)
        if self._service_sync_fields() & vals.keys():
            self._service_sync()
        return result

    def copy(self, default=None):
        """Let create() number the copy, in the company of the copy."""
        return super().copy(
            dict(default or {}, number=(default or {}).get("number", "/"))
        )

    @api.model
    def _service_prepare_create(self, vals_list):
        """Fill in company, number and stage, without a query per ticket."""
        numbers, stages = {}, {}
        self._service_assign_vals(vals_list)
        for vals in vals_list:
            team = self._service_team(vals)
            company_id = team.company_id.id or vals.get("company_id")
            if company_id:
                vals["company_id"] = company_id
            company_id = company_id or self.default_get(["company_id"])["company_id"]
            if vals.get("number", "/") in ("/", False):
                numbers.setdefault(company_id, []).append(vals)
            if "stage_id" not in vals and "default_stage_id" not in self.env.context:
                key = (team.id, company_id)
                if key not in stages:
                    applicable = team.with_company(company_id)._get_applicable_stages()
                    stages[key] = applicable[:1].id
                vals["stage_id"] = stages[key]
            moment = self._service_moment()
            vals.update(UNRATED)
            vals.setdefault("service_opened_on", moment)
            vals.setdefault("last_stage_update", moment)
            if vals.get("user_id"):
                vals.setdefault("assigned_date", moment)
        for company_id, waiting in numbers.items():
            company = self.env["res.company"].browse(company_id)
            drawn = self._service_next_numbers(company, len(waiting))
            for vals, number in zip(waiting, drawn, strict=True):
                vals["number"] = number

    @api.model
    def _service_team(self, vals):
        team_id = vals.get("team_id", self.env.context.get("default_team_id"))
        return self.env["helpdesk.ticket.team"].browse(team_id or [])

    @api.model
    def _service_next_numbers(self, company, count):
        """Return ``count`` free numbers from the sequence of the tickets' company."""
        # Like ir.sequence.next_by_code: numbering needs no right on sequences.
        sequence = (
            self.env["ir.sequence"]
            .sudo()
            .with_company(company)
            .search_fetch(
                [
                    ("code", "=", "helpdesk.ticket.sequence"),
                    ("company_id", "in", (company.id, False)),
                ],
                order="company_id",
                limit=1,
            )
        )
        numbers = []
        while sequence and len(numbers) < count:
            drawn = self._service_draw(sequence, count - len(numbers))
            numbers += self._service_free_numbers(company, drawn)
        return numbers or ["/"] * count

    @api.model
    def _service_draw(self, sequence, count):
        """Draw from the sequence; a plain one in a single statement.

        Raw SQL for that: the ORM draws one number per query.
        """
        if (
            count == 1
            or sequence.implementation != "standard"
            or sequence.use_date_range
        ):
            return [sequence.next_by_id() for _position in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        return [sequence.get_next_char(row[0]) for row in rows]

    @api.model
    def _service_free_numbers(self, company, numbers):
        """Return the numbers without those that a ticket has (a sequence set back)."""
        # Hidden tickets have numbers too.
        taken = (
            self.sudo()
            .with_context(active_test=False)
            .search_fetch(
                [("company_id", "=", company.id), ("number", "in", numbers)], ["number"]
            )
        )
        used = set(taken.mapped("number"))
        return [number for number in numbers if number not in used]

    def _service_dates_to_keep(self, vals):
        """Return [(dates, tickets)] to write after OCA's write has set them to now.

        ``assigned_date`` is the first assignment, ``closed_date`` the closing that
        holds now: none when the ticket is open again.
        """
        kept = defaultdict(self.browse)
        stage = self.env["helpdesk.ticket.stage"].browse(vals.get("stage_id") or [])
        moment = self._service_moment()
        for ticket in self:
            dates = {}
            if vals.get("user_id") and "assigned_date" not in vals:
                dates["assigned_date"] = ticket.assigned_date or moment
            if stage and "closed_date" not in vals:
                closed = ticket.closed and stage.closed and ticket.closed_date
                dates["closed_date"] = closed or (moment if stage.closed else False)
                dates["last_stage_update"] = moment
            kept[tuple(sorted(dates.items()))] |= ticket
        return [(dict(dates), tickets) for dates, tickets in kept.items() if dates]

    @api.model
    def _service_moment(self):
        """Return the moment (naive UTC) at which what happens now is said to happen.

        Imports and demo data give it as context key ``service_moment``; it counts for
        the superuser and for helpdesk managers only (sudo() makes nobody either), so
        that nobody else can turn back the clock of a promise.
        """
        moment = self.env.context.get("service_moment")
        root = self.env.uid == SUPERUSER_ID
        if moment and (root or self.env.user.has_group(MANAGER)):
            return fields.Datetime.to_datetime(moment)
        return fields.Datetime.now()

    # === FILES === #

    def _get_portal_attachments(self):
        """Return the files that the customer may see: those of public messages and
        those that he (or any portal user) sent; never those of internal notes."""
        self.ensure_one()
        # The ticket's page has been checked by the caller; the portal user has no
        # rights on attachments, and which of them he may see is decided here.
        attachments = self.sudo().attachment_ids
        messages = (
            self.env["mail.message"]
            .sudo()
            .search_fetch(
                Domain("model", "=", self._name)
                & Domain("res_id", "=", self.id)
                & Domain("attachment_ids", "in", attachments.ids),
                ["is_internal", "subtype_id", "attachment_ids"],
            )
        )
        public = messages.filtered(
            lambda m: not m.is_internal and m.subtype_id and not m.subtype_id.internal
        )
        internal = messages - public
        mine = attachments.filtered(lambda file: file.create_uid.share)
        return (attachments & public.attachment_ids) | (mine - internal.attachment_ids)

    @api.model
    def _revoke_internal_attachment_tokens(self):
        """Take back the links to files of internal notes that OCA gave to customers."""
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("access_token", "!=", False),
                    ("res_id", "!=", 0),
                ]
            )
        )
        tickets = self.sudo().browse(set(attachments.mapped("res_id"))).exists()
        for ticket in tickets:
            hidden = ticket.attachment_ids - ticket._get_portal_attachments()
            hidden.access_token = False

    # === RIGHTS === #

    def _service_links(self):
        """Return ``{field: document}`` of what the ticket links."""
        # Only compared and checked; nothing of the documents is answered.
        ticket = self.sudo()
        return {field: ticket[field] for field in LINKS.values()}

    def _service_check_links(self, links):
        """Refuse to link what is not the customer's; links that stand are not asked.

        :param links: ``{field: document}`` that are new
        :raise UserError: the same for a foreign and for a missing document
        """
        if self.env.su:
            # Intake and settlements, which look at the customer's documents only.
            return
        # The write was allowed; after it the ticket may be out of the agent's sight.
        ticket = self.sudo()
        for document in links.values():
            model = document._name
            if document and document not in ticket._service_documents(model, document):
                raise self._service_unknown(model, document.id)

    def _check_desk(self, operation="read"):
        """Refuse who is not a helpdesk user, or may not do this with these tickets."""
        check_id_types(self)
        self._check_desk_user()
        self.check_access(operation)
        return self

    def _check_desk_ids(self, operation="read"):
        """Refuse as above, and no ticket, or one that does not exist; to who is no
        helpdesk user that is not told from one that does."""
        self._check_desk_user()
        check_ids(self).check_access(operation)
        return self

    @api.model
    def _check_desk_user(self):
        if not self.env.su and not self.env.user.has_group(AGENT):
            raise AccessError(
                self.env._("Only helpdesk users may use this on tickets.")
            )

    # === ACTIONS === #

    def action_view_service_returns(self):
        """Return the action that lists the transfers made for these tickets."""
        return self._service_list("stock.picking", self.env._("Returns"))

    def action_view_service_credits(self):
        """Return the action that lists the credit notes made for these tickets."""
        return self._service_list("account.move", self.env._("Credit Notes"))

    def _service_list(self, model, name):
        check_id_types(self)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("service_ticket_id", "in", self.ids)],
        }
