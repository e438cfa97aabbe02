import {download} from "@web/core/network/download";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const PAGE = ".o_crm_360_body:not(.o_crm_360_stale)";
const tours = registry.category("web_tour.tours");

/** The header stays on top while the page is scrolled. */
function checkSticky() {
    const content = document.querySelector(".o_crm_360_content");
    const header = document.querySelector(".o_crm_360_header");
    content.scrollTop = 400;
    const moved = content.scrollTop;
    const distance = Math.abs(
        header.getBoundingClientRect().top - content.getBoundingClientRect().top
    );
    if (moved < 300 || distance > 2) {
        throw new Error(`scrolled ${moved}, the header is ${distance} away`);
    }
    content.scrollTop = 0;
}

/** A tile has its value, its change, its course and its definition. */
function checkTile() {
    const tile = document.querySelector(`${PAGE} .o_crm_360_tile[data-key=revenue]`);
    const points = tile.querySelector("polyline").getAttribute("points").trim();
    if (points.split(/\s+/).length < 12) {
        throw new Error(`the course is ${points}`);
    }
    if (!tile.textContent.includes("to the period before")) {
        throw new Error(`no change: ${tile.textContent}`);
    }
    const basis = tile.parentElement.querySelector(".o_crm_360_basis");
    if (getComputedStyle(basis).display !== "none") {
        throw new Error("the definition is in the way");
    }
    tile.focus({focusVisible: true});
    if (getComputedStyle(basis).display !== "block") {
        throw new Error("the definition is not shown");
    }
    if (!basis.textContent.includes("income accounts")) {
        throw new Error(`it says ${basis.textContent}`);
    }
}

tours.add("crm_extension_customer_360_menu_tour", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "The application",
            trigger: ".o_app[data-menu-xmlid='crm.crm_menu_root']",
            run: "click",
        },
        {
            trigger: "button[data-menu-xmlid='crm.crm_menu_sales']",
            run: "click",
        },
        {
            trigger:
                ".dropdown-item[data-menu-xmlid='crm_extension.crm_customer_360_menu']",
            run: "click",
        },
        {
            content: "A customer of the list",
            trigger: ".o_list_view .o_searchview_input",
            run: "edit Northwind",
        },
        {
            trigger: ".o_list_view .o_searchview_input",
            run: "press Enter",
        },
        {
            trigger: ".o_data_row:contains(Northwind) td[name=complete_name]",
            run: "click",
        },
        {
            content: "The customer's page with who cares for him",
            trigger: `${PAGE}[data-extras=true] .o_crm_360_tile[data-key=revenue]`,
        },
        {
            trigger: ".o_crm_360_facts:contains(Sandra Seller)",
        },
        {
            trigger: ".o_crm_360_facts:contains(Last contact)",
            run: checkSticky,
        },
        {
            trigger: `${PAGE} .o_crm_360_tile[data-key=revenue] polyline`,
            run: checkTile,
        },
        {
            content: "To the company above",
            trigger: ".o_crm_360_hierarchy button:contains(Holding)",
            run: "click",
        },
        {
            trigger: `.o_crm_360_name:contains(Holding)`,
        },
        {
            content: "Its whole group",
            trigger: ".o_crm_360_scope[data-scope=group]",
            run: "click",
        },
        {
            trigger: `${PAGE}[data-scope=group] .o_crm_360_tile[data-key=revenue][data-value='1900']`,
        },
    ],
});

tours.add("crm_extension_customer_360_snooze_tour", {
    steps: () => [
        {
            trigger: `${PAGE} .o_crm_360_step[data-step=overdue] .o_crm_360_aside`,
            run: "click",
        },
        {
            trigger: ".modal #o_crm_360_snooze",
            run: "click",
        },
        {
            content: "A day to come",
            trigger: ".modal input[type=date]:enabled",
            run() {
                const input = document.querySelector(".modal input[type=date]");
                input.value = "2099-12-31";
                input.dispatchEvent(new Event("input", {bubbles: true}));
                input.dispatchEvent(new Event("change", {bubbles: true}));
            },
        },
        {
            trigger: ".modal .o_crm_360_reason",
            run: "edit Pays on the last of the month",
        },
        {
            trigger: ".modal .o_crm_360_confirm:enabled",
            run: "click",
        },
        {
            trigger: `body:not(:has(.modal)) ${PAGE}:not(:has([data-step=overdue]))`,
        },
    ],
});

tours.add("crm_extension_my_customers_tour", {
    steps: () => [
        {
            content: "My customers, with their figures",
            trigger: ".o_list_view .o_data_row:contains(Contoso)",
        },
        {
            trigger:
                ".o_data_row:contains(Northwind) td[name=portfolio_overdue]:contains(1,000.00)",
        },
        {
            content: "Only who is overdue",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_filter_menu .o_menu_item:contains(Overdue)",
            run: "click",
        },
        {
            trigger:
                ".o_list_view:not(:has(.o_data_row:contains(Contoso))) .o_data_row:contains(Northwind)",
        },
        {
            trigger: ".o_data_row:contains(Northwind) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "A tag for all that are chosen",
            trigger: "button[name=action_portfolio_tag]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=add_ids] input",
            run: "edit Late payer",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains(Late payer)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=add_ids] .o_tag:contains(Late payer)",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "A row opens the customer's page",
            trigger:
                "body:not(:has(.modal)) .o_data_row:contains(Northwind) td[name=complete_name]",
            run: "click",
        },
        {
            trigger: `${PAGE} .o_crm_360_tile[data-key=overdue][data-value='1000']`,
        },
    ],
});

/** @returns {Object[]} steps that choose both customers of the list */
function chooseBoth() {
    return ["Northwind", "Contoso"].map((name) => ({
        content: `${name} is chosen`,
        trigger: `.o_list_view .o_data_row:contains(${name}) .o_list_record_selector input`,
        run: "click",
    }));
}

tours.add("crm_extension_my_customers_activity_tour", {
    steps: () => [
        ...chooseBoth(),
        {
            content: "One activity for each that is chosen",
            trigger: "button[name=action_portfolio_activity]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=summary] input",
            run: "edit Ask for the order",
        },
        {
            trigger: ".modal button[name=action_schedule_activities]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_list_view .o_data_row",
        },
    ],
});

const saveFile = download._download;

tours.add("crm_extension_my_customers_export_tour", {
    steps: () => [
        {
            content: "The list as a spreadsheet",
            trigger: ".o_list_view .o_data_row:contains(Northwind)",
            run() {
                download._download = async (options) => {
                    const name = await saveFile(options);
                    document.body.dataset.saved = name;
                    return name;
                };
            },
        },
        {
            trigger: ".o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {
            trigger: ".o_export_all_menu",
            run: "click",
        },
        {
            trigger: "body[data-saved$='.xlsx']",
            run() {
                download._download = saveFile;
            },
        },
    ],
});
