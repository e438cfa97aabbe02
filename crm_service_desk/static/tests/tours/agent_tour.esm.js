import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/**
 * The promise on top; below it what the ticket says, the conversation, the customer.
 */
function threeColumns() {
    const box = (selector) =>
        document.querySelector(`.o_form_sheet ${selector}`).getBoundingClientRect();
    const columns = [
        ".o_service_facts",
        ".o-mail-Form-chatter",
        ".o_service_context_area",
    ].map(box);
    const promise = box(".o_service_sla_bar");
    for (const [number, column] of columns.entries()) {
        if (!column.width || column.top < promise.bottom) {
            throw new Error(`column ${number} is not below the promise`);
        }
        if (number && column.left < columns[number - 1].right) {
            throw new Error(`column ${number} overlaps the one before`);
        }
    }
}

tours.add("crm_service_desk_agent", {
    steps: () => [
        {
            content: "The queue begins with what is due first",
            trigger: ".o_data_row:first-child:contains(Due first) .o_service_sla",
        },
        {
            content: "with customer and serial number",
            trigger: ".o_data_row:first-child:contains(Ann Alpha):contains(SN-1001)",
        },
        {
            content: "Open it",
            trigger: ".o_data_row:first-child td[name=name]",
            run: "click",
        },
        {
            content: "Conversation in the centre, what is known of the customer right",
            trigger:
                ".o_form_sheet:has(> .o-mail-Form-chatter) .o_service_context_area .o_service_context",
            run: threeColumns,
        },
        {
            content: "Why the deadline is when it is",
            trigger: ".o_service_sla[data-state=running]",
            run: "hover",
        },
        {
            content: "Stretches that counted and that did not",
            trigger:
                ".o_service_sla_explanation [data-kind=resolution]:contains(working time)",
        },
        {
            content: "Next step: begin",
            trigger: "button[name=action_service_work]:contains(Start)",
            run: "click",
        },
        {
            content: "It is in progress; wait for the customer",
            trigger: "button[name=action_service_wait]",
            run: "click",
        },
        {
            content: "The clock stands",
            trigger: ".o_service_sla[data-state=paused]",
        },
        {
            content: "Solve it",
            trigger: "button[name=action_service_solve]",
            run: "click",
        },
        {
            content: "It can be opened again",
            trigger: "button[name=action_service_work]:contains(Reopen)",
        },
    ],
});

tours.add("crm_service_desk_call", {
    steps: () => [
        {
            content: "The number of the caller",
            trigger: ".o_service_call [name=phone] input",
            run: "edit 010-1234-5678 && press Tab",
        },
        {
            content: "He is known, and has an open ticket",
            trigger: ".o_service_call [name=open_ticket_ids] td:contains(Due first)",
        },
        {
            content: "It is about something else",
            trigger: ".o_service_call [name=name] input",
            run: "edit Pump is loud",
        },
        {
            content: "One step",
            trigger: "button[name=action_create]",
            run: "click",
        },
        {
            content: "The ticket is there",
            trigger:
                ".o_form_sheet .oe_title [name=name] :value(Pump is loud), .o_form_sheet .oe_title [name=name]:contains(Pump is loud)",
        },
    ],
});

tours.add("crm_service_desk_dashboard", {
    steps: () => [
        {
            content: "Figures of the team",
            trigger: "[data-figure=backlog]:contains(Backlog)",
        },
        {
            content: "An average of nothing is no zero",
            trigger: "[data-figure=reopen_rate]:contains(–)",
        },
        {
            content: "A figure opens what it counts",
            trigger: "[data-figure=backlog]",
            run: "click",
        },
        {
            content: "The list",
            trigger: ".o_list_view .o_data_row:contains(Due first)",
        },
    ],
});

tours.add("crm_service_desk_analysis", {
    steps: () => [
        {
            content: "From the figures to the analysis",
            trigger: ".o_service_dashboard button:contains(Analysis)",
            run: "click",
        },
        {
            content: "As a pivot, with the team",
            trigger: ".o_pivot th:contains(Machines)",
        },
        {
            content: "And as a graph",
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            content: "Of something",
            trigger: ".o_graph_view .o_graph_canvas_container canvas",
        },
    ],
});
