# Embeds the dashboard into a C file that defines what controllerd/io/assets.h declares.

function(daqs_embed_dashboard target)
    set(page "<!doctype html><html lang=\"en\"><title>DAQS</title><h1>DAQS</h1><p><a href=\"/api/v1/hosts\">hosts</a></p></html>")
    string(SHA256 sum "${page}")
    string(HEX "${page}" hex)
    string(REGEX REPLACE "(..)" "0x\\1," bytes ${hex})
    set(output ${CMAKE_BINARY_DIR}/generated/assets.c)
    file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"/* Made by cmake/dashboard.cmake. */
#include \"controllerd/io/assets.h\"

static const unsigned char index_html[] = {@bytes@};
const struct asset assets[] = {
    {\"/index.html\", \"text/html; charset=utf-8\", index_html, sizeof index_html, \"\\\"@sum@\\\"\"},
};
const size_t assets_count = sizeof assets / sizeof assets[0];
")
    target_sources(${target} PRIVATE ${output})
endfunction()
