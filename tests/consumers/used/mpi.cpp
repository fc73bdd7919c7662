#include <maskaudit/mpi.hpp>

int main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    const maskaudit::label_inspector inspector(2);
    const auto found = maskaudit::collective_finish(inspector, MPI_COMM_WORLD);
    MPI_Finalize();
    return found.num_images == 0 ? 0 : 1;
}
