# SPDX-License-Identifier: Apache-2.0
# cmake -DNPM=... -DSOURCE=... -DFOLDER=... -P fetch_npm.cmake
#
# Installs exactly what SOURCE/package-lock.json names into FOLDER. Runs no scripts of packages.

file(MAKE_DIRECTORY ${FOLDER})
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${FOLDER})
execute_process(
    COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline
    WORKING_DIRECTORY ${FOLDER}
    RESULT_VARIABLE result
    OUTPUT_VARIABLE said
    ERROR_VARIABLE said)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "npm could not fetch what the dashboard is built with (in ${FOLDER}):\n${said}\n"
                        "Mend that, or build without the dashboard: -DDAQS_DASHBOARD=OFF")
endif()
# npm keeps the times of the registry. ninja compares them with those of the sources.
file(GLOB fetched ${FOLDER}/node_modules/*/dist/*)
file(TOUCH ${fetched})
