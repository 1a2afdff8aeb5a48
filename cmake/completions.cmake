# SPDX-License-Identifier: Apache-2.0
# Embeds the scripts of packaging/completions into a C file that defines what
# tools/daqsctl/completions.h declares.

function(daqs_embed_completions target)
    set(definitions "")
    foreach(pair bash:daqsctl.bash zsh:_daqsctl fish:daqsctl.fish)
        string(REPLACE ":" ";" pair ${pair})
        list(GET pair 0 shell)
        list(GET pair 1 name)
        set(file ${CMAKE_SOURCE_DIR}/packaging/completions/${name})
        file(READ ${file} hex HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes ${hex})
        string(APPEND definitions "const char completions_${shell}[] = {${bytes}0};\n")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    endforeach()
    set(output ${CMAKE_BINARY_DIR}/generated/completions.c)
    file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"/* Made from packaging/completions by cmake/completions.cmake. */
#include \"tools/daqsctl/completions.h\"

@definitions@")
    target_sources(${target} PRIVATE ${output})
endfunction()
