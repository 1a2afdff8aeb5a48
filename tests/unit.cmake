# SPDX-License-Identifier: Apache-2.0
# Unit tests mirror the tree: tests/unit/FOLDER/test_*.c test FOLDER, and link only its library and
# those below it. If a test of a core needs zmq, libvirt or SQLite to link, the core is no longer
# pure. Unit tests use no daemon, no guest and no fixed TCP port.
function(daqs_unit_tests folder)
    file(GLOB tests CONFIGURE_DEPENDS unit/${folder}/test_*.c)
    foreach(test ${tests})
        string(REGEX MATCH "test_(.*)\\.c$" file ${test})
        daqs_test(unit/${folder} ${CMAKE_MATCH_1} ${ARGN})
    endforeach()
endfunction()

daqs_unit_tests(shared/base daqs_base)
daqs_unit_tests(shared/policy daqs_policy)
daqs_unit_tests(shared/wire daqs_wire)
daqs_unit_tests(shared/net daqs_net)
daqs_unit_tests(shared/http daqs_http)
daqs_unit_tests(agentd/core agentd_core)
daqs_unit_tests(agentd/host agentd_host)
daqs_unit_tests(agentd/guests agentd_guests)
daqs_unit_tests(agentd agentd_loop)
daqs_unit_tests(controllerd/core/history controllerd_history)
daqs_unit_tests(controllerd/core/sla controllerd_sla)
daqs_unit_tests(controllerd/core/fleet controllerd_fleet)
daqs_unit_tests(controllerd/core/policy controllerd_policy)
daqs_unit_tests(controllerd/core/admission controllerd_admission)
daqs_unit_tests(controllerd/core/diagnosis controllerd_diagnosis)
daqs_unit_tests(controllerd/core/access controllerd_access)
daqs_unit_tests(controllerd/core/time controllerd_time)
daqs_unit_tests(controllerd/core/pg controllerd_pg_core)
daqs_unit_tests(controllerd/core/group controllerd_group)
daqs_unit_tests(controllerd/core/records controllerd_records)
daqs_unit_tests(controllerd/io/store controllerd_store)
daqs_unit_tests(controllerd/io/pg controllerd_pg)
daqs_unit_tests(controllerd/io/group controllerd_members)
daqs_unit_tests(controllerd/io/records controllerd_shared)
daqs_unit_tests(controllerd/io/events controllerd_events)
daqs_unit_tests(controllerd/config controllerd_config)
daqs_unit_tests(controllerd/io/net controllerd_net)
daqs_unit_tests(controllerd/io/fleet controllerd_agents)
daqs_unit_tests(controllerd/io/admin controllerd_admin)
daqs_unit_tests(controllerd/io/http controllerd_http)
daqs_unit_tests(libdaqs daqs_client)
daqs_unit_tests(libdaqs/api daqs daqs_net) # what programs see: the shared library
daqs_unit_tests(tools/daqsctl daqsctl_lib)
daqs_unit_tests(tools/fleetsim fleetsim_lib)
daqs_test(unit examples agentd_loop controllerd_config)
daqs_test(unit releases agentd_loop controllerd_config)

# Tests that use a database share store_box.
foreach(name store store_backup store_copies store_events store_export store_history store_report
        records_copy records_epoch records_hosts records_pg records_policy records_principals records_watch store_keeper events sla_commit auth
        agent_bus recorder last_heard reign)
    target_sources(test_${name} PRIVATE lib/store_box.c)
endforeach()
foreach(name admin_apply admin_changes admin_group admin_maintenance admin_requests admin_views enrolled_hosts state_events)
    target_sources(test_${name} PRIVATE lib/admin_scene.c lib/store_box.c)
endforeach()

# fake_pg replaces the client of PostgreSQL.
foreach(name group homes stay_find stay_rows pg_migrate records_pg records_watch)
    target_sources(test_${name} PRIVATE lib/fake_pg.c)
endforeach()

foreach(name records_pg records_watch)
    target_sources(test_${name} PRIVATE lib/records_scene.c)
endforeach()

# Tests of the HTTP side without sockets: fake_http replaces the calls of shared/http/http.h.
target_sources(test_loop_client PRIVATE lib/fake_loop.c)
foreach(name web_api web_metrics web_routes)
    target_sources(test_${name} PRIVATE lib/fake_http.c lib/fake_loop.c)
endforeach()

foreach(name api_call api_process)
    target_sources(test_${name} PRIVATE lib/fake_admin.c)
endforeach()

daqs_test(property json_properties agentd_core)
daqs_test(property policy_properties daqs_policy)
daqs_test(property sum_properties daqs_base)
