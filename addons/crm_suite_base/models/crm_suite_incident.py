# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import SQL

from ..tools.chunks import NOT_PARKED
from ..tools.obstacle import SOURCE, Texts, name_in, unpack

LANGUAGES = 5  # in which other code is asked what it refuses


class _Undo(Exception):
    """Work that was done to hear what it says is taken back."""


class CrmSuiteIncident(models.Model):
    """What was parked, quarantined or failed, with its next step: the health page.

    There is one open row per record and kind, however often it happens again. The
    products report and settle; people only read and follow the link. What has a code
    is told to each reader in his language, all else as it was reported.
    """

    _name = "crm.suite.incident"
    _description = "Parked or Failed Work"
    _order = "last_seen desc, id desc"
    _rec_name = "kind"

    kind = fields.Char(required=True, readonly=True, index=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    record_name = fields.Char(string="Concerns", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    reason = fields.Text(string="Reported Reason", required=True, readonly=True)
    next_step = fields.Text(string="Reported Next Step", readonly=True)
    reason_code = fields.Char(readonly=True)
    reason_values = fields.Json(readonly=True)
    reason_told = fields.Text(
        string="Reason",
        compute="_compute_told",
        help="In the language of who reads it.",
    )
    next_step_told = fields.Text(string="Next Step", compute="_compute_told")
    state = fields.Selection(
        [("open", "Open"), ("settled", "Settled")],
        default="open",
        required=True,
        readonly=True,
    )
    occurrences = fields.Integer(default=1, readonly=True)
    first_seen = fields.Datetime(
        default=fields.Datetime.now, required=True, readonly=True
    )
    last_seen = fields.Datetime(
        default=fields.Datetime.now, required=True, readonly=True
    )
    settled_on = fields.Datetime(readonly=True)

    _open_uniq = models.UniqueIndex(
        "(res_model, res_id, kind) WHERE state = 'open'",
        "This record has an open incident of this kind already.",
    )

    @api.depends("reason", "next_step", "reason_code", "reason_values")
    @api.depends_context("lang")
    def _compute_told(self):
        for incident in self:
            reported = incident.reason, incident.next_step
            told = self._tell(incident.reason_code, incident.reason_values)
            incident.reason_told, incident.next_step_told = told or reported

    @api.model
    def _get_messages(self):
        """Return {code: (reason, next step)}, in the language of the environment, with
        the names of their values as in ``"%(record)s"``. The products add theirs."""
        return {}

    @api.model
    def _tell(self, code, values):
        """Return (reason, next step) of a code with its packed values, or None where
        the code is not known any more, or asks for other values by now."""
        found = self._get_messages().get(code) if code else None
        if not found:
            return None
        known = {key: unpack(self.env, value) for key, value in (values or {}).items()}
        try:
            return tuple(text % known for text in found)
        except KeyError:
            return None

    @api.model
    def _report_obstacle(self, record, kind, obstacle):
        """Note that an :class:`Obstacle` keeps work on ``record`` from being done; see
        :meth:`_report`. Return the open incident."""
        incident = self._report(record, kind, obstacle.reason, obstacle.next_step)
        incident.write({"reason_code": obstacle.code, "reason_values": obstacle.values})
        return incident

    # === WHAT OTHER CODE SAYS === #
    @api.model
    def _get_words(self, record, kind, error, work):
        """Return what refused the work, in the languages in which it may be read
        (:class:`Texts`), with the name of ``record`` in it.

        The words of other code are translated where they are raised, in the language of
        who works. In the languages of others the work is tried once more, and taken
        back; not again as long as it is refused in the same words.

        :param record: the one record that was worked on
        :param str kind: of its incident
        :param error: the :class:`UserError` or :class:`RedirectWarning` raised
        :param work: function of the record, which was rolled back
        """
        record.ensure_one()
        own = self.env.lang or SOURCE
        texts = Texts({own: name_in(record, str(error.args[0]))})
        known = self._get_known_words(record, kind)
        if known.get(own) != texts[own]:
            known = {}
        for lang in self._get_readers_languages():
            if lang not in texts:
                texts[lang] = known.get(lang) or self._ask_again(
                    record.with_context(lang=lang), work, texts[own]
                )
        return texts

    @api.model
    def _get_known_words(self, record, kind):
        """Return the texts by language of the open incident of ``record`` (dict)."""
        # See _report: the page is the machine's.
        incident = self.sudo().search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("kind", "=", kind),
                ("state", "=", "open"),
            ]
        )
        text = (incident.reason_values or {}).get("text")
        return text.get("texts", {}) if isinstance(text, dict) else {}

    @api.model
    def _get_readers_languages(self):
        """Return the codes of the languages that most internal users read (list)."""
        # Which languages are spoken is no secret.
        partners = self.env["res.partner"].sudo()
        spoken = partners._read_group(
            [("user_ids", "any", [("share", "=", False)])],
            ["lang"],
            order="__count DESC",
            limit=LANGUAGES,
        )
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        return [lang for [lang] in spoken if lang in installed]

    @api.model
    def _ask_again(self, record, work, fallback):
        """Return what ``work(record)`` is refused with (str), and take it back."""
        try:
            with self.env.cr.savepoint():
                work(record)
                raise _Undo
        except (UserError, RedirectWarning) as error:
            return name_in(record, str(error.args[0]))
        except NOT_PARKED:
            raise
        except Exception:
            return fallback

    @api.model
    def _report(self, record, kind, reason, next_step=""):
        """Note that work on ``record`` could not be done; return the open incident.

        Raw SQL because the ORM has no ON CONFLICT: two jobs that report the same
        record in parallel must make one row, and not end in an integrity error that
        rolls the work of one of them back.

        :param record: the one record concerned, of any model
        :param str kind: ``<addon>.<what>``, for example ``crm_subscription.parked``
        :param str reason: what is wrong, naming record and field; without amounts,
            since readers of the page need not be allowed to read the record's money
        :param str next_step: what a person should do
        """
        record.ensure_one()
        # The page is written by the machine on behalf of whoever ran the job; nobody
        # has the right to write it by hand. The name and the company of the record
        # are what makes a row findable; they carry no amounts.
        known = record.sudo()
        company = known.company_id if "company_id" in record._fields else None
        self.flush_model()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_suite_incident
                    (res_model, res_id, kind, state, record_name, company_id, reason,
                     next_step, occurrences, first_seen, last_seen,
                     create_uid, create_date, write_uid, write_date)
                VALUES (%(model)s, %(id)s, %(kind)s, 'open', %(name)s, %(company)s,
                        %(reason)s, %(next_step)s, 1, %(now)s, %(now)s,
                        %(uid)s, %(now)s, %(uid)s, %(now)s)
                ON CONFLICT (res_model, res_id, kind) WHERE state = 'open'
                DO UPDATE SET
                    occurrences = crm_suite_incident.occurrences + 1,
                    record_name = EXCLUDED.record_name,
                    company_id = EXCLUDED.company_id,
                    reason = EXCLUDED.reason,
                    next_step = EXCLUDED.next_step,
                    reason_code = NULL,
                    reason_values = NULL,
                    last_seen = EXCLUDED.last_seen,
                    write_uid = EXCLUDED.write_uid,
                    write_date = EXCLUDED.write_date
                RETURNING id
                """,
                model=record._name,
                id=record.id,
                kind=kind,
                name=known.display_name,
                company=company.id if company else None,
                reason=reason,
                next_step=next_step,
                now=now,
                uid=self.env.uid,
            )
        )
        incident = self.sudo().browse(rows[0][0])
        incident.invalidate_recordset()
        return incident

    @api.model
    def _settle(self, records, kind):
        """Close the open incidents of ``kind`` of ``records``; return them."""
        # See _report: only the machine writes this page.
        incidents = self.sudo().search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("kind", "=", kind),
                ("state", "=", "open"),
            ]
        )
        incidents.write({"state": "settled", "settled_on": fields.Datetime.now()})
        return incidents

    def action_open_record(self):
        """Return the action that opens the record concerned, with the user's rights.

        :raise AccessError: the user may not read that record
        """
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id)
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
