# The templates of kainjow/mustache.hpp: a header that comes without a package for CMake. Ours installs this file too.
find_path(MASKAUDIT_MUSTACHE_INCLUDE_DIR kainjow/mustache.hpp)
mark_as_advanced(MASKAUDIT_MUSTACHE_INCLUDE_DIR)
if(MASKAUDIT_MUSTACHE_INCLUDE_DIR AND NOT TARGET maskaudit::mustache)
    add_library(maskaudit::mustache INTERFACE IMPORTED)
    target_include_directories(maskaudit::mustache SYSTEM INTERFACE ${MASKAUDIT_MUSTACHE_INCLUDE_DIR})
endif()
