# SPDX-License-Identifier: Apache-2.0
"""storm.py RIG.json SEED SECONDS - causes faults chosen by the seed, round after round, and checks
what must hold after each. tests/chaos/run creates the rig and starts this; see README.md.

Each round makes up to three overlapping faults. Guarantees must be held within two seconds of the
last repair; then the rest is checked. Rounds without kills alternate with rounds that kill, so that
processes live long enough for a leak to show.
"""
import json
import os
import signal
import struct
import sys
import time

from chaos import Chaos, Fault, run
from programs import Program, quantiles, spawn
from sla_writer import Ctl, SlaWriter
from tc_watch import Counter, GuestTc, LogCount, Watch

LEASE_S = 3.0
TICK_S = 0.1  # an agent checks its lease at this period,
POLL_S = 0.1  # and polls its guests at this one
SLACK_S = 0.5  # for the machine: two cores, six guests, traffic and this program
ROUNDS_IN_A_CHAPTER = 4  # with kills, then the same number without
FAULTS_MOST = 3
HOUR_S = 3600
PROXY_MODES = ("drop", "blackhole", "delay 300", "cut", "tiny", "garble", "duplicate")
SILENT_MODES = ("drop", "blackhole")  # nothing passes from the first moment on
OTHERS = ("stop controller", "stop agent", "stop-qga", "disk-full", "clock", "pause") + tuple(
    "bus " + mode for mode in PROXY_MODES)
KILLS = ("kill controller", "kill agent", "kill-qga", "reboot") + OTHERS
LEASES = "no limit outlives its lease"
HOSTILE = "a hostile host is connected, sends, and lets no lease expire"
HOSTILE_EVERY = 3  # rounds
HOSTILE_RATE = 1000  # messages a second
PROVOKED = ("messages_refused", "reports_unfit", "hellos_put_off")  # counters of the controller


