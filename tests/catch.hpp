#pragma once

// Catch2 of either major version: 3 has many headers, 2 has one.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx; // as 2 has it
#else
#include <catch2/catch.hpp>
#endif
