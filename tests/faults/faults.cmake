# What the library and the program do when memory, threads, files or the disk fail them.

# The library, where there is time for it: beside the sanitizers, but without them, as it has an operator new of its own.
if(maskaudit_with_tbb AND CMAKE_BUILD_TYPE STREQUAL "Debug")
    file(GLOB library_faults CONFIGURE_DEPENDS faults/library/*.cpp)
    set(staged_folder folder_lock.cpp interrupt.cpp leftovers.cpp ranks.cpp staged_folder.cpp streams.cpp sync.cpp
                      text_file.cpp)
    list(TRANSFORM staged_folder PREPEND ${PROJECT_SOURCE_DIR}/examples/maskaudit/)
    maskaudit_add_tests(maskaudit_library_faults faults. ${library_faults} faults/staged_folder.cpp ${staged_folder})
    target_link_libraries(maskaudit_library_faults PRIVATE maskaudit::tbb ${CMAKE_DL_LIBS})
    if(MASKAUDIT_SANITIZE)
        add_library(maskaudit_no_sanitizers INTERFACE)
        target_compile_options(maskaudit_no_sanitizers INTERFACE -fno-sanitize=all)
        target_link_options(maskaudit_no_sanitizers INTERFACE -fno-sanitize=all)
        target_link_libraries(maskaudit_library_faults PRIVATE maskaudit_no_sanitizers) # after the flags it takes back
    endif()
endif()

# The program, some hundred times: optimised, and without sanitizers, with which it would take ten times as long.
if(TARGET maskaudit_program AND NOT MASKAUDIT_SANITIZE)
    file(GLOB program_faults CONFIGURE_DEPENDS faults/program/*.cpp)
    maskaudit_add_tests(maskaudit_program_faults faults. ${program_faults} cli/program.cpp)
    target_link_libraries(maskaudit_program_faults PRIVATE util)
    set_target_properties(maskaudit_program_faults PROPERTIES DISABLE_PRECOMPILE_HEADERS ON) # of arrays, which it has not
    add_dependencies(maskaudit_program_faults maskaudit_program)
endif()
