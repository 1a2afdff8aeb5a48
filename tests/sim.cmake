# SPDX-License-Identifier: Apache-2.0
add_library(sim STATIC sim/sim.c sim/sim_guests.c sim/sim_result.c sim/link_model.c sim/stepping.c sim/demand_shapes.c sim/catalogue.c
            sim/catalogue_run.c sim/scenarios_narrow.c sim/scenarios_changes.c)
target_link_libraries(sim PUBLIC controllerd_core agentd_core m)
daqs_test(sim policy_sim sim)
daqs_test(sim policy_catalogue sim)
daqs_test(sim accounting sim)
add_executable(policy_table bench/policy_table.c)
target_link_libraries(policy_table PRIVATE sim)
set_target_properties(policy_table PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
file(GLOB group_sim CONFIGURE_DEPENDS sim/group/group_*.c)
add_library(group_sim STATIC ${group_sim})
target_link_libraries(group_sim PUBLIC controllerd_group agentd_core)
daqs_test(sim/group group_sim group_sim)
