# SPDX-License-Identifier: Apache-2.0
# The emulated port with backpressure, see docs/testing.md.
add_library(port_lib STATIC port/port.c port/arbiter.c port/xdp.c port/queues.c port/driver.c port/control.c)
target_link_libraries(port_lib PUBLIC daqs_base)
add_executable(daqs-port port/main.c)
target_link_libraries(daqs-port PRIVATE port_lib)

# The agent with the port's VFs and counters instead of the kernel's: the linker prefers the
# program's own vf_link and port_stats to those of the library.
add_executable(daqs-agentd-port ${CMAKE_SOURCE_DIR}/agentd/main.c port/agent_port.c port/vf_link_port.c
               port/port_stats_port.c)
target_link_libraries(daqs-agentd-port PRIVATE agentd_loop port_lib)

set_target_properties(daqs-port daqs-agentd-port PROPERTIES
                      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
daqs_test(unit/port port_arbiter port_lib)
