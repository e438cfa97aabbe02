import {registry} from "@web/core/registry";

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
