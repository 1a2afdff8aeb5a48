foreach(name print command_line sla_file enroll_line client column_layout text_width aligned quoting completion progress top_state top_order
        top_view snapshot)
    daqs_test(unit ${name} daqsctl_lib)
endforeach()
foreach(name fleet_options fleet_trace fleet_traffic pacer sim_host)
    daqs_test(unit ${name} fleetsim_lib)
endforeach()
daqs_test(unit examples agentd_loop controllerd_io)
