add_library(sim STATIC sim/sim.c sim/sim_result.c sim/link_model.c sim/stepping.c)
target_link_libraries(sim PUBLIC controllerd_core agentd_core m)
daqs_test(sim policy_sim sim)
