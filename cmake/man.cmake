# SPDX-License-Identifier: Apache-2.0
# Builds the pages of the manual with scdoc, each for the package of the program that it describes.
# The path of the documentation in them is replaced as in the units.
include(GNUInstallDirs)
find_program(SCDOC scdoc REQUIRED)

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packaging/man/*.scd)
foreach(source ${sources})
    cmake_path(GET source STEM LAST_ONLY page)
    string(REGEX MATCH "[0-9]$" section ${page})
    set(part tools)
    if(page MATCHES "^libdaqs")
        set(part development)
    elseif(page MATCHES "(agent|controller)d")
        set(part ${CMAKE_MATCH_1})
    endif()
    add_custom_command(
        OUTPUT ${CMAKE_BINARY_DIR}/man/${page}
        COMMAND sh -c "sed \"s,/usr/share/doc/daqs,$1,\" \"$2\" | \"$0\" >\"$3.part\" && mv \"$3.part\" \"$3\""
                ${SCDOC} ${CMAKE_INSTALL_FULL_DOCDIR} ${source} ${page}
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/man
        DEPENDS ${source}
        VERBATIM)
    list(APPEND pages ${CMAKE_BINARY_DIR}/man/${page})
    install(FILES ${CMAKE_BINARY_DIR}/man/${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
            COMPONENT ${part})
endforeach()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/man)
add_custom_target(man ALL DEPENDS ${pages})
