# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools.misc import format_date, format_datetime, formatLang

#: Parts of the page that are printed, and rows of its timeline.
OPTIONS = {"include": ["metrics", "header", "tables"], "timeline_limit": 20}


class ReportCustomerReview(models.AbstractModel):
    """The account review: what ``get_customer_360`` answers the printing user.

    Nothing is computed here: the same declarations, the same rights, the user's own
    language. What the user may not read is not printed.
    """

    _name = "report.crm_extension.report_customer_review"
    _description = "Account Review of a Customer"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the answers of the customers, with every value as people read it."""
        partners = self.env["res.partner"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": "res.partner",
            "docs": partners,
            "reviews": [self._review(partner) for partner in partners],
        }

    @api.model
    def _review(self, partner):
        """Return a customer's answer (dict) with texts in place of plain values."""
        [answer] = partner.get_customer_360(OPTIONS)
        sections = [
            self._section(key, section, answer)
            for key, section in answer["sections"].items()
        ]
        return {
            "name": answer["name"],
            "period": self.env._(
                "%(start)s to %(end)s, amounts in %(currency)s",
                start=self._text(answer["date_from"], "date", answer),
                end=self._text(answer["date_to"], "date", answer),
                currency=answer["currency"],
            ),
            "as_of": self._text(answer["as_of"], "datetime", answer),
            "companies": self.env["res.company"].browse(answer["company_ids"]),
            "stage": (answer.get("header", {}).get("stage") or {}).get("label", ""),
            "notices": answer["notices"],
            "headlines": [
                metric
                for section in sections
                for metric in section["metrics"]
                if metric["headline"]
            ],
            "sections": [s for s in sections if s["metrics"] or s["tables"]],
            "timeline": [
                {
                    **row,
                    "date": self._text(row["date"][:10], "date", answer),
                    "amount": self._amount(row["amount"], row["currency"]),
                }
                for row in answer["timeline"]["rows"]
            ],
        }

    @api.model
    def _section(self, key, section, answer):
        """Return a section (dict): its metrics and tables as texts."""
        return {
            "key": key,
            "label": section["label"],
            "metrics": [
                {
                    **metric,
                    "key": name,
                    "text": self._text(metric["value"], metric["unit"], answer),
                    "items": [
                        {**item, "text": self._text(item["value"], "currency", answer)}
                        for item in metric.get("items") or []
                    ],
                }
                for name, metric in section.get("metrics", {}).items()
            ],
            "tables": [
                self._review_table(table, answer)
                for table in section.get("tables", [])
                if table["rows"]
            ],
        }

    @api.model
    def _review_table(self, table, answer):
        """Return a table (dict) whose rows are lists of texts, as its columns."""
        return {
            **table,
            "rows": [
                [self._cell(row, column, answer) for column in table["columns"]]
                for row in table["rows"]
            ],
        }

    @api.model
    def _cell(self, row, column, answer):
        value = row.get(column["key"], False)
        if column["unit"] == "currency" and row.get("currency"):
            return self._amount(value, row["currency"])
        return self._text(value, column["unit"], answer)

    @api.model
    def _amount(self, value, currency_name):
        """Return an amount in a named currency (str), "" without amount."""
        if value is False:
            return ""
        currency = self.env["res.currency"].search([("name", "=", currency_name)])
        return formatLang(self.env, value, currency_obj=currency)

    @api.model
    def _text(self, value, unit, answer):
        """Return a value of the API as people read it (str), "–" where none is."""
        if value is False or value == "":
            return "–"
        if unit == "currency":
            currency = self.env["res.currency"].browse(answer["currency_id"])
            return formatLang(self.env, value, currency_obj=currency)
        if unit == "date":
            return format_date(self.env, value[:10])
        if unit == "datetime":
            moment = fields.Datetime.to_datetime(value)
            return format_datetime(self.env, moment, dt_format="short")
        if unit == "percent":
            return f"{formatLang(self.env, value, digits=1)} %"
        if unit == "days":
            if value == 1:
                return self.env._("1 day")
            number = formatLang(self.env, value, digits=1)
            return self.env._("%(number)s days", number=number)
        if unit == "count":
            return formatLang(self.env, value, digits=0)
        return str(value) if isinstance(value, str) else formatLang(self.env, value)
