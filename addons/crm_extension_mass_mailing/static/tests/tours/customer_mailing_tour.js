import {registry} from "@web/core/registry";

/** Customers are chosen in the list and put on a mailing list. */
registry.category("web_tour.tours").add("crm_extension_mass_mailing_tour", {
    steps: () => [
        ...["Anna Andersson", "Bert Bakker"].map((name) => ({
            content: `${name} is chosen`,
            trigger: `.o_list_view .o_data_row:contains(${name}) .o_list_record_selector input`,
            run: "click",
        })),
        {
            trigger: "button[name=action_portfolio_mailing]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=list_id] input",
            run: "edit Friends of the house",
        },
        {
            trigger:
                ".o-autocomplete--dropdown-item a:contains(Friends of the house):not(:contains(Create))",
            run: "click",
        },
        {
            content: "What will happen is told before",
            trigger: ".modal .o_field_widget[name=new_count]:contains(2)",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "And what happened, after",
            trigger:
                ".o_notification:contains(Customers put on Friends of the house: 2.)",
        },
        {
            trigger: "body:not(:has(.modal)) .o_list_view .o_data_row",
        },
    ],
});
