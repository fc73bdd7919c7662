#pragma once

// The one place that knows where xtensor keeps its headers: they moved in 0.26, with no forwarding headers. The new
// place is looked for first, since with two releases installed the old paths would mix them.

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xexpression.hpp>
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/views/xview.hpp>
#else
#if defined(__clang__) && defined(__cpp_template_template_args) // by default from Clang 19 on
#error "Clang 19 needs xtensor 0.26 or later, or -fno-relaxed-template-template-args"
#endif
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xexpression.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif
