# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_suite_base.tools.metric import Metric

from ..engine.timeline import TimelineKind, TimelineSource

_lt = LazyTranslate(__name__)

MESSAGE = "mail.message"
ACTIVITY = "mail.activity"
EVENT = "calendar.event"
MAILS = ("email", "email_outgoing")
SPOKEN = (*MAILS, "comment")
MAX_MAILS = 1000


class CrmCustomerSectionContact(models.AbstractModel):
    """When we last spoke, and what is planned.

    Messages and activities belong to documents: whoever reads the document reads
    them. Core checks that document by document after the search, which costs with
    every document; here the documents that the user may read are a sub-query of the
    ORM (:meth:`_threads`) and only what hangs on them is read, with sudo.
    """

    _name = "crm.customer.section.contact"
    _inherit = "crm.customer.section"
    _description = "Contact Section of the Customer View"

    _section_key = "contact"
    _section_sequence = 80
    _section_models = ("res.partner",)

    @api.model
    def _section_label(self):
        return self.env._("Contact")

    @api.model
    def _metrics(self):
        return (
            Metric(
                "last_contact_in",
                _lt("Last contact from the customer"),
                "date",
                _lt("Last mail or message that the customer wrote."),
                MESSAGE,
                "date:max",
                headline=True,
            ),
            Metric(
                "last_contact_out",
                _lt("Last contact to the customer"),
                "date",
                _lt("Last mail or message sent to the customer."),
                MESSAGE,
                "date:max",
                headline=True,
            ),
            Metric(
                "next_activity",
                _lt("Next activity"),
                "date",
                _lt("Earliest planned activity that is not overdue."),
                ACTIVITY,
                "date_deadline:min",
            ),
            Metric(
                "overdue_activities",
                _lt("Overdue activities"),
                "count",
                _lt("Planned activities whose day has passed."),
                ACTIVITY,
                "id:count",
                better="less",
            ),
            Metric(
                "mails_in",
                _lt("Mails from the customer"),
                "count",
                _lt("Mails that the customer wrote in the period, at most 1,000."),
                MESSAGE,
                "id:count",
                group="last_contact_in",
            ),
            Metric(
                "mails_out",
                _lt("Mails to the customer"),
                "count",
                _lt("Mails sent to the customer in the period, at most 1,000."),
                MESSAGE,
                "id:count",
                group="last_contact_out",
            ),
            Metric(
                "meetings",
                _lt("Meetings"),
                "count",
                _lt("Meetings with the customer that began in the period."),
                EVENT,
                "id:count",
            ),
            Metric(
                "next_meeting",
                _lt("Next meeting"),
                "date",
                _lt("Earliest meeting with the customer that is yet to begin."),
                EVENT,
                "start:min",
                group="meetings",
            ),
        )

    @api.model
    def _thread_models(self, scope):
        return (("res.partner", "id"),)

    # === FIGURES === #

    @api.model
    def _compute_metrics(self, scope):
        figures = {partner_id: {} for partner_id in scope.partner_ids}
        self._add_plans(scope, figures)
        self._add_messages(scope, figures)
        return figures

    @api.model
    def _thread_names(self, scope):
        """Return the names (list) of the models whose chatter the user may read."""
        return [
            name
            for section in self._all_sections()
            for name, _path in section._thread_models(scope)
            if self._can_read(name)
        ]

    @api.model
    def _kept_threads(self, scope, place, make, names=(), **options):
        """Return kept SQL that joins :meth:`_threads`, see :meth:`_kept`."""
        threads = tuple(self._thread_names(scope))
        names = (*threads, *names)
        return self._kept(scope, (place, threads), make, names, **options)

    @api.model
    def _threads(self, scope):
        """Return SQL of the documents the user may read.

        Columns: model, res_id, partner_id, postable (see :meth:`_post_domain`).

        Raw SQL, because documents of several models are joined at once to what hangs
        on them; each part is the ORM's own search with the user's record rules.
        """
        parts = []
        for section in self._all_sections():
            for name, path in section._thread_models(scope):
                if self._can_read(name):
                    parts.append(self._thread_part(scope, name, path))
        return SQL(" UNION ALL ").join(parts)

    @api.model
    def _thread_part(self, scope, name, path):
        """Return SQL of one model's documents, columns as in :meth:`_threads`."""
        model = self.env[name].with_context(active_test=False)
        query = model._search(Domain(path, "in", list(scope.member_ids)))
        partner = (
            SQL.identifier(model._table, "id")
            if path == "id"
            else model._read_group_groupby(model._table, path, query)
        )
        postable = self._post_domain(name).optimize_full(model.sudo())
        return query.select(
            SQL("%s::varchar AS model", name),
            SQL("%s AS res_id", SQL.identifier(model._table, "id")),
            SQL("%s AS partner_id", partner),
            SQL("%s AS postable", postable._to_sql(model.sudo(), model._table, query)),
        )

    @api.model
    def _post_domain(self, name):
        """Return the documents (Domain) whose activities core shows to the user.

        Core lists the activities of others for who may post on the document, which is
        for most models who may write it.
        """
        operation = getattr(self.env[name], "_mail_post_access", "read")
        if operation == "read" or self.env.su:
            return Domain.TRUE
        if not self.env[name].has_access(operation):
            return Domain.FALSE
        return self.env["ir.rule"]._compute_domain(name, operation)

    @api.model
    def _add_plans(self, scope, figures):
        """Add activities and meetings: what is planned, late and was done."""
        owners = scope.owners()
        plans = {asked: {"activity": {}, "meeting": {}} for asked in scope.partner_ids}
        events = (EVENT,) if self._can_read(EVENT) else ()
        for name in (ACTIVITY, *events):
            self.env[name].flush_model()
        sql = self._kept_threads(
            scope,
            ("plans", events),
            lambda section, pattern: section._plan_query(pattern),
            names=events,
        )
        for kind, partner_id, record_id, moment in self.env.execute_query(sql):
            for owner in owners.get(partner_id, ()):
                plans[owner][kind][record_id] = moment
        for partner_id, found in plans.items():
            days = {key: moment.date() for key, moment in found["activity"].items()}
            figures[partner_id] |= self._activity_figures(scope, days)
            if events:
                figures[partner_id] |= self._meeting_figures(scope, found["meeting"])

    @api.model
    def _plan_query(self, scope):
        """Return SQL of (kind, partner, id, moment) of activities and meetings.

        Raw SQL, because activities hang on documents of several models
        (:meth:`_threads`), and a meeting has several members of one customer.
        """
        activities = SQL(
            """
            SELECT 'activity' AS kind, thread.partner_id, activity.id,
                   activity.date_deadline::timestamp
              FROM mail_activity activity
              JOIN (%s) AS thread ON thread.model = activity.res_model
                                 AND thread.res_id = activity.res_id
             WHERE activity.active AND (thread.postable OR activity.user_id = %s)
            """,
            self._threads(scope),
            self.env.uid,
        )
        if not self._can_read(EVENT):
            return activities
        return SQL("%s UNION ALL %s", activities, self._meeting_query(scope))

    @api.model
    def _activity_figures(self, scope, days):
        """Return the figures of one customer's activities.

        :param days: {activity id: day (date) it is planned for}
        """
        late = sorted(key for key, day in days.items() if day < scope.today)
        coming = [(day, key) for key, day in days.items() if day >= scope.today]
        day, activity_id = min(coming, default=(False, False))
        return {
            "overdue_activities": {
                "value": len(late),
                "domain": [("id", "in", late)],
            },
            "next_activity": {
                "value": day,
                "domain": [("id", "in", [activity_id] if activity_id else [])],
            },
        }

    @api.model
    def _add_messages(self, scope, figures):
        """Add the days of the last message, and the mails of the period, each way."""
        for name in (MESSAGE, "mail.notification"):
            self.env[name].flush_model()
        owners, last, mails = scope.owners(), {}, {}
        sql = self._kept_threads(
            scope,
            "messages",
            lambda section, pattern: section._message_query(pattern),
            # begins with few messages or with few documents, as he has them
            prepared=False,
        )
        for way, partner_id, moment, message_id, mail_ids in self.env.execute_query(
            sql
        ):
            for owner in owners.get(partner_id, ()):
                place, found = (way, owner), (moment, message_id)
                last[place] = max(last.get(place, found), found)
                mails.setdefault(place, set()).update(mail_ids or ())
        for partner_id in scope.partner_ids:
            for way in ("in", "out"):
                moment, message_id = last.get((way, partner_id), (False, False))
                newest = sorted(mails.get((way, partner_id), ()))[-MAX_MAILS:]
                figures[partner_id][f"last_contact_{way}"] = {
                    "value": scope.day_of(moment),
                    "domain": [("id", "in", [message_id] if message_id else [])],
                }
                figures[partner_id][f"mails_{way}"] = {
                    "value": len(newest),
                    "domain": [("id", "in", newest)],
                }

    @api.model
    def _message_query(self, scope):
        """Return SQL of (way, partner, last moment, its id, ids of the mails).

        Way ``in`` is what a member wrote, ``out`` what others sent to a member; both
        on documents that the user may read. Others are all but the members of the
        same customer: who is asked about beside him may have written to him. The
        mails are those of the period.
        """
        heads = scope.member_heads()
        start, end = scope.bounds(scope.period)
        return SQL(
            """
            SELECT way, who, MAX(date), (ARRAY_AGG(id ORDER BY date DESC, id DESC))[1],
                   (ARRAY_AGG(id ORDER BY id DESC) FILTER (
                        WHERE message_type IN %(mails)s
                          AND date >= %(start)s AND date < %(end)s
                   ))[1:%(most)s]
              FROM (
                SELECT 'in' AS way, author_id AS who, date, id,
                       model, res_id, message_type
                  FROM mail_message WHERE author_id IN %(members)s
                 UNION ALL
                SELECT 'out', sent.res_partner_id, message.date,
                       message.id, message.model, message.res_id,
                       message.message_type
                  FROM mail_notification sent
                  JOIN mail_message message ON message.id = sent.mail_message_id
                  JOIN UNNEST(%(ids)s, %(heads)s) AS mine(id, head)
                    ON mine.id = sent.res_partner_id
                  LEFT JOIN UNNEST(%(ids)s, %(heads)s) AS author(id, head)
                    ON author.id = message.author_id
                 WHERE sent.res_partner_id IN %(members)s
                   AND author.head IS DISTINCT FROM mine.head
            ) AS spoken
             WHERE message_type IN %(types)s
               AND EXISTS (SELECT 1 FROM (%(threads)s) AS thread
                            WHERE thread.model = spoken.model
                              AND thread.res_id = spoken.res_id)
             GROUP BY way, who
            """,
            mails=MAILS,
            start=start,
            end=end,
            most=MAX_MAILS,
            members=scope.member_ids,
            ids=list(heads),
            heads=list(heads.values()),
            types=SPOKEN,
            threads=self._threads(scope),
        )

    # === TIMELINE === #

    @api.model
    def _timeline_kinds(self):
        return (
            TimelineKind("mail", _lt("Mails"), "fa-envelope-o"),
            TimelineKind("message", _lt("Messages"), "fa-comment-o"),
            TimelineKind("call", _lt("Calls"), "fa-phone"),
            TimelineKind("meeting", _lt("Meetings"), "fa-calendar"),
            TimelineKind("activity", _lt("Planned activities"), "fa-clock-o"),
        )

    @api.model
    def _timeline_sources(self, scope, partner_id):
        call = Domain("mail_activity_type_id.category", "=", "phonecall")
        mail = Domain("message_type", "in", MAILS) & ~call
        comment = Domain("message_type", "=", "comment") & ~call
        threads = self._threads(scope)
        everything = self._hanging_messages(threads)
        sources = [
            self._message_rows("mail", mail, everything),
            self._message_rows("message", comment, everything),
            self._message_rows("call", call, everything),
            TimelineSource(
                kind="activity",
                model=ACTIVITY,
                domain=Domain.TRUE,
                date="date_deadline",
                title="summary",
                state="activity_type_id",
                partner="",
                search=("summary", "res_name"),
                link=("res_model", "res_id"),
                records=self._hanging_activities(threads),
            ),
        ]
        return sources + self._meeting_sources(scope, partner_id)

    @api.model
    def _hanging_messages(self, threads):
        """Return SQL of the ids of messages on documents that the user may read.

        Raw SQL, see :meth:`_threads`. With sudo, as :meth:`_timeline_model`: the
        documents were searched as the user.
        """
        return SQL(
            """
            (SELECT message.id FROM (%s) AS thread
               JOIN mail_message message
                 ON message.model = thread.model AND message.res_id = thread.res_id)
            """,
            threads,
            to_flush=[self.env[MESSAGE]._fields[name] for name in ("model", "res_id")],
        )

    @api.model
    def _hanging_activities(self, threads):
        """Return SQL of the ids of activities that core shows to the user."""
        names = ("res_model", "res_id", "user_id")
        return SQL(
            """
            (SELECT activity.id FROM (%s) AS thread
               JOIN mail_activity activity ON activity.res_model = thread.model
                AND activity.res_id = thread.res_id
              WHERE thread.postable OR activity.user_id = %s)
            """,
            threads,
            self.env.uid,
            to_flush=[self.env[ACTIVITY]._fields[name] for name in names],
        )

    @api.model
    def _timeline_place(self, scope):
        return tuple(self._thread_names(scope))

    @api.model
    def _timeline_names(self, pattern):
        """Documents are searched with the user's rules; what hangs on them is not."""
        events = [EVENT] if self._can_read(EVENT) else []
        return self._constant_names([*self._thread_names(pattern), *events])

    @api.model
    def _meeting_sources(self, scope, partner_id):
        """Return the source of meetings that are not private to someone else."""
        if not self._can_read(EVENT):
            return []
        return [
            TimelineSource(
                kind="meeting",
                model=EVENT,
                domain=self._meeting_domain(scope.members[partner_id]),
                date="start",
                title="name",
                partner="",
                search=("name",),
            )
        ]

    @api.model
    def _message_rows(self, kind, domain, everything):
        """Return the timeline's source of messages; a click opens their document.

        :param everything: SQL of the ids that all kinds of messages share
        """
        return TimelineSource(
            kind=kind,
            model=MESSAGE,
            domain=domain,
            date="date",
            title="subject",
            partner="author_id",
            search=("subject", "body"),
            link=("model", "res_id"),
            records=everything,
        )

    @api.model
    def _timeline_model(self, source):
        """Read what hangs on documents with sudo: :meth:`_hanging` checked that."""
        model = super()._timeline_model(source)
        return model.sudo() if source.model in (MESSAGE, ACTIVITY) else model

    @api.model
    def _timeline_title(self, source, record):
        if source.model == MESSAGE:
            return record.subject or record.preview or ""
        return super()._timeline_title(source, record)
