#include <reexport.hpp>

int main() { return is_of_class({0, 0, 0}, 0) ? 0 : 1; }
