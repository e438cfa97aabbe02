import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const BADGE = ".o_service_context .o_service_stage:contains(New)";
const PAGE = ".o_service_context .o_service_customer_360";

/** From a ticket, whose customer bought for the first time, to his page. */
tours.add("crm_extension_service_desk_badge_tour", {
    steps: () => [
        {content: "What kind of customer he is", trigger: BADGE},
        {content: "His page", trigger: PAGE, run: "click"},
        {trigger: ".o_crm_360_header:contains(Alpha Works)"},
    ],
});

/** Who may not see what he bought is told no stage, and has the page. */
tours.add("crm_extension_service_desk_no_badge_tour", {
    steps: () => [
        {trigger: PAGE},
        {
            content: "No stage",
            trigger: ".o_service_context:not(:has(.o_service_stage))",
        },
        {trigger: PAGE, run: "click"},
        {trigger: ".o_crm_360_header:contains(Alpha Works)"},
    ],
});
