#include <maskaudit/detail/parallel.hpp>

int main() { return maskaudit::detail::run_workers == maskaudit::detail::run_in_tbb_arena ? 0 : 1; }
