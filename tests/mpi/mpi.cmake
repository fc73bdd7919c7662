file(GLOB mpi_tests CONFIGURE_DEPENDS mpi/*.cpp)
maskaudit_add_tests(maskaudit_mpi_tests "" ${mpi_tests})
set_target_properties(maskaudit_mpi_tests PROPERTIES DISABLE_PRECOMPILE_HEADERS ON)
target_link_libraries(maskaudit_mpi_tests PRIVATE maskaudit::mpi)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(maskaudit_mpi_tests PRIVATE -O1) # every rank looks at all images, on as many cores as there are
endif()
set(numbers_of_ranks 1 2 3 5)
if(MASKAUDIT_SANITIZE) # under which they take ten times as long
    set(numbers_of_ranks 3)
endif()
foreach(ranks IN LISTS numbers_of_ranks)
    add_test(NAME mpi.${ranks} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/mpi/on_ranks.sh ${MPIEXEC_EXECUTABLE} ${ranks}
                                       $<TARGET_FILE:maskaudit_mpi_tests>)
endforeach()
