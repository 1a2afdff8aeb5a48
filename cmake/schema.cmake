# SPDX-License-Identifier: Apache-2.0
# Embeds schema/NNNN_*.sql, in order, into a C file that defines what
# controllerd/io/store/schema.h declares.

function(daqs_embed_schema target)
    file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/schema/[0-9]*_*.sql)
    list(SORT migrations)
    set(arrays "")
    set(entries "")
    set(version 0)
    foreach(migration IN LISTS migrations)
        math(EXPR version "${version} + 1")
        get_filename_component(name ${migration} NAME)
        string(REGEX MATCH "^[0-9]+" number ${name})
        math(EXPR number "${number}")
        if(NOT number EQUAL version)
            message(FATAL_ERROR "schema: ${name} should have number ${version}")
        endif()
        file(READ ${migration} hex HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes ${hex})
        string(APPEND arrays "static const char sql_${version}[] = {${bytes}0};\n")
        string(APPEND entries "    {sql_${version}, sizeof sql_${version} - 1},\n")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migration})
    endforeach()
    set(output ${CMAKE_BINARY_DIR}/generated/schema.c)
    file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"/* Made from schema/ by cmake/schema.cmake. */
#include \"controllerd/io/store/schema.h\"

@arrays@
const struct schema_migration schema_migrations[] = {
@entries@};
const int schema_version = @version@;
")
    target_sources(${target} PRIVATE ${output})
endfunction()
