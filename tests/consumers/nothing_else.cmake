# A user's build gets the library, and no program, test, flag or install rule of ours.
get_property(targets DIRECTORY ${maskaudit_SOURCE_DIR} PROPERTY BUILDSYSTEM_TARGETS)
get_property(folders DIRECTORY ${maskaudit_SOURCE_DIR} PROPERTY SUBDIRECTORIES)
set(ours "maskaudit;maskaudit_npy;maskaudit_dataset;maskaudit_display;maskaudit_tbb;maskaudit_mpi;")
if(NOT "${targets};${folders}" STREQUAL ours OR MASKAUDIT_INSTALL)
    message(FATAL_ERROR "more than the library is here: ${targets} ${folders}, install: ${MASKAUDIT_INSTALL}")
endif()
