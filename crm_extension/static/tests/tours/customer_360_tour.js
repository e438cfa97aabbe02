import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";

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
    const content = document.querySelector(".o_crm_360_content");
    if (content.scrollWidth > content.clientWidth) {
        throw new Error("the page scrolls sideways");
    }
}

registry.category("web_tour.tours").add("crm_extension_customer_360_tour", {
    steps: () => [
        {
            content: "The first button of a contact opens its page",
            trigger: ".o_form_view .oe_stat_button[name=action_open_customer_360]",
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
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_phone_tour", {
    steps: () => [
        {
            content: "On a phone the same figures, and nothing scrolls sideways",
            trigger: `${PAGE} .o_crm_360_section[data-section=finance]`,
            run: compareFigures,
        },
    ],
});
