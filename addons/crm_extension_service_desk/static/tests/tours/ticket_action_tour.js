import {registry} from "@web/core/registry";

/** From the customer's page to a new ticket of this customer. */
registry.category("web_tour.tours").add("crm_extension_service_desk_ticket_tour", {
    steps: () => [
        {
            trigger: ".o_crm_360_actions [data-action=ticket]",
            run: "click",
        },
        {
            trigger:
                ".o_form_view:has(.o_field_widget[name=stage_id]) .o_field_widget[name=partner_id] input:value(Northwind)",
        },
    ],
});
