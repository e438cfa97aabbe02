import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("crm_service_desk_context_panel", {
    steps: () => [
        {
            content: "The SLA bar is on top",
            trigger: ".o_service_sla_bar .o_service_sla",
        },
        {
            content: "The serial number with its warranty",
            trigger:
                ".o_service_context [data-section=serials] .badge:contains(Under warranty)",
        },
        {
            content: "No amount for the agent",
            trigger: ".o_service_context [data-section=invoices]:not(:contains(1,000))",
        },
        {
            content: "Link it by one click",
            trigger:
                ".o_service_context [data-section=serials] div:contains(SN-1001) > button",
            run: "click",
        },
        {
            content: "It is linked",
            trigger:
                ".o_service_context [data-section=serials] div:contains(SN-1001) > button[aria-pressed=true]",
        },
    ],
});
