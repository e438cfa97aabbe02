// Copyright 2026 CRM Suite contributors
// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("crm_subscription_events", {
    steps: () => [
        {
            content: "The next bill is on the timeline, with its amount",
            trigger: ".o_subscription_event[data-key='bill']:contains('100')",
        },
        {
            content: "The end of the term is, too",
            trigger: ".o_subscription_event[data-key='end']",
        },
        {
            content: "Skip the quotation",
            trigger:
                ".o_subscription_event[data-key='quotation'] button[data-method='skip_step']",
            run: "click",
        },
        {
            content: "It is skipped; take it up again",
            trigger:
                ".o_subscription_event_done[data-key='quotation'] button[data-method='resume_step']",
            run: "click",
        },
        {
            content: "Run the opportunity now",
            trigger:
                ".o_subscription_event[data-key='opportunity'] button[data-method='run_step']",
            run: "click",
        },
        {
            content: "It is done",
            trigger:
                ".o_subscription_event_done[data-key='opportunity']:not(:has(button))",
        },
        {
            content: "The dialog tells what cancelling costs",
            trigger: "button:contains('Cancel Subscription')",
            run: "click",
        },
        {
            content: "What is still to be billed is shown",
            trigger: ".modal .o_field_widget[name='owed']:contains('00.00')",
        },
        {
            content: "Keep it",
            trigger: ".modal button:contains('Keep It')",
            run: "click",
        },
        {
            content: "The dialog is closed",
            trigger: "body:not(:has(.modal))",
        },
    ],
});

registry.category("web_tour.tours").add("crm_subscription_cancellation", {
    steps: () => [
        {
            content: "Cancel",
            trigger: ".o_statusbar_buttons button:contains('Cancel Subscription')",
            run: "click",
        },
        {
            content: "Why",
            trigger: ".modal .o_field_widget[name='reason_id'] input",
            run: "edit Too exp",
        },
        {
            content: "By its name",
            trigger: ".o-autocomplete--dropdown-item:contains('Too expensive')",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "The banner tells when service ends, and why",
            trigger: ".o_form_view .alert-warning:contains('Too expensive')",
        },
        {
            content: "Take it back",
            trigger: "button[name='action_withdraw_cancellation']",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It can be cancelled again",
            trigger: ".o_statusbar_buttons button:contains('Cancel Subscription')",
        },
    ],
});
