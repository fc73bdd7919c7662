#pragma once

#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

// Which instructions hot loops use: chosen while running, so that a default build is as fast as the machine allows.

namespace maskaudit::detail {

/// Ascending: a machine with one has those before it. `baseline` is what the build targets anyway: SSE2 on x86-64.
enum class instruction_set { baseline, avx2, avx512 };

inline instruction_set best_instruction_set() {
    instruction_set best = instruction_set::baseline;
#if defined(__x86_64__)
    // With AVX2 comes F16C, which not every compiler can ask for.
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    best = has_avx512 ? instruction_set::avx512 : has_avx2 ? instruction_set::avx2 : best;
#endif
    return best;
}

/// The set that a name asks for, or the best one where it is empty.
inline instruction_set instruction_set_named(std::string_view name) {
    const instruction_set best = best_instruction_set();
    if (name.empty()) return best;
#if defined(__x86_64__)
    constexpr std::string_view names[] = {"sse2", "avx2", "avx512"};
#else
    constexpr std::string_view names[] = {"baseline"};
#endif
    std::string known;
    for (std::size_t i = 0; i <= static_cast<std::size_t>(best); ++i) {
        if (names[i] == name) return static_cast<instruction_set>(i);
        known += (i == 0 ? "" : ", ") + std::string(names[i]);
    }
    throw std::invalid_argument("MASKAUDIT_INSTRUCTION_SET is '" + std::string(name) +
                                "': on this machine it must be one of " + known);
}

/// The set in use: the best one of the machine, unless the environment variable MASKAUDIT_INSTRUCTION_SET, which is
/// read once, names a lesser one.
inline instruction_set chosen_instruction_set() {
    static const instruction_set chosen = [] {
        const char* const name = std::getenv("MASKAUDIT_INSTRUCTION_SET"); // NOLINT(concurrency-mt-unsafe)
        return instruction_set_named(name == nullptr ? "" : name);
    }();
    return chosen;
}

#if defined(__x86_64__)
template <class Kernel>
[[gnu::noinline, gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")]] void run_on_avx512(Kernel& kernel) {
    kernel.template run<64>();
}

template <class Kernel>
[[gnu::noinline, gnu::target("avx2,fma,f16c")]] void run_on_avx2(Kernel& kernel) {
    kernel.template run<32>();
}
#endif

/// Calls kernel.template run<Bytes>(), compiled for the set in use, whose vectors have that many bytes.
///
/// `run` and all that it calls must be always_inline: what is not inlined here is compiled for the baseline. That goes
/// for lambdas too, and for what they capture.
template <class Kernel>
void run_kernel(Kernel& kernel) {
#if defined(__x86_64__)
    switch (chosen_instruction_set()) {
    case instruction_set::avx512:
        return run_on_avx512(kernel);
    case instruction_set::avx2:
        return run_on_avx2(kernel);
    case instruction_set::baseline:
        break;
    }
#endif
    kernel.template run<16>();
}

} // namespace maskaudit::detail
