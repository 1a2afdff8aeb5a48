# SPDX-License-Identifier: Apache-2.0
"""scripted_qga.py SOCKET MAC RATE [NAME] - a guest agent on a UNIX socket, whose one nic sends RATE
bit/s.

It runs a model of tc and obeys the limit set by it. SOCKET.mode, which it reads before each answer,
contains a word of MODES that selects what it refuses. For each list of interfaces that is
requested, it adds a line to SOCKET.asked.
"""
import base64
import json
import os
import re
import socket
import sys
import time

path, mac, rate = sys.argv[1], sys.argv[2], int(sys.argv[3])
name = sys.argv[4] if len(sys.argv) > 4 else "eth0"

# command: its error text; "*": all commands except the freeze status.
MODES = {
    "well": {},
    "blocked": {"guest-exec": "Command %s has been disabled: the command is not allowed"},
    "blocked-before": {"guest-exec": "The command %s has been disabled for this instance"},
    "unlisted": {"guest-network-get-interfaces": "Command %s has been disabled: the command is not allowed"},
    "frozen": {"*": "Command %s has been disabled: the agent is in frozen state"},
    "frozen-before": {"*": "The command %s has been disabled for this instance"},
    "no-tc": {"guest-exec": "Failed to execute child process \u201ctc\u201d (No such file or directory)"},
    "no-permission": {"guest-exec": "Failed to execute child process \u201ctc\u201d (Permission denied)"},
    "busybox": {},
    "no-htb": {},
}
BUSYBOX = (1, "", "BusyBox v1.35.0 multi-call binary.\n\nUsage: tc OBJECT CMD [dev STRING]\n")
NO_HTB = (2, "", "Error: Specified qdisc kind is unknown.\nCommand failed -:1\n")


class Guest:
    def __init__(self):
        self.limit, self.ours = None, False
        self.sent, self.counted = 0.0, time.monotonic()
        self.ended, self.pid = {}, 0

    def count(self):
        now = time.monotonic()
        self.sent += (now - self.counted) * min(rate, self.limit or rate) / 8
        self.counted = now
        return int(self.sent)

    def tc(self, text):
        out = ""
        self.count()
        for line in text.splitlines():
            if line.startswith("qdisc add"):
                self.ours = True
            elif line.startswith("qdisc del"):
                self.ours, self.limit = False, None
            elif line.startswith("class replace"):
                self.limit = int(re.search(r" rate (\d+)kbit", line)[1]) * 1000
            elif line.startswith("qdisc show"):
                out += "qdisc %s root refcnt 2\n" % ("htb da05:" if self.ours else "mq 0:")
            elif line.startswith("class show") and self.limit:
                kbit = self.limit // 1000
                out += f"class htb da05:1 root prio 0 rate {kbit}Kbit ceil {kbit}Kbit burst 9b cburst 9b \n"
        return 0, out, ""

    def answer(self, mode, command, arguments):
        refusals = MODES[mode]
        why = refusals.get(command) or refusals.get("*")
        if command == "guest-fsfreeze-status":
            return {"return": "frozen" if "frozen" in mode else "thawed"}
        if why:
            return {"error": {"class": "GenericError", "desc": why % command if "%" in why else why}}
        if command == "guest-network-get-interfaces":
            sent = self.count()
            return {"return": [{"name": name, "hardware-address": mac, "statistics": {
                "tx-bytes": sent, "rx-bytes": 1, "tx-packets": sent // 1400, "rx-packets": 1}}]}
        if command == "guest-exec":
            text = base64.b64decode(arguments["input-data"]).decode()
            self.pid += 1
            if mode == "busybox":
                self.ended[self.pid] = BUSYBOX
            elif mode == "no-htb" and text.startswith("qdisc add"):
                self.ended[self.pid] = NO_HTB
            else:
                self.ended[self.pid] = self.tc(text)
            return {"return": {"pid": self.pid}}
        code, out, err = self.ended.pop(arguments["pid"])
        return {"return": {"exited": True, "exitcode": code,
                           "out-data": base64.b64encode(out.encode()).decode(),
                           "err-data": base64.b64encode(err.encode()).decode()}}


def mode_now():
    try:
        with open(path + ".mode") as file:
            return file.read().strip() or "well"
    except FileNotFoundError:
        return "well"


def serve(client, guest, asked):
    for line in client.makefile("rb"):
        request = json.loads(line.lstrip(b"\xff"))
        command, arguments = request["execute"], request.get("arguments", {})
        if command == "guest-sync-delimited":
            client.sendall(b"\xff" + json.dumps({"return": arguments["id"]}).encode() + b"\n")
            continue
        if command == "guest-network-get-interfaces":
            asked.write("list\n")
        client.sendall(json.dumps(guest.answer(mode_now(), command, arguments)).encode() + b"\n")


def main():
    guest = Guest()
    if os.path.exists(path):
        os.unlink(path)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(1)
    with open(path + ".asked", "w", buffering=1) as asked:
        while True:
            client, _ = server.accept()
            try:
                serve(client, guest, asked)
            except (OSError, ValueError):
                pass
            client.close()


main()
