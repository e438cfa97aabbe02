# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.crm_extension.engine.timeline import (
    COUNT_LIMIT,
    Cursor,
    cap,
    merge,
    moment_text,
)

START = datetime(2026, 1, 1)
ROWS = st.lists(
    st.builds(
        lambda minutes, kind, res_id: {
            "date": moment_text(START + timedelta(minutes=minutes)),
            "kind": kind,
            "source": f"model.{kind}",
            "id": res_id,
        },
        st.integers(min_value=0, max_value=5),
        st.sampled_from(["invoice", "order", "mail"]),
        st.integers(min_value=1, max_value=10),
    ),
    max_size=40,
    unique_by=lambda row: (row["kind"], row["id"]),
)


class TestTimelineEngine(BaseCase):
    def test_dates_stand_at_midnight(self):
        self.assertEqual(moment_text(date(2026, 2, 3)), "2026-02-03 00:00:00")
        self.assertEqual(moment_text(datetime(2026, 2, 3, 4)), "2026-02-03 04:00:00")

    def test_cursor_there_and_back(self):
        cursor = Cursor("2026-02-03 04:05:06", "mail", "mail.message", 7)
        self.assertEqual(Cursor.parse(cursor.dump()), cursor)
        self.assertEqual(cursor.when, datetime(2026, 2, 3, 4, 5, 6))

    def test_what_is_no_cursor_is_refused(self):
        for text in (
            *("", "x", "2026-02-03|mail|m|1", "2026-02-03 04:05:06|mail|m|x"),
            "2026-02-03 04:05:06|mail|m|2147483648",
            "9999-12-31 23:59:59|mail|m|1",
        ):
            with self.subTest(text=text), self.assertRaises(ValueError):
                Cursor.parse(text)

    def test_cap(self):
        self.assertEqual(cap(COUNT_LIMIT), (COUNT_LIMIT, False))
        self.assertEqual(cap(COUNT_LIMIT + 1), (COUNT_LIMIT, True))

    def test_the_last_page_has_no_next(self):
        row = {"date": "2026-01-01 00:00:00", "kind": "a", "source": "m", "id": 1}
        self.assertEqual(merge([row], 1), ([row], None))
        self.assertEqual(merge([], 5), ([], None))

    @given(ROWS, st.integers(min_value=1, max_value=7))
    def test_paging_gives_every_row_once_in_order(self, rows, limit):
        """Page after page is the whole list, newest first, whatever the page size."""
        pages, rest, cursor = [], rows, True
        while cursor:
            page, cursor = merge(rest, limit)
            self.assertLessEqual(len(page), limit)
            pages += page
            if cursor:
                place = Cursor.parse(cursor)
                rest = [row for row in rows if Cursor.of(row) < place]
        self.assertEqual(pages, sorted(rows, key=Cursor.of, reverse=True))
        moments = [row["date"] for row in pages]
        self.assertEqual(moments, sorted(moments, reverse=True))
