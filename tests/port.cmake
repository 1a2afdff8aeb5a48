# The port that pushes back, see tests/lib/port_rig.sh.
add_library(port_lib STATIC port/port.c port/arbiter.c port/xdp.c port/queues.c port/driver.c port/control.c)
target_link_libraries(port_lib PUBLIC daqs_base)
add_executable(daqs-port port/main.c)
target_link_libraries(daqs-port PRIVATE port_lib)
set_target_properties(daqs-port PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
daqs_test(unit port_arbiter port_lib)
