# cmake -D port=FOLDER -D work=FOLDER -P vcpkg_stub.cmake
#
# Runs a portfile with what stands here for vcpkg's functions: each does to the files what vcpkg's manual says that the
# real one does, as far as this port is about it. The package is then in WORK/packages.
cmake_minimum_required(VERSION 3.25)

set(CURRENT_PORT_DIR ${port})
set(CURRENT_PACKAGES_DIR "${work}/packages")
set(PORT maskaudit)
set(steps)

function(run)
    execute_process(COMMAND ${ARGN} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()

macro(done step)
    list(APPEND steps ${step})
endmacro()

macro(vcpkg_from_git)
    message(FATAL_ERROR "would clone: ${ARGN}")
endmacro()

macro(vcpkg_cmake_configure)
    cmake_parse_arguments(given "" "SOURCE_PATH" "OPTIONS" ${ARGN})
    if(given_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "vcpkg_cmake_configure: unknown ${given_UNPARSED_ARGUMENTS}")
    endif()
    run(${CMAKE_COMMAND} -S ${given_SOURCE_PATH} -B "${work}/buildtrees" -D CMAKE_BUILD_TYPE=Release
        -D CMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR} ${given_OPTIONS})
    done(configure)
endmacro()

macro(vcpkg_cmake_install)
    run(${CMAKE_COMMAND} --build "${work}/buildtrees" --target install)
    done(install)
endmacro()

# Moves the package to share/PORT, and lets it count the steps from there to the prefix.
macro(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(given "" "CONFIG_PATH" "" ${ARGN})
    if(NOT IS_DIRECTORY ${CURRENT_PACKAGES_DIR}/${given_CONFIG_PATH})
        message(FATAL_ERROR "vcpkg_cmake_config_fixup: there is no ${given_CONFIG_PATH}")
    endif()
    file(RENAME ${CURRENT_PACKAGES_DIR}/${given_CONFIG_PATH} ${CURRENT_PACKAGES_DIR}/share/${PORT})
    file(REMOVE ${CURRENT_PACKAGES_DIR}/share/cmake) # only where nothing is left in it
    file(GLOB listings ${CURRENT_PACKAGES_DIR}/share/${PORT}/*Targets.cmake)
    set(up "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n")
    foreach(listing IN LISTS listings)
        file(READ ${listing} text)
        string(REPLACE "${up}${up}${up}" "${up}${up}" moved "${text}")
        if(moved STREQUAL text)
            message(FATAL_ERROR "vcpkg_cmake_config_fixup: ${listing} has another prefix than expected")
        endif()
        file(WRITE ${listing} "${moved}")
    endforeach()
    done(config_fixup)
endmacro()

macro(vcpkg_fixup_pkgconfig)
    file(GLOB listings ${CURRENT_PACKAGES_DIR}/share/pkgconfig/*.pc)
    if(NOT listings)
        message(FATAL_ERROR "vcpkg_fixup_pkgconfig: there are none")
    endif()
    done(fixup_pkgconfig)
endmacro()

macro(vcpkg_install_copyright)
    cmake_parse_arguments(given "" "" "FILE_LIST" ${ARGN})
    configure_file(${given_FILE_LIST} ${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright COPYONLY)
    done(copyright)
endmacro()

include(${port}/portfile.cmake)

if(NOT steps STREQUAL "configure;install;config_fixup;fixup_pkgconfig;copyright")
    message(FATAL_ERROR "the port did ${steps}")
endif()
if(NOT VCPKG_BUILD_TYPE STREQUAL "release")
    message(FATAL_ERROR "a port of headers alone has nothing to build twice")
endif()
