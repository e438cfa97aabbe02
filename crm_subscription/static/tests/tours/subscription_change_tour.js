// Copyright 2026 CRM Suite contributors
// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import {checkTexts, checkWidth} from "@crm_suite_base/../tests/phone";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const PAGE = ".o_notebook .tab-pane.active";

function click(content, trigger) {
    return {content, trigger, run: "click"};
}

function page(name) {
    return click(`The page ${name}`, `.o_notebook .nav-link[name='${name}']`);
}

/** From one to two in the last ten of thirty days that are billed. */
tours.add("crm_subscription_change", {
    steps: () => [
        click("Change", ".o_statusbar_buttons button:contains('Change')"),
        {
            content: "Two instead of one",
            trigger: ".modal .o_field_widget[name='quantity'] input",
            run: "edit 2 && press Tab",
        },
        {
            content: "The days that are given back",
            trigger: ".modal tr:contains('Credit of unused days'):contains('10 / 30')",
        },
        {
            content: "and those that are charged",
            trigger: ".modal tr:contains('Charge of changed days'):contains('66.67')",
        },
        {
            content: "What it costs",
            trigger: ".modal .o_field_widget[name='total']:contains('33.34')",
        },
        click("Do it", ".modal button[name='action_apply']"),
        {
            content: "The chatter says it, without amounts",
            trigger: ".o-mail-Message-body:contains('Quantity changed to 2')",
            run({anchor}) {
                if (anchor.textContent.includes("33.34")) {
                    throw new Error("the chatter tells an amount");
                }
            },
        },
        page("changes"),
        {
            content: "The change and what it cost",
            trigger: `${PAGE} .o_data_row:contains('Quantity changed to 2'):contains('33.34')`,
        },
        page("periods"),
        {
            content: "The period that was billed",
            trigger: `${PAGE} .o_data_row:contains('Regular'):contains('100.00')`,
        },
        {
            content: "and what corrects it, each on the invoice",
            trigger: `${PAGE} .o_data_row:contains('Correction'):contains('66.67'):contains('INV/')`,
        },
        page("mrr"),
        {
            content: "The revenue of before",
            trigger: `${PAGE} .o_data_row:contains('New'):contains('101.39')`,
        },
        {
            content: "and what the change adds",
            trigger: `${PAGE} .o_data_row:contains('Expansion'):contains('101.39')`,
        },
    ],
});

/** Nine of thirty days were given back; taken up again they are charged again. */
tours.add("crm_subscription_withdrawal", {
    steps: () => [
        {
            content: "What taking it back costs is said before",
            trigger:
                ".o_form_view .alert-warning:contains('charges'):contains('30.00')",
        },
        click("Take it back", "button[name='action_withdraw_cancellation']"),
        click("Yes", ".modal-footer .btn-primary"),
        {
            content: "It can be cancelled again",
            trigger: ".o_statusbar_buttons button:contains('Cancel Subscription')",
        },
        {
            content: "The chatter says it",
            trigger: ".o-mail-Message-body:contains('The cancellation was withdrawn')",
        },
        page("changes"),
        {
            content: "The log has both",
            trigger: `${PAGE} .o_data_row:contains('Cancellation withdrawn'):contains('30.00')`,
        },
    ],
});

// The buttons of a form are behind a menu on a phone.
const MORE = ".o_statusbar_buttons .o-dropdown, .o_statusbar .o-dropdown";

function see(content, trigger, texts, part = PAGE) {
    return {
        content,
        trigger,
        run() {
            checkWidth(part);
            checkTexts(part, texts);
        },
    };
}

/** The same on a phone, for a Korean. */
tours.add("crm_subscription_phone_form", {
    steps: () => [
        see(
            "What taking it back costs",
            ".o_form_view .alert-warning:contains('30.00')",
            ["해지"],
            ".o_form_view .alert-warning:not(.o_invisible_modifier)"
        ),
        page("periods"),
        see("Periods, as cards", `${PAGE} .o_kanban_record:contains('100.00')`, [
            "청구됨",
        ]),
        page("changes"),
        see("Changes", `${PAGE} .o_kanban_record:contains('30.00')`, ["취소됨"]),
        page("mrr"),
        see("Revenue", `${PAGE} .o_kanban_record:contains('101.39')`, ["신규"]),
        click("The buttons", MORE),
        click("Change", "button:contains('변경')"),
        {
            content: "Two instead of one",
            trigger: ".modal .o_field_widget[name='quantity'] input",
            run: "edit 2 && press Tab",
        },
        see(
            "What it costs",
            ".modal .o_field_widget[name='total']:contains('3.34')",
            ["적용"],
            ".modal"
        ),
        click("Not now", ".modal button[special='cancel']"),
        click("The buttons again", MORE),
        click("Take it back", "button[name='action_withdraw_cancellation']"),
        click("Yes", ".modal-footer .btn-primary"),
        page("changes"),
        see("It is taken back", `${PAGE} .o_kanban_record:contains('철회')`, ["철회"]),
    ],
});
