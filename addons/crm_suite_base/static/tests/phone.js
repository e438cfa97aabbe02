/** What browser tests ask of a page at 390 pixels. */

const SCROLLS = ["auto", "scroll"];
const describe = (element) =>
    `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 60)}`;

/**
 * Columns that are swiped, of which the others lie beside the window.
 */
const isSwiped = (element) => getComputedStyle(element).scrollSnapType.startsWith("x");

/**
 * The box within which an element must stay: the window, or its column of those that
 * are swiped, which must itself fit into the window.
 */
function frameOf(element, strips) {
    const strip = strips.find((one) => one !== element && one.contains(element));
    const column = strip && [...strip.children].find((one) => one.contains(element));
    if (!column) {
        return {left: 0, right: window.innerWidth};
    }
    const frame = column.getBoundingClientRect();
    if (frame.width > window.innerWidth + 1) {
        throw new Error(`is wider than the window: ${describe(column)}`);
    }
    return frame;
}

function checkElement(element, strips) {
    const {overflowX, textOverflow} = getComputedStyle(element);
    const wider = element.clientWidth && element.scrollWidth > element.clientWidth + 1;
    if (wider && SCROLLS.includes(overflowX) && !strips.includes(element)) {
        throw new Error(`scrolls sideways: ${describe(element)}`);
    }
    if (wider && textOverflow === "ellipsis") {
        throw new Error(`is cut: ${describe(element)}`);
    }
    if (!element.children.length && element.textContent.trim()) {
        const {left, right} = element.getBoundingClientRect();
        const frame = frameOf(element, strips);
        if (left < frame.right && right > frame.right + 1) {
            throw new Error(`ends beyond the window: ${describe(element)}`);
        }
    }
}

/**
 * Nothing scrolls sideways, no text is cut, and no line ends beyond the window. Columns
 * that are swiped one by one are looked at each for itself.
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
    const elements = [root, ...root.querySelectorAll("*")];
    const strips = elements.filter(isSwiped);
    for (const element of elements) {
        if (element.checkVisibility() && !element.matches("input, textarea, select")) {
            checkElement(element, strips);
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
