# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Conversion of amounts by a table of dated rates, without a query per date."""

from bisect import bisect_right


class RateTable:
    """Rates of currencies per company and day, looked up as Odoo's ledger does.

    A rate says how many units of a currency one unit of the base currency is worth.
    Of a day's rates the company's own go before the shared ones (company None); before
    the first rate of a currency its first one counts. A company without any rate is
    converted at the rates of ``fallback``; a currency that nobody rates counts 1.

    :param rows: iterable of (currency_id, company_id or None, date, rate)
    :param fallback: id of the company whose rates serve companies without rates
    """

    def __init__(self, rows, fallback=None):
        self._dated = {}
        self._fallback = fallback
        rows = list(rows)
        self._rated = {row[1] for row in rows}
        for currency, company, day, rate in sorted(rows, key=lambda row: row[2]):
            days, rates = self._dated.setdefault((currency, company), ([], []))
            days.append(day)
            rates.append(rate)

    def rate(self, currency, company, day):
        """Return the rate (float) of ``currency`` for ``company`` on ``day``."""
        if company not in self._rated and None not in self._rated:
            company = self._fallback
        tables = [self._dated.get((currency, owner)) for owner in (company, None)]
        for table in filter(None, tables):
            position = bisect_right(table[0], day)
            if position:
                return table[1][position - 1]
        for table in filter(None, tables):
            return table[1][0]
        return 1.0

    def convert(self, amount, source, target, company, day):
        """Return ``amount`` of currency ``source`` in ``target``, not rounded."""
        if source == target or not amount:
            return amount
        divisor = self.rate(source, company, day)
        return amount * self.rate(target, company, day) / divisor
