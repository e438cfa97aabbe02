import {registry} from "@web/core/registry";

import {tileSteps} from "@crm_extension/../tests/tours/customer_360_tour";

/** All that an agent's page has opens its list. */
registry.category("web_tour.tours").add("crm_extension_service_desk_tiles_tour", {
    steps: () => tileSteps(["open_tickets", "last_contact_in"]),
});
