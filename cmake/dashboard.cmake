# SPDX-License-Identifier: Apache-2.0
# Embeds the dashboard (controllerd/web, and uPlot from npm) into a C file that defines what
# controllerd/io/http/web_assets.h declares. Nothing is written to the folders of the sources.

option(DAQS_DASHBOARD "embed the dashboard (needs npm at build); OFF: one page that says so" ON)

function(daqs_embed_dashboard target)
    set(web ${CMAKE_SOURCE_DIR}/controllerd/web)
    set(folder ${CMAKE_BINARY_DIR}/dashboard)
    set(output ${CMAKE_BINARY_DIR}/generated/assets.c)
    set(embed ${CMAKE_SOURCE_DIR}/cmake/embed_assets.cmake)
    set(fetch ${CMAKE_SOURCE_DIR}/cmake/fetch_npm.cmake)
    if(DAQS_DASHBOARD)
        find_program(DAQS_NPM npm)
        if(NOT DAQS_NPM)
            message(FATAL_ERROR "npm, which the dashboard is built with, is not on the PATH: install it"
                                " (tools/install-deps does), or build without: -DDAQS_DASHBOARD=OFF")
        endif()
        file(GLOB sources CONFIGURE_DEPENDS ${web}/*.html ${web}/*.css ${web}/*.js ${web}/*.svg)
        set(npm_files ${folder}/node_modules/uplot/dist/uPlot.esm.js
                      ${folder}/node_modules/uplot/dist/uPlot.min.css)
        add_custom_command(
            OUTPUT ${npm_files}
            COMMAND ${CMAKE_COMMAND} -DNPM=${DAQS_NPM} -DSOURCE=${web} -DFOLDER=${folder} -P ${fetch}
            DEPENDS ${web}/package.json ${web}/package-lock.json ${fetch}
            COMMENT "Fetching what the dashboard is built with"
            VERBATIM)
        set(files ${sources})
        list(TRANSFORM files REPLACE "^.*/([^/]+)$" "/\\1=\\0")
        list(GET npm_files 0 script)
        list(GET npm_files 1 style)
        list(APPEND files /uplot.js=${script} /uplot.css=${style})
    else()
        set(sources ${web}/none/index.html)
        set(npm_files "")
        set(files /index.html=${sources})
    endif()
    add_custom_command(
        OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DOUTPUT=${output} -P ${embed}
        DEPENDS ${sources} ${npm_files} ${embed}
        COMMENT "Embedding the dashboard"
        VERBATIM)
    target_sources(${target} PRIVATE ${output})
endfunction()
