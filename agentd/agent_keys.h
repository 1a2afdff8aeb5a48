/* SPDX-License-Identifier: Apache-2.0 */
/* agent_keys - the keys of agentd.conf. The manual, docs/configuration.md and the example in
 * packaging/ are generated from these rows.
 *
 * X(section, key, whether it may be given more than once, default, value in the example if that is
 * not the default, meaning). */
#ifndef DAQS_AGENTD_AGENT_KEYS_H
#define DAQS_AGENTD_AGENT_KEYS_H

#define AGENT_KEYS(X)                                                                              \
    X(agent, host, false, CONFIG_COMPUTED("the system's host name"), "node1",                      \
      "The host's name, as operators see it. A controller that uses keys identifies the host by "  \
      "the name for which its key was enrolled.")                                                  \
    X(agent, controller, true, CONFIG_COMPUTED("'tcp://127.0.0.1:7420'"), "tcp://127.0.0.1:7420",  \
      "Endpoints, comma separated, at most 8. The agent tries the next one when the current one "  \
      "has been silent for 3 s, two polls or a lease, whichever is longest, or does not let it "   \
      "in. Controllers of a group tell it of [others](agent.md#several-controllers), which it "    \
      "tries first. After an endpoint and a blank may stand what 'controller_key' is for that "    \
      "one alone.")                                                                                \
    X(agent, poll_interval, false, CONFIG_COMPUTED("'200ms'; '100ms' with 'source = sockets'"),    \
      "200ms", "Time between polls of the guests, 10ms to 60s.")                                   \
    X(agent, poll_interval_idle, false, CONFIG_COMPUTED("'500ms'"), "500ms",                       \
      "The same while the host is idle, at least 'poll_interval'. A host is idle if for 5 s no "   \
      "VM has been limited (except to its own ceiling), no guarantee has been in use, and every "  \
      "uplink in mode 'fair' or 'weighted', or in mode 'minimum' with a guarantee on it, has "     \
      "been less than a quarter full.")                                                            \
    X(agent, state_dir, false, "/var/lib/daqs", "",                                                \
      "The folder that holds the highest epoch obeyed, the saved orders (for a start without a "   \
      "controller), the controllers of the group, and which VF rates the agent has set.")          \
    X(agent, on_stop, false, "keep", "",                                                           \
      "What a clean stop does with the limits in the guests: 'keep' or 'release' (remove) them.")  \
    X(agent, key, false, CONFIG_COMPUTED("'agent.key' in 'state_dir'"), "/var/lib/daqs/agent.key", \
      "The absolute path of this host's secret key. If there is none, the agent creates it, with " \
      "'agent.key.pub' next to it.")                                                               \
    X(agent, controller_key, false, CONFIG_COMPUTED("'controller.key.pub' in 'state_dir'"),        \
      "/var/lib/daqs/controller.key.pub",                                                          \
      "The controllers' public key, or the absolute path of a file that contains it. Controllers " \
      "of a group tell of each other's keys.")                                                     \
    X(agent, insecure, false, "no", "",                                                            \
      "'yes': no keys, no encryption, and only loopback and ipc endpoints are accepted. For "      \
      "tests.")                                                                                    \
    X(agent, metrics, false, "", "127.0.0.1:7481",                                                 \
      "The address and port where the agent serves its [metrics](metrics.md#of-the-agent) over "   \
      "HTTP, such as '127.0.0.1:7481'. Empty: nowhere.")                                           \
    X(guests, source, false, "libvirt", "",                                                        \
      "Where guests are found: 'libvirt', or 'sockets' for QEMU without libvirt. The socket of a " \
      "guest agent serves one client at a time, and the agent keeps its connection open.")         \
    X(guests, uri, false, "qemu:///system", "", "The connection URI of libvirt.")                  \
    X(guests, socket_glob, false, "/run/qemu-server/*.qga", "",                                    \
      "With 'sockets': the guest agents' sockets, one for each VM. The VM is named after its "     \
      "socket, without the extension. If several sockets have the same name, the first is the "    \
      "VM's, and the log names one that is ignored.")                                              \
    X(guests, vm_configs, false, "/etc/pve/qemu-server", "",                                       \
      "With 'sockets': the folder of Proxmox VE's configurations, 'VMID.conf', which list [the "   \
      "nics of a VM](guests.md#without-libvirt). Without them, the agent takes the nics from the " \
      "arguments of the VM's QEMU process.")                                                       \
    X(guests, vm_pools, false, "/etc/pve/user.cfg", "",                                            \
      "With 'sockets': the file of Proxmox VE that lists its pools, for the [label](labels.md) "   \
      "pve-pool.")

/* Of each [uplink NAME]. */
#define AGENT_UPLINK_KEYS(X)                                                                       \
    X(uplink, capacity, false, CONFIG_COMPUTED("the link's speed, followed when it changes"),      \
      "40Gbit",                                                                                    \
      "The rate that the uplink carries. While a link is down, its last speed counts. While no "   \
      "speed is known, no VM is limited, except those with a ceiling.")                            \
    X(uplink, pfs, false, CONFIG_COMPUTED("NAME"), "NAME",                                         \
      "The physical functions whose VFs share the uplink, up to four, comma separated, if that "   \
      "is not a single one called NAME: those of a LAG, or several on one port. 'capacity' is "    \
      "then required, and is that of all of them together; NAME is only a name.")                  \
    X(uplink, nics, true, CONFIG_COMPUTED("'hostdev'"), "hostdev",                                 \
      "Which nics of guests share the uplink: 'hostdev' (VFs of its physical functions), 'all', "  \
      "or MAC addresses or their first bytes, comma separated. Interfaces that exist only inside " \
      "a guest are not nics. With sockets, the agent has to "                                      \
      "learn [from the host](guests.md#without-libvirt) which nics a VM has. Where it cannot, "    \
      "'all' stands for the interfaces whose address begins like those that QEMU, libvirt, "       \
      "Proxmox VE and OpenStack assign (52:54:00, bc:24:11, fa:16:3e), and 'hostdev' for none.")   \
    X(uplink, enforce, false,                                                                      \
      CONFIG_COMPUTED("'auto'; 'guest' with 'source = sockets' and 'nics' other than 'hostdev'"),  \
      "auto",                                                                                      \
      "Where limits are set: 'auto', 'guest' or 'host'. 'guest': by tc inside the guest. 'host': " \
      "as the VF's 'max_tx_rate' on its physical function, or its devlink rate in [switchdev "     \
      "mode](nics.md#switchdev-mode), in whole Mbit/s. 'auto': in the guest, and on the VF while " \
      "that does not work. A nic's VF is the one that was passed through, otherwise the one with " \
      "its MAC address. With sockets, guests may report their addresses themselves, so set "       \
      "'auto' there only if you trust them.")

#endif
