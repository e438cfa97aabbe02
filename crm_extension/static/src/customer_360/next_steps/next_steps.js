import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

import {Component} from "@odoo/owl";

import {composeMail, newQuotation, planActivity} from "../customer_actions";
import {AsideDialog} from "./aside_dialog";

const COLORS = {danger: "text-danger", warning: "text-warning", info: "text-info"};
const ICONS = {
    danger: "fa-exclamation-circle",
    warning: "fa-clock-o",
    info: "fa-lightbulb-o",
};

/** What to do next: each step says why, and has one button. */
export class NextSteps extends Component {
    static template = "crm_extension.NextSteps";
    static props = {
        steps: Array,
        page: Object,
        scope: String,
        open: Function,
    };

    setup() {
        this.dialog = useService("dialog");
        this.notification = useService("notification");
    }

    icon(step) {
        return `${ICONS[step.severity]} ${COLORS[step.severity]}`;
    }

    run(step) {
        const {page} = this.props;
        switch (step.action.kind) {
            case "mail":
                return composeMail(page, step.action.subject);
            case "quotation":
                return newQuotation(page);
            case "activity":
                return planActivity(page);
            default:
                return this.props.open(step);
        }
    }

    putAside(step) {
        this.dialog.add(AsideDialog, {
            step,
            decide: (decision) => this.decide(step, decision),
        });
    }

    async decide(step, decision) {
        const {page, scope} = this.props;
        await page.orm.call("res.partner", "decide_next_step", [
            [page.partner.id],
            step.key,
            {...decision, scope},
        ]);
        this.notification.add(_t("“%s” was put aside.", step.label), {type: "info"});
        await page.reload();
    }

    async openDecisions() {
        const {page} = this.props;
        const action = await page.action.loadAction(
            "crm_extension.crm_customer_step_decision_action"
        );
        const domain = [["partner_id", "in", page.memberIds]];
        return page.action.doAction({...action, domain}, {onClose: page.reload});
    }
}
