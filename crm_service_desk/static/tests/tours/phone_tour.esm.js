import {checkWidth} from "@crm_suite_base/../tests/phone";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/**
 * Neither the page nor its parts scroll sideways, whatever the composer does in its own.
 */
function pageFits() {
    const page = document.scrollingElement;
    if (page.scrollWidth > window.innerWidth) {
        throw new Error(`the page scrolls sideways: ${page.scrollWidth} pixels`);
    }
    for (const part of document.querySelectorAll(".o_content, .o_form_sheet")) {
        if (part.scrollWidth > part.clientWidth + 1) {
            throw new Error(`${part.className} scrolls sideways`);
        }
    }
}

/**
 * Nothing is cut: neither the page nor the dialog on it, once all of it is there (the
 * style of a mail is loaded after its text).
 */
async function fits() {
    const shown = [".o_content", ".modal-body"].filter((part) =>
        document.querySelector(part)
    );
    for (let attempt = 0; attempt < 50; attempt++) {
        try {
            return shown.forEach(checkWidth);
        } catch {
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }
    shown.forEach(checkWidth);
}

function queueInOrder() {
    const cards = [...document.querySelectorAll(".o_kanban_record")];
    const shown = cards
        .map((card) => card.textContent.match(/Due (first|second|third)/)?.[1])
        .filter(Boolean)
        .join();
    if (shown !== "first,second,third") {
        throw new Error(`the queue is: ${shown}`);
    }
}

/**
 * Each line of a plain text goes on below; its style is loaded with the message.
 */
async function plainTextFits() {
    let wide = "no plain text is shown";
    for (let attempt = 0; wide && attempt < 50; attempt++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const bodies = [
            ...document.querySelectorAll(".o-mail-Message .overflow-x-auto"),
        ];
        const texts = bodies.flatMap((body) => [
            ...(body.shadowRoot?.querySelectorAll("pre") || []),
        ]);
        const cut = texts.filter((pre) => pre.scrollWidth > pre.clientWidth + 1);
        wide = texts.length ? cut.map((pre) => pre.textContent).join() : wide;
    }
    if (wide) {
        throw new Error(`cut: ${wide}`);
    }
}

/**
 * @param {String} content what the step shows
 * @param {String} trigger where
 * @returns {Object} a step that also asks whether all fits
 */
function see(content, trigger) {
    return {content, trigger, run: fits};
}

function click(content, trigger) {
    return {content, trigger, run: "click"};
}

// The buttons of a form are behind a menu on a phone.
const MORE = ".o_statusbar_buttons .o-dropdown, .o_statusbar .o-dropdown";

/**
 * An agent's path on a phone: queue, ticket, answer, solved.
 *
 * @param {Object} say what the screens say in the reader's language
 * @returns {Array} steps
 */
function agentSteps(say) {
    const card = `.o_kanban_record:contains(Due first):contains(SN-1001)`;
    return [
        see("The queue, as cards", `${card}:contains(${say.firstResponse})`),
        {
            content: "Whatever their stage, what is due first is first",
            trigger: ".o_kanban_renderer.o_kanban_ungrouped",
            run: queueInOrder,
        },
        click("Open the ticket", card),
        {
            content: "What buttons say stands on one line",
            trigger: ".o_control_panel .o_form_button_create",
            run() {
                const high = this.anchor.offsetHeight;
                const line = Number.parseFloat(
                    getComputedStyle(this.anchor).lineHeight
                );
                if (high > 2.5 * line) {
                    throw new Error(`${this.anchor.textContent}: ${high} pixels high`);
                }
            },
        },
        see(
            "What is promised is on top",
            `.o_service_sla:contains(${say.firstResponse})`
        ),
        see("What is known of the ticket", `.o_service_facts:contains(${say.team})`),
        see("and of the customer", `.o_service_context:contains(${say.underWarranty})`),
        {
            content: "A mail in plain text is not cut",
            trigger: ".o-mail-Message .overflow-x-auto",
            run: plainTextFits,
        },
        click("Answer", `.o-mail-Chatter-sendMessage:contains(${say.send})`),
        {
            content: "Write",
            trigger: ".o-mail-Composer-input",
            run: "edit We come tomorrow.",
        },
        see("The composer fits", ".o-mail-Composer"),
        click("Send", ".o-mail-Composer-send:enabled"),
        {
            content: "It is said",
            trigger: ".o-mail-Message-body:contains(We come tomorrow.)",
            run: pageFits,
        },
        click("The buttons", MORE),
        click("Solve it", `button[name=action_service_solve]:contains(${say.solve})`),
        click("The buttons again", MORE),
        {
            content: "It can be opened again",
            trigger: `button[name=action_service_work]:contains(${say.reopen})`,
            run: pageFits,
        },
    ];
}

/**
 * Cards by stage, of which one column is shown and the next is swiped to.
 *
 * @returns {Array} steps
 */
function stageSteps() {
    return [
        {
            content: "More than the screen is wide",
            trigger: ".o_kanban_renderer.o_kanban_grouped:has(.o_kanban_record)",
            run() {
                const strip = document.querySelector(".o_kanban_renderer");
                if (strip.scrollWidth <= strip.clientWidth) {
                    throw new Error("there is nothing to swipe");
                }
                checkWidth(".o_content");
            },
        },
        {
            content: "What a column cuts is found",
            trigger: ".o_kanban_record:contains(Due first)",
            run() {
                const card = document.querySelector(".o_kanban_record");
                const wide = document.createElement("div");
                wide.style.width = "600px";
                wide.textContent = "wider than its column";
                card.append(wide);
                let found = "";
                try {
                    checkWidth(".o_content");
                } catch (error) {
                    found = error.message;
                }
                wide.remove();
                if (!found) {
                    throw new Error("checkWidth overlooks what is too wide");
                }
            },
        },
    ];
}

function callSteps(say) {
    return [
        see("The form", `.o_service_call label:contains(${say.phone})`),
        {
            content: "The number of the caller",
            trigger: ".o_service_call [name=phone] input",
            run: "edit 010-1234-5678 && press Tab",
        },
        see(
            "He is known, and has an open ticket",
            `.o_service_call [name=open_ticket_ids]:contains(Due first)`
        ),
        {
            content: "It is about something else",
            trigger: ".o_service_call [name=name] input",
            run: "edit Pump is loud",
        },
        click("One step", `button[name=action_create]:contains(${say.create})`),
        see("The ticket is there", ".o_service_ticket .oe_title [name=name]"),
    ];
}

function returnSteps(say) {
    return [
        click("The buttons", MORE),
        click("Return", `button[name=action_settle]:contains(${say.takeBack})`),
        see("What can be returned", ".o_service_settle:contains(SN-1001)"),
        {
            content: "Say why",
            trigger: ".o_service_settle .o_field_widget[name=reason] input",
            run: "edit Makes noise",
        },
        click("Ask for it", ".modal footer button[name=action_settle]"),
        {content: "The dialog is gone", trigger: "body:not(:has(.modal))"},
        click("How far is it?", ".o_notebook .nav-link[name=service_settlement]"),
        see("It is asked for", `.o_service_claims:contains(${say.requested})`),
    ];
}

/**
 * Open an action of the desk, about the ticket whose form is open if there is one.
 *
 * @param {String} name of the action
 * @param {Object} context
 * @returns {Object} step
 */
function go(name, context = {}) {
    return {
        content: `Open ${name}`,
        trigger: ".o_action_manager",
        run() {
            const id = Number(window.location.pathname.split("/").pop());
            odoo.__WOWL_DEBUG__.root.env.services.action.doAction(
                `crm_service_desk.${name}`,
                {
                    additionalContext: {
                        active_model: "helpdesk.ticket",
                        active_id: id,
                        active_ids: [id],
                        ...context,
                    },
                }
            );
        },
    };
}

// The way out of a dialog.
const LEAVE = [
    click(
        "Leave the dialog",
        ".modal footer button[special=cancel], .modal .btn-close"
    ),
    {content: "It is gone", trigger: "body:not(:has(.modal))"},
];

/**
 * What managers see of the desk, one screen after the other.
 *
 * @returns {Array} steps
 */
function screenSteps() {
    const card = (text) => `.o_kanban_record:contains(${text})`;
    return [
        go("service_dashboard_action"),
        see("The figures", ".o_service_dashboard [data-figure=backlog]"),
        go("service_sla_policy_action"),
        see("The policies", card("Standard")),
        click("One of them", card("Standard")),
        see("Its promises", ".o_form_view .o_field_widget[name=resolution_hours]"),
        go("service_mail_receipt_action"),
        see("The mail that came", card("Received yesterday")),
        go("service_mail_quarantine_action"),
        see("The mail that waits", card("ValueError")),
        click("Look at it", card("ValueError")),
        see("Why it waits", ".o_form_view [name=reason_told]:contains(ValueError)"),
        go("service_claim_action"),
        see("What is asked for", card("HT")),
        click("Look at it", card("HT")),
        see("What and by whom", ".o_form_view [name=create_uid]"),
        go("service_ticket_report_action"),
        {
            content: "Figures of a phone are bars, not six columns",
            trigger: ".o_graph_view canvas",
        },
    ];
}

/**
 * The dialogs of a ticket, one after the other.
 *
 * @returns {Array} steps
 */
function dialogSteps() {
    const settle = ["exchange", "replacement", "credit"].flatMap((kind, number) => [
        click("The buttons", MORE),
        {
            content: kind,
            trigger: "button[name=action_settle]",
            run() {
                const buttons = document.querySelectorAll("button[name=action_settle]");
                [...buttons].filter((one) => one.offsetParent)[number + 1].click();
            },
        },
        see(`What is possible: ${kind}`, ".modal .o_service_settle"),
        ...LEAVE,
    ]);
    return [
        see("The ticket", ".o_service_ticket .oe_title [name=name]"),
        ...settle,
        go("service_ticket_merge_wizard_action"),
        see("What is merged", ".modal .o_kanban_record:contains(Due first)"),
        ...LEAVE,
    ];
}

/**
 * A message that is another matter becomes a ticket of its own.
 *
 * @returns {Array} steps
 */
function splitSteps() {
    const card = ".modal .o_kanban_record:contains(A long line)";
    return [
        see("The ticket", ".o_service_ticket .oe_title [name=name]"),
        go("service_ticket_split_wizard_action"),
        see("What was written", card),
        click("This is it", `${card} [name=taken] input`),
        see("It is chosen", `${card} [name=taken] input:checked`),
        {
            content: "The title of the new one",
            trigger: ".modal [name=name] input",
            run: "edit Another matter",
        },
        click("Split", ".modal footer button[name=action_split]"),
        see("The new ticket", "body:not(:has(.modal)) .o_service_ticket .oe_title"),
    ];
}

/**
 * The composer in a window of its own.
 *
 * @param {Object} say what the screens say in the reader's language
 * @returns {Array} steps
 */
function composerSteps(say) {
    return [
        click("Answer", `.o-mail-Chatter-sendMessage:contains(${say.send})`),
        click("At full size", ".o-mail-Composer [name=open-full-composer]"),
        see("All of it", ".modal .o_mail_composer_form .odoo-editor-editable"),
        click("Write", ".modal .o_mail_composer_form .odoo-editor-editable"),
        {
            content: "and what the editor offers",
            trigger: ".o-toolbar-above-keyboard .o-we-toolbar",
            run: () => checkWidth(".o-toolbar-above-keyboard"),
        },
        ...LEAVE,
    ];
}

/**
 * The queue, a ticket and its dialog on a wide screen: only a subject may be cut.
 *
 * @returns {Array} steps
 */
function wideSteps() {
    const row = ".o_data_row:contains(Due first)";
    const parts = ["thead", "[name=number]", "[name=service_due]", "[name=stage_id]"];
    return [
        {
            content: "The queue",
            trigger: `${row} [name=service_lot_id]:contains(SN-1001)`,
            run() {
                for (const part of [...parts, "[name=service_lot_id]"]) {
                    checkWidth(`.o_list_renderer ${part}`);
                }
            },
        },
        click("Open the ticket", `${row} [name=name]`),
        {
            content: "Who it is can be read",
            trigger: ".o_service_facts [name=partner_id] input",
            run() {
                for (const name of ["partner_id", "partner_email"]) {
                    const input = document.querySelector(
                        `.o_service_facts [name=${name}] input`
                    );
                    if (!input.value || input.scrollWidth > input.clientWidth + 1) {
                        throw new Error(`cut: ${input.value}`);
                    }
                }
            },
        },
        click("Return", ".o_statusbar_buttons button[name=action_settle]:first"),
        {
            content: "What can be returned",
            trigger: ".o_service_settle .o_data_row [name=serial]:contains(SN-1001)",
            run() {
                const rows = ".o_service_settle .o_data_row";
                for (const part of ["document", "product", "serial", "warranty"]) {
                    checkWidth(`${rows} [name=${part}]`);
                }
                checkWidth(".o_service_settle thead");
            },
        },
        ...LEAVE,
    ];
}

const ENGLISH = {
    firstResponse: "First response",
    team: "Team",
    underWarranty: "Under warranty",
    send: "Send message",
    solve: "Solve",
    reopen: "Reopen",
    phone: "Caller",
    create: "Create Ticket",
    takeBack: "Return",
    requested: "Requested",
};
const KOREAN = {
    firstResponse: "최초 응답",
    team: "팀",
    underWarranty: "보증 기간 내",
    send: "메시지",
    solve: "해결",
    reopen: "다시 열기",
    phone: "발신",
    create: "티켓",
    takeBack: "반품",
    requested: "요청됨",
};

for (const [suffix, say] of [
    ["", ENGLISH],
    ["_korean", KOREAN],
]) {
    tours.add(`crm_service_desk_phone_agent${suffix}`, {steps: () => agentSteps(say)});
    tours.add(`crm_service_desk_phone_stages${suffix}`, {steps: stageSteps});
    tours.add(`crm_service_desk_phone_screens${suffix}`, {steps: screenSteps});
    tours.add(`crm_service_desk_phone_dialogs${suffix}`, {steps: dialogSteps});
    tours.add(`crm_service_desk_wide_agent${suffix}`, {steps: wideSteps});
    tours.add(`crm_service_desk_phone_split${suffix}`, {steps: splitSteps});
    tours.add(`crm_service_desk_phone_composer${suffix}`, {
        steps: () => composerSteps(say),
    });
    tours.add(`crm_service_desk_phone_call${suffix}`, {steps: () => callSteps(say)});
    tours.add(`crm_service_desk_phone_return${suffix}`, {
        steps: () => returnSteps(say),
    });
}
