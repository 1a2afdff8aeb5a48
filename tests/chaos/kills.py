# SPDX-License-Identifier: Apache-2.0
"""kills.py RUN BIN PORT HOSTS KILLS SEED [insecure] - see tests/chaos/controller_kills."""
import os
import random
import re
import signal
import sys
import time

from programs import Program, quantiles
from sla_writer import Ctl, SlaWriter
from tc_watch import stolen_ticks

PATIENCE_S = 60
FIRST_WITHIN_S = 1.0
LINE = re.compile(rb"epoch (\d+) (first|last) (\d+) us")


class Epochs:
    """Reads the fleet's log: when agents obeyed a controller for the first time."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.rest = b""
        self.heard = {"first": [], "last": []}  # by kind: seconds of the monotonic clock

    def read(self):
        *lines, self.rest = (self.rest + self.file.read()).split(b"\n")
        for line in lines:
            if found := LINE.fullmatch(line):
                self.heard[found[2].decode()].append(int(found[3]) / 1e6)

    def wait(self, which, since_s):
        """Returns the first such moment at or after since_s, or None."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.read()
            for at_s in self.heard[which]:
                if at_s >= since_s:
                    return at_s
            time.sleep(0.01)
        return None


def say(what, values):
    if values:
        p50, p99, most = quantiles(values)
        print(f"{what}: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, max {most * 1000:.0f} ms"
              f" ({len(values)})", flush=True)


def storm(run, bin_folder, port, hosts, kills, seed, insecure):
    rng = random.Random(seed)
    controller = Program("controller", [f"{bin_folder}/daqs-controllerd", "--config",
                                        f"{run}/controllerd.conf"], f"{run}/controller.log")
    fleet_command = [f"{bin_folder}/daqs-fleetsim", "--controller", f"tcp://127.0.0.1:{port}",
                     "--hosts", str(hosts), "--nics", "8", "--duration", "1000h", "--epochs",
                     "--storm", "--seed", "1"]
    if not insecure:
        fleet_command += ["--controller-key", f"{run}/controller.key.pub"]
    fleet = Program("fleet", fleet_command, f"{run}/fleet.log")
    ctl = Ctl(f"{bin_folder}/daqsctl", f"ipc://{run}/admin.sock")
    writer = SlaWriter(ctl, seed)
    wrong, first, last, downs = [], [], [], []
    began_s, stolen = time.monotonic(), stolen_ticks()
    try:
        controller.start()
        fleet.start()
        epochs = Epochs(fleet.log)
        writer.go_on()
        if epochs.wait("last", controller.started_s) is None:
            wrong.append("the fleet is not served to begin with")
        for number in range(kills):
            time.sleep(rng.uniform(0, 1))
            if controller.ended() is not None:
                wrong.append(f"kill {number}: the controller ended: {controller.log_tail()}")
            controller.kill()
            down_s = rng.choice([0, rng.uniform(0, 0.5), rng.uniform(0, 5)])
            time.sleep(down_s)
            controller.start()
            at_s = epochs.wait("first", controller.started_s)
            if at_s is None:
                wrong.append(f"kill {number}: nobody is served: {controller.log_tail()}")
                break
            first.append(at_s - controller.started_s)
            # Not always, so that some kills hit the controller during its handshakes.
            if rng.random() < 0.5:
                at_s = epochs.wait("last", controller.started_s)
                if at_s is None:
                    wrong.append(f"kill {number}: some agent is not served")
                    break
                last.append(at_s - controller.started_s)
                downs.append(down_s)
            writer.pause()
            wrong += [f"kill {number}: {text}"
                      for text in writer.check(audit=number % 20 == 0 or number == kills - 1)]
            writer.go_on()
            if number % 50 == 49:
                print(f"{time.monotonic() - began_s:8.1f} s  {number + 1} kills, {len(wrong)} wrong",
                      flush=True)
        writer.pause()
        writer.end()
        if controller.end() != 0:
            wrong.append(f"the controller does not end well: {controller.log_tail()}")
        wrong += controller.troubles()
    except SystemExit:
        print("interrupted; so far:")
        kills = 0
    finally:
        writer.ending = True
        controller.destroy()
        fleet.destroy()
    for text in wrong:
        print("WRONG: " + text)
    counts = writer.counts
    print(f"{len(first)} kills; SLAs: {counts['acknowledged']} acknowledged, "
          f"{counts['uncertain']} unanswered; {(stolen_ticks() - stolen) / 100:.1f} s of processor "
          f"time stolen in {time.monotonic() - began_s:.0f} s")
    say("from the controller's start to the first limits an agent got", first)
    say("and to the last of all agents'", last)
    say("the same where it was away for less than half a second",
        [s for s, down in zip(last, downs) if down < 0.5])
    within = sum(s <= FIRST_WITHIN_S for s in first)
    print(f"within {FIRST_WITHIN_S:.0f} s: {within} of {len(first)}")
    if kills == 0:
        return 1
    print(("not ok " if wrong or not counts["acknowledged"] else "ok ") +
          f"no acknowledged SLA is lost in {kills} kills, and all agents are served again")
    return 1 if wrong else 0


def interrupted(number, _):
    raise SystemExit(128 + number)


for SIGNAL in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(SIGNAL, interrupted)
RUN, BIN, PORT, HOSTS, KILLS, SEED = sys.argv[1:7]
sys.exit(storm(RUN, BIN, int(PORT), int(HOSTS), int(KILLS), int(SEED), len(sys.argv) > 7))
