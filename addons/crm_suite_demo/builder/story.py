# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The clock and the agenda of the demo company's past.

How does a document get a past date?
    Nothing is backdated afterwards. The builder keeps an agenda of what people did on
    which day. It sets a clock to that moment and does it, by the public methods that
    users call: everything Odoo stamps with "now" (order date, effective date of a
    delivery, invoice and accounting date, payment date, message and ticket dates,
    next numbers of the year) is then the past moment by itself.

What is the clock?
    ``freezegun`` for Python's clock, and for the columns ``create_date`` and
    ``write_date`` the transaction's own moment, which Odoo keeps on the cursor
    (:meth:`Clock.move_to`). It is the only private attribute that the builder touches.
    Logging keeps the real clock. The clock is the whole process's: install this module
    where nobody works.

What does not get a past date?
    Settings, users, products and customers' addresses: they are made at the start of
    the story. Nothing is ever written on a posted entry.
"""

import heapq
import itertools
import logging
import random
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import freezegun.api

from odoo.tools import SQL
from odoo.tools.misc import real_time  # the real clock, also while frozen

_logger = logging.getLogger(__name__)

SEED = 20190401
MONTHS = 24
XMLID_MODULE = "hanbit"  # not this module's name: uninstalling it keeps the past
GROWING = (  # models with many records, whose tables are analysed each quarter
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.payment",
    "contract.line",
    "contract.period",
    "helpdesk.ticket",
    "mail.message",
    "sale.order",
    "sale.order.line",
    "stock.lot",
    "stock.move",
    "stock.move.line",
    "stock.picking",
    "stock.quant",
)
RECENT = 91  # days whose documents have a full log
OFFICE_HOUR = 16  # UTC: morning on both coasts of the United States, the same date


class Clock:
    """Context manager: the process lives at :meth:`move_to`'s moment."""

    def __init__(self, cr, start):
        self._cr = cr
        self._start = start

    def __enter__(self):
        # not freezegun.freeze_time: Odoo's tests put another function in its place
        self._freezer = freezegun.api.freeze_time(self._start, ignore=["logging"])
        self._frozen = self._freezer.start()
        self.move_to(self._start)
        return self

    def __exit__(self, *exc_info):
        self._freezer.stop()
        self._cr._now = None  # the next caller asks the database again

    def move_to(self, moment):
        """Set the moment, a naive datetime in UTC."""
        self._frozen.move_to(moment)
        self._cr._now = moment


class Story:
    """What the builders share: environment, dates, chance, agenda and named records.

    Deterministic: the same seed on the same day makes the same past.
    """

    def __init__(self, env):
        self.now = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
        self.today = self.now.date()
        self.start = self.moment(self.today - timedelta(days=int(MONTHS * 30.44)))
        self.company = env.ref("base.main_company")
        self._env = env(
            context={
                "allowed_company_ids": self.company.ids,
                "lang": "en_US",
                "tz": "UTC",
                # these mails were sent long ago: nothing goes out (see mails.py)
                "mail_notify_force_send": False,
            }
        )
        self.records = {}
        self._agenda = []
        self._tie = itertools.count()
        self._present = self.start
        self.counts = {}

    @property
    def env(self):
        """Superuser environment: settings only, people act through :meth:`as_user`."""
        return self._env

    def as_user(self, role):
        """Environment of a staff member: rights are checked as in real life.

        What is older than a quarter gets no log of changed values: it would take a
        third of the time of the build and nobody scrolls back that far.
        """
        user = self.records[f"user_{role}"]
        old = self.today - datetime.now().date() > timedelta(days=RECENT)
        context = dict(self._env.context, tracking_disable=old)
        return self._env(user=user.id, context=context)

    def as_manager(self):
        """Environment of the administrator: what the staff may not do."""
        return self._env(user=self._env.ref("base.user_admin").id)

    def rng(self, *key):
        """Random numbers of one topic, so that topics do not disturb each other."""
        return random.Random("/".join(map(str, (SEED, *key))))

    def name(self, key, record):
        """Remember a record and give it the XML id ``hanbit.<key>``."""
        self.records[key] = record
        self._env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"{XMLID_MODULE}.{key}", "record": record, "noupdate": True}]
        )
        return record

    def count(self, what, number=1):
        """Count for the log what was made."""
        self.counts[what] = self.counts.get(what, 0) + number

    # === DATES AND AGENDA === #

    def moment(self, day, hour=OFFICE_HOUR, minute=0):
        """Naive UTC datetime on the next working day from ``day``."""
        while day.weekday() > 4:
            day += timedelta(days=1)
        return datetime(day.year, day.month, day.day, hour, minute)

    def ago(self, days, hour=OFFICE_HOUR, minute=0):
        """Moment so many days before the installation, moved back to a working day."""
        day = self.today - timedelta(days=days)
        while day.weekday() > 4:
            day -= timedelta(days=1)
        return datetime(day.year, day.month, day.day, hour, minute)

    def at(self, moment, action, *args):
        """Plan ``action(*args)``; what lies in the future is never done.

        Time does not go back: what is late already is done at once.
        """
        if self.start <= moment <= self.now:
            moment = max(moment, self._present)
            heapq.heappush(self._agenda, (moment, next(self._tie), action, args))

    def later(self, days, action, *args, hour=None):
        """Plan an action some days after the clock's present."""
        present = datetime.now()
        day = (present + timedelta(days=days)).date()
        self.at(self.moment(day, hour or present.hour, present.minute), action, *args)

    def play(self, clock):
        """Live through the agenda in the order of time.

        The cursor's flush also does what Odoo puts off until the commit (tracked
        values, notifications), so that it is done at its own moment.
        """
        quarter = None
        while self._agenda:
            moment, __, action, args = heapq.heappop(self._agenda)
            clock.move_to(moment)
            self._present = moment
            if quarter != (moment.month - 1) // 3:
                quarter = (moment.month - 1) // 3
                self._gather_statistics()
                self._env.invalidate_all()  # nobody looks back a quarter
            action(*args)
            self._env.cr.flush()

    def _gather_statistics(self):
        """Tell the database how large its tables have become.

        All of this is one transaction: without statistics the planner believes that
        the tables are still empty. Raw SQL, because the ORM has no word for it; only
        our own tables, because others may be analysing the shared ones.
        """
        tables = [SQL.identifier(self._env[model]._table) for model in GROWING]
        self._env.cr.execute(SQL("ANALYZE %s", SQL(", ").join(tables)))

    @contextmanager
    def step(self, title):
        """Log one step with its time and with what it made."""
        start, self.counts = real_time(), {}
        yield
        seconds = real_time() - start
        made = ", ".join(f"{n} {what}" for what, n in sorted(self.counts.items()))
        _logger.info("%s: %s (%.1f s)", title, made or "done", seconds)
