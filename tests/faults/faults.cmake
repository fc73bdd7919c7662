# What the library and the program do when memory, threads, files or the disk fail them. Where the sanitizers run, which
# is where there is time for it.

# It has an operator new of its own, which the address sanitizer has as well.
if(maskaudit_with_tbb)
    file(GLOB library_faults CONFIGURE_DEPENDS faults/library/*.cpp)
    maskaudit_add_tests(maskaudit_library_faults faults. ${library_faults})
    target_link_libraries(maskaudit_library_faults PRIVATE maskaudit::tbb ${CMAKE_DL_LIBS})
    if(MASKAUDIT_SANITIZE)
        add_library(maskaudit_no_sanitizers INTERFACE)
        target_compile_options(maskaudit_no_sanitizers INTERFACE -fno-sanitize=all)
        target_link_options(maskaudit_no_sanitizers INTERFACE -fno-sanitize=all)
        target_link_libraries(maskaudit_library_faults PRIVATE maskaudit_no_sanitizers) # after the flags it takes back
    endif()
endif()
