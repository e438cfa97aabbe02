import {ServiceContextPanel} from "@crm_service_desk/components/context_panel/context_panel.esm";
import {patch} from "@web/core/utils/patch";

const STYLES = {
    prospect: "text-bg-info",
    new: "text-bg-info",
    active: "text-bg-success",
    declining: "text-bg-warning",
    lapsed: "text-bg-danger",
};

/**
 * The customer of a ticket with his life-cycle stage, for who is told it, and the way to
 * his page.
 */
patch(ServiceContextPanel.prototype, {
    setup() {
        super.setup();
        this.state.stage = null;
    },

    async load(record) {
        const before = this.state.context;
        await super.load(record);
        const context = this.state.context;
        if (!context || context === before) {
            return;
        }
        this.state.stage = null;
        const partner = context.customer.commercial_partner_id;
        if (partner) {
            const [answer] = await this.orm.call("res.partner", "get_customer_360", [
                [partner],
                {include: ["header"], timeline_limit: 0},
            ]);
            const stage = answer.header?.stage;
            this.state.stage = stage && {...stage, style: STYLES[stage.key]};
        }
    },

    async openCustomer() {
        const partner = this.state.context.customer.commercial_partner_id;
        this.action.doAction(
            await this.orm.call("res.partner", "action_open_customer_360", [[partner]])
        );
    },
});
