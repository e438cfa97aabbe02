# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The customer's page in a real browser shows what RPC answers, to each reader."""

import shutil
import sys
from pathlib import Path

import pytest
from rpc import Portal
from story_steps import customer_360

DOCS = Path(__file__).parent.parent / "docs"
READ_FIGURES = """
Object.fromEntries(
    [...document.querySelectorAll(".o_crm_360 [data-key][data-value]")].map(
        (element) => [element.dataset.key, element.dataset.value]
    )
)
"""


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium, driven as for the screenshots."""
    sys.path.insert(0, str(DOCS))
    from screenshots import BROWSERS, Browser

    if not any(map(shutil.which, BROWSERS)):
        pytest.skip("there is no Chromium")
    with Browser() as chromium:
        yield chromium


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("role", ["salesperson", "agent", "accountant"])
def test_the_page_shows_what_rpc_answers(
    company, browser, opportunity, credit, ticket, role, width
):
    """Story 6: each reader's tiles are the figures of his own 360 answer."""
    client = company.client(role)
    session = Portal(company.url, company.db, client.login, client.password)
    browser.size(width, 900)
    browser.log_in(company.url, session.http.cookies["session_id"])
    browser.open(
        f"{company.url}/odoo/customer-360/{opportunity.partner}", ".o_crm_360_header"
    )
    shown = browser.evaluate(READ_FIGURES)
    answer = customer_360(client, opportunity.partner)
    figures = {
        key: figure["value"]
        for section in answer["sections"].values()
        for key, figure in section["metrics"].items()
    }
    assert shown
    assert set(shown) <= set(figures)
    for key, text in shown.items():
        value = figures[key]
        if isinstance(value, str) or value is False:
            assert text == str(value or "false")
        else:
            assert float(text) == pytest.approx(value), key
    assert ("revenue" in shown) == (role == "accountant")
    assert ("margin" in shown) == (role != "agent")
    assert "open_tickets" in shown
    overflow = "document.documentElement.scrollWidth > window.innerWidth"
    assert browser.evaluate(overflow) is False
