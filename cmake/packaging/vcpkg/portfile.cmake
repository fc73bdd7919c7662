# Headers alone: features decide which dependencies there are, and our package for CMake finds those that it can.
set(VCPKG_BUILD_TYPE release)

# In a checkout, as an overlay port, the port is of what is around it. Elsewhere a release fills these in: the address
# that git clones from, and the commit.
set(REPO "")
set(REF "")

cmake_path(SET SOURCE_PATH NORMALIZE "${CURRENT_PORT_DIR}/../../..")
if(NOT EXISTS "${SOURCE_PATH}/include/maskaudit/maskaudit.hpp")
    if(REPO STREQUAL "" OR REF STREQUAL "")
        message(FATAL_ERROR "maskaudit: the port lies in no checkout; fill in REPO and REF in its portfile.cmake")
    endif()
    vcpkg_from_git(OUT_SOURCE_PATH SOURCE_PATH URL "${REPO}" REF "${REF}")
endif()

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DMASKAUDIT_BUILD_PROGRAM=OFF
        -DMASKAUDIT_BUILD_EXAMPLES=OFF
        -DMASKAUDIT_BUILD_TESTS=OFF
        -DMASKAUDIT_BUILD_DOCS=OFF
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/maskaudit)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/doc") # the licence, which goes where vcpkg has licences
file(INSTALL "${CURRENT_PORT_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
