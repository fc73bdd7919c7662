# MPI for the component mpi, through its interface in C: that in C++ was taken out of the standard by MPI 3.0.
set(MPI_CXX_SKIP_MPICXX TRUE)
find_package(MPI 3.0 QUIET COMPONENTS CXX)
