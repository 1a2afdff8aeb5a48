# SPDX-License-Identifier: Apache-2.0
"""guests_storm.py RIG.json SEED SECONDS - causes faults chosen by the seed on guests under libvirt:
in libvirtd, the agent, the controller, the guest agents, and in guests as a whole.
tests/chaos/libvirt creates the rig and starts this; see README.md.

What is in force is measured from outside, independent of what is broken: the traffic that each
guest sends, at the host's end of its nic.
"""
import base64
import json
import os
import re
import signal
import subprocess
import sys
import time

from chaos import Chaos, Fault, run
from programs import Program
from sla_writer import Ctl, SlaWriter
from tc_watch import Counter, Watch

HOST = "node"
LEASE_S = 3.0
FAULTS_LEAST, FAULTS_MOST = 2, 3
HELD_FOR_S = 2.0  # then a round need not be observed further
BOUND_S = 60  # two processors emulate three guests, and each is reached through libvirt
VIRSH_S = 10
IN_GUESTS = ("kill-qga", "stop-qga", "untie")  # made in the guest, by a command started beforehand
KINDS = ("kill libvirtd", "stop libvirtd", "kill agent", "stop agent", "kill controller",
         "stop controller", "pause", "freeze") + IN_GUESTS
CLASS = re.compile(r"class htb da05:1 root.* rate (\d+)([KMG]?)bit ")
UNITS = {"": 1, "K": 10 ** 3, "M": 10 ** 6, "G": 10 ** 9}
BOUND = "in the guests best effort is limited, and no guarantee is"


class Virsh:
    """The rig's own access to the guests."""

    def __init__(self, uri):
        self.command = ["setsid", "--wait", "virsh", "-q", "-c", uri]

    def ask(self, *words, patience_s=VIRSH_S):
        """Returns the output of a virsh command, or None."""
        try:
            done = subprocess.run(self.command + list(words), stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=patience_s, check=False)
        except subprocess.TimeoutExpired:
            return None
        return done.stdout if done.returncode == 0 else None

    def agent(self, guest, command, **arguments):
        """Returns a guest agent's answer, or None."""
        text = self.ask("qemu-agent-command", "--timeout", "5", guest,
                        json.dumps({"execute": command, "arguments": arguments}))
        return json.loads(text)["return"] if text else None

    def start(self, guest, *words, output=False):
        """Starts a process in the guest; returns its pid, or None."""
        answer = self.agent(guest, "guest-exec", path=words[0], arg=list(words[1:]),
                            **{"capture-output": output})
        return answer and answer["pid"]

    def output(self, guest, *words):
        """Returns the output of a process in the guest, or None."""
        pid = self.start(guest, *words, output=True)
        for _ in range(50 if pid else 0):
            status = self.agent(guest, "guest-exec-status", pid=pid)
            if status is None:
                return None
            if status["exited"]:
                return base64.b64decode(status.get("out-data", "")).decode()
            time.sleep(0.1)
        return None


