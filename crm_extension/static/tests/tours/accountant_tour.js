import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const KEYS = ["revenue", "revenue_ytd", "receivable", "overdue", "days_to_pay"];
const TOGGLE = ".o_list_view .o_optional_columns_dropdown_toggle";

/**
 * @param {String} name of a customer
 * @returns {Promise<Object>} finance figures that the page tells this reader
 */
async function askFigures(name) {
    const call = (method, args, kwargs) =>
        rpc(`/web/dataset/call_kw/res.partner/${method}`, {
            model: "res.partner",
            method,
            args,
            kwargs,
        });
    const ids = await call("search", [[["complete_name", "=", name]]], {});
    const [answer] = await call("get_customer_360", [ids, {timeline_limit: 0}], {});
    return answer.sections.finance.metrics;
}

/**
 * Every row's columns are the figures of its own customer's page.
 * @param {String} prefix of the columns
 * @param {String} title column with the customer's name
 */
async function compareColumns(prefix, title) {
    const rows = [...document.querySelectorAll(".o_list_view .o_data_row")];
    if (rows.length !== 2) {
        throw new Error(`${rows.length} rows`);
    }
    for (const row of rows) {
        const name = row.querySelector(`td[name=${title}]`).textContent;
        const figures = await askFigures(name);
        for (const key of KEYS) {
            const {textContent: text} = row.querySelector(`td[name=${prefix}${key}]`);
            const value = parseFloat(text.replace(/[^-\d.]/g, "") || "0");
            if (value !== (figures[key].value || 0)) {
                throw new Error(`${name}, ${key}: ${text}, not ${figures[key].value}`);
            }
        }
    }
}

/**
 * @param {String} menu entry below Invoicing > Customers
 * @param {String} prefix of the columns
 * @param {String} title column with the customer's name
 * @returns {Object[]} steps that switch the columns on and read them
 */
function columnSteps(menu, prefix, title) {
    const own = `.o_data_row:not(:contains(Traders)) td[name=${prefix}`;
    return [
        {
            content: "The list in Invoicing",
            trigger: "button[data-menu-xmlid='account.menu_finance_receivables']",
            run: "click",
        },
        {
            trigger: `.dropdown-item[data-menu-xmlid='account.${menu}']`,
            run: "click",
        },
        {
            trigger: `.o_list_view:has(th[data-name=${title}]) .o_searchview_input`,
            run: "edit Northwind",
        },
        {
            trigger: ".o_list_view .o_searchview_input",
            run: "press Enter",
        },
        {
            content: "The figures are not there unless one wants them",
            trigger: `.o_list_view:not(:has(th[data-name^=${prefix}])) .o_facet_value:contains(Northwind)`,
        },
        {
            trigger: TOGGLE,
            run: "click",
        },
        ...KEYS.flatMap((key) => [
            {
                trigger: `.o-dropdown--menu input[name=${prefix}${key}]:not(:checked)`,
                run: "click",
            },
            {
                trigger: `.o_list_view th[data-name=${prefix}${key}]`,
            },
        ]),
        {
            trigger: TOGGLE,
            run: "click",
        },
        {
            trigger: `${own}revenue]:contains(100.00)`,
        },
        {
            trigger: `${own}receivable]:contains(60.00)`,
        },
        {
            trigger: `${own}overdue]:contains(60.00)`,
        },
        {
            trigger: `${own}days_to_pay]:contains(30.0)`,
        },
        {
            trigger: `.o_data_row:contains(Traders) td[name=${prefix}revenue]:contains(7.00)`,
        },
        {
            content: "They are the figures of each customer's page",
            trigger: `.o_list_view th[data-name=${prefix}revenue]`,
            run: () => compareColumns(prefix, title),
        },
    ];
}

/** Optional columns of the lists in Invoicing, switched on by who reads them. */
registry.category("web_tour.tours").add("crm_extension_accountant_columns", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            trigger: ".o_app[data-menu-xmlid='account.menu_finance']",
            run: "click",
        },
        ...columnSteps("menu_account_customer", "crm_ledger_", "complete_name"),
        ...columnSteps(
            "menu_action_move_out_invoice_type",
            "crm_customer_",
            "invoice_partner_display_name"
        ),
    ],
});

/** From an invoice to the list behind each figure of its customer, and back. */
registry.category("web_tour.tours").add("crm_extension_accountant", {
    steps: () => [
        {
            content: "The customer's figures stand beside the invoice",
            trigger: ".o_crm_customer_figures button[data-key='revenue']",
        },
        {
            content: "Open the list of the revenue",
            trigger: ".o_crm_customer_figures button[data-key='revenue']",
            run: "click",
        },
        {
            content: "The total of all rows, of more than one page, is the figure",
            trigger: ".o_crm_drill_down_total[data-count='90'][data-value='900']",
        },
        {
            content: "The rows are positive, as the figure",
            trigger:
                ".o_data_row:first td[name='crm_credit_balance']:contains('10.00'):not(:contains('-'))",
        },
        {
            content: "Not all rows are on this page",
            trigger: ".o_pager_limit:contains('90')",
        },
        {
            content: "Back to the invoice",
            trigger: ".o_back_button a",
            run: "click",
        },
        {
            content: "What is open is the same here and there",
            trigger: ".o_crm_customer_figures button[data-key='receivable']",
            run: "click",
        },
        {
            content: "The total of the open items",
            trigger: ".o_crm_drill_down_total[data-count='90'][data-value='900']",
        },
    ],
});
