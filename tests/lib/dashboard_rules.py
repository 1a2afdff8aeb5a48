# SPDX-License-Identifier: Apache-2.0
"""dashboard_rules - converts the queries of a Grafana dashboard to Prometheus recording rules, for
promtool to check. Also checks what Grafana relies on: that ids are unique, that panels have
queries, and that variables exist.

usage: dashboard_rules.py DASHBOARD.json >RULES.yml
"""

import json
import re
import sys

GRAFANAS_OWN = {"__rate_interval": "5m", "__range": "1h", "__interval": "1m"}


def fail(text):
    sys.exit(f"{sys.argv[1]}: {text}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        board = json.load(file)
    known = {variable["name"] for variable in board["templating"]["list"]}
    questions = [(variable["name"], variable["definition"]) for variable in board["templating"]["list"] if variable["type"] == "query"]
    seen = set()
    for panel in board["panels"]:
        if panel["id"] in seen:
            fail(f"panel {panel['id']} is there twice")
        seen.add(panel["id"])
        if panel["type"] == "row":
            continue
        if not panel["targets"] or len({target["refId"] for target in panel["targets"]}) != len(panel["targets"]):
            fail(f"panel '{panel['title']}' asks nothing, or two things by one name")
        questions += [(panel["title"], target["expr"]) for target in panel["targets"]]
    rules = []
    for title, text in questions:
        for name in re.findall(r"\$(\w+)", text):
            if name not in known and name not in GRAFANAS_OWN:
                fail(f"'{title}' uses ${name}, which is not a variable")
        text = re.sub(r"^label_values\((.*), *\w+\)$", r"\1", text)
        text = re.sub(r"\$(\w+)", lambda found: GRAFANAS_OWN.get(found[1], "x"), text)
        rules.append({"record": f"q{len(rules)}", "expr": text})
    json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
