import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";

const MAX_TILES = 14;
const PAGE = ".o_crm_360_body:not(.o_crm_360_stale)";

/**
 * Ask the external API for the same customer, as the same user.
 * @param {Number} partnerId
 * @returns {Promise<Object>} sections of the answer
 */
async function askApi(partnerId) {
    const [answer] = await rpc("/web/dataset/call_kw/res.partner/get_customer_360", {
        model: "res.partner",
        method: "get_customer_360",
        args: [[partnerId], {timeline_limit: 0}],
        kwargs: {},
    });
    return answer.sections;
}

/** Compare every figure on the page with what the API gives the same user. */
async function compareFigures() {
    const body = document.querySelector(PAGE);
    const sections = await askApi(parseInt(body.dataset.partner, 10));
    let compared = 0;
    for (const [name, section] of Object.entries(sections)) {
        for (const [key, metric] of Object.entries(section.metrics)) {
            const row = body.querySelector(
                `[data-section="${name}"] .o_crm_360_metric[data-key="${key}"]`
            );
            const shown = row?.dataset.value ?? "false";
            if (!row || shown !== String(metric.value)) {
                throw new Error(`${name}.${key}: ${shown} is not ${metric.value}`);
            }
            compared += 1;
        }
    }
    const onPage = body.querySelectorAll(".o_crm_360_metric").length;
    if (!compared || compared !== onPage) {
        throw new Error(`${onPage} figures on the page, ${compared} in the answer`);
    }
    checkWidth();
}

/** Nothing is wider than the window. */
function checkWidth() {
    const content = document.querySelector(".o_crm_360_content");
    if (
        content.scrollWidth > content.clientWidth ||
        document.documentElement.scrollWidth > window.innerWidth
    ) {
        throw new Error("the page scrolls sideways");
    }
    for (const table of document.querySelectorAll(".o_crm_360_scroll")) {
        if (table.scrollWidth > table.clientWidth && window.innerWidth < 500) {
            throw new Error(`scrolls sideways: ${table.textContent}`);
        }
    }
}

/**
 * @param {String} selector
 * @returns {Promise<Element>} what it finds, as soon as it is there
 */
