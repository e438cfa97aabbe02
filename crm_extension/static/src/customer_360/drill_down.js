import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

/** Lists that show the aggregate of a figure; addons may add theirs. */
export const drillDownActions = registry.category("crm_extension.drill_downs");
drillDownActions
    .add("account.move.line", "crm_extension.account_move_line_action_customer_360")
    .add("account.move", "crm_extension.account_move_action_customer_360")
    .add("sale.order", "crm_extension.sale_order_action_customer_360");

/**
 * Open the list of exactly the records that a figure counts: where there are none, no
 * sample records, which core's lists show and add up.
 * @param {Object} action the action service
 * @param {Object} figure what has model, domain and label: a metric, an item of one,
 *     a bar of a chart, a table, a step
 * @param {String} customer name of the customer, for the title
 */
export async function openDrillDown(action, figure, customer) {
    const xmlId = drillDownActions.get(figure.model, null);
    const base = xmlId ? await action.loadAction(xmlId) : {};
    return action.doAction({
        type: "ir.actions.act_window",
        res_model: figure.model,
        views: base.views || [
            [false, "list"],
            [false, "form"],
        ],
        name: `${figure.label}: ${customer}`,
        domain: figure.domain,
        useSampleModel: false,
        context: {
            ...user.context,
            create: false,
            customer_360_sign: figure.sign || 1,
            customer_360_aggregate: figure.aggregate || "",
            customer_360_conversion: figure.conversion || false,
        },
        target: "current",
    });
}
