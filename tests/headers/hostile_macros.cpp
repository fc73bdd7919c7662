// <windows.h> defines min and max, <complex.h> defines I. What is not ours comes first: it need not stand them.
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <maskaudit/detail/xtensor.hpp>
#include <xtl/xhalf_float.hpp>

#include <bits/stdc++.h>
#include <kainjow/mustache.hpp>
#include <png.h>
#include <turbojpeg.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(MASKAUDIT_USE_TBB)
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#endif

#define min(a, b) hostile macro
#define max(a, b) hostile macro
#define I hostile macro

#include "all_public.hpp"
