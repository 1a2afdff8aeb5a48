foreach(name print command_line)
    daqs_test(unit ${name} daqsctl_lib)
endforeach()
