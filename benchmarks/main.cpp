#include "registration.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

// usage: maskaudit_benchmarks [--set=NAME] [--quick] [options of Google Benchmark]
//        --set=cases      what is published, each beside the read floor of its array
//        --set=images, --set=area, --set=classes    growth with the number of these
//        --quick          tiny inputs, to see that everything runs

namespace {

using namespace maskaudit_benchmarks;

bool register_set(const std::string& name, bool quick) {
    if (name == "cases")
        register_cases(quick ? tiny : published);
    else if (name == "images")
        register_growth_of_images(quick);
    else if (name == "area")
        register_growth_of_area(quick);
    else if (name == "classes")
        register_growth_of_classes(quick);
    else
        return false;
    return true;
}

} // namespace

int main(int argc, char** argv) {
    std::string set = "cases";
    bool quick = false;
    std::vector<char*> others;
    for (char* const argument : std::vector<char*>(argv, argv + argc)) {
        const std::string text = argument;
        if (text == "--quick")
            quick = true;
        else if (text.rfind("--set=", 0) == 0)
            set = text.substr(6);
        else
            others.push_back(argument);
    }
    if (!register_set(set, quick)) {
        std::cerr << "--set=" << set << ": there are cases, images, area and classes\n";
        return EXIT_FAILURE;
    }

    int count = static_cast<int>(others.size());
    others.push_back(nullptr);
    benchmark::AddCustomContext("compiler", MASKAUDIT_BENCHMARK_COMPILER);
    benchmark::AddCustomContext("flags", MASKAUDIT_BENCHMARK_FLAGS);
    benchmark::AddCustomContext("read_floor", widest_sum<floor_streams, float>().name);
    benchmark::Initialize(&count, others.data());
    if (benchmark::ReportUnrecognizedArguments(count, others.data())) return EXIT_FAILURE;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return EXIT_SUCCESS;
}
