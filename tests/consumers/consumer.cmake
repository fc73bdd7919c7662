# The program of a user who has found the library, and links some components.
list(TRANSFORM components PREPEND maskaudit:: OUTPUT_VARIABLE targets)
add_executable(consumer ${CMAKE_CURRENT_LIST_DIR}/tiny.cpp)
target_link_libraries(consumer PRIVATE maskaudit::maskaudit ${targets})
