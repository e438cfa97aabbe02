# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tours' ``checkWidth`` asks, of pages without the web client."""

import json

_FITS = """
const page = document.scrollingElement;
if (page.scrollWidth > window.innerWidth) {
    throw new Error(`the page is ${page.scrollWidth} pixels wide`);
}
for (const element of document.querySelectorAll(%s)) {
    const {textOverflow} = getComputedStyle(element);
    const wider = element.clientWidth && element.scrollWidth > element.clientWidth + 1;
    const {left, right} = element.getBoundingClientRect();
    const leaf = !element.children.length && element.textContent.trim();
    const beyond = leaf && left < window.innerWidth && right > window.innerWidth + 1;
    const cut = beyond || (wider && textOverflow === "ellipsis");
    // where one is may be shortened: the title stands below it
    if (cut && element.checkVisibility() && !element.closest(".breadcrumb")) {
        throw new Error(`cut: ${element.outerHTML}`);
    }
}
for (const text of %s) {
    if (!document.body.innerText.includes(text)) {
        throw new Error(`${text} is not in ${document.body.innerText}`);
    }
}
console.log("test successful");
"""


def check_fits(inside, *texts):
    """Return JavaScript for ``browser_js``: nothing scrolls sideways or is cut, and the
    texts are shown.

    :param str inside: CSS selector of the elements that are looked at
    """
    return _FITS % (json.dumps(inside), json.dumps(texts))
