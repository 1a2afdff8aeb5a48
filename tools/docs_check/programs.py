# SPDX-License-Identifier: Apache-2.0
"""Runs the programs for their help, the keys of their configuration and the tables they show."""

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

# An endpoint that is rejected without connecting, and only if the rest of the line is valid.
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
        """Returns {verb: its usage}."""
        found = {}
        for verb in re.findall(r"^  ([a-z][a-z-]+)(?= |$)", self.help("daqsctl"), re.M):
            usage = re.search(rf"usage: daqsctl {verb}\b *(.*)", self.help("daqsctl", verb))
            found[verb] = usage[1].strip() if usage else ""
        return found

    def refusal(self, words):
        """Returns why a program rejects a command line, None if it accepts it. Nothing is run."""
        name, arguments = os.path.basename(words[0]), list(words[1:])
        if name != "daqsctl":
            done = self.run(name, *arguments, "--help")
            return done.stderr.split("\n")[0] if done.returncode == 2 else None
        done = self.run(name, *arguments, "--controller", NOWHERE)
        if done.returncode == 2 and f"'{NOWHERE}' is not an endpoint" not in done.stderr:
            return done.stderr.strip()
        return None

    def refusals(self, lines):
        """The same for many command lines, in parallel."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return list(pool.map(self.refusal, lines))

    def refuses_file(self, daemon, text):
        """Returns why a daemon rejects a configuration, None if it does not."""
        with tempfile.NamedTemporaryFile("w", dir=self.scratch, suffix=".conf") as file:
            file.write(text)
            file.flush()
            done = self.run(daemon, "--config", file.name, "--check-config")
            return done.stderr.replace(file.name, "it").strip() if done.returncode == 2 else None

    @contextlib.contextmanager
    def daemon(self, name, text):
        """Runs a daemon with a configuration, in which BOX is a new folder. Yields that folder."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as box:
            config, log = os.path.join(box, "conf"), os.path.join(box, "log")
            with open(config, "w") as file:
                file.write(text.replace("BOX", box))
            with open(log, "w") as file:
                process = subprocess.Popen(
                    [os.path.join(self.folder, name), "--config", config],
                    stderr=file, env=self.environment,
                )
            try:
                yield box
            except TimeoutError:
                with open(log) as file:
                    raise RuntimeError(f"{name} does not answer: {file.read()}") from None
            finally:
                process.terminate()
                process.wait(20)

    @functools.cache
    def shown(self):
        """Returns what the daemons show: {"controller" and "agent": {metric: (type, meaning)}, "fields":
        {verb: names of the columns}, "status": names of its rows}."""
        verbs = {"hosts": (), "vms": (), "list-sla": (), "events": (), "report": (), "audit": (),
                 "fit": ("1Gbit",), "status": ()}
        with _free_ports(2) as ports:
            http, metrics_of_agent = (f"127.0.0.1:{port}" for port in ports)
        controller = (
            "[controller]\nbus = ipc://BOX/bus\nadmin = ipc://BOX/admin\ndatabase = BOX/daqs.db\n"
            f"http = {http}\n[alerts]\nexec = /bin/true\n"
        )
        agent = (
            "[agent]\ncontroller = ipc://BOX/bus\nstate_dir = BOX\ninsecure = yes\n"
            f"metrics = {metrics_of_agent}\n[guests]\nsource = sockets\nsocket_glob = BOX/*.qga\n"
            "[uplink x]\ncapacity = 1Gbit\nnics = all\n"
        )
        with self.daemon("daqs-controllerd", controller) as box:
            shown = {"controller": _metrics(http), "fields": {}}
            for verb, arguments in verbs.items():
                done = self.run("daqsctl", "-c", f"ipc://{box}/admin", "-o", "csv", verb, *arguments)
                lines = done.stdout.split("\n")
                shown["fields"][verb] = lines[0].split(",")
                if verb == "status":
                    shown["status"] = [line.split(",")[0] for line in lines[1:] if line]
        with self.daemon("daqs-agentd", agent):
            shown["agent"] = _metrics(metrics_of_agent)
        return shown


@contextlib.contextmanager
def _free_ports(count):
    """Yields free ports of loopback. That another process takes one before its use is unlikely."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        yield [one.getsockname()[1] for one in sockets]


def _metrics(address):
    """Returns {name: (type, meaning)} of the metrics served at the address, once they are."""
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as answer:
                found = re.findall(r"^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$", answer.read().decode(), re.M)
                # The older text format, requested here, has no type info.
                return {name: ("info" if name.endswith("_info") else kind, what) for name, what, kind in found}
        except OSError as error:
            if time.monotonic() > end:
                raise TimeoutError(address) from error
            time.sleep(0.1)
