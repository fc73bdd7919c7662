#pragma once

// What every public header includes first: so the first error is about what is missing, not about what that breaks.
// Compilers go on after such an error, but not after a header that does not exist.

#if __cplusplus < 202002L
#error "maskaudit needs C++20: -std=c++20, or target_compile_features(... cxx_std_20)"
#include <maskaudit/stopped>
#endif
#if defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 16
#error "maskaudit needs Clang 16 or later"
#include <maskaudit/stopped>
#endif
#if !defined(__cpp_exceptions)
#error "maskaudit does not work with -fno-exceptions: it throws where arguments or data cannot be used"
#include <maskaudit/stopped>
#endif
#if defined(__FAST_MATH__) || __FINITE_MATH_ONLY__ || defined(__NO_SIGNED_ZEROS__)
#error "maskaudit does not work with -ffast-math, -ffinite-math-only or -fno-signed-zeros: it tells NaN and -0 apart"
#include <maskaudit/stopped>
#endif
