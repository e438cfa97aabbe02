# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.exceptions import BadRequest

from odoo import models


class IrHttp(models.AbstractModel):
    """Addresses that no database can hold are refused before anything looks them up."""

    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        """Return core's route of a path.

        Core looks up what no route answers, and every 404, among the attachments and
        pages: with a zero byte that is a server error.

        :raise BadRequest: the path has a zero byte
        """
        if "\x00" in path_info:
            raise BadRequest()
        return super()._match(path_info)
