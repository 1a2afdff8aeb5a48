/* SPDX-License-Identifier: Apache-2.0 */
/* Events as they are recorded: by the controller, or by each member of its group, which numbers its
 * own. */

import {Refused, request} from "./connection.js";

const MEMBERS_EVERY = 10; /* turns */

export class EventsFeed {
    constructor() {
        this.members = [""]; /* this one: a controller without a group */
        this.newest = new Map(); /* by member: the number of its newest event */
        this.turns = 0;
        this.untold = [];
    }

    async findMembers(signal) {
        const status = await request("status", {}, signal);
        const grouped = status.some((row) => row.name === "member");
        this.members = grouped ? (await request("members", {}, signal)).map((row) => row.member) : [""];
    }

    async ask(member, params, signal) {
        const after = this.newest.get(member);
        const events = await request("events", {...params, member, after}, signal);
        if (events.length > 0)
            this.newest.set(member, events.reduce((most, event) => Math.max(most, event.id), 0));
        this.untold.push(...events.map((event) => ({...event, member})));
    }

    /* Returns the events since the last call; at first, those that the parameters ask for. Calls
     * silent() with the reason why a member of several gives none, or with null. */
    async next(params, signal, silent) {
        if (this.turns % MEMBERS_EVERY === 0)
            await this.findMembers(signal);
        this.turns++;
        const reasons = [];
        for (const member of this.members) {
            try {
                await this.ask(member, params, signal);
            } catch (error) {
                if (!(error instanceof Refused) || this.members.length === 1)
                    throw error;
                reasons.push(`no events of ${member}: ${error.message}`);
            }
        }
        silent(reasons.length > 0 ? reasons.join("; ") : null);
        return this.untold.splice(0);
    }
}
