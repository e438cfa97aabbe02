# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How far a settlement is, from the states of the documents that were made for it."""

from dataclasses import dataclass

REQUESTED = "requested"
REFUSED = "refused"
CANCELLED = "cancelled"
QUOTED = "quoted"
DRAFTED = "drafted"
IN_TRANSIT = "in_transit"
RECEIVED = "received"
REPAIRING = "repairing"
REPAIRED = "repaired"
REPLACED = "replaced"
CREDITED = "credited"
PAID = "paid"

# A transfer that is not there yet: the one before it is not done.
WAITING = "waiting"
# With these nothing more is to be waited for. A return is settled when it is received,
# an exchange not yet.
SETTLED = frozenset({REFUSED, CANCELLED, REPAIRED, REPLACED, CREDITED, PAID})


@dataclass(frozen=True)
class Documents:
    """States of the documents of a settlement, as Odoo has them; None: there is none.

    ``goods_in`` is the state of the return transfer, ``goods_out`` the states of the
    transfers to the customer, ``order`` of the sales order, ``credit`` of the credit
    note, ``repair`` of the repair order; ``paid`` whether the credit note has been
    paid out or set off.
    """

    goods_in: str | None = None
    goods_out: tuple = ()
    order: str | None = None
    credit: str | None = None
    repair: str | None = None
    paid: bool = False


def step(kind, state, documents):
    """Return how far a settlement is.

    :param kind: ``return``, ``exchange``, ``replacement``, ``repair`` or ``credit``
    :param state: ``requested``, ``refused`` or ``made``
    :param documents: :class:`Documents`

    >>> step("return", "made", Documents(goods_in="assigned"))
    'in_transit'
    """
    if state in (REQUESTED, REFUSED):
        return state
    return _STEPS[kind](documents)


def settled(kind, reached):
    """Say whether nothing more is to be waited for at a step."""
    return reached in SETTLED or (kind == "return" and reached == RECEIVED)


def _return(documents):
    if documents.goods_in in (None, "cancel"):
        return CANCELLED
    return RECEIVED if documents.goods_in == "done" else IN_TRANSIT


def _exchange(documents):
    out = _goods_out(documents.goods_out)
    if out == CANCELLED:
        return CANCELLED
    back = _return(documents)
    if back == IN_TRANSIT:
        return IN_TRANSIT
    if out == REPLACED:
        return REPLACED
    return RECEIVED if back == RECEIVED else IN_TRANSIT


def _goods_out(states):
    live = [state for state in states if state != "cancel"]
    if not live:
        return CANCELLED
    return REPLACED if all(state == "done" for state in live) else IN_TRANSIT


def _replacement(documents):
    if documents.order in (None, "cancel"):
        # What was sent stays with the customer, whatever becomes of its order.
        return REPLACED if "done" in documents.goods_out else CANCELLED
    if documents.order in ("draft", "sent"):
        return QUOTED
    # Services are sent by no transfer.
    if not documents.goods_out:
        return REPLACED
    return _goods_out(documents.goods_out)


def _repair(documents):
    if documents.repair in (None, "cancel"):
        return CANCELLED
    if documents.repair == "done":
        return REPAIRED
    if documents.repair == "draft":
        return _repair_drafted(documents)
    return REPAIRING


def _repair_drafted(documents):
    if documents.order in ("draft", "sent"):
        return QUOTED
    if documents.goods_in is None:
        return DRAFTED
    return RECEIVED if documents.goods_in == "done" else IN_TRANSIT


def _credit(documents):
    if documents.credit in (None, "cancel"):
        return CANCELLED
    if documents.credit == "draft":
        return DRAFTED
    return PAID if documents.paid else CREDITED


_STEPS = {
    "return": _return,
    "exchange": _exchange,
    "replacement": _replacement,
    "repair": _repair,
    "credit": _credit,
}
