# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..engine.conversation import Conversation
from .service_sla_target import OPEN_PHASES, VOID


class ServiceTicketConversation(models.AbstractModel):
    """The clocks of a ticket whose conversation was joined or split."""

    _name = "service.ticket.conversation"
    _description = "Conversation of a Ticket"

    def _service_spoken(self):
        """Return what persons wrote to the other side, the oldest first (sudo)."""
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("message_type", "in", ("comment", "email")),
                ],
                order="id",
            )
        )
        return messages.filtered(self._service_is_conversation)

    def _service_said_on(self, message):
        """Return when a message reached the other side (naive UTC).

        A mail is dated by its sender; what counts is when it came in.
        """
        return message.create_date if message.message_type == "email" else message.date

    def _service_conversation(self):
        """Return the :class:`~..engine.conversation.Conversation` of one ticket."""
        self.ensure_one()
        first = self.service_first_response_on or None
        answers = self._service_spoken().filtered(self._service_is_answer)
        latest = max(map(self._service_said_on, answers), default=None)
        return Conversation(
            self.service_opened_on,
            first,
            max(filter(None, (first, latest)), default=None),
            self.service_waiting_since or None,
        )

    def _service_conversation_left(self):
        """Return the conversation of one ticket after messages were taken out."""
        now = self._service_conversation()
        asked = [
            self._service_said_on(message)
            for message in self._service_spoken()
            if not self._service_is_answer(message)
        ]
        asked = [
            moment for moment in asked if now.last_answer and moment > now.last_answer
        ]
        return Conversation(
            now.opened, now.answered, now.last_answer, min(asked, default=None)
        )

    def _service_conversation_new(self):
        """Return the conversation of a ticket that was made of messages."""
        answers, waiting = [], None
        for message in self._service_spoken():
            moment = self._service_said_on(message)
            if self._service_is_answer(message):
                answers.append(moment)
                waiting = None
            elif answers:
                waiting = waiting or moment
        return Conversation(
            self.service_opened_on,
            min(answers, default=None),
            max(answers, default=None),
            waiting,
        )

    def _service_set_conversation(self, talk):
        """Set the clocks of one ticket (sudo) to a conversation.

        Promises that ended stay as they were; the open ones begin when the customer
        asked, and end when he was answered.
        """
        self.ensure_one()
        self.write(
            {
                "service_opened_on": talk.opened,
                "service_first_response_on": talk.answered or False,
                "service_waiting_since": talk.waiting or False,
            }
        )
        waits = False
        for target in self.service_target_ids:
            if target.kind == "resolution" and target.phase != VOID:
                target.started_on = talk.opened
            elif target.phase not in OPEN_PHASES:
                continue
            elif target.kind == "first_response":
                target.started_on = talk.opened
                target.ended_on = talk.answered or False
            elif talk.waiting:
                target.started_on, waits = talk.waiting, True
            elif talk.last_answer and talk.last_answer >= target.started_on:
                target.ended_on = talk.last_answer
            else:
                target.write({"phase": VOID, "late": False})
        moment = fields.Datetime.now()
        if talk.waiting and not waits:
            self.service_waiting_since = False
            self._service_asked(talk.waiting)
        self.service_target_ids._plan(moment)
