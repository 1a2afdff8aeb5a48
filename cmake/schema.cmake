# SPDX-License-Identifier: Apache-2.0
# daqs_embed_migrations(TARGET FOLDER OUTPUT HEADER ARRAY COUNT STRUCT [needs]) embeds FOLDER/NNNN_*.sql,
# in order, into a C file OUTPUT that defines what HEADER declares: the ARRAY of STRUCTs (text and
# length; with 'needs' also SHA-256 and the number in the line "-- needs: N"), and their COUNT.
function(daqs_embed_migrations target folder output header array count struct)
    file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/[0-9]*_*.sql)
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
            message(FATAL_ERROR "${folder}: ${name} should have number ${version}")
        endif()
        set(extra "")
        if("needs" IN_LIST ARGN)
            file(STRINGS ${migration} needs REGEX "^-- needs: [0-9]+$")
            string(REGEX MATCH "[0-9]+" needs "${needs}")
            if(NOT needs OR needs GREATER version)
                message(FATAL_ERROR "${folder}: ${name} needs a line '-- needs: N', of at most ${version}")
            endif()
            file(SHA256 ${migration} sum)
            set(extra ", \"${sum}\", ${needs}")
        endif()
        file(READ ${migration} hex HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes ${hex})
        string(APPEND arrays "static const char sql_${version}[] = {${bytes}0};\n")
        string(APPEND entries "    {sql_${version}, sizeof sql_${version} - 1${extra}},\n")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migration})
    endforeach()
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${output} @ONLY CONTENT
"/* Made from @folder@/ by cmake/schema.cmake. */
#include \"@header@\"

@arrays@
const struct @struct@ @array@[] = {
@entries@};
const int @count@ = @version@;
")
    target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated/${output})
endfunction()
