# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from xmlrpc import client as xmlrpclib

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..engine import mail_text

_logger = logging.getLogger(__name__)


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
        guarded = self.with_context(service_mail_guard=True)
        try:
            # A savepoint, because a database error would take the quarantine along.
            with self.env.cr.savepoint():
                return super(MailThread, guarded).message_process(
                    model,
                    mail_text.repair(raw),
                    custom_values=custom_values,
                    save_original=save_original,
                    strip_attachments=strip_attachments,
                    thread_id=thread_id,
                )
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            quarantine = self.env["service.mail.quarantine"]
            if not self._service_may_keep(error):
                raise
            if not quarantine._is_for_desk(raw, model):
                raise
            _logger.info("Mail to the desk quarantined: %s", error, exc_info=True)
            reason = f"{type(error).__name__}: {error}"
            quarantine._keep(raw, "failed", reason, model, custom_values)
            return False

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
        routes = super().message_route(
            message,
            message_dict,
            model=model,
            thread_id=thread_id,
            custom_values=custom_values,
        )
        if self.env.context.get("service_mail_release"):
            return routes
        why = mail_text.why_automatic(message)
        if not why or not any(self._service_is_new(route) for route in routes or []):
            return routes
        if self._service_may_keep():
            self.env["service.mail.quarantine"]._keep(
                message.as_bytes(),
                "automatic",
                self.env._("Sent by a machine (%(mark)s).", mark=why),
                model,
                custom_values,
            )
        return [route for route in routes if not self._service_is_new(route)]

    @api.model
    def _service_is_new(self, route):
        """Say whether a route (model, thread id, ...) would make a ticket."""
        return route[0] == "helpdesk.ticket" and not route[1]

    def _message_route_process(self, message, message_dict, routes):
        """Mark what a machine sent, so that it moves no clock."""
        thread = self
        if mail_text.why_automatic(message):
            thread = self.with_context(service_automatic_mail=True)
        return super(MailThread, thread)._message_route_process(
            message, message_dict, routes
        )
