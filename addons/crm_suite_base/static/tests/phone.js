/** What browser tests ask of a page at 390 pixels. */

const SCROLLS = ["auto", "scroll"];
const describe = (element) =>
    `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 60)}`;

/**
 * Nothing scrolls sideways, no text is cut, and no line ends beyond the window.
 * @param {String} selector what is looked at, with all in it
 */
export function checkWidth(selector) {
    const {documentElement} = document;
    if (documentElement.scrollWidth > window.innerWidth) {
        throw new Error(`the page is ${documentElement.scrollWidth} pixels wide`);
    }
    const root = document.querySelector(selector);
    if (!root) {
        throw new Error(`${selector} is not on the page`);
    }
    for (const element of [root, ...root.querySelectorAll("*")]) {
        if (!element.checkVisibility() || element.matches("input, textarea, select")) {
            continue;
        }
        const {overflowX, textOverflow} = getComputedStyle(element);
        const wider =
            element.clientWidth && element.scrollWidth > element.clientWidth + 1;
        if (wider && SCROLLS.includes(overflowX)) {
            throw new Error(`scrolls sideways: ${describe(element)}`);
        }
        if (wider && textOverflow === "ellipsis") {
            throw new Error(`is cut: ${describe(element)}`);
        }
        const {left, right} = element.getBoundingClientRect();
        const isText = !element.children.length && element.textContent.trim();
        if (isText && left < window.innerWidth && right > window.innerWidth + 1) {
            throw new Error(`ends beyond the window: ${describe(element)}`);
        }
    }
}

/**
 * Texts that a reader must find.
 * @param {String} selector where
 * @param {String[]} texts
 */
export function checkTexts(selector, texts) {
    const shown = document.querySelector(selector).innerText;
    const missing = texts.filter((text) => !shown.includes(text));
    if (missing.length) {
        throw new Error(`not on the page: ${missing.join(", ")}; but ${shown}`);
    }
}
