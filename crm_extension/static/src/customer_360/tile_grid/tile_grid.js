import {Component, onMounted, onWillUnmount, useRef, useState} from "@odoo/owl";

import {MetricTile} from "../metric_tile/metric_tile";

const MIN_WIDTH = 150; // pixels that a tile needs for an amount

/** Tiles in rows that are all full, whatever the width: no tile stands alone. */
export class TileGrid extends Component {
    static template = "crm_extension.TileGrid";
    static components = {MetricTile};
    static props = {tiles: Array, open: Function};

    setup() {
        this.root = useRef("root");
        this.state = useState({columns: 6});
        this.observer = new ResizeObserver(() => this.measure());
        onMounted(() => {
            this.measure();
            this.observer.observe(this.root.el);
        });
        onWillUnmount(() => this.observer.disconnect());
    }

    measure() {
        const width = this.root.el.clientWidth;
        const columns = Math.max(2, Math.floor(width / MIN_WIDTH));
        if (columns !== this.state.columns) {
            this.state.columns = columns;
        }
    }

    /** @returns {Object[][]} rows whose lengths differ by one at most */
    get rows() {
        const {tiles} = this.props;
        const count = Math.ceil(tiles.length / this.state.columns);
        const rows = [];
        let first = 0;
        for (let row = 0; row < count; row++) {
            const last = Math.round(((row + 1) * tiles.length) / count);
            rows.push(tiles.slice(first, last));
            first = last;
        }
        return rows;
    }
}
