"""What the programs say of themselves: their help, their configuration's keys, a controller's tables."""

import concurrent.futures
import contextlib
import functools
import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.request

NAMES = ("daqsctl", "daqs-agentd", "daqs-controllerd", "daqs-fleetsim")

# Refused without being tried, and only once the rest of the command line is good.
NOWHERE = "nowhere"


class Programs:
    def __init__(self, folder, scratch):
        self.folder = folder
        self.scratch = scratch
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("DAQS_")},
            "HOME": scratch,
            "XDG_CONFIG_HOME": scratch,
            "LC_ALL": "C.UTF-8",
        }

    def run(self, name, *arguments):
        return subprocess.run(
            [os.path.join(self.folder, name), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment,
            cwd=self.scratch,
            stdin=subprocess.DEVNULL,
        )

    @functools.cache
    def help(self, name, *verb):
        done = self.run(name, *verb, "--help")
        if done.returncode != 0:
            raise RuntimeError(f"{name} {' '.join(verb)} --help: {done.stderr.strip()}")
        return done.stdout

    @functools.cache
    def verbs(self):
        """Verb: the usage behind it."""
        found = {}
        for verb in re.findall(r"^  ([a-z][a-z-]+)(?= |$)", self.help("daqsctl"), re.M):
            usage = re.search(rf"usage: daqsctl {verb}\b *(.*)", self.help("daqsctl", verb))
            found[verb] = usage[1].strip() if usage else ""
        return found

    def refusal(self, words):
        """Why a program does not take a command line; None if it does. It is not carried out."""
        name, arguments = os.path.basename(words[0]), list(words[1:])
        if name != "daqsctl":
            done = self.run(name, *arguments, "--help")
            return done.stderr.split("\n")[0] if done.returncode == 2 else None
        done = self.run(name, *arguments, "--controller", NOWHERE)
        if done.returncode == 2 and f"'{NOWHERE}' is not an endpoint" not in done.stderr:
            return done.stderr.strip()
        return None

    def refusals(self, lines):
        """The same of many, side by side."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return list(pool.map(self.refusal, lines))

    def refuses_file(self, daemon, text):
        """Why a daemon does not take a configuration."""
        with tempfile.NamedTemporaryFile("w", dir=self.scratch, suffix=".conf") as file:
            file.write(text)
            file.flush()
            done = self.run(daemon, "--config", file.name, "--check-config")
            return done.stderr.replace(file.name, "it").strip() if done.returncode == 2 else None

    def keys(self, daemon):
        """(section, key) of all that its configuration may have, as its refusals list them."""

        def known(text):
            why = self.refuses_file(daemon, text) or ""
            words = re.search(r"known are (.*)", why)
            if not words:
                raise RuntimeError(f"{daemon} does not say what it knows: {why}")
            return words[1].split()

        found = set()
        for section in known("[nonsense]\n"):
            name = "uplink x" if section == "uplink" else section
            found |= {(section, key) for key in known(f"[{name}]\nnonsense = 1\n")}
        return found

    @contextlib.contextmanager
    def controller(self):
        """One that has nothing to do: yields its admin endpoint and the address that it serves HTTP at."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as box:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                http = f"127.0.0.1:{free.getsockname()[1]}"
            config = os.path.join(box, "controllerd.conf")
            with open(config, "w") as file:
                file.write(
                    f"[controller]\nbus = ipc://{box}/bus\nadmin = ipc://{box}/admin\n"
                    f"database = {box}/daqs.db\nhttp = {http}\n[alerts]\nexec = /bin/true\n"
                )
            program = os.path.join(self.folder, "daqs-controllerd")
            with open(os.path.join(box, "log"), "w+") as log:
                process = subprocess.Popen(
                    [program, "--config", config], stderr=log, env=self.environment
                )
                try:
                    for _ in range(100):
                        done = self.run("daqsctl", "-c", f"ipc://{box}/admin", "status")
                        if done.returncode == 0:
                            break
                        time.sleep(0.1)
                    else:
                        log.seek(0)
                        raise RuntimeError(f"the controller does not answer: {log.read()}")
                    yield f"ipc://{box}/admin", http
                finally:
                    process.terminate()
                    process.wait(20)

    @functools.cache
    def shown(self):
        """What a controller shows: {"status": names of its rows, "metrics": {name: type}, "fields":
        {verb: names of the columns}}."""
        verbs = {"hosts": (), "vms": (), "list-sla": (), "events": (), "report": (), "audit": (),
                 "fit": ("1Gbit",), "status": ()}
        with self.controller() as (admin, http):
            fields = {}
            for verb, arguments in verbs.items():
                done = self.run("daqsctl", "-c", admin, "-o", "csv", verb, *arguments)
                lines = done.stdout.split("\n")
                fields[verb] = lines[0].split(",")
                if verb == "status":
                    status = {line.split(",")[0] for line in lines[1:] if line}
            ask = urllib.request.Request(f"http://{http}/metrics")
            with urllib.request.urlopen(ask, timeout=30) as answer:
                text = answer.read().decode()
        metrics = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        return {"status": status, "metrics": metrics, "fields": fields}
