include(CMakeFindDependencyMacro)
find_dependency(maskaudit 0.1 COMPONENTS npy)
include("${CMAKE_CURRENT_LIST_DIR}/reexportTargets.cmake")
