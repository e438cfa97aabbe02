# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.options import is_text, show
from ..tools.plain import plain

# A client that repeats a call after a lost answer does so soon; 90 days are kept.
KEEP_DAYS = 90
MAX_KEY_LENGTH = 200


class CrmSuiteClientKey(models.Model):
    """Keys that clients give with calls that create, so that a repeated call answers
    the same record again instead of creating another one.

    The key is unique per company and model. Exactly-once comes from the database:
    the row is inserted in the transaction that creates the record.
    """

    _name = "crm.suite.client.key"
    _description = "Client Key"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    model = fields.Char(required=True)
    key = fields.Char(required=True)
    payload_hash = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="model", string="Record")

    _key_uniq = models.UniqueIndex(
        "(company_id, model, key)",
        "This client key has been used already.",
    )

    @api.model
    def _answer(self, model_name, company, client_key, payload, make):
        """Return the record of ``client_key``, made now by ``make()`` if it is new.

        :param str model_name: model of the record
        :param company: res.company in which the key counts
        :param client_key: str of at most 200 characters; falsy: no key, just make
        :param payload: what the call asked for, of plain types; must be the same when
            the key is repeated
        :param make: function without arguments that returns the new record
        :return: one record of ``model_name``, in the caller's environment
        :raise UserError: the key is no text, too long, was used with another payload,
            or its record is gone

        A second call in parallel waits for the first transaction; then PostgreSQL
        answers it with a serialization failure, Odoo runs it again, and it finds the
        record of the first.
        """
        if client_key in (None, False, ""):
            return make()
        if not is_text(client_key) or len(client_key) > MAX_KEY_LENGTH:
            raise UserError(
                self.env._(
                    "client_key: %(value)s must be a text of at most %(length)s"
                    " characters.",
                    value=show(client_key),
                    length=MAX_KEY_LENGTH,
                )
            )
        digest = self._hash_payload(payload)
        # The user has no rights on keys: they are bookkeeping of calls that he may
        # make. What is answered below is browsed, and checked, in his environment.
        keys = self.sudo()
        row_id = keys._insert(model_name, company, client_key, digest)
        if row_id:
            record = make()
            keys.browse(row_id).res_id = record.id
            return record
        return self._known(model_name, company, client_key, digest)

    def _known(self, model_name, company, client_key, digest):
        """Return the record that an earlier call with this key made."""
        row = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("model", "=", model_name),
                ("key", "=", client_key),
            ]
        )
        if row.payload_hash != digest:
            raise UserError(
                self.env._(
                    "client_key: %(key)s was used for another request; a new request"
                    " needs a new key.",
                    key=client_key,
                )
            )
        record = self.env[model_name].browse(row.res_id).exists()
        if not record:
            raise UserError(
                self.env._(
                    "client_key: the record %(model)s %(id)s that %(key)s made does not"
                    " exist any more.",
                    model=model_name,
                    id=row.res_id,
                    key=client_key,
                )
            )
        record.check_access("read")
        return record

    def _insert(self, model_name, company, client_key, digest):
        """Insert the key; return the id of its row, or False if it was there.

        Raw SQL because the ORM has no ON CONFLICT: a failed insert would abort the
        caller's whole transaction, or cost a savepoint for each call.
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_suite_client_key
                    (company_id, model, key, payload_hash,
                     create_uid, create_date, write_uid, write_date)
                VALUES (%(company)s, %(model)s, %(key)s, %(digest)s,
                        %(uid)s, now() AT TIME ZONE 'UTC',
                        %(uid)s, now() AT TIME ZONE 'UTC')
                ON CONFLICT (company_id, model, key) DO NOTHING
                RETURNING id
                """,
                company=company.id,
                model=model_name,
                key=client_key,
                digest=digest,
                uid=self.env.uid,
            )
        )
        return rows[0][0] if rows else False

    @api.model
    def _hash_payload(self, payload):
        """Return a hex digest that is equal for equal payloads."""
        text = json.dumps(plain(payload), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @api.autovacuum
    def _gc_client_keys(self):
        """Forget keys older than KEEP_DAYS, in chunks; return (done, remaining)."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        domain = [("create_date", "<", limit)]
        old = self.search(domain, limit=10_000)
        old.unlink()
        return len(old), self.search_count(domain, limit=10_000)
