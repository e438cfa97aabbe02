import {registry} from "@web/core/registry";

import {tileSteps} from "@crm_extension/../tests/tours/customer_360_tour";

/** Tiles of subscriptions open the contracts that they add up. */
registry.category("web_tour.tours").add("crm_extension_subscription_tiles_tour", {
    steps: () => tileSteps(["mrr", "renewal_date"]),
});
