# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL


class ServiceSettlement(models.Model):
    """Which deliveries and invoices were settled from tickets, and how often.

    The row of a document is written before it is looked at what can still be returned
    or credited. A second transaction that began before the first was committed cannot
    see what that one made; writing the same row it fails with a serialization error,
    Odoo runs it again, and then it sees it. So nothing is settled twice.
    """

    _name = "service.settlement"
    _description = "Settlement of a Document"
    _rec_name = "model"

    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="model", required=True, readonly=True
    )
    settlements = fields.Integer(readonly=True, required=True, default=1)

    _document_uniq = models.UniqueIndex(
        "(model, res_id)", "This document is being settled already."
    )

    @api.model
    def _hold(self, document):
        """Settle ``document`` (one record) in this transaction, and in no other.

        Raw SQL because the ORM has no ON CONFLICT: without it two first settlements
        would meet in a unique violation, which is no error that is retried.
        """
        document.ensure_one()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO service_settlement
                    (model, res_id, settlements,
                     create_uid, create_date, write_uid, write_date)
                VALUES (%(model)s, %(res_id)s, 1,
                        %(uid)s, now() AT TIME ZONE 'UTC',
                        %(uid)s, now() AT TIME ZONE 'UTC')
                ON CONFLICT (model, res_id) DO UPDATE
                    SET settlements = service_settlement.settlements + 1,
                        write_uid = %(uid)s,
                        write_date = now() AT TIME ZONE 'UTC'
                RETURNING id
                """,
                model=document._name,
                res_id=document.id,
                uid=self.env.uid,
            )
        )
        self.invalidate_model(["settlements"])
