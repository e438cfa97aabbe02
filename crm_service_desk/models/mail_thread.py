# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from functools import partial
from xmlrpc import client as xmlrpclib

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying
from odoo.tools.mail import (
    email_normalize,
    email_split,
    generate_tracking_message_id,
)

from ..engine import mail_identity, mail_text
from .mail_alias_domain import KnownAliases

_logger = logging.getLogger(__name__)

DESK = "helpdesk.ticket"


class MailThread(models.AbstractModel):
    """The gateway, where the desk's mail comes in. Other mail passes untouched."""

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Keep the desk's mail raw when anyone's code raises. See core for arguments.

        :return: id of the thread, or False (also for a mail in quarantine)
        """
        raw = self._service_raw(message)
        quarantine = self.env["service.mail.quarantine"]
        aliases = quarantine._desk_aliases(raw)
        for_desk = quarantine._is_for_desk(raw, model, aliases)
        if not for_desk or not self._service_may_keep():
            # Not the desk's business, or handed in by a customer over RPC: core's.
            return super().message_process(
                model,
                raw,
                custom_values=custom_values,
                save_original=save_original,
                strip_attachments=strip_attachments,
                thread_id=thread_id,
            )
        head = quarantine._head_of(raw)
        receipt, known = self.env["service.mail.receipt"]._claim(
            raw, head, quarantine._company_of(aliases)
        )
        if known and not self._service_is_tried_again(receipt):
            receipt._count_duplicate()
            return False
        asked = KnownAliases(email_normalize(head["email_from"], strict=False))
        guarded = self.with_context(
            service_mail_guard=True,
            service_mail_receipt=receipt.id,
            service_known_aliases=asked,
        )
        if known:
            receipt.outcome = "received"
        try:
            # A savepoint, because a database error would take the quarantine along.
            with self.env.cr.savepoint():
                process = partial(
                    super(MailThread, guarded).message_process,
                    model,
                    custom_values=custom_values,
                    save_original=save_original,
                    strip_attachments=strip_attachments,
                    thread_id=thread_id,
                )
                mail = guarded._service_prepare_raw(raw)
                thread_id = process(mail)
                if not asked.routed and guarded._service_has_known_id(mail):
                    # Core has thrown the mail away.
                    name = generate_tracking_message_id("service-mail")
                    thread_id = process(mail_identity.with_message_id(mail, name))
                # What waits for the commit (tracking, acknowledgements) may raise too,
                # and would take the mail along then.
                self.env.cr.flush()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            if not self._service_may_keep(error):
                raise
            _logger.info("Mail to the desk quarantined: %s", error, exc_info=True)
            reason = quarantine._explain(error)
            quarantine._keep(raw, "failed", reason, model, custom_values)
            receipt.outcome = "quarantined"
            return False
        if receipt.outcome == "received" and asked.elsewhere:
            # One mailbox may be fetched for several applications.
            receipt._forget()
        elif receipt.outcome == "received":
            reason = quarantine._why("mail_nowhere")
            quarantine._keep(raw, "automatic", reason, model, custom_values)
            receipt.outcome = "automatic"
        return thread_id

    @api.model
    def _service_secure(self, raw, model, **options):
        """Process and commit a fetched mail that left no trace; else keep it raw.

        The transaction that it came in was undone: by others at work on the same
        records (it is tried again), or when it was to be committed.

        :param bytes raw: the mail
        :param str model: fallback model of the fetching server, or False
        :param options: further arguments of :meth:`message_process`
        """
        receipts = self.env["service.mail.receipt"]
        quarantine = self.env["service.mail.quarantine"]
        if receipts._has(raw) or not quarantine._is_for_desk(raw, model):
            return
        try:
            retrying(lambda: self.message_process(model, raw, **options), self.env)
        except Exception as error:
            _logger.info("Mail to the desk quarantined: %s", error, exc_info=True)
            # The cursor is ours alone, opened for this mail.
            self.env.cr.rollback()
            reason = quarantine._explain(error)
            head = quarantine._head_of(raw)
            company = quarantine._company_of(quarantine._desk_aliases(raw))
            receipts._claim(raw, head, company)[0].outcome = "quarantined"
            quarantine._keep(raw, "failed", reason, model)
            self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _service_is_tried_again(self, receipt):
        """Say whether a mail that came before is processed again.

        One that failed is, when the fetching server offers it once more; a parked one
        is when a manager lets it in.
        """
        if self._service_is_released():
            return receipt.outcome in ("automatic", "quarantined")
        return receipt.outcome == "quarantined"

    @api.model
    def _service_why_automatic(self, message):
        """Return why a machine sent the mail (str), read once from its headers."""
        known = KnownAliases.of(self.env)
        if known is None:
            return mail_text.why_automatic(message)
        if known.automatic is None:
            known.automatic = mail_text.why_automatic(message)
        return known.automatic

    @api.model
    def _service_is_released(self):
        """Say whether a manager lets the mail in: the context alone, which anybody may
        give over RPC, does not say so."""
        return bool(self.env.context.get("service_mail_release") and self.env.su)

    @api.model
    def _service_mail_limit(self, name, default):
        """Return a limit (int) of the intake from the addon's system parameters."""
        # Limits are no secret, and the gateway's user may not read parameters.
        parameters = self.env["ir.config_parameter"].sudo()
        return int(parameters.get_param(f"crm_service_desk.{name}", default))

    @api.model
    def _service_prepare_raw(self, raw):
        """Return a mail as core can process it; refuse what is too large.

        :raise Obstacle: more bytes or parts than the system parameters allow
        """
        self._service_check_size(raw)
        return mail_text.repair(raw)

    @api.model
    def _service_has_known_id(self, raw):
        """Say whether another mail has the Message-Id already: core throws such a mail
        away, but two mails of one id need not be the same."""
        name = mail_identity.message_id(raw)
        # Any message of the database may have it, also one the gateway cannot read.
        messages = self.env["mail.message"].sudo()
        return bool(
            name and messages.search_count([("message_id", "=", name)], limit=1)
        )

    @api.model
    def _service_check_size(self, raw):
        """Refuse a mail that would take the server down; it goes to the quarantine."""
        if self._service_is_released():
            return
        quarantine = self.env["service.mail.quarantine"]
        megabytes = self._service_mail_limit("mail_max_mb", 40)
        parts = self._service_mail_limit("mail_max_parts", 1000)
        if len(raw) > megabytes * 1024 * 1024:
            size = len(raw) // (1024 * 1024)
            raise quarantine._why("mail_size", size=size, limit=megabytes)
        if mail_identity.count_parts(raw, parts) >= parts:
            raise quarantine._why("mail_parts", limit=parts)

    @api.model
    def _service_may_keep(self, error=None):
        """Say whether what the caller hands in may wait for a person.

        Everybody may call the gateway's methods; what is kept is processed later with
        the superuser's rights. So nothing is kept for customers, nor what the caller
        had no right to do.
        """
        if self.env.su:
            return True
        return not self.env.user.share and not isinstance(error, AccessError)

    @api.model
    def _service_raw(self, message):
        """Return the message as the bytes that core would parse."""
        if isinstance(message, xmlrpclib.Binary):
            return bytes(message.data)
        return message.encode("utf-8") if isinstance(message, str) else message

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        """Let no automatic mail make a ticket: it is parked. See core for arguments."""
        asked = KnownAliases.of(self.env)
        if asked is not None:
            asked.routed = True
            self._service_without_details(message_dict)
        routes = super().message_route(
            message,
            message_dict,
            model=model,
            thread_id=thread_id,
            custom_values=custom_values,
        )
        if not any(route[0] == DESK for route in routes or []):
            if asked is not None:
                asked.elsewhere = bool(routes)
            return routes
        why = self._service_why_automatic(message)
        released = self._service_is_released()
        tickets = self.env[DESK]
        if not why:
            routes = tickets._service_route_by_subject(message_dict, routes)
            tickets._service_flag_stranger(message_dict, routes)
        if released or not why:
            self._service_limit_files(message, message_dict)
        if released or not why or not any(map(self._service_is_new, routes)):
            return routes
        if self._service_may_keep():
            quarantine = self.env["service.mail.quarantine"]
            quarantine._keep(
                message.as_bytes(),
                "automatic",
                quarantine._why("mail_machine", mark=why),
                model,
                custom_values,
            )
            self.env["service.mail.receipt"]._note("automatic")
        return [route for route in routes if not self._service_is_new(route)]

    @api.model
    def _service_without_details(self, message_dict):
        """Let a mail to ``desk+billing@`` reach ``desk@``, if no alias is called so.

        :param dict message_dict: core's parsed mail; the address is added
        """
        told = {to.lower() for to in email_split(message_dict.get("recipients") or "")}
        # Whether an address is an alias is no secret to the gateway.
        aliases = self.env["mail.alias.domain"].sudo()
        details = [to for to in told if to != mail_text.without_detail(to)]
        if not details:
            return
        known = set(aliases._find_aliases(details))
        more = {mail_text.without_detail(to) for to in details if to not in known}
        if more := sorted(more - told):
            recipients = [message_dict["recipients"], *more]
            message_dict["recipients"] = ",".join(recipients)

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Let people answer in their tickets as often as people do. See core.

        Core stops the 21st mail of a sender to one document within two hours, which a
        customer in a hurry reaches. Who belongs to the ticket may send
        ``crm_service_desk.mail_max_answers`` (100); machines that say so and strangers
        have core's limit. What a manager lets in has none.
        """
        if self._service_is_released():
            return False
        watched = routes or []
        if "service_mail_receipt" in self.env.context and not (
            message_dict.get("is_internal") or self._service_why_automatic(message)
        ):
            watched = [
                route
                for route in watched
                if not self._service_is_calm(route, message_dict)
            ]
        if routes and not watched:
            return False
        return super()._detect_loop_sender(message, message_dict, watched)

    @api.model
    def _service_is_calm(self, route, mail):
        """Say whether a mail answers in a ticket whose sender keeps to his limit."""
        model, thread_id, *_rest = route
        address = email_normalize(mail.get("email_from"), strict=False)
        if model != DESK or not thread_id or not address:
            return False
        # Two hours are core's default, and the parameter is core's.
        parameters = self.env["ir.config_parameter"].sudo()
        minutes = int(parameters.get_param("mail.gateway.loop.minutes", 120))
        limit = self._service_mail_limit("mail_max_answers", 100)
        since = fields.Datetime.subtract(self.env.cr.now(), minutes=minutes)
        who = Domain("email_from", "in", [mail["email_from"], address])
        if mail.get("author_id"):
            who |= Domain("author_id", "=", mail["author_id"])
        # Messages that the gateway's user may not read count as well.
        sent = self.env["mail.message"].sudo()
        about = Domain("model", "=", model) & Domain("res_id", "=", thread_id)
        about &= Domain("message_type", "=", "email")
        about &= Domain("create_date", ">=", since)
        return sent.search_count(about & who, limit=limit) < limit

    @api.model
    def _service_limit_files(self, message, message_dict):
        """Attach at most as many files as allowed, under clean names; the rest stay in
        the original.

        Limit: system parameter ``crm_service_desk.mail_max_files``, default 50.
        """
        files = message_dict["attachments"] = [
            file._replace(fname=mail_text.file_name(file.fname))
            for file in message_dict.get("attachments") or []
        ]
        limit = self._service_mail_limit("mail_max_files", 50)
        if len(files) <= limit:
            return
        original = self._Attachment("original.eml", message.as_bytes(), {})
        message_dict["attachments"] = files[:limit] + [original]
        note = self.env._(
            "%(count)s more files of this mail are in original.eml.",
            count=len(files) - limit,
        )
        message_dict["body"] = (message_dict.get("body") or "") + Markup(
            "<p><i>%s</i></p>"
        ) % note

    @api.model
    def _service_is_new(self, route):
        """Say whether a route (model, thread id, ...) would make a ticket."""
        return route[0] == DESK and not route[1]

    def _message_route_process(self, message, message_dict, routes):
        """Mark what a machine sent, so that it moves no clock."""
        thread = self
        if self._service_why_automatic(message):
            thread = self.with_context(service_automatic_mail=True)
        return super(MailThread, thread)._message_route_process(
            message, message_dict, routes
        )
