#include <reexport.hpp>

int main(int, char** argv) { return is_refused(argv[0]) ? 0 : 1; }
