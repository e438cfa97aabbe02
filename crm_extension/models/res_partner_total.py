# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.options import Option, check_options, show

TOTAL_OPTIONS = {
    "aggregate": Option("str", required=True),
    "sign": Option("int", minimum=-1, maximum=1),
    "date": Option("str"),
    "currency": Option("str"),
    "feet": Option("list", maximum=20),
}


class ResPartner(models.Model):
    """The total of the list behind a figure of several currencies."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    @api.readonly
    def get_customer_figure_total(self, model, domain, options):
        """Return the total of records as the figure that lists them converts it.

        Read with the caller's rights, over the companies of the context, in the
        currency of the first.

        :param str model: the figure's ``model``
        :param list domain: the figure's ``domain``, or a part of its records
        :param dict options: ``aggregate`` (the figure's: a sum of a monetary field)
            and ``sign``, and what the figure has under ``conversion``: ``date``, the
            field whose day gives the rate ("" for today's), ``currency``, the field of
            the amounts' currency ("" for the company's), ``feet``, domains whose
            totals are rounded one by one, as the parts of the figure are
        :return: dict ``count`` (records), ``value`` and ``currency_id``
        :raise AccessError: portal users, a model or field that one may not read
        :raise UserError: arguments that are not valid, each by name
        """
        self._check_customer_360_access()
        options = check_options(self.env, options, TOTAL_OPTIONS)
        scope = self.browse()._customer_scope({})
        records = self._total_records(model, scope)
        amount = self._total_field(records, "aggregate", options["aggregate"])
        groups = ["company_id"]
        if options.get("currency"):
            groups.append(self._total_field(records, "currency", options["currency"]))
        if options.get("date"):
            groups.append(f"{self._total_field(records, 'date', options['date'])}:day")
        domain = self._total_domain(records, "domain", domain)
        feet = options.get("feet", ())
        feet = [self._total_domain(records, "feet", foot) for foot in feet]
        currency, value = self.env.company.currency_id, 0.0
        for foot in feet or [Domain.TRUE]:
            rows = self._total_rows(records, domain & foot, groups, amount)
            value += currency.round(self._total_converted(scope, rows, options))
        return {
            "count": records.search_count(domain),
            "value": currency.round(value) or 0.0,
            "currency_id": currency.id,
        }

    @api.model
    def _total_rows(self, records, domain, groups, amount):
        """Return the groups with their sums; refuse what the database cannot tell."""
        try:
            return records._read_group(domain, groups, [f"{amount}:sum"])
        except ValueError as error:
            raise UserError(
                self.env._(
                    "options: %(fields)s of %(model)s cannot be added up by the"
                    " database.",
                    fields=", ".join([amount, *groups[1:]]),
                    model=records._name,
                )
            ) from error

    @api.model
    def _total_converted(self, scope, rows, options):
        """Return the sum of groups with its sign, converted as the figure is."""
        figures = self.env["crm.customer.figures"]
        companies = figures._currencies(scope)
        found = []
        for company, *others, amount in rows:
            company_id = company.id or scope.company_ids[0]
            currency_id = companies[company_id]
            if options.get("currency"):
                currency_id = others.pop(0).id or currency_id
            day = others.pop() if others else scope.today
            day = day.date() if hasattr(day, "date") else day
            found.append((amount or 0.0, currency_id, company_id, day or scope.today))
        rates = figures._rate_table(scope, {row[1] for row in found})
        return options.get("sign", 1) * sum(
            rates.convert(amount, currency_id, scope.currency_id, company_id, day)
            for amount, currency_id, company_id, day in found
        )

    @api.model
    def _total_records(self, model, scope):
        """Return the model (empty recordset) that is added up; refuse others."""
        records = self.env.get(model) if isinstance(model, str) else None
        if records is None or records._abstract or "company_id" not in records._fields:
            raise UserError(
                self.env._(
                    "model: %(value)s has no list of a figure.", value=show(model)
                )
            )
        records.check_access("read")
        return records.with_context(tz=scope.zone)

    @api.model
    def _total_field(self, records, argument, text):
        """Return the name of the field that an argument names; refuse others."""
        kinds = {
            "aggregate": ("monetary",),
            "currency": ("many2one",),
            "date": ("date", "datetime"),
        }
        name, _colon, function = text.partition(":")
        field = records._fields.get(name)
        summed = (
            function in ("sum", "sum_currency") if argument == "aggregate" else True
        )
        known = field and field.type in kinds[argument]
        if known and argument == "currency":
            known = field.comodel_name == "res.currency"
        if not known or not summed:
            raise UserError(
                self.env._(
                    "options[%(key)s]: %(value)s is no such field of %(model)s.",
                    key=repr(argument),
                    value=show(text),
                    model=records._name,
                )
            )
        records._check_field_access(field, "read")
        return name

    @api.model
    def _total_domain(self, records, argument, domain):
        """Return a Domain of a caller's list; refuse what is none of the records."""
        if isinstance(domain, list | tuple):
            try:
                found = Domain(domain)
                found.validate(records)
                return found
            except (ValueError, TypeError):
                domain = list(domain)
        raise UserError(
            self.env._(
                "%(argument)s: %(value)s is not a domain.",
                argument=argument,
                value=show(domain),
            )
        )
