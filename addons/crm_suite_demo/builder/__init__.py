# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Builds the demo company's past. Read :mod:`.story` first."""

from . import (
    accounting,
    catalogue,
    customers,
    mails,
    people,
    pipeline,
    sales,
    subscriptions,
    tickets,
    world,
)
from .story import Clock, Story


def build(env):
    """Make the company and live through its 24 months.

    :param env: superuser environment of a database without orders and entries
    """
    story = Story(env)
    with story.step("language"):
        world.make_language(story)
    with Clock(env.cr, story.start) as clock:
        with story.step("company"):
            world.make_company(story)
            world.make_currencies(story)
        with story.step("people, customers, products"):
            people.make_staff(story)
            customers.make_customers(story)
            people.make_portal_users(story)
            catalogue.make_products(story)
            subscriptions.make_plans(story)
            tickets.make_desk(story)
        with story.step("24 months"):
            catalogue.plan_stock(story)
            sales.plan_orders(story)
            sales.plan_returns(story)
            accounting.plan_bookings(story)
            accounting.plan_allowances(story)
            pipeline.plan_pipeline(story)
            subscriptions.plan_subscriptions(story)
            tickets.plan_tickets(story)
            story.play(clock)
    with story.step("today"):
        subscriptions.sync_mrr(story)
        mails.settle_mails(story)
    return story
