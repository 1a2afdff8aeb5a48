/* SPDX-License-Identifier: Apache-2.0 */
/* Creates and changes elements. Texts are never parsed as markup, whatever names contain. */

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
    for (const [name, value] of Object.entries(props)) {
        if (value === null || value === undefined || value === false)
            continue;
        if (name === "on")
            for (const [event, handler] of Object.entries(value))
                node.addEventListener(event, handler);
        else
            node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
}

/* el("td", {class: "number", on: {click: f}}, "text", node...). Attributes must not contain
 * untrusted data. */
export function el(name, props = {}, ...children) {
    return fill(document.createElement(name), props, children);
}

export function svg(name, props = {}, ...children) {
    return fill(document.createElementNS(SVG, name), props, children);
}

/* Sets the text only if it differs, so that selections and screen readers keep their place. */
export function setText(node, text) {
    if (node.textContent !== text)
        node.textContent = text;
}

export function setAttribute(node, name, value) {
    if (node.getAttribute(name) !== String(value))
        node.setAttribute(name, value);
}

/* Elements for rows of data, which are kept from one call of show() to the next. make(row) returns
 * {node, update(row)}; key(row) identifies a row. */
export class Keyed {
    constructor(parent, key, make) {
        this.parent = parent;
        this.key = key;
        this.make = make;
        this.kept = new Map();
    }

    /* Shows the rows in this order, after other children of the parent. The element with the
     * keyboard focus keeps it. */
    show(rows) {
        const focused = document.activeElement;
        const next = new Map();
        for (const row of rows) {
            const key = this.key(row);
            const item = this.kept.get(key) ?? this.make(row);
            item.update(row);
            next.set(key, item);
        }
        for (const [key, item] of this.kept)
            if (!next.has(key))
                item.node.remove();
        let place = null;
        for (const item of [...next.values()].reverse()) {
            if (item.node.parentNode !== this.parent || item.node.nextSibling !== place)
                this.parent.insertBefore(item.node, place);
            place = item.node;
        }
        this.kept = next;
        if (focused !== document.activeElement && this.parent.contains(focused))
            focused.focus({preventScroll: true});
    }
}
