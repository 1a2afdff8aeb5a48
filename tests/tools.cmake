foreach(name print command_line sheet_file)
    daqs_test(unit ${name} daqsctl_lib)
endforeach()