async function shown(selector) {
    for (let tries = 0; tries < 200; tries++) {
        const found = document.querySelector(selector);
        if (found) {
            return found;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${selector} is not shown`);
}

/** @returns {Number[]} the totals at the foot of the open list */
function listTotals() {
    const cells = [...document.querySelectorAll(".o_list_view tfoot td")];
    return cells
        .map((cell) => cell.textContent.replace(/[^-\d.]/g, ""))
        .filter(Boolean)
        .map(parseFloat);
}

/**
 * @param {Object} metric as the API gives it
 * @returns {Boolean} whether the list of this figure adds it up
 */
function isSum(metric) {
    const how = (metric.aggregate || "").split(":")[1];
    return how === "sum" && metric.unit === "currency";
}

/**
 * Compare the list behind a figure with the figure.
 * @param {String} key
 * @param {String} text value of the tile
 * @param {Object} metric as the API gives it
 * @returns {Promise<String>} how: "empty", "count", "sum", or "rows" of a ratio or day
 */
async function compareList(key, text, metric) {
    const list = await shown(".o_list_view .o_list_renderer");
    const rows = list.querySelectorAll(".o_data_row").length;
    const value = text === "false" ? 0 : parseFloat(text);
    if (!value && !rows) {
        return "empty";
    }
    if (!rows) {
        throw new Error(`${key}: ${text}, and the list is empty`);
    }
    if (metric.aggregate === "id:count") {
        const total = document.querySelector(".o_pager_limit").textContent;
        if (parseInt(total, 10) !== value) {
            throw new Error(`${key}: ${text}, and ${total} records`);
        }
        return "count";
    }
    if (isSum(metric)) {
        const totals = listTotals();
        if (!totals.some((total) => Math.abs(total - value) < 0.005)) {
            throw new Error(`${key}: ${text}, and totals ${totals.join(" ")}`);
        }
        return "sum";
    }
    if (text === "false") {
        throw new Error(`${key}: nothing, and ${rows} rows`);
    }
    return "rows";
}

/** How the list of each tile was compared: {key: how}. */
const compared = new Map();

/**
 * Open the list of one tile, compare the totals, and come back.
 * @param {Number} index which tile
 */
async function compareTile(index) {
    const body = document.querySelector(PAGE);
    const tile = body.querySelectorAll(".o_crm_360_tile")[index];
    if (!tile) {
        return;
    }
    const sections = Object.values(await askApi(parseInt(body.dataset.partner, 10)));
    const metrics = Object.assign({}, ...sections.map((section) => section.metrics));
    const {key, value} = tile.dataset;
    tile.click();
    compared.set(key, await compareList(key, value, metrics[key]));
    document.querySelector(".o_back_button, .o_back_button a").click();
    await shown(`${PAGE} .o_crm_360_tile`);
}

/**
 * Every tile was compared: these ones too, and at least one in each of the ways.
 * @param {String[]} keys
 * @param {String[]} ways
 */
function countTiles(keys, ways) {
    const tiles = [...document.querySelectorAll(".o_crm_360_tile")];
    const missed = tiles.filter(({dataset}) => !compared.has(dataset.key));
    if (missed.length || compared.size !== tiles.length) {
        throw new Error(`${compared.size} of ${tiles.length} tiles`);
    }
    const done = [...compared.keys(), ...compared.values()];
    const unseen = [...keys, ...ways].filter((word) => !done.includes(word));
    if (unseen.length) {
        throw new Error(`no ${unseen}: ${JSON.stringify([...compared])}`);
    }
}

/**
 * @param {String[]} keys of tiles that must be there
 * @param {String[]} ways in which lists must have been compared
 * @returns {Object[]} steps that open the list of each tile
 */
export function tileSteps(keys, ways = []) {
    return [
        {
            trigger: `${PAGE} .o_crm_360_tile`,
            run() {
                compared.clear();
                compareTileRows();
            },
        },
        ...Array.from({length: MAX_TILES}, (_item, index) => ({
            content: `Tile ${index} opens the list that it adds up`,
            trigger: `${PAGE}[data-extras=true] .o_crm_360_tile`,
            run: () => compareTile(index),
        })),
        {
            content: "No tile was left out",
            trigger: `${PAGE} .o_crm_360_tile`,
            run: () => countTiles(keys, ways),
        },
    ];
}

/** Rows of tiles are full: no row has more than one tile less than another. */
function compareTileRows() {
    const rows = [...document.querySelectorAll(".o_crm_360_tile_row")];
    const lengths = rows.map((row) => row.children.length);
    if (Math.max(...lengths) - Math.min(...lengths) > 1) {
        throw new Error(`rows of ${lengths.join(" ")} tiles`);
    }
}

registry.category("web_tour.tours").add("crm_extension_customer_360_tour", {
    steps: () => [
        {
            content: "The first button of a contact opens its page",
            trigger:
                ".o_form_view .o-form-buttonbox > .oe_stat_button[name=action_open_customer_360]:first-child",
            run: "click",
        },
        {
            content: "Every figure is what the API answers this user",
            trigger: `${PAGE} .o_crm_360_section[data-section=finance]`,
            run: compareFigures,
        },
        {
            content: "Only invoices in the timeline",
            trigger: ".o_crm_360_chip[data-kind=invoice]",
            run: "click",
        },
        {
            trigger: ".o_crm_360_chip[data-kind=invoice][aria-pressed=true]",
        },
        {
            trigger:
                ".o_crm_360_timeline:not(:has(.o_crm_360_row[data-kind=order])) .o_crm_360_row[data-kind=invoice]",
        },
        {
            content: "A search that finds nothing",
            trigger: ".o_crm_360_search",
            run: "edit no such document",
        },
        {
            trigger: ".o_crm_360_no_rows",
        },
        {
            content: "A figure opens the list of what it counts",
            trigger:
                ".o_crm_360_tile[data-key=open_invoices], .o_crm_360_tile[data-key=receivable]",
            run: "click",
        },
        {
            trigger:
                ".o_list_view .o_list_footer [name=amount_residual], .o_list_view tfoot",
        },
        {
            content: "Back on the page",
            trigger: ".o_back_button, .breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            content: "The scope of one contact has no ledger figures",
            trigger: `${PAGE} `.trim(),
        },
        {
            trigger: ".o_crm_360_scope[data-scope=contact]",
            run: "click",
        },
        {
            trigger: `${PAGE}[data-scope=contact]:not(:has([data-key=revenue]))`,
        },
        {
            trigger: ".o_crm_360_scope[data-scope=entity]",
            run: "click",
        },
        {
            content: "The last year has its own days",
            trigger: `${PAGE}[data-scope=entity] .o_crm_360_tile`,
        },
        {
            trigger: ".o_crm_360_period",
            run: "select last_year",
        },
        {
            trigger: `${PAGE}[data-from$="-01-01"][data-to$="-12-31"] .o_crm_360_tile`,
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_tiles_tour", {
    steps: () => [
        {
            content: "From an invoice to its customer",
            trigger: ".o_form_view button[name=action_open_customer_360]",
            run: "click",
        },
        ...tileSteps(["revenue", "overdue"], ["empty", "count", "sum", "rows"]),
        {
            content: "A bar of the chart opens the records of its month",
            trigger: `${PAGE}[data-extras=true] .o_crm_360_chart canvas`,
        },
        {
            trigger: ".o_crm_360_chart",
            async run() {
                const points = [
                    ...document.querySelectorAll("[data-chart^=revenue] [data-point]"),
                ];
                const point = points.find(({dataset}) => parseFloat(dataset.value) > 0);
                const {value} = point.dataset;
                point.click();
                await compareList("chart", value, {
                    aggregate: "balance:sum",
                    unit: "currency",
                });
                document.querySelector(".o_back_button, .o_back_button a").click();
            },
        },
        {
            trigger: `${PAGE} .o_crm_360_tile`,
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_steps_tour", {
    steps: () => [
        {
            content: "The stage says its rule",
            trigger: `.o_crm_360_stage[data-stage=active]`,
        },
        {
            content: "A step has one button: here it begins a mail",
            trigger: ".o_crm_360_step[data-step=overdue] .o_crm_360_do",
            run: "click",
        },
        {
            trigger: ".modal .o_mail_composer_form, .modal .o_form_view",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            content: "Dismissing needs a reason",
            trigger: `body:not(:has(.modal)) ${PAGE} .o_crm_360_step[data-step=overdue] .o_crm_360_aside`,
            run: "click",
        },
        {
            trigger: ".modal #o_crm_360_dismiss",
            run: "click",
        },
        {
            trigger: ".modal .o_crm_360_confirm:disabled",
        },
        {
            trigger: ".modal .o_crm_360_reason",
            run: "edit Agreed by phone",
        },
        {
            trigger: ".modal .o_crm_360_confirm:enabled",
            run: "click",
        },
        {
            content: "The step is gone",
            trigger: `body:not(:has(.modal)) ${PAGE}:not(:has([data-step=overdue]))`,
        },
        {
            content: "It can be brought back from the list",
            trigger: ".o_crm_360_decisions",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row button[name=action_reopen]",
            run: "click",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row))",
        },
        {
            trigger: ".o_back_button, .breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            trigger: `${PAGE} .o_crm_360_step[data-step=overdue]`,
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_timeline_tour", {
    steps: () => [
        {
            content: "What is to come is on top",
            trigger: `${PAGE} .o_crm_360_month[data-month=coming]`,
        },
        {
            content: "A page has 50 rows",
            trigger: ".o_crm_360_timeline:has(.o_crm_360_more)",
            run() {
                const rows = document.querySelectorAll(".o_crm_360_row").length;
                if (rows !== 50) {
                    throw new Error(`${rows} rows`);
                }
            },
        },
        {
            trigger: ".o_crm_360_more",
            run: "click",
        },
        {
            content: "Then all are there, by month",
            trigger:
                ".o_crm_360_timeline:not(:has(.o_crm_360_more)):has(.o_crm_360_month) .o_crm_360_row:nth-of-type(51)",
        },
        {
            content: "The search finds the one that says it",
            trigger: ".o_crm_360_search",
            run: "edit Note 7",
        },
        {
            trigger: ".o_crm_360_timeline .o_crm_360_row:only-of-type:contains(Note 7)",
        },
        {
            trigger: ".o_crm_360_search",
            run: "clear",
        },
        {
            content: "Each kind has a chip with its number of rows",
            trigger: ".o_crm_360_timeline:has(.o_crm_360_more) .o_crm_360_chips",
            run() {
                const chip = document.querySelector(
                    ".o_crm_360_chip[data-kind=invoice]"
                );
                const count = parseInt(chip.querySelector("span").textContent, 10);
                if (count !== 3) {
                    throw new Error(`${count} invoices`);
                }
            },
        },
        {
            content: "Arrows move over the chips",
            trigger: ".o_crm_360_chip[tabindex='0']",
            run() {
                const [first, second] = document.querySelectorAll(".o_crm_360_chip");
                first.focus();
                first.dispatchEvent(
                    new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true})
                );
                if (document.activeElement !== second) {
                    throw new Error("the arrow does not move");
                }
            },
        },
        {
            trigger: ".o_crm_360_chip[data-kind=invoice]",
            run: "click",
        },
        {
            trigger:
                ".o_crm_360_timeline:not(:has(.o_crm_360_row[data-kind=message])) .o_crm_360_row[data-kind=invoice]",
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_korean_tour", {
    steps: () => [
        {
            content: "Names of figures and headings are in Korean",
            trigger: `${PAGE}[data-extras=true] .o_crm_360_tile`,
            run() {
                const texts = [
                    ".o_crm_360_timeline h2",
                    ".o_crm_360_tile .text-muted",
                    ".o_crm_360_section h2",
                ];
                for (const selector of texts) {
                    const text = document.querySelector(selector).textContent;
                    if (!/[가-힣]/.test(text)) {
                        throw new Error(`${selector} is ${text}`);
                    }
                }
                checkWidth();
            },
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_phone_tour", {
    steps: () => [
        {
            content: "On a phone one part at a time, and nothing scrolls sideways",
            trigger: `${PAGE}[data-extras=true] .o_crm_360_steps`,
            run: checkWidth,
        },
        ...["timeline", "charts", "figures"].flatMap((pane) => [
            {
                trigger: `.o_crm_360_panes [data-pane=${pane}]`,
                run: "click",
            },
            {
                trigger: `.o_crm_360_panes [data-pane=${pane}][aria-selected=true]`,
                run: checkWidth,
            },
        ]),
        {
            content: "The same figures",
            trigger: `${PAGE} .o_crm_360_section[data-section=finance]`,
            run: compareFigures,
        },
    ],
});

/**
 * Open the list of a tile that converts companies' currencies; its line is the tile.
 * @param {String} key
 */
async function compareConverted(key) {
    const tile = await shown(`${PAGE} .o_crm_360_tile[data-key=${key}]`);
    const {value} = tile.dataset;
    tile.click();
    const line = await shown(
        ".o_crm_drill_down_total[data-value]:not([data-value=false])"
    );
    const symbols = line.textContent.match(/[Y$]/g) || [];
    if (Math.abs(parseFloat(line.dataset.value) - parseFloat(value)) > 0.004) {
        throw new Error(`${key}: ${value}, and ${line.textContent}`);
    }
    if (symbols.length !== 1) {
        throw new Error(`${key}: one currency, not ${line.textContent}`);
    }
    document.querySelector(".o_back_button, .o_back_button a").click();
    await shown(`${PAGE} .o_crm_360_tile`);
}

registry.category("web_tour.tours").add("crm_extension_customer_360_companies_tour", {
    steps: () =>
        ["revenue", "receivable", "overdue"].map((key) => ({
            content: `The list behind ${key} tells it in the page's currency`,
            trigger: `${PAGE} .o_crm_360_tile[data-key=${key}]`,
            run: () => compareConverted(key),
        })),
});

const QUARTER = 15 * 60000;
const realTimeout = window.setTimeout;

registry.category("web_tour.tours").add("crm_extension_customer_360_old_tour", {
    steps: () => [
        {
            content: "A quarter of an hour passes in a moment",
            trigger: ".o_form_view .oe_stat_button[name=action_open_customer_360]",
            run({click}) {
                window.setTimeout = (work, delay, ...rest) =>
                    realTimeout(work, delay === QUARTER ? 100 : delay, ...rest);
                return click();
            },
        },
        {
            content: "The page says how old its figures are, aloud",
            trigger: `.o_crm_360_old[role=status]`,
            run() {
                window.setTimeout = realTimeout;
            },
        },
        {
            trigger: ".o_crm_360_old button",
            run: "click",
        },
        {
            content: "Read again, they are new",
            trigger: `.o_crm_360_content:not(:has(.o_crm_360_old)) ${PAGE} .o_crm_360_tile`,
        },
    ],
});
