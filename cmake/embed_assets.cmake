# SPDX-License-Identifier: Apache-2.0
# cmake "-DFILES=/name=path;..." -DOUTPUT=... -P embed_assets.cmake
#
# Writes a C file with the bytes of each file, its type and its tag (the SHA-256 of its content).

set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(arrays "")
set(entries "")
set(number 0)
foreach(pair IN LISTS FILES)
    string(REGEX MATCH "^([^=]+)=(.*)$" pair "${pair}")
    set(name ${CMAKE_MATCH_1})
    set(path ${CMAKE_MATCH_2})
    string(REGEX MATCH "[a-z]+$" ending ${name})
    if(NOT DEFINED type_${ending})
        message(FATAL_ERROR "${path}: cmake/embed_assets.cmake knows no type for it")
    endif()
    file(READ ${path} hex HEX)
    file(SHA256 ${path} sum)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const unsigned char asset_${number}[] = {${bytes}};\n")
    string(APPEND entries "    {\"${name}\", \"${type_${ending}}\", asset_${number},"
                          " sizeof asset_${number}, \"\\\"${sum}\\\"\"},\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT}
"/* Made by cmake/embed_assets.cmake. */
#include \"controllerd/io/http/web_assets.h\"

${arrays}
const struct web_asset web_assets[] = {
${entries}};
const size_t web_assets_count = ${number};
")
