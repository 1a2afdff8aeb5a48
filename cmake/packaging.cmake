# What is installed, and which part of it belongs to which package: the components common,
# controller, agent and tools. The units name the programs in /usr/bin; installed they name them
# where they are.
include(GNUInstallDirs)

install(TARGETS daqs-agentd RUNTIME COMPONENT agent)
install(TARGETS daqs-controllerd RUNTIME COMPONENT controller)
install(TARGETS daqsctl daqs-fleetsim RUNTIME COMPONENT tools)

foreach(unit daqs-controllerd daqs-agentd)
    set(file ${CMAKE_SOURCE_DIR}/packaging/systemd/${unit}.service)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    string(REPLACE "=/usr/bin/" "=${CMAKE_INSTALL_FULL_BINDIR}/" text "${text}")
    string(REPLACE ":/usr/share/doc/daqs/" ":${CMAKE_INSTALL_FULL_DOCDIR}/" text "${text}")
    file(WRITE ${CMAKE_BINARY_DIR}/packaging/${unit}.service "${text}")
    string(REGEX REPLACE "daqs-(.*)d" "\\1" part ${unit})
    # "lib" whatever the machine's own is: systemd looks nowhere else.
    install(FILES ${CMAKE_BINARY_DIR}/packaging/${unit}.service DESTINATION lib/systemd/system
            COMPONENT ${part})
endforeach()
install(FILES packaging/sysusers.d/daqs.conf DESTINATION lib/sysusers.d COMPONENT common)
install(FILES packaging/tmpfiles.d/daqs.conf DESTINATION lib/tmpfiles.d COMPONENT common)
install(FILES packaging/agentd.conf packaging/controllerd.conf packaging/examples/host-side.conf
              packaging/examples/daqs-qemu-sockets.path
              packaging/examples/daqs-qemu-sockets.service
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT common)
install(FILES packaging/grafana/daqs.json DESTINATION ${CMAKE_INSTALL_DATADIR}/daqs/grafana COMPONENT common)
install(FILES packaging/prometheus/daqs.rules.yml DESTINATION ${CMAKE_INSTALL_DATADIR}/daqs/prometheus
        COMPONENT common)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT common
        FILES_MATCHING PATTERN "*.md")

# Pages of the manual, each in the package of what it is about.
file(GLOB pages CONFIGURE_DEPENDS packaging/man/*.scd)
if(pages)
    find_program(SCDOC scdoc REQUIRED)
endif()
foreach(source ${pages})
    get_filename_component(page ${source} NAME_WLE) # daqsctl.1
    string(REGEX REPLACE ".*\\." "" section ${page})
    if(page MATCHES "^(daqs-)?agentd")
        set(part agent)
    elseif(page MATCHES "^(daqs-)?controllerd")
        set(part controller)
    else()
        set(part tools)
    endif()
    set(made ${CMAKE_BINARY_DIR}/packaging/man/${page})
    add_custom_command(OUTPUT ${made} DEPENDS ${source} VERBATIM
                       COMMAND sh -c "\"$0\" <\"$1\" >\"$2\"" ${SCDOC} ${source} ${made})
    list(APPEND manual ${made})
    install(FILES ${made} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${part})
endforeach()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/packaging/man)
add_custom_target(manual ALL DEPENDS ${manual})
