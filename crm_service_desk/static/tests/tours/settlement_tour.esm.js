import {registry} from "@web/core/registry";

const LINE = ".o_service_settle .o_list_renderer tr.o_data_row:contains(SN-1001)";

registry.category("web_tour.tours").add("crm_service_desk_settlement", {
    steps: () => [
        {
            content: "Open the dialog of a return",
            trigger: ".o_statusbar_buttons button:contains(Return)",
            run: "click",
        },
        {
            content: "The linked serial number is chosen, with its warranty",
            trigger: `${LINE}:contains(covered until)`,
        },
        {
            content: "Say why",
            trigger: ".o_service_settle .o_field_widget[name=reason] input",
            run: "edit Makes noise",
        },
        {
            content: "The ticket waits for it",
            trigger: ".o_service_settle .o_field_widget[name=wait] input",
            run: "click",
        },
        {
            content: "Ask for it",
            trigger: ".modal footer button[name=action_settle]",
            run: "click",
        },
        {
            content: "Somebody is asked",
            trigger: ".o_notification:contains(has been asked)",
        },
        {
            content: "The dialog is gone",
            trigger: "body:not(:has(.modal))",
        },
    ],
});

registry.category("web_tour.tours").add("crm_service_desk_switch", {
    steps: () => [
        {
            content: "Open the dialog of an exchange",
            trigger: ".o_statusbar_buttons button:contains(Exchange)",
            run: "click",
        },
        {
            content: "The linked serial number is chosen: what is sent instead?",
            trigger: `${LINE} .o_data_cell[name=part_id]`,
            run: "click",
        },
        {
            content: "Another product",
            trigger: ".o_service_settle .o_field_widget[name=part_id] input",
            run: "edit Mill of the new",
        },
        {
            content: "It is found",
            trigger: ".o-autocomplete--dropdown-item:contains(Mill of the new series)",
            run: "click",
        },
        {
            content: "Ask for it",
            trigger: ".modal footer button[name=action_settle]",
            run: "click",
        },
        {
            content: "Who makes the return and the order are asked",
            trigger: ".o_notification:contains(has been asked)",
        },
        {
            content: "The dialog is gone",
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "How far is it?",
            trigger: ".o_notebook .nav-link[name=service_settlement]",
            run: "click",
        },
        {
            content: "The order is asked for, and says what is sent instead",
            trigger: ".o_service_claims .o_data_row:contains(→ Mill of the new series)",
        },
        {
            content: "So is the return",
            trigger:
                ".o_service_claims .o_data_row:contains(Return):contains(Requested)",
        },
    ],
});

registry.category("web_tour.tours").add("crm_service_desk_grant", {
    steps: () => [
        {
            content: "Who has the right reads what is asked for",
            trigger: ".o_form_view:contains(SN-1001)",
        },
        {
            content: "And grants it with one click",
            trigger: ".o_statusbar_buttons button[name=action_grant]",
            run: "click",
        },
        {
            content: "The return transfer opens",
            trigger: ".o_form_view .o_field_widget[name=picking_type_id]",
        },
    ],
});

registry.category("web_tour.tours").add("crm_service_desk_serial_life", {
    steps: () => [
        {
            content: "Delivered and returned",
            trigger: ".o_service_serial_life li[data-kind=returned]",
        },
        {
            content: "Open the ticket",
            trigger: ".o_service_serial_life li[data-kind=ticket] a",
            run: "click",
        },
        {
            content: "See how far it is",
            trigger: ".o_notebook .nav-link[name=service_settlement]",
            run: "click",
        },
        {
            content: "Received",
            trigger: ".o_service_claims .o_data_row:contains(Received)",
        },
    ],
});
