# The Python module, in the interpreter that it was built for; a test a file.
execute_process(COMMAND ${Python_EXECUTABLE} -c "import numpy, pandas, pytest"
                RESULT_VARIABLE cannot_test ERROR_QUIET)
if(cannot_test)
    message(STATUS "The Python module is not tested: ${Python_EXECUTABLE} lacks numpy, pandas or pytest")
else()
    file(GLOB python_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/python/test_*.py)
    foreach(file IN LISTS python_tests)
        cmake_path(GET file STEM name)
        string(REGEX REPLACE "^test_" "python." name ${name})
        add_test(NAME ${name} COMMAND ${Python_EXECUTABLE} -B -m pytest -q -p no:cacheprovider ${file})
        set_tests_properties(${name} PROPERTIES
            ENVIRONMENT PYTHONPATH=${PROJECT_BINARY_DIR}/python SKIP_RETURN_CODE 5 TIMEOUT 300)
    endforeach()
endif()
