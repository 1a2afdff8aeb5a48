# SPDX-License-Identifier: Apache-2.0
"""qga_proxy.py LISTEN AGENT LOG [ARGUMENT...] - relays between a client and the guest agent on the
socket AGENT, as QEMU does, and logs to LOG what is executed: the arguments and the standard input,
in one line.

The other arguments only serve to be visible in the list of processes.
"""
import base64
import json
import os
import socket
import sys
import threading

listen, agent, log = sys.argv[1:4]


def note(line):
    try:
        request = json.loads(line[line.find(b"{"):])
        if request["execute"] != "guest-exec":
            return
        arguments = request["arguments"]
        words = [arguments["path"], *arguments.get("arg", [])]
        words.append(base64.b64decode(arguments.get("input-data", "")).decode())
        with open(log, "a") as file:
            file.write(json.dumps(words) + "\n")
    except (ValueError, KeyError):
        pass


def pump(source, sink, noted):
    line = b""
    try:
        while data := source.recv(65536):
            if noted:
                *lines, line = (line + data).split(b"\n")
                for whole in lines:
                    note(whole)
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


open(log, "a").close()
server = socket.socket(socket.AF_UNIX)
server.bind(listen + ".new")
server.listen(1)
os.rename(listen + ".new", listen)
while True:
    client, _ = server.accept()
    guest = socket.socket(socket.AF_UNIX)
    guest.connect(agent)
    back = threading.Thread(target=pump, args=(guest, client, False), daemon=True)
    back.start()
    pump(client, guest, True)
    back.join()
    client.close()
    guest.close()
