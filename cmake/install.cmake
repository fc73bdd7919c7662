# The package for CMake and for pkg-config. Everything is independent of architecture and of the prefix's place.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/maskaudit)

# One export set a component: a target is not to appear without what it needs. The build tree is a package as well, for
# maskaudit_DIR.
install(TARGETS maskaudit EXPORT maskauditTargets FILE_SET HEADERS COMPONENT development)
install(TARGETS maskaudit_npy EXPORT maskaudit-npyTargets COMPONENT development)
install(TARGETS maskaudit_dataset EXPORT maskaudit-datasetTargets COMPONENT development)
install(TARGETS maskaudit_display EXPORT maskaudit-displayTargets COMPONENT development)
install(TARGETS maskaudit_tbb EXPORT maskaudit-tbbTargets COMPONENT development)
install(TARGETS maskaudit_mpi EXPORT maskaudit-mpiTargets COMPONENT development)
foreach(export maskauditTargets maskaudit-npyTargets maskaudit-datasetTargets maskaudit-displayTargets
        maskaudit-tbbTargets maskaudit-mpiTargets)
    install(EXPORT ${export} NAMESPACE maskaudit:: DESTINATION ${package_dir} COMPONENT development)
    export(EXPORT ${export} NAMESPACE maskaudit:: FILE ${PROJECT_BINARY_DIR}/${export}.cmake)
endforeach()

configure_package_config_file(cmake/maskauditConfig.cmake.in ${PROJECT_BINARY_DIR}/maskauditConfig.cmake
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/maskauditConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
configure_file(cmake/find-mustache.cmake ${PROJECT_BINARY_DIR} COPYONLY)
configure_file(cmake/find-mpi.cmake ${PROJECT_BINARY_DIR} COPYONLY)
install(FILES ${PROJECT_BINARY_DIR}/maskauditConfig.cmake ${PROJECT_BINARY_DIR}/maskauditConfigVersion.cmake
              cmake/find-mustache.cmake cmake/find-mpi.cmake
        DESTINATION ${package_dir} COMPONENT development)

# For pkg-config, each component that is more than headers as a package of its own; but for mpi, whose flags mpicxx has.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig
           OUTPUT_VARIABLE pc_to_prefix)
function(maskaudit_install_pc name requires cflags libs)
    configure_file(cmake/maskaudit.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig
            COMPONENT development)
endfunction()
maskaudit_install_pc(maskaudit "xtensor >= 0.24.3" "-I\${includedir}" "-pthread")
maskaudit_install_pc(maskaudit-dataset "maskaudit = ${PROJECT_VERSION}, libpng >= 1.6" "" "")
maskaudit_install_pc(maskaudit-display "maskaudit = ${PROJECT_VERSION}, libpng >= 1.6, libturbojpeg >= 2.1" "" "")
maskaudit_install_pc(maskaudit-tbb "maskaudit = ${PROJECT_VERSION}, tbb >= 2021" "-DMASKAUDIT_USE_TBB" "")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)
