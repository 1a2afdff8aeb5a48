# SPDX-License-Identifier: Apache-2.0
# The shared library of the client side. It exports what libdaqs/libdaqs.map lists, and links what
# it uses of the layers below into itself, hidden.
include(GNUInstallDirs)

set(map ${CMAKE_SOURCE_DIR}/libdaqs/libdaqs.map)
add_library(daqs SHARED $<TARGET_OBJECTS:daqs_client>)
set_target_properties(daqs PROPERTIES SOVERSION 0 LINK_DEPENDS ${map})
target_link_libraries(daqs PRIVATE daqs_net)
target_link_options(daqs PRIVATE -Wl,--version-script=${map} -Wl,--exclude-libs,ALL)

add_executable(daqs-example libdaqs/example.c)
target_include_directories(daqs-example PRIVATE libdaqs)
target_link_libraries(daqs-example PRIVATE daqs)
set_target_properties(daqs-example PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

file(STRINGS shared/base/version.h DAQS_VERSION REGEX "^#define DAQS_VERSION ")
string(REGEX REPLACE ".*\"(.*)\"" "\\1" DAQS_VERSION "${DAQS_VERSION}")
configure_file(libdaqs/daqs.pc.in ${CMAKE_BINARY_DIR}/daqs.pc @ONLY)
install(TARGETS daqs LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
        NAMELINK_COMPONENT development)
install(FILES libdaqs/daqs.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(FILES ${CMAKE_BINARY_DIR}/daqs.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)
