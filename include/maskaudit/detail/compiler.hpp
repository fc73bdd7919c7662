#pragma once

// What every public header includes first: so the first error is about what is missing, not about what that breaks.

#if __cplusplus < 202002L
#error "maskaudit needs C++20: -std=c++20, or target_compile_features(... cxx_std_20)"
#endif
#if !defined(__cpp_exceptions)
#error "maskaudit does not work with -fno-exceptions: it throws where arguments or data cannot be used"
#endif
#if defined(__FAST_MATH__) || __FINITE_MATH_ONLY__
#error "maskaudit does not work with -ffast-math or -ffinite-math-only: it tells NaN and -0 apart"
#endif
