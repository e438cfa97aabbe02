# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL
from odoo.tools.mail import email_normalize
from odoo.tools.misc import clean_context

from odoo.addons.crm_suite_base.tools.options import Option, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import clock
from ..engine.conversation import join
from .groups import AGENT
from .service_ticket_context import LINKS

# What people wrote; what the system noted stays as the history of its ticket.
WRITTEN = ("comment", "email", "email_outgoing", "auto_comment")
# What is told of one ticket and of no other: its promises, its mails, its ratings.
STAYS = {
    "rating.rating",
    "service.mail.receipt",
    "service.sla.target",
    "service.ticket.report",
}
# What customers may give of a message that is posted in their name.
BY_CUSTOMERS = {
    "attachment_ids",
    "attachments",
    "body",
    "parent_id",
    "subject",
    "subtype_id",
    "subtype_xmlid",
}
SAME, UNKNOWN, OTHER = "same", "unknown", "other"


class ServiceTicketMerge(models.AbstractModel):
    """Tickets about the same matter become one; the other ones point to it."""

    _name = "service.ticket.merge"
    _description = "Merging of Tickets"

    service_merged_into_id = fields.Many2one(
        "helpdesk.ticket",
        string="Merged Into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=AGENT,
        help="What is written to this ticket lands in that one.",
    )
    service_merged = fields.Boolean(
        string="Is Merged",
        compute="_compute_service_merged",
        compute_sudo=True,
        store=True,
        groups="base.group_user",
        help="Another ticket stands for this one and is counted in its place.",
    )
    service_merged_ids = fields.One2many(
        "helpdesk.ticket",
        "service_merged_into_id",
        string="Merged Tickets",
        readonly=True,
        groups=AGENT,
    )

    @api.depends("service_merged_into_id")
    def _compute_service_merged(self):
        # told apart from the other ticket, whose title not every reader may see
        for ticket in self:
            ticket.service_merged = bool(ticket.service_merged_into_id)

    def write(self, vals):
        """Refuse to open what was merged."""
        merging = self.env.su and self.env.context.get("service_merging")
        if "stage_id" in vals and not merging:
            stage = self.env["helpdesk.ticket.stage"].browse(vals["stage_id"])
            if not stage.closed:
                self._service_refuse_merged()
        return super().write(vals)

    def _service_refuse_merged(self):
        """Refuse what only makes sense in the ticket that replaced one of these."""
        merged = self.sudo().filtered("service_merged_into_id")
        if merged:
            raise UserError(
                self.env._(
                    "Ticket %(number)s was merged and stays closed; go on in the ticket"
                    " that it points to.",
                    number=merged[0].number,
                )
            )

    # === API === #

    def merge_into(self, target_id, options=None):
        """Merge these tickets into another one.

        What people wrote moves there, with files, activities, followers, tags, linked
        documents and what was made of the tickets (returns, credit notes ...). The
        tickets are closed and point to the target; later mails to them land there.
        The target's clocks are those of the joined conversation. Called again for
        tickets that are merged into this target already, it changes nothing.

        Between two different customers all that moves is what was written, as
        internal notes: neither of them reads the other's.

        :param int target_id: id of the ticket that stays
        :param dict options: ``other_customer`` (bool): merge although the tickets are
            not (known to be) of the same customer; ``notify`` (bool): tell the
            customers of the merged tickets where their request is dealt with
        :return: ``{"ticket_id", "number", "merged_ids": [...], "already": [...]}``
        :raise AccessError: no helpdesk user, or a ticket that he may not change
        :raise UserError: the target is missing, foreign, merged itself or one of the
            tickets; another company's; another customer's without the option
        """
        self._check_desk_ids("write")
        spec = {
            "other_customer": Option("bool"),
            "notify": Option("bool"),
        }
        given = check_options(self.env, options, spec)
        target = self._service_merge_target(target_id)
        already = self.filtered(lambda t: t.service_merged_into_id == target)
        tickets = self - already
        tickets._service_lock_merge(target)
        tickets._service_check_merge(target, given.get("other_customer"))
        for ticket in tickets.sorted("service_opened_on"):
            ticket._service_merge_one(target, given.get("notify"))
        return plain(
            {
                "ticket_id": target.id,
                "number": target.number,
                "merged_ids": tickets.ids,
                "already": already.ids,
            }
        )

    @api.model
    def _service_merge_target(self, target_id):
        """Return the ticket to merge into, which the user may change."""
        spec = {"target_id": Option("int", minimum=1, required=True)}
        given = check_options(self.env, {"target_id": target_id}, spec, "arguments")
        target = self.browse(given["target_id"]).exists()
        if not target or not target.has_access("write"):
            raise UserError(
                self.env._(
                    "target_id: you can change no ticket with the id %(id)s.",
                    id=target_id,
                )
            )
        return target

    def _service_lock_merge(self, target):
        """Keep others from writing to these tickets until they are merged.

        A reply holds the row of its ticket (see _service_place); it is waited for.
        What was committed meanwhile this transaction cannot see: then it is run again.
        Raw SQL: the ORM's lock does not wait, and only another transaction sees what
        is newer than this one.
        """
        if not self:
            return
        tickets = self | target
        tickets.flush_recordset()
        self.env.execute_query(
            SQL(
                "SELECT id FROM helpdesk_ticket WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(tickets.ids),
            )
        )
        if self._service_unseen():
            raise ConcurrencyError("a message came in while its ticket was merged")

    def _service_unseen(self):
        """Return the tickets with committed messages that this transaction, which began
        before, does not see."""
        self.env["mail.message"].flush_model(["model", "res_id"])
        messages = SQL(
            "SELECT res_id, id FROM mail_message WHERE model = %s AND res_id IN %s",
            self._name,
            tuple(self.ids or [0]),
        )
        seen = set(self.env.execute_query(messages))
        with self.env.registry.cursor() as newest:
            newest.execute(messages)
            unseen = set(newest.fetchall()) - seen
        return self.browse({ticket_id for ticket_id, _message_id in unseen})

    def _service_check_merge(self, target, other_customer):
        """Refuse what must not be merged; see merge_into."""
        if target in self:
            raise UserError(
                self.env._(
                    "target_id: ticket %(number)s cannot be merged into itself.",
                    number=target.number,
                )
            )
        for ticket in self | target:
            into = ticket.sudo().service_merged_into_id
            if into:
                raise UserError(
                    self.env._(
                        "Ticket %(number)s has been merged into %(into)s already.",
                        number=ticket.number,
                        into=into.number,
                    )
                )
        for ticket in self:
            if ticket.company_id != target.company_id:
                raise UserError(
                    self.env._(
                        "Tickets %(number)s and %(target)s belong to different"
                        " companies.",
                        number=ticket.number,
                        target=target.number,
                    )
                )
            if ticket._service_kinship(target) != SAME and not other_customer:
                raise UserError(
                    self.env._(
                        "Tickets %(number)s and %(target)s are of different customers;"
                        " merging them must be confirmed (other_customer).",
                        number=ticket.number,
                        target=target.number,
                    )
                )

    def _service_kinship(self, target):
        """Say whether two tickets are of the same customer: SAME, OTHER or UNKNOWN.

        Unknown is a sender without contact whose address is not the other's either.
        """
        # Compared only; the customer of a ticket that one may change is no secret.
        here, there = self.sudo(), target.sudo()
        mine, his = here.commercial_partner_id, there.commercial_partner_id
        if mine and his:
            return SAME if mine == his else OTHER
        addresses = here._service_addresses() & there._service_addresses()
        return SAME if addresses else UNKNOWN

    def _service_addresses(self):
        found = {email_normalize(self.partner_email), self.partner_id.email_normalized}
        return found - {False, None, ""}

    # === MERGING === #

    def _service_merge_one(self, target, notify):
        """Merge one ticket, which the caller may change like the target."""
        kinship = self._service_kinship(target)
        # Both tickets may be changed by the user, which is checked; their messages,
        # files and documents follow, of which he may not change each.
        source, into = self.sudo(), target.sudo()
        here, there = source._service_conversation(), into._service_conversation()
        waits = not source.closed
        source._service_merge_messages(into, kinship)
        source._service_merge_followers(into, kinship)
        if kinship != OTHER:
            source._service_merge_values(into)
            source._service_merge_documents(into)
            into._service_set_conversation(join(there, here))
        source._service_merge_close(into)
        if waits and into.closed:
            into._service_reopen()
        into.message_post(
            body=source._service_merge_note(),
            message_type="notification",
            subtype_xmlid="mail.mt_note",
        )
        if notify and kinship != OTHER and source.partner_id:
            into._service_merge_notify(source)

    def _service_merge_messages(self, target, kinship):
        """Move what people wrote, with its files, and the planned activities."""
        messages = self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "in", WRITTEN),
                ("rating_ids", "=", False),
            ]
        )
        values = {"res_id": target.id}
        files = messages.attachment_ids.filtered(
            lambda file: file.res_model == self._name and file.res_id == self.id
        )
        if kinship == OTHER:
            values["is_internal"] = True
            values["subtype_id"] = self.env.ref("mail.mt_note").id
        else:
            files = self.env["ir.attachment"].search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("res_field", "=", False),
                ]
            )
        messages.write(values)
        files.write({"res_id": target.id})
        self.activity_ids.write({"res_id": target.id})
        (self | target).invalidate_recordset(
            ["message_ids", "attachment_ids", "activity_ids"]
        )

    def _service_merge_followers(self, target, kinship):
        """Let who followed this ticket follow the other; of another customer's
        followers our own people only."""
        followers = self.message_partner_ids | self.partner_id
        if kinship == OTHER:
            followers = followers.filtered(
                lambda partner: any(not user.share for user in partner.user_ids)
            )
        target.message_subscribe((followers - target.message_partner_ids).ids)

    def _service_merge_values(self, target):
        """Add tags, the higher priority, and what the target does not know yet."""
        vals = {"tag_ids": [fields.Command.link(tag.id) for tag in self.tag_ids]}
        if (self.priority or "0") > (target.priority or "0"):
            vals["priority"] = self.priority
        known = ["partner_id", "category_id", *LINKS.values()]
        if not target.partner_id and not target.partner_email:
            # A stranger's address would make him one of the target's people.
            known += ["partner_email", "partner_name"]
        for field in known:
            if self[field] and not target[field]:
                value = self[field]
                vals[field] = value.id if self._fields[field].relational else value
        target.write(vals)

    def _service_merge_documents(self, target):
        """Hand over what was made of this ticket: every record that names its ticket,
        but for what tells of this ticket alone (:data:`STAYS`)."""
        for model in self.env.registry.values():
            if model._abstract or model._transient or model._name in STAYS:
                continue
            for name in ("service_ticket_id", "ticket_id"):
                field = model._fields.get(name)
                if field and field.store and field.comodel_name == self._name:
                    made = self.env[model._name].with_context(active_test=False)
                    made.search([(name, "=", self.id)]).write({name: target.id})

    def _service_merge_close(self, target):
        """Point to the target, also from what was merged into this one before."""
        vals = {"service_merged_into_id": target.id}
        stage = self._service_merge_stage()
        if stage and not self.closed:
            vals["stage_id"] = stage.id
        self.service_merged_ids.service_merged_into_id = target
        self.with_context(service_merging=True).write(vals)
        self._message_log(
            body=self.env._("Merged into %(ticket)s.", ticket=target._get_html_link())
        )

    def _service_merge_stage(self):
        """Return the closing stage of merged tickets: OCA's for duplicates, else one
        in which the promise is void (this ticket was not solved), else any."""
        stages = self.team_id._get_applicable_stages().filtered("closed")
        duplicate = self.company_id.helpdesk_mgmt_duplicate_ticket_stage_id
        void = stages.filtered(lambda stage: stage.service_clock == clock.CANCELLED)
        return (duplicate & stages) or void[:1] or stages[:1]

    def _service_merge_note(self):
        """Return what the target's history says of the merged ticket."""
        head = self.env._("%(ticket)s was merged.", ticket=self._get_html_link())
        return Markup("<p>%s</p><blockquote>%s</blockquote>") % (head, self.description)

    def _service_merge_notify(self, source):
        """Tell a customer where his request is dealt with; this answers nothing."""
        ticket = self.with_context(
            service_automatic_mail=True, lang=source.partner_id.lang
        )
        ticket.message_post(
            body=ticket.env._(
                "Your request %(number)s is dealt with together with %(target)s. You"
                " need not write again.",
                number=source.number,
                target=self.number,
            ),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=source.partner_id.ids,
            author_id=self.env.ref("base.partner_root").id,
        )

    # === WHAT IS WRITTEN TO A MERGED TICKET === #

    def _service_place(self):
        """Return the ticket where a message to this one belongs (sudo).

        The row is held until the message is committed, so that no merge passes it by;
        a merge that was faster makes this transaction run again. What this transaction
        made, no other one sees. Raw SQL: the ORM has no lock that other replies may
        share.
        """
        self.ensure_one()
        if not self.id:
            return self
        ticket = self.sudo()
        if ticket.create_date == self.env.cr.now():
            return ticket.service_merged_into_id or self
        self.flush_recordset(["service_merged_into_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT service_merged_into_id FROM helpdesk_ticket WHERE id = %s"
                " FOR KEY SHARE",
                self.id,
            )
        )
        if rows and rows[0][0]:
            return self.sudo().browse(rows[0][0])
        return self

    def message_post(self, *, message_type="notification", **kwargs):
        """Post to the ticket that this one was merged into. See core for arguments."""
        if message_type not in WRITTEN:
            return super().message_post(message_type=message_type, **kwargs)
        place = self._service_place()
        if place == self:
            return super().message_post(message_type=message_type, **kwargs)
        # Whoever may write to the merged ticket reaches the one that replaced it; that
        # it is no longer his to read does not make his message get lost.
        kwargs = self._service_check_forwarded(kwargs)
        # The user's defaults are no part of what was checked.
        clean = self.env(context=clean_context(self.env.context))
        place = place.with_env(clean).sudo()
        if self._service_kinship(place) == OTHER:
            kwargs.pop("subtype_id", None)
            kwargs.update(subtype_xmlid="mail.mt_note", is_internal=True)
            # Who writes follows what he wrote to, and followers read it.
            place = place.with_context(
                mail_post_autofollow=False, mail_post_autofollow_author_skip=True
            )
        kwargs.pop("parent_id", None)
        return place.message_post(message_type=message_type, **kwargs)

    def _service_check_forwarded(self, kwargs):
        """Return the arguments of a message to this ticket that is posted (sudo) to
        another one, checked like those of a message that stays.

        Core trusts the superuser with them: without this the user could attach
        anybody's files, write in another's name, and change other messages.

        :raise AccessError: the user may not read the ticket or a file
        """
        if self.env.su:
            return kwargs
        self.check_access("read")
        if kwargs.get("attachment_ids"):
            files = self.env["ir.attachment"].browse(kwargs["attachment_ids"])
            files.check_access("read")
        if self.env.user.share:
            return {name: kwargs[name] for name in BY_CUSTOMERS & kwargs.keys()}
        message = self.env["mail.message"]._fields
        return {
            name: value
            for name, value in kwargs.items()
            if name in BY_CUSTOMERS
            or name not in message
            or message[name].type not in ("one2many", "many2many")
        }

    @api.private
    def message_update(self, msg_dict, update_vals=None):
        """Take in a mail to a merged ticket where it went. See core for arguments.

        The gateway's: over RPC it would write whatever the caller gives, where he may
        write nothing.
        """
        into = self.sudo().service_merged_into_id
        if into and self._service_kinship(into) != OTHER:
            return into.message_update(msg_dict, update_vals=update_vals)
        return super().message_update(msg_dict, update_vals=update_vals)

    def _service_is_strange(self, mail):
        """Who belonged to a merged ticket of the same customer belongs here."""
        if not super()._service_is_strange(mail):
            return False
        return all(
            ticket._service_kinship(self) == OTHER or ticket._service_is_strange(mail)
            for ticket in self.sudo().service_merged_ids
        )

    def _track_template(self, tracking):
        """A merged ticket was not settled: no mail says so."""
        templates = super()._track_template(tracking)
        if self[0].sudo().service_merged_into_id:
            templates.pop("stage_id", None)
        return templates

    def _service_ask_rating(self):
        """Nobody is asked how a merged ticket went."""
        if self.service_merged_into_id:
            return None
        return super()._service_ask_rating()
