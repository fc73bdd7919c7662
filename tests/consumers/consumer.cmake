# The program of a user who has found the library, and links some components.
add_executable(consumer ${CMAKE_CURRENT_LIST_DIR}/tiny.cpp)
target_link_libraries(consumer PRIVATE maskaudit::maskaudit)
foreach(component IN LISTS components)
    target_link_libraries(consumer PRIVATE maskaudit::${component})
endforeach()
