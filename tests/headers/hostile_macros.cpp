// Names that headers of others take for themselves. What is not ours comes first: it need not stand them.
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

// Those with arguments.
#define min(a, b) hostile macro     // <windows.h>
#define max(a, b) hostile macro     //
#define major(device) hostile macro // <sys/sysmacros.h>
#define minor(device) hostile macro //
#define CHECK(x) hostile macro      // glog, Catch2
#define LOG(x) hostile macro        //
#define Q(x) hostile macro          // Qt
#define foreach(x, y) hostile macro //
#define _(text) hostile macro       // gettext

// Those without.
#define I hostile macro // <complex.h>
#define complex hostile macro
#define ERROR hostile macro // <windows.h>
#define TRUE hostile macro
#define FALSE hostile macro
#define IN hostile macro
#define OUT hostile macro
#define OPTIONAL hostile macro
#define DELETE hostile macro
#define IGNORE hostile macro
#define STRICT hostile macro
#define small hostile macro
#define near hostile macro
#define far hostile macro
#define interface hostile macro
#define DOMAIN hostile macro // <math.h>
#define OVERFLOW hostile macro
#define UNDERFLOW hostile macro
#define HUGE hostile macro
#undef linux
#undef unix
#define linux hostile macro // GCC, unless told -std=c++20: 1
#define unix hostile macro
#define Bool hostile macro // <X11/Xlib.h>
#define True hostile macro
#define False hostile macro
#define None hostile macro
#define Status hostile macro
#define Success hostile macro
#define Always hostile macro
#define emit hostile macro // Qt
#define signals hostile macro
#define slots hostile macro
#define PI hostile macro // anybody's
#define EPSILON hostile macro
#define DEBUG hostile macro
#define VERSION hostile macro
#define PACKAGE hostile macro

#include "all_public.hpp"
