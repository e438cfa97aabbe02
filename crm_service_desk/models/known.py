# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What one call that only reads has found out already, so that it asks once."""

from functools import wraps

KEY = "service_known"


class Known:
    """Answers of one call, and what it looked up for all records at once.

    Travels in the context; anybody may give a context over RPC, such an object comes
    from us only. ``answers``: see :func:`remembered`; ``lines``: ``{id of a move: lines
    of settlements that replaced what it brought}``; ``refunds``: ``{id of an invoice
    line: lines of credit notes}``; ``credited``: ``{lot: lines of settlements}``, None
    before anybody asked.
    """

    def __init__(self):
        self.answers = {}
        self.lines = {}
        self.refunds = {}
        self.credited = None

    @classmethod
    def of(cls, env):
        """Return the one of a context, or None."""
        known = env.context.get(KEY)
        return known if isinstance(known, cls) else None


def remembered(method):
    """Answer the same question once within a call that only reads.

    Its arguments are records and plain values, in their order.
    """

    @wraps(method)
    def answer(self, *args):
        known = Known.of(self.env)
        if known is None:
            return method(self, *args)
        key = (method, self._name, self._ids, args)
        if key not in known.answers:
            known.answers[key] = method(self, *args)
        return known.answers[key]

    return answer