class Storm(Chaos):
    ENDLESS = ("clock",)  # a stepped clock stays as it is
    CASES = Chaos.CASES + (LEASES, HOSTILE)

    def __init__(self, rig, seed, seconds):
        super().__init__(rig, seed, seconds)
        self.overtime = []
        self.local_splits = 0
        self.proxies = {}
        self.filler = os.path.join(self.run, "disk", "filler")
        self.disk_was_full = False
        self.hostile = None
        self.counted = 0  # provocations, when the flood began
        self.begun = 0  # of the flood, when the round began
        self.floods = []  # (messages sent, messages that the controller counted as provocations)

    # --- setting up ---

    def begin(self):
        rig, seed = self.rig, self.seed
        shim = {"LD_PRELOAD": rig["shim"]}
        for host in rig["hosts"]:
            name = host["name"]
            proxy = spawn([sys.executable, os.path.join(os.path.dirname(__file__), "proxy.py"),
                           str(host["proxy_port"]), str(rig["bus_port"]), str(seed)],
                          stdin=-1, stdout=-1, text=True)
            self.proxies[name] = proxy
            assert proxy.stdout.readline() == "ok\n"
        for name, program in [("controller", "daqs-controllerd")] + [
                ("agent-" + host["name"], "daqs-agentd") for host in rig["hosts"]]:
            conf = "controllerd" if name == "controller" else "agentd-" + name[6:]
            clock = os.path.join(self.run, f"{name}.clock")
            with open(clock, "wb") as file:
                file.write(struct.pack("q", 0))
            self.programs[name] = Program(
                name, [os.path.join(rig["bin"], program), "--config", f"{self.run}/{conf}.conf"],
                f"{self.run}/{name}.log", dict(shim, WALL_SHIM_FILE=clock))
            self.programs[name].start()
        self.ctl = Ctl(os.path.join(rig["bin"], "daqsctl"), rig["admin"])
        hosts = {}
        for host in rig["hosts"]:
            guests = {guest["name"]: guest for guest in host["guests"]}
            hosts[host["name"]] = {
                "gold": Counter(guests["gold"]["anchor"], "eth0"),
                "uplink": Counter(host["anchor"], "uplink"),
                "splits": LogCount(f"{self.run}/agent-{host['name']}.log", "splitting the uplinks"),
                "tc": {name: GuestTc(guest["namespace"]) for name, guest in guests.items()}}
        self.wait(60, "all hosts are up", self.all_up)
        self.watch = Watch(hosts)
        time.sleep(2)
        self.prove_need(hosts)
        for host in rig["hosts"]:
            status, _, errors = self.ctl.ask("set-sla", host["name"], "gold", f"{rig['min_bps']}bps")
            assert status == 0, errors
        self.writer = SlaWriter(self.ctl, seed)
        self.wait(30, "best effort is limited", self.all_limited)
        self.writer.go_on()
        time.sleep(self.LOOK_S)
        self.settle()

    def all_up(self):
        up = {row["host"] for row in self.ctl.table("hosts") or [] if row["state"] == "up"}
        return up >= {host["name"] for host in self.rig["hosts"]}

    def all_limited(self):
        return all(samples and samples[-1].limits["noisy"] for samples in
                   self.watch.samples.values())

    def end(self):
        super().end()
        if self.hostile:
            self.hostile.kill()
        for proxy in self.proxies.values():
            proxy.kill()

    # --- faults ---

    def choose(self, kills):
        """Draws the faults of the next round. All its random values are drawn here."""
        rng = self.rng
        hosts = [host["name"] for host in self.rig["hosts"]]
        faults, taken = [], set()
        away = rng.random() < 0.5  # for longer than a lease
        for _ in range(rng.randint(1, FAULTS_MOST)):
            kind, _, detail = self.draw(KILLS if kills else OTHERS).partition(" ")
            host = rng.choice(hosts)
            guest = rng.choice(["gold", "noisy", "idle"])
            at_s, span_s = rng.uniform(0, 1.5), rng.uniform(0.1, 2.5)
            long_s, pause_s = rng.uniform(LEASE_S + 1.5, LEASE_S + 3), rng.uniform(2, 4)
            program = rng.choice(["controller", "agent-" + host])
            hour = rng.choice(["+1h", "-1h", "0h"])
            target = {"bus": host, "disk-full": "", "clock": program, "pause": f"{host}/gold",
                      "reboot": f"{host}/noisy"}.get(kind, f"{host}/{guest}")
            if kind in ("kill", "stop"):
                target, detail = {"controller": "controller", "agent": "agent-" + host}[detail], ""
            if away and (target == "controller" or detail in SILENT_MODES):
                span_s = long_s
            if kind == "clock":
                detail = hour
            if kind == "pause":
                span_s = pause_s  # limits are lifted meanwhile
            key = (kind in ("bus", "clock", "pause"), kind == "clock", target)
            if key not in taken:
                taken.add(key)
                faults.append(Fault(kind, target, at_s, span_s, detail))
        return faults

    def guest(self, target):
        host, name = target.split("/")
        for h in self.rig["hosts"]:
            for guest in h["guests"]:
                if (h["name"], guest["name"]) == (host, name):
                    return guest
        raise KeyError(target)

    def qga(self, target):
        """Returns the pids of the loop that restarts the guest agent and of the guest agent."""
        with open(self.guest(target)["qga_pid"], encoding="ascii") as file:
            pid = int(file.read())
        return self.guest(target)["qga_loop"], pid

    def bus(self, host, mode):
        proxy = self.proxies[host]
        proxy.stdin.write(mode + "\n")
        proxy.stdin.flush()
        assert proxy.stdout.readline() == "ok\n"

    def fill_disk(self):
        with open(self.filler, "wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    pass

    def break_it(self, fault):
        kind, target = fault.kind, fault.target
        if kind == "kill":
            self.programs[target].kill()
        elif kind == "stop":
            self.programs[target].stop()
        elif kind == "bus":
            self.bus(target, fault.detail)
        elif kind == "disk-full":
            self.disk_was_full = True
            self.fill_disk()
        elif kind == "clock":
            with open(os.path.join(self.run, f"{target}.clock"), "r+b") as file:
                file.write(struct.pack("q", int(fault.detail[:-1]) * HOUR_S))
        elif kind == "pause":
            os.kill(self.guest(target)["client"], signal.SIGSTOP)
        elif kind == "stop-qga":
            fault.pid = self.qga(target)[1]
            os.kill(fault.pid, signal.SIGSTOP)
        else:
            loop, pid = self.qga(target)
            os.kill(loop, signal.SIGSTOP)
            os.kill(pid, signal.SIGKILL)
            if kind == "reboot":
                spawn(["tc", "-n", self.guest(target)["namespace"], "qdisc", "del", "dev", "eth0",
                       "root"], stderr=-3).wait()

    def repair(self, fault):
        kind, target = fault.kind, fault.target
        if kind == "kill":
            self.programs[target].start()
        elif kind == "stop":
            self.programs[target].go_on()
        elif kind == "bus":
            self.bus(target, "pass")
        elif kind == "disk-full":
            os.unlink(self.filler)
        elif kind == "pause":
            os.kill(self.guest(target)["client"], signal.SIGCONT)
        elif kind == "stop-qga":
            os.kill(fault.pid, signal.SIGCONT)
        elif kind in ("kill-qga", "reboot"):
            os.kill(self.guest(target)["qga_loop"], signal.SIGCONT)

    def excuse(self, program, status, tail):
        full = "full" in tail or "No space" in tail
        if program.name == "controller" and status == 1 and self.disk_was_full and full:
            return "the controller does not start on a full disk"
        return None

    # --- the hostile host ---

    def hostile_begin(self, number):
        """It sends past the proxies, until the round is judged. It would run on another machine: once
        it is connected, it only gets processor time that is left over here."""
        rig, run_dir = self.rig, self.run
        self.say("a hostile host floods the controller")
        self.counted = self.provoked() or 0
        self.hostile = spawn(
            [rig["hostile"], f"tcp://127.0.0.1:{rig['bus_port']}", "hostile",
             f"{run_dir}/hostile.key", f"{run_dir}/controller.key.pub", "mixed", str(HOSTILE_RATE)],
            stdout=-1, stderr=-3, text=True,
            env=dict(os.environ, DAQS_SEED=str(self.seed * 1000 + number)))
        self.wait(60, "the controller counts a provocation", self.has_provoked)
        for thread in os.listdir(f"/proc/{self.hostile.pid}/task"):
            os.sched_setscheduler(int(thread), os.SCHED_IDLE, os.sched_param(0))

    def has_provoked(self):
        """Notes what was counted so far: a controller that is started again counts from 0."""
        self.begun = max(0, (self.provoked() or 0) - self.counted)
        return self.begun > 0

    def provoked(self):
        """Returns what the controller has counted; None if it does not answer."""
        rows = self.ctl.table("status")
        return rows and sum(int(row["value"]) for row in rows if row["name"] in PROVOKED)

    def hostile_end(self, faults, repaired_s):
        """Ends it, and checks that meanwhile every agent whose connection was not broken by a
        fault always had a newer lease in time."""
        broken = {f.target for f in faults if f.kind in ("bus", "kill", "stop")}
        for host in self.watch.samples:
            if broken & {host, "agent-" + host, "controller"}:
                continue
            samples = self.watch.span(host, repaired_s + self.HELD_WITHIN_S, time.monotonic())
            if samples and samples[-1].splits > samples[0].splits:
                self.fail(HOSTILE, f"{host}: it followed its own readings")
        provoked = self.provoked() or 0
        if provoked >= self.counted:  # else the controller was started since, and counts from 0
            provoked -= self.counted
        self.hostile.terminate()
        said, _ = self.hostile.communicate(timeout=30)
        sent = int(said.split()[0]) if said else 0
        self.hostile = None
        if not self.floods:  # it has as much room in the controller's memory as it will ever have
            self.programs["controller"].settled = []
        provoked = max(provoked, self.begun)
        self.floods.append((sent, provoked))
        self.say(f"the hostile host sent {sent} messages; provocations counted: {provoked}")

    # --- a round ---

    def round(self, number):
        hostile = number % HOSTILE_EVERY == 1
        if hostile:
            self.hostile_begin(number)
        faults = self.choose(number // ROUNDS_IN_A_CHAPTER % 2 == 0)
        times, repaired_s = self.play(faults)
        # With a hostile host, for long enough that a lease that is not renewed would expire.
        self.rest(repaired_s + self.LOOK_S + (LEASE_S if hostile else 0))
        if hostile:
            self.hostile_end(faults, repaired_s)
        self.disk_was_full = False
        for host in (h["name"] for h in self.rig["hosts"]):
            self.judge_guarantee(host, repaired_s)
            self.judge_lease(host, faults, times)
        # A query first, because the controller's reader opens files with its first query.
        self.settle(audit=number % 5 == 0 or not self.programs["controller"].settled)
        self.watch.forget(time.monotonic() - 1)

    # --- leases ---

    def judge_lease(self, host, faults, times):
        """Checks that an agent whose controller was away for longer than a lease, from the agent's
        side, followed its own readings as soon as the lease expired. The agent logs this. The
        limits show no difference, because it runs the same policy: noisy stays limited."""
        agent = "agent-" + host
        silent = None
        for f in faults:
            away = f.target == "controller" and f.kind in ("kill", "stop") or (
                f.kind == "bus" and f.target == host and f.detail in SILENT_MODES)
            if away and f.span_s > LEASE_S + TICK_S + POLL_S + SLACK_S + 0.2:
                silent = times[f]
            # An agent that was disturbed itself, or could not reach its guests, is not judged.
            if f.target == agent or f.target.startswith(host + "/") and f.kind != "pause":
                return
        if silent is None:
            return
        for f in faults:  # another fault came first: the lease may have begun earlier
            if times[f][0] < silent[0] and f.kind in ("kill", "stop", "bus"):
                return
        samples = self.watch.span(host, *silent)
        alone = [s for s in samples if s.splits > samples[0].splits]
        since_s = alone[0].s if alone else silent[1]
        over_s = max(0.0, since_s - silent[0] - LEASE_S)
        self.local_splits += 1
        self.overtime.append(over_s)
        if not alone or over_s > TICK_S + SLACK_S:
            self.fail(LEASES, f"{host}: it was not over {since_s - silent[0]:.2f} s after the last word")
        if any(f.kind == "pause" and f.target.startswith(host + "/") for f in faults):
            return
        free = [s for s in alone if not s.limits["noisy"]]
        if free:
            self.fail(LEASES, f"{host}: without a controller, {free[0].s - since_s:.2f} s after the "
                      "lease, nothing is kept free for gold")

    # --- the end ---

    def last_look(self):
        self.say("the last look")
        for name in self.proxies:
            self.bus(name, "pass")
        self.settle()
        self.end_programs()

    def verdict(self):
        if self.overtime:
            p50, p99, most = quantiles(self.overtime)
            print(f"leases that ran out, {self.local_splits}: the agents went by their own readings "
                  f"p50 {p50:.2f} s, p99 {p99:.2f} s, max {most:.2f} s after the lease")
        print(f"hostile host, (sent, provocations counted) by round: {self.floods}")
        if not all(sent and provoked for sent, provoked in self.floods) or not self.floods:
            self.fail(HOSTILE, "it was not connected, or sent nothing")
        return super().verdict()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rig = json.load(file)
    return run(Storm(rig, int(sys.argv[2]), float(sys.argv[3])))


sys.exit(main())
