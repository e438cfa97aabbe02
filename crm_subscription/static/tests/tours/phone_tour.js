// Copyright 2026 CRM Suite contributors
// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import {checkTexts, checkWidth} from "@crm_suite_base/../tests/phone";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/**
 * @param {String} content what the step shows
 * @param {String} trigger where
 * @param {String[]} texts what a Korean reads there
 * @param {String} part what is asked whether it fits
 * @returns {Object} a step that also asks whether all fits
 */
function see(content, trigger, texts = [], part = "#wrapwrap") {
    return {
        content,
        trigger,
        run() {
            checkWidth(part);
            checkTexts("#wrap, .o_content", texts);
        },
    };
}

function go(content, trigger) {
    return {content, trigger, run: "click", expectUnloadPage: true};
}

/** A customer ends his subscription in the portal, and takes it back. */
tours.add("crm_subscription_phone_cancel", {
    steps: () => [
        see("His subscriptions", "a:contains(Hosting)", ["다음 청구", "활성"]),
        go("Open it", "a:contains(Hosting)"),
        see("What comes, and what was billed", "#next_bills", [
            "다음 청구",
            "세금 포함 금액",
            "청구된 기간",
        ]),
        go("Cancel", "#cancel_subscription:contains(해지)"),
        see("When it ends and what is still to be paid", "#cancellation_total", [
            "서비스 종료일",
            "청구 예정",
        ]),
        {
            content: "Why",
            trigger: "#reason_id",
            run: "selectByLabel 너무 비쌈",
        },
        {
            content: "What could be better",
            trigger: "#comment",
            run: "edit 더 저렴한 요금제",
        },
        go("Send it", "#cancellation button[type=submit]:contains(해지)"),
        see("It ends", "#service_ends", ["해지되었습니다"]),
        go("Take it back", "#withdraw_cancellation button:contains(유지)"),
        see("It goes on", "#withdrawn", ["철회"]),
        see("It can be cancelled again", "#cancel_subscription"),
    ],
});

const reject = (content, run) => [
    {
        content: "Reject",
        trigger: "a[data-bs-target='#modaldecline']",
        run: "click",
    },
    {
        content,
        trigger: "#modaldecline.show select[name=renewal_reason_id]",
        run,
    },
];

/** A customer declines the offer of the next term and says why. */
tours.add("crm_subscription_phone_decline", {
    steps: () => [
        see("The offer waits", "#renewal_to_accept", ["서명"]),
        go("Look at it", "#renewal_to_accept a"),
        see("What changes", "#renewal_changes", [
            "다음 계약 기간",
            "105.00",
            "100.00",
            "5.0 %",
        ]),
        ...reject("A reason that asks for more", "selectByIndex 5"),
        go("Without more", "#modaldecline.show button[type=submit]"),
        see("It is said what is missing", "#renewal_reason_missing", ["이유"]),
        ...reject("Another reason", "selectByLabel 너무 비쌈"),
        go("Send it", "#modaldecline.show button[type=submit]"),
        {
            content: "It is declined: nothing to reject any more",
            trigger: "#wrap:not(:has(a[data-bs-target='#modaldecline']))",
        },
    ],
});

/** A customer signs the offer of the next term. */
tours.add("crm_subscription_phone_sign", {
    steps: () => [
        go("Look at the offer", "#renewal_to_accept a"),
        see("What changes", "#renewal_changes"),
        {
            content: "Accept",
            trigger: "a[data-bs-target='#modalaccept']",
            run: "click",
        },
        {
            content: "By name",
            trigger: ".modal .o_web_sign_name_and_signature input",
            run: "edit Kim",
        },
        {
            trigger: ".modal canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        go("Sign", ".modal .o_portal_sign_submit:enabled"),
        see("It is confirmed", ".alert-success"),
    ],
});

/** Renewals by month, from the card to the contract with what comes next. */
tours.add("crm_subscription_phone_renewals", {
    steps: () => [
        {
            content: "The term that ends, with its value and its risk",
            trigger: ".o_kanban_record:contains(Hanbit Trading):contains(연체 고객)",
            run() {
                checkWidth(".o_kanban_record:not(.o_kanban_ghost)");
                checkTexts(".o_kanban_record:not(.o_kanban_ghost)", ["미결", "100"]);
            },
        },
        {
            content: "Open its contract",
            trigger: ".o_kanban_record:contains(Hanbit Trading)",
            run: "click",
        },
        see(
            "What comes next",
            ".o_subscription_event[data-key=end]",
            ["계약 종료일", "다음 청구"],
            ".o_subscription_events"
        ),
    ],
});

/** The calendar of renewals. */
tours.add("crm_subscription_phone_calendar", {
    steps: () => [
        {
            content: "The views",
            trigger: ".o_cp_switch_buttons button",
            run: "click",
        },
        {
            content: "The calendar among them",
            trigger: ".o-dropdown-item:has(.fa-calendar)",
            run: "click",
        },
        {
            content: "The renewal of today",
            trigger: ".o_calendar_view .fc-event:contains(Hanbit Trading)",
            run: "click",
        },
        {
            content: "Of whom, how much, and what is at risk",
            trigger:
                ".modal .o_cw_popover_fields_secondary:contains(Hanbit Trading):contains(100)",
            run() {
                checkWidth(".modal-header");
                checkTexts(".modal", ["연체 고객", "고객"]);
            },
        },
    ],
});

/** What the next twelve months bring. */
tours.add("crm_subscription_phone_forecast", {
    steps: () => [
        {
            content: "Each figure with its name",
            trigger:
                ".o_renewal_forecast tr[data-month=total] td[data-name=mrr]:contains(100)",
            run() {
                checkWidth(".o_renewal_forecast");
                checkTexts(".o_renewal_forecast", ["예상:", "합계"]);
                const label = document.querySelector("td[data-name=at_risk_mrr]");
                if (label.dataset.label !== "위험") {
                    throw new Error(`${label.dataset.label} is not Korean`);
                }
            },
        },
        {
            content: "The terms of a month",
            trigger: ".o_renewal_forecast tbody button",
            run: "click",
        },
        {
            content: "They are there",
            trigger:
                ".o_data_row:contains(Hanbit Trading), .o_kanban_record:contains(Hanbit Trading)",
        },
    ],
});

/** What could not be billed, why, and what to do. */
tours.add("crm_subscription_phone_health", {
    steps: () => [
        {
            content: "The reason and the next step",
            trigger:
                ".o_kanban_record:contains(보관):contains(라인을 취소), .o_data_row:contains(보관)",
            run() {
                checkWidth(".o_content");
            },
        },
        {
            content: "Open the contract",
            trigger: ".o_kanban_record:contains(보관), .o_data_row:contains(보관)",
            run: "click",
        },
        see(
            "It says so itself",
            ".o_form_view .alert:contains(보관)",
            [],
            ".o_form_view .alert"
        ),
    ],
});
