/* Making and changing elements. Text is only ever text: whatever names say, they are no markup. */

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

/* el("td", {class: "number", on: {click: f}}, "text", node...). Attributes are the code's own. */
export function el(name, props = {}, ...children) {
    return fill(document.createElement(name), props, children);
}

export function svg(name, props = {}, ...children) {
    return fill(document.createElementNS(SVG, name), props, children);
}

/* Only if it differs, so that a selection and a screen reader stay where they are. */
export function setText(node, text) {
    if (node.textContent !== text)
        node.textContent = text;
}

export function setAttribute(node, name, value) {
    if (node.getAttribute(name) !== String(value))
        node.setAttribute(name, value);
}

/* Elements for rows of data, kept from one showing to the next.
 * make(row) gives {node, update(row)}; key(row) tells rows apart. */
export class Keyed {
    constructor(parent, key, make) {
        this.parent = parent;
        this.key = key;
        this.make = make;
        this.kept = new Map();
    }

    /* In this order, after what is not ours; who has the keyboard's focus keeps it. */
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
