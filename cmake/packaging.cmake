# SPDX-License-Identifier: Apache-2.0
# What is installed, and in which package: the components common, controller, agent and tools. The
# units name the programs in /usr/bin; installed units name the paths where they are installed.
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
    # "lib" whatever the machine's default is: systemd reads units from there only.
    install(FILES ${CMAKE_BINARY_DIR}/packaging/${unit}.service DESTINATION lib/systemd/system
            COMPONENT ${part})
endforeach()
install(FILES packaging/sysusers.d/daqs.conf DESTINATION lib/sysusers.d COMPONENT common)
install(FILES packaging/tmpfiles.d/daqs.conf DESTINATION lib/tmpfiles.d COMPONENT common)
install(FILES packaging/agentd.conf packaging/controllerd.conf packaging/examples/host-side.conf
              packaging/examples/daqs-export.service packaging/examples/daqs-export.timer
              packaging/examples/daqs-qemu-sockets.path
              packaging/examples/daqs-qemu-sockets.service packaging/examples/sockets.conf
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT common)
install(FILES packaging/grafana/daqs.json DESTINATION ${CMAKE_INSTALL_DATADIR}/daqs/grafana COMPONENT common)
install(FILES packaging/prometheus/daqs.rules.yml DESTINATION ${CMAKE_INSTALL_DATADIR}/daqs/prometheus
        COMPONENT common)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT common
        FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "*.png")
# Each shell has its own folder, and its own pattern for the file's name.
install(FILES packaging/completions/daqsctl.bash RENAME daqsctl
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT tools)
install(FILES packaging/completions/_daqsctl
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT tools)
install(FILES packaging/completions/daqsctl.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT tools)
