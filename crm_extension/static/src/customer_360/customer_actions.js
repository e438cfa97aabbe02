import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

/**
 * Buttons of the header. Addons add theirs:
 * `label`, `icon`, `sequence` (of the registry), `isAvailable(page)` (Boolean or a
 * promise of one, asked once for each customer) and `run(page)`, where `page` has
 * `partner` (fields read of the contact), `header` (of the answer), `action` and `orm`
 * (services) and `reload`.
 */
export const customerActions = registry.category("crm_extension.customer_actions");

/**
 * Open the mail composer on a contact.
 * @param {Object} page
 * @param {String} subject "" for none
 */
export function composeMail(page, subject = "") {
    const context = {
        default_model: "res.partner",
        default_res_ids: [page.partner.id],
        default_partner_ids: [page.partner.id],
        default_composition_mode: "comment",
    };
    if (subject) {
        context.default_subject = subject;
    }
    return page.action.doAction(
        {
            type: "ir.actions.act_window",
            name: _t("Send a mail"),
            res_model: "mail.compose.message",
            views: [[false, "form"]],
            target: "new",
            context,
        },
        {onClose: page.reload}
    );
}

/** Open a new quotation for a contact. */
export function newQuotation(page) {
    return page.action.doAction({
        type: "ir.actions.act_window",
        res_model: "sale.order",
        views: [[false, "form"]],
        context: {default_partner_id: page.partner.id},
    });
}

/** Open the wizard that plans an activity on a contact. */
export function planActivity(page) {
    return page.action.doAction(
        {
            type: "ir.actions.act_window",
            name: _t("Schedule an activity"),
            res_model: "mail.activity.schedule",
            views: [[false, "form"]],
            target: "new",
            context: {
                active_model: "res.partner",
                active_id: page.partner.id,
                active_ids: [page.partner.id],
            },
        },
        {onClose: page.reload}
    );
}

customerActions
    .add(
        "call",
        {
            label: _t("Call"),
            icon: "fa-phone",
            isAvailable: ({partner}) => Boolean(partner.phone),
            href: ({partner}) => `tel:${partner.phone.replace(/[^+\d]/g, "")}`,
        },
        {sequence: 10}
    )
    .add(
        "mail",
        {
            label: _t("Send mail"),
            icon: "fa-envelope-o",
            isAvailable: () => true,
            run: (page) => composeMail(page),
        },
        {sequence: 20}
    )
    .add(
        "quotation",
        {
            label: _t("New quotation"),
            icon: "fa-file-text-o",
            isAvailable: () => user.checkAccessRight("sale.order", "create"),
            run: newQuotation,
        },
        {sequence: 30}
    )
    .add(
        "print",
        {
            label: _t("Print"),
            icon: "fa-print",
            isAvailable: ({header}) => Boolean(header.review_action),
            run: (page) =>
                page.action.doAction(page.header.review_action, {
                    additionalContext: {
                        active_model: "res.partner",
                        active_id: page.partner.id,
                        active_ids: [page.partner.id],
                    },
                }),
        },
        {sequence: 90}
    );
