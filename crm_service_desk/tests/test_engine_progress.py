# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import doctest
import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import progress
from odoo.addons.crm_service_desk.engine.progress import Documents, settled, step

KINDS = ("return", "exchange", "replacement", "repair", "credit")
TRANSFERS = ("draft", "waiting", "confirmed", "assigned", "done", "cancel")
documents = st.builds(
    Documents,
    goods_in=st.sampled_from((None, *TRANSFERS)),
    goods_out=st.lists(st.sampled_from(TRANSFERS), max_size=3).map(tuple),
    order=st.sampled_from((None, "draft", "sent", "sale", "cancel")),
    credit=st.sampled_from((None, "draft", "posted", "cancel")),
    repair=st.sampled_from(
        (None, "draft", "confirmed", "under_repair", "done", "cancel")
    ),
    paid=st.booleans(),
)


class TestProgress(unittest.TestCase):
    def test_doctests(self):
        self.assertEqual(doctest.testmod(progress).failed, 0)

    @given(st.sampled_from(KINDS), documents)
    def test_what_is_not_made_has_no_documents(self, kind, facts):
        for state in (progress.REQUESTED, progress.REFUSED):
            self.assertEqual(step(kind, state, facts), state)
        self.assertFalse(settled(kind, progress.REQUESTED))
        self.assertTrue(settled(kind, progress.REFUSED))

    @given(st.sampled_from(KINDS))
    def test_without_documents_it_is_off(self, kind):
        self.assertEqual(step(kind, "made", Documents()), progress.CANCELLED)

    @given(documents)
    def test_exchange_is_settled_when_both_ways_are_done(self, facts):
        reached = step("exchange", "made", facts)
        live = [state for state in facts.goods_out if state != "cancel"]
        sent = bool(live) and all(state == "done" for state in live)
        back = facts.goods_in in (None, "done", "cancel")
        self.assertEqual(reached == progress.REPLACED, sent and back)
        self.assertEqual(reached == progress.CANCELLED, not live)

    @given(documents)
    def test_return_is_settled_when_received(self, facts):
        reached = step("return", "made", facts)
        self.assertEqual(
            settled("return", reached), facts.goods_in in (None, "done", "cancel")
        )

    @given(documents)
    def test_a_quotation_is_no_replacement(self, facts):
        reached = step("replacement", "made", facts)
        if facts.order in ("draft", "sent"):
            self.assertEqual(reached, progress.QUOTED)
        elif facts.order in (None, "cancel"):
            # Its order is off: what was sent stays sent.
            sent = "done" in facts.goods_out
            self.assertEqual(reached, progress.REPLACED if sent else progress.CANCELLED)

    @given(documents)
    def test_a_draft_credits_nothing(self, facts):
        reached = step("credit", "made", facts)
        credited = reached in (progress.CREDITED, progress.PAID)
        self.assertEqual(credited, facts.credit == "posted")
        self.assertEqual(settled("credit", reached), facts.credit != "draft")

    @given(documents)
    def test_repair_is_done_when_the_order_is(self, facts):
        reached = step("repair", "made", facts)
        self.assertEqual(reached == progress.REPAIRED, facts.repair == "done")
        if reached == progress.QUOTED:
            self.assertEqual(facts.repair, "draft")
