# shellcheck shell=bash
# group_net.sh - a group whose members, database and agents have a network namespace each, and two
# networks whose cables can be pulled. Source it before pg.sh; needs root. group_net_functions, called
# after group.sh was sourced, lets members run there.
#
#   database ----+                         +---- agents
#                | engine          agents  |
#   c1 ... c4 ---+ 10.200.0.0/24           +--- c1 ... c4
#                         10.200.1.0/24
#
# All links are made inside namespaces, and the machine itself is not changed. A cable that is pulled
# is taken from its bridge: nobody notices, packets are gone. What members tell each other would pass
# the network of agents.
# SPDX-License-Identifier: Apache-2.0

net_ns() { printf 'dq%s-%s\n' $$ "$1"; }
# net_number NODE: prints the last part of its addresses.
net_number() {
    case $1 in
        database) printf 1 ;;
        agents) printf 2 ;;
        *) printf '%s' $((10 + ${1#c})) ;;
    esac
}
# shellcheck disable=SC2034 # for pg.sh and group_fleet.sh
PG_ADDRESS=10.200.0.1 PG_NETNS=$(net_ns database) FLEET_NETNS=$(net_ns agents)

net_plug() { # NODE NETWORK THIRD_BYTE
    local ns
    ns=$(net_ns "$1")
    ip link add "$2" netns "$ns" type veth peer name "$1-$2" netns "$(net_ns switch)"
    ip -n "$ns" addr add "10.200.$3.$(net_number "$1")/24" dev "$2"
    ip -n "$ns" link set "$2" up
    ip -n "$(net_ns switch)" link set "$1-$2" master "$2" up
}

net_new() { # NAME
    ip netns add "$(net_ns "$1")"
    on_exit ip netns del "$(net_ns "$1")"
    ip -n "$(net_ns "$1")" link set lo up
}

# net_start MEMBER...: makes the networks, with places for these members.
net_start() {
    local node network
    net_new switch
    for network in engine agents; do ip -n "$(net_ns switch)" link add "$network" up type bridge forward_delay 0; done
    for node in database agents "$@"; do net_new "$node"; done
    for node in database "$@"; do net_plug "$node" engine 0; done
    for node in agents "$@"; do net_plug "$node" agents 1; done
}

# cut NODE NETWORK: pulls its cable. mend NODE NETWORK: puts it back.
cut() { ip -n "$(net_ns switch)" link set "$1-$2" nomaster; }
mend() { ip -n "$(net_ns switch)" link set "$1-$2" master "$2"; }

group_net_functions() {
    member_address() { printf '10.200.1.%s' "$(net_number "$1")"; }
    member_netns() { net_ns "$1"; }
}
