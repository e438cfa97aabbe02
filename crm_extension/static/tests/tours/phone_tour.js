import {checkTexts, checkWidth} from "@crm_suite_base/../tests/phone";
import {registry} from "@web/core/registry";

/** What salespeople and accountants use on a phone beside the page, in Korean. */
registry.category("web_tour.tours").add("crm_extension_phone_customers_tour", {
    steps: () => [
        {
            content: "My Customers are cards",
            trigger: ".o_kanban_record:contains(Northwind) [name=portfolio_overdue]",
            run() {
                checkWidth(".o_content");
                checkTexts(".o_kanban_renderer", [
                    "활성",
                    "연체",
                    "지연 배송",
                    "마지막 수신",
                ]);
            },
        },
        {
            content: "A card opens the customer's page",
            trigger: ".o_kanban_record:contains(Northwind)",
            run: "click",
        },
        {
            trigger: ".o_crm_360_body .o_crm_360_tile[data-key=overdue]",
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_phone_reconciliation_tour", {
    steps: () => [
        {
            content: "The walk to the ledger: labels as a whole, amounts beside them",
            trigger: ".o_field_widget[name=line_ids] .o_kanban_record",
            run() {
                checkWidth(".o_form_view");
            },
        },
        {
            content: "A line opens its records",
            trigger:
                ".o_field_widget[name=line_ids] .o_kanban_record a[name=action_open]",
            run: "click",
        },
        {
            trigger: ".o_crm_drill_down_total[data-count]",
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_phone_invoice_tour", {
    steps: () => [
        {
            content: "Revenue of twelve months and of this year, receivable, overdue",
            trigger: ".o_crm_customer_figures button[data-key=revenue]",
            run() {
                checkWidth(".o_crm_customer_figures");
                checkTexts(".o_crm_customer_figures", [
                    "매출(12개월)",
                    "매출(연초 누계)",
                    "미수금",
                    "연체",
                ]);
            },
        },
    ],
});
