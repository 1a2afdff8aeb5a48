# SPDX-License-Identifier: Apache-2.0
"""Scripts that a test of the dashboard runs within the browser."""

# Runs before the page: records what the content security policy refused.
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) =>
    window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""

# Numbers the elements that can have the keyboard focus; returns how many there are.
FOCUSABLE = """
const able = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
    .filter((node) => node.checkVisibility() && !node.disabled);
able.forEach((node, i) => { node.dataset.number = i; });
return able.length;
"""

# Returns [texts with a contrast below 4.5, number of texts checked], by the formula of WCAG.
CONTRAST = """
const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((c) => c / 255).map((c) => (c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4));
    return .2126 * r + .7152 * g + .0722 * b;
};
const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement)
        layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
};
const poor = [];
let looked = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || !node.checkVisibility() || node.closest('.unseen, script, option'))
        continue;
    looked++;
    const below = ground(node);
    const above = over(parse(getComputedStyle(node).color), below);
    const [a, b] = [light(above), light(below)];
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < 4.5)
        poor.push(`${contrast.toFixed(2)} ${text.slice(0, 40)}`);
}
return [[...new Set(poor)], looked];
"""
