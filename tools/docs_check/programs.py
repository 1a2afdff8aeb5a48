"""What the programs say of themselves: their help, their configuration's keys, a controller's tables."""

import concurrent.futures
import functools
import json
import os
import re
import subprocess
import tempfile
import time

NAMES = ("daqsctl", "daqs-agentd", "daqs-controllerd", "daqs-fleetsim")
DAEMONS = {"agentd.conf": "daqs-agentd", "controllerd.conf": "daqs-controllerd"}

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
            return done.stderr.strip() if done.returncode == 2 else None
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

    def table(self, verb):
        """Rows that a controller answers which has nothing to do."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as box:
            config = os.path.join(box, "controllerd.conf")
            http = "http =\n" if ("controller", "http") in self.keys("daqs-controllerd") else ""
            with open(config, "w") as file:
                file.write(
                    f"[controller]\nbus = ipc://{box}/bus\nadmin = ipc://{box}/admin\n"
                    f"database = {box}/daqs.db\n{http}[alerts]\nexec = /bin/true\n"
                )
            with open(os.path.join(box, "log"), "w") as log:
                controller = subprocess.Popen(
                    [os.path.join(self.folder, "daqs-controllerd"), "--config", config],
                    stderr=log, env=self.environment,
                )
            try:
                for _ in range(50):
                    done = self.run("daqsctl", "-c", f"ipc://{box}/admin", "-o", "json", verb)
                    if done.returncode != 3:
                        return json.loads(done.stdout)
                    time.sleep(0.1)
                raise RuntimeError(f"the controller does not answer: {done.stderr}")
            finally:
                controller.terminate()
                controller.wait(20)
