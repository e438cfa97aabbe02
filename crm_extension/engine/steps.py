# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What to do next: rules over days, what they rest on, and who put them aside."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

DISMISS = "dismiss"
SNOOZE = "snooze"
REOPEN = "reopen"
DECISIONS = (DISMISS, SNOOZE, REOPEN)

#: The most urgent first; also the name of the colour.
SEVERITIES = ("danger", "warning", "info")


@dataclass(frozen=True)
class StepRule:
    """A rule that proposes a step.

    ``key``
        name in the external API and of the company's settings (``crm_step_<key>``
        switches the rule, ``crm_step_<key>_days`` is its number of days).
    ``label``, ``condition``, ``button``
        what people read, lazily translated: the step, when it is proposed (with
        ``%(days)s``), and its one button.
    ``action``
        what the button does: ``mail``, ``quotation``, ``activity`` or ``list``.
    ``severity``
        one of :data:`SEVERITIES`.
    ``subject``
        of the mail that the button begins, for the customer to read.
    ``figure``
        key of a figure of the section that is 0 or absent for who has no record of
        the rule; "" where there is none. It spares the search for the records.
    """

    key: str
    label: object
    condition: object
    button: object
    action: str
    severity: str = "info"
    subject: object = ""
    figure: str = ""

    def __post_init__(self):
        if self.severity not in SEVERITIES:
            raise ValueError(f"rule {self.key}: severity {self.severity!r}")


@dataclass(frozen=True)
class Decision:
    """A step put aside: for what evidence, and until when (None: for good)."""

    evidence: str
    until: date | None = None


def latest_day(today, days):
    """Return the last day that lies more than ``days`` before ``today`` (date)."""
    return today - timedelta(days=days + 1)


def days_since(day, today):
    """Return how many days ``day`` lies back (int, 0 when it does not)."""
    return max((today - day).days, 0)


def evidence_key(*facts):
    """Return a short text that changes when one of the facts does.

    It is a digest, so that what is stored with a decision tells nobody the facts.

    :param facts: plain values with a stable text (numbers, dates, texts, None)
    """
    text = "\x1f".join(map(repr, facts))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def is_aside(decisions, evidence, today):
    """Return whether a step is hidden on a day by one of the decisions.

    A decision holds for the evidence it was taken on and for no other: new evidence
    brings the step back. A snoozed step comes back on the day it was snoozed to.
    """
    return any(
        decision.evidence == evidence
        and (decision.until is None or today < decision.until)
        for decision in decisions
    )


def urgency(severity, days):
    """Return the key that steps are sorted by: severity, then the oldest first."""
    return SEVERITIES.index(severity), -days