class GuestsStorm(Chaos):
    # The agent tries to connect to libvirt once a second, it retries a guest agent that hung for as
    # long as these faults last after four seconds at most, and two processors emulate three guests.
    HELD_WITHIN_S = 10.0
    LOOK_S = 12.0
    UP_WITHIN_S = 60
    ENDLESS = IN_GUESTS
    CASES = Chaos.CASES + (BOUND,)

    def __init__(self, rig, seed, seconds):
        super().__init__(rig, seed, seconds)
        self.guests = list(rig["guests"])
        self.virsh = Virsh(rig["uri"])
        self.libvirtd = Program("libvirtd", rig["libvirtd"], rig["libvirtd_log"])
        self.limits = {}

    # --- setting up ---

    def begin(self):
        rig = self.rig
        self.libvirtd.start()
        for name, program, conf in (("controller", "daqs-controllerd", "controllerd"),
                                    ("agent", "daqs-agentd", "agentd-" + HOST)):
            self.programs[name] = Program(
                name, [os.path.join(rig["bin"], program), "--config", f"{self.run}/{conf}.conf"],
                f"{self.run}/{name}.log")
            self.programs[name].start()
        self.ctl = Ctl(os.path.join(rig["bin"], "daqsctl"), rig["admin"])
        self.wait(self.UP_WITHIN_S, "all guests are measured", self.all_up)
        self.watch = Watch({HOST: {
            "gold": Counter(rig["anchor"], rig["guests"]["gold"]["tap"], Counter.RECEIVED),
            "uplink": Counter(rig["anchor"], "uplink"), "tc": {}}})
        time.sleep(3)
        self.prove_need([HOST])
        status, _, errors = self.ctl.ask("set-sla", HOST, "gold", f"{rig['min_bps']}bps")
        assert status == 0, errors
        self.writer = SlaWriter(self.ctl, self.seed, threads=1, pause_s=0.1)
        self.wait(self.UP_WITHIN_S, "best effort is limited", lambda: not self.bound())
        self.writer.go_on()
        self.settle()

    def all_up(self):
        """Checks that the agent is connected, and that each of its guests is measured."""
        rows = self.ctl.table("vms", HOST) or []
        return len(rows) == len(self.guests) and all(row["usage_bps"] is not None for row in rows)

    def supervise(self):
        super().supervise()
        status = self.libvirtd.ended()
        if status is not None:  # not one of our programs
            self.excused.append(f"libvirtd ended by itself, status {status}")
            self.say(self.excused[-1])
            self.libvirtd.start()

    # --- faults ---

    def choose(self):
        """Draws the faults of the next round. All its random values are drawn here."""
        rng = self.rng
        faults, taken = [], set()
        away = rng.random() < 0.3  # for longer than a lease
        for _ in range(rng.randint(FAULTS_LEAST, FAULTS_MOST)):
            kind, _, target = self.draw(KINDS).partition(" ")
            target = target or rng.choice(self.guests)
            at_s, span_s = rng.uniform(0, 1.5), rng.uniform(0.1, 2.5)
            long_s, pause_s = rng.uniform(LEASE_S + 0.5, LEASE_S + 2), rng.uniform(2, 4)
            if kind == "untie":
                target = "noisy"
            if kind in ("pause", "freeze"):
                span_s = pause_s  # limits are lifted meanwhile if the guest is gold
            elif away and kind in ("kill", "stop"):
                span_s = long_s
            if target not in taken:
                taken.add(target)
                faults.append(Fault(kind, target, at_s, span_s))
        for fault in faults:  # libvirt cannot pause a guest then, but the guest can be frozen
            if fault.kind == "pause" and "libvirtd" in taken:
                fault.kind = "freeze"
        return faults

    def program(self, name):
        return self.libvirtd if name == "libvirtd" else self.programs[name]

    def freeze(self, guest, number):
        path = os.path.join(self.rig["pids"], guest + ".pid")
        with open(path, encoding="ascii") as file:
            os.kill(int(file.read()), number)

    def prepare(self, fault):
        """Starts one process in the guest that first waits and then causes the fault."""
        agent = "$(cat /run/qga/pid)"
        what = {"kill-qga": f"kill -KILL {agent}",
                "stop-qga": f"p={agent}; kill -STOP $p; sleep {fault.span_s:.3f}; kill -CONT $p",
                "untie": "tc qdisc del dev eth0 root"}[fault.kind]
        if not self.virsh.start(fault.target, "setsid", "sh", "-c", f"sleep {fault.at_s:.3f}; {what}"):
            self.say(f"the guest cannot be told to: {fault}")

    def break_it(self, fault):
        if fault.kind == "kill":
            self.program(fault.target).kill()
        elif fault.kind == "stop":
            self.program(fault.target).stop()
        elif fault.kind == "pause":
            self.virsh.ask("suspend", fault.target)
        elif fault.kind == "freeze":
            self.freeze(fault.target, signal.SIGSTOP)

    def repair(self, fault):
        if fault.kind == "kill":
            self.program(fault.target).start()
        elif fault.kind == "stop":
            self.program(fault.target).go_on()
        elif fault.kind == "pause":
            self.virsh.ask("resume", fault.target)
        elif fault.kind == "freeze":
            self.freeze(fault.target, signal.SIGCONT)

    def libvirt_answers(self):
        return self.virsh.ask("list") is not None

    # --- a round ---

    def round(self, number):
        faults = self.choose()
        for fault in faults:
            if fault.kind in IN_GUESTS:
                self.prepare(fault)
        began_s = time.monotonic()
        _, repaired_s = self.play(faults)
        # The guest repairs these itself; its init restarts an agent that was killed after a second.
        repaired_s = max([repaired_s] + [began_s + f.at_s + (1 if f.kind == "kill-qga" else f.span_s)
                                     for f in faults if f.kind in IN_GUESTS])
        if any(f.target == "libvirtd" for f in faults):
            self.wait(self.UP_WITHIN_S, "libvirtd answers", self.libvirt_answers)
            repaired_s = max(repaired_s, time.monotonic())
        self.look(repaired_s)
        self.judge_guarantee(HOST, repaired_s)
        self.settle(audit=number % 5 == 0 or not self.programs["controller"].settled)
        self.watch.forget(time.monotonic() - 1)

    def look(self, repaired_s):
        """Waits until the guarantee has been held for a while, LOOK_S at most."""
        while time.monotonic() < repaired_s + self.LOOK_S:
            self.rest(time.monotonic() + 0.2)
            now_s = time.monotonic()
            if now_s < repaired_s + HELD_FOR_S:
                continue
            if self.last_short(self.watch.span(HOST, now_s - HELD_FOR_S, now_s)) == (None, None):
                break
        rows = self.ctl.table("vms", HOST) or []
        self.limits = {row["vm"]: row["limit_bps"] for row in rows}

    def disturbance(self, samples, first, last):
        for sample in samples:  # guests cannot be asked all the time
            sample.limits = {"gold": self.limits.get("gold")}
        return super().disturbance(samples, first, last)

    def settle(self, audit=True):
        self.wait(self.UP_WITHIN_S, "libvirtd answers", self.libvirt_answers)
        super().settle(audit)
        end_s = time.monotonic() + BOUND_S
        while wrong := self.bound():
            self.supervise()
            if time.monotonic() > end_s:
                self.fail(BOUND, wrong)
                self.tell_guest("gold")
                break

    def tell_guest(self, guest):
        """Says whether a guest that sends nothing gets timer interrupts, and what its flows wait for.
        Emulators lose timers now and then."""
        for _ in range(2):
            text = self.virsh.output(guest, "cat", "/proc/interrupts", "/proc/net/tcp") or "no answer"
            for line in text.splitlines():
                if re.search(r"timer|no answer|:14[5-9][0-9A-F] ", line):
                    self.say(f"{guest}: {' '.join(line.split())}")
            time.sleep(1)

    def in_force(self):
        """Returns, by guest, the rate that tc shows; None without a limit set by DAQS. Guests that
        cannot be asked are omitted."""
        found = {}
        for guest in self.guests:
            text = self.virsh.output(guest, "tc", "class", "show", "dev", "eth0")
            if text is not None:
                match = CLASS.search(text)
                found[guest] = int(match[1]) * UNITS[match[2]] if match else None
        return found

    def bound(self):
        """Returns the limits in the guests if they are wrong, else "". Gold sends all the time. The
        split of the rest between the other guests changes meanwhile, but none of them gets more
        than all of it."""
        found = self.in_force()
        rest = self.rig["capacity_bps"] - self.rig["min_bps"]
        good = all((found.get(guest) or rest + 1) <= rest for guest in ("noisy", "idle"))
        gold = found.get("gold", 0)
        return "" if good and (gold is None or gold >= self.rig["min_bps"]) else str(found)

    # --- the end ---

    def last_look(self):
        self.say("the last look")
        self.settle()
        self.end_programs()

    def end(self):
        super().end()
        for guest in self.guests:
            self.freeze(guest, signal.SIGCONT)
        self.libvirtd.go_on()
        self.libvirtd.destroy()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rig = json.load(file)
    return run(GuestsStorm(rig, int(sys.argv[2]), float(sys.argv[3])))


sys.exit(main())
