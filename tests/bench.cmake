# SPDX-License-Identifier: Apache-2.0
# Benchmarks that are run by hand. They are built with everything else so that they do not rot.
add_executable(bench_water_fill bench/bench_water_fill.c)
target_link_libraries(bench_water_fill PRIVATE daqs_policy)
set_target_properties(bench_water_fill PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_executable(qga_once bench/qga_once.c)
set_target_properties(qga_once PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_executable(bench_controller bench/bench_controller.c)
target_link_libraries(bench_controller PRIVATE controllerd_core daqs_wire fleetsim_lib)
set_target_properties(bench_controller PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_executable(bench_history bench/bench_history.c)
target_link_libraries(bench_history PRIVATE controllerd_store)
target_compile_definitions(bench_history PRIVATE DAQS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
set_target_properties(bench_history PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
