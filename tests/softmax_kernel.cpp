#include "scene.hpp"

#include <maskaudit/detail/instruction_set.hpp>
#include <maskaudit/detail/softmax_kernel.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

// Logits to probabilities, against the formula in long double.

using namespace maskaudit_test;
namespace detail = maskaudit::detail;

namespace {

/// softmax_exp of many numbers, a multiple of 32.
template <class T>
struct exp_kernel {
    std::vector<T>& values;

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        constexpr std::size_t lanes = Bytes / sizeof(T);
        for (std::size_t i = 0; i < values.size(); i += 2 * lanes) {
            detail::vec<T, Bytes> y[2];
            for (std::size_t v = 0; v < 2; ++v)
                detail::load(y[v], values.data() + i + v * lanes);
            detail::softmax_exp<T, Bytes, 2>(y);
            for (std::size_t v = 0; v < 2; ++v)
                detail::store(values.data() + i + v * lanes, y[v]);
        }
    }
};

template <class T>
std::vector<T> exponentials(std::vector<T> values) {
    exp_kernel<T> kernel{values};
    detail::run_kernel(kernel);
    return values;
}

template <class T>
double relative_error(T value, T argument) {
    const long double exact = std::exp(static_cast<long double>(argument));
    return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / exact);
}

/// Logits of several pixels in planes, and their softmax by the kernel.
template <class T>
struct pixels {
    pixels(std::size_t num_classes, std::size_t num_pixels)
        : classes(num_classes), count(num_pixels), plane(detail::padded(num_pixels)), logits(classes * plane) {}

    T& logit(std::size_t k, std::size_t i) { return logits[k * plane + i]; }

    std::vector<T> softmax() const {
        std::vector<T> p = logits;
        detail::softmax_planes(p.data(), classes, count, plane);
        return p;
    }

    /// The largest difference from the formula.
    double error() const {
        const std::vector<T> p = softmax();
        double largest = 0;
        for (std::size_t i = 0; i < count; ++i) {
            long double most = -std::numeric_limits<long double>::infinity(), sum = 0;
            for (std::size_t k = 0; k < classes; ++k)
                most = std::max(most, static_cast<long double>(logits[k * plane + i]));
            for (std::size_t k = 0; k < classes; ++k)
                sum += std::exp(static_cast<long double>(logits[k * plane + i]) - most);
            for (std::size_t k = 0; k < classes; ++k) {
                const auto exact = std::exp(static_cast<long double>(logits[k * plane + i]) - most) / sum;
                const auto difference =
                    static_cast<double>(std::abs(exact - static_cast<long double>(p[k * plane + i])));
                largest = std::max(largest, std::isnan(difference) ? 1.0 : difference);
            }
        }
        return largest;
    }

    std::size_t classes, count, plane;
    std::vector<T> logits;
};

} // namespace

static_assert(detail::softmax_error<float> <= 1e-6);

TEMPLATE_TEST_CASE("the exponential of the softmax is as exact as it says", "[softmax]", float, double) {
    CAPTURE(seed());
    random_engine random(seed() + 80);
    std::vector<TestType> arguments(1U << 15);
    for (TestType& y : arguments)
        y = static_cast<TestType>(uniform(random) < 0.5 ? -uniform(random)
                                                        : uniform(random) * detail::softmax_exp_lowest<TestType>);
    const std::vector<TestType> values = exponentials(arguments);
    double error = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
        error = std::max(error, relative_error(values[i], arguments[i]));
    CHECK(error <= detail::softmax_exp_error<TestType>);

    std::fill(arguments.begin(), arguments.end(), TestType{0});
    constexpr TestType lowest = detail::softmax_exp_lowest<TestType>;
    arguments[1] = -TestType{0};
    arguments[2] = lowest;
    arguments[3] = std::nextafter(lowest, 2 * lowest);
    arguments[4] = std::numeric_limits<TestType>::lowest();
    arguments[5] = -std::numeric_limits<TestType>::infinity();
    const std::vector<TestType> edges = exponentials(arguments);
    CHECK(edges[0] == 1);
    CHECK(edges[1] == 1);
    CHECK(edges[2] >= std::numeric_limits<TestType>::min());
    for (const std::size_t zero : {3U, 4U, 5U})
        CHECK(edges[zero] == 0);
}

TEST_CASE("the exponential of the softmax keeps the order of all floats from -1/4 to -7/4", "[softmax]") {
    // The power of two in it changes three times there, and with it the polynomial that is next to it.
    float last = 1;
    bool ascending = true;
    double error = 0;
    std::vector<float> arguments(1U << 16);
    for (float y = -0.25F; y > -1.75F;) {
        for (float& argument : arguments)
            argument = y = std::nextafter(y, -2.0F);
        const std::vector<float> values = exponentials(arguments);
        for (const float value : values) {
            ascending &= value <= last;
            last = value;
        }
        for (std::size_t i = 0; i < values.size(); i += 64)
            error = std::max(error, relative_error(values[i], arguments[i]));
    }
    CHECK(ascending);
    CHECK(error <= detail::softmax_exp_error<float>);
}

TEMPLATE_TEST_CASE("the exponential of the softmax keeps the order of neighbours", "[softmax]", float, double) {
    CAPTURE(seed());
    random_engine random(seed() + 81);
    std::vector<TestType> larger(1U << 16), smaller;
    const TestType ln2 = static_cast<TestType>(std::log(2.0L));
    for (TestType& y : larger) { // many of them where n changes
        const auto half_way = -(static_cast<TestType>(pick(random, 0, 120)) + TestType{0.5}) * ln2;
        y = half_way *
            (1 + static_cast<TestType>(uniform(random) - 0.5) * std::numeric_limits<TestType>::epsilon() * 64);
        if (uniform(random) < 0.5) y = static_cast<TestType>(-uniform(random) * 80);
    }
    for (const TestType y : larger)
        smaller.push_back(std::nextafter(y, -std::numeric_limits<TestType>::infinity()));
    larger = exponentials(larger);
    smaller = exponentials(smaller);
    bool ascending = true;
    for (std::size_t i = 0; i < larger.size(); ++i)
        ascending &= smaller[i] <= larger[i];
    CHECK(ascending);
}

TEMPLATE_TEST_CASE("probabilities are within their bound of the softmax", "[softmax]", float, double) {
    CAPTURE(seed());
    random_engine random(seed() + 82);
    for (const std::size_t classes : {1U, 2U, 3U, 4U, 5U, 8U, 19U, 150U, 1000U, 4097U})
        for (const double spread : {0.0, 0.1, 3.0, 40.0, 1e4, 1e30}) {
            pixels<TestType> some(classes, 33);
            const double shift = (uniform(random) - 0.5) * 1000;
            for (TestType& logit : some.logits)
                logit = static_cast<TestType>(shift + spread * std::log(uniform(random) / (1 - uniform(random))));
            CAPTURE(classes, spread);
            CHECK(some.error() <= detail::softmax_error<TestType>);
        }
}

TEMPLATE_TEST_CASE("as many classes as there may be, none of which counts by itself", "[softmax]", float, double) {
    CAPTURE(seed());
    random_engine random(seed() + 83);
    pixels<TestType> all(65536, 8);
    for (std::size_t i = 0; i < 8; ++i)
        for (std::size_t k = 0; k < all.classes; ++k) // all equal; one that stands out; around as much as the others
            all.logit(k, i) = static_cast<TestType>(i == 0          ? 0
                                                    : k == i * 1000 ? 1.1 * static_cast<double>(i) + 5 * uniform(random)
                                                                    : -uniform(random) * 0.01);
    CHECK(all.error() <= detail::softmax_error<TestType>);
}

TEMPLATE_TEST_CASE("equal logits, larger ones and impossible classes", "[softmax]", float, double) {
    constexpr TestType infinity = std::numeric_limits<TestType>::infinity();
    constexpr TestType greatest = std::numeric_limits<TestType>::max();
    CAPTURE(seed());
    random_engine random(seed() + 84);
    pixels<TestType> some(7, 64);
    for (std::size_t i = 0; i < some.count; ++i)
        for (std::size_t k = 0; k < some.classes; ++k) {
            const TestType values[] = {-infinity, -greatest, -1, 0, 1, std::nextafter(TestType{1}, TestType{2}),
                                       greatest};
            some.logit(k, i) = k == i % 7 ? TestType{0} : values[pick(random, 0, 6)];
        }
    const std::vector<TestType> p = some.softmax();
    bool in_order = true;
    for (std::size_t i = 0; i < some.count; ++i)
        for (std::size_t a = 0; a < some.classes; ++a) {
            const TestType p_a = p[a * some.plane + i];
            in_order &= p_a >= 0 && p_a <= 1 + TestType(detail::softmax_error<TestType>);
            in_order &= some.logit(a, i) != -infinity || p_a == 0;
            for (std::size_t b = 0; b < some.classes; ++b) {
                if (some.logit(a, i) == some.logit(b, i)) in_order &= p_a == p[b * some.plane + i];
                if (some.logit(a, i) < some.logit(b, i)) in_order &= p_a <= p[b * some.plane + i];
            }
        }
    CHECK(in_order);
    CHECK(some.error() <= detail::softmax_error<TestType>);
}

TEMPLATE_TEST_CASE("one class is certain, and one of which all others are impossible", "[softmax]", float, double) {
    pixels<TestType> one(1, 3);
    one.logits = std::vector<TestType>(one.plane, TestType(-1e30));
    CHECK(one.softmax()[2] == 1);
    pixels<TestType> masked(5, 1);
    std::fill(masked.logits.begin(), masked.logits.end(), -std::numeric_limits<TestType>::infinity());
    masked.logit(3, 0) = -12345;
    const std::vector<TestType> p = masked.softmax();
    for (std::size_t k = 0; k < 5; ++k)
        CHECK(p[k * masked.plane] == (k == 3 ? 1 : 0));
}

TEMPLATE_TEST_CASE("a pixel whose logits cannot be used has no probability, and its neighbours have theirs",
                   "[softmax]", float, double) {
    constexpr TestType infinity = std::numeric_limits<TestType>::infinity();
    constexpr TestType nan = std::numeric_limits<TestType>::quiet_NaN();
    for (const std::size_t classes : {1U, 2U, 4U, 7U}) {
        pixels<TestType> good(classes, 40);
        random_engine random(seed() + 85);
        for (TestType& logit : good.logits)
            logit = static_cast<TestType>(uniform(random));
        const std::vector<TestType> expected = good.softmax();
        for (std::size_t at = 0; at < classes; ++at)
            for (const TestType value : {infinity, nan, -nan}) {
                pixels<TestType> bad = good;
                bad.logit(at, 17) = value;
                const std::vector<TestType> p = bad.softmax();
                for (std::size_t k = 0; k < classes; ++k)
                    for (std::size_t i = 0; i < 40; ++i)
                        if (i == 17 ? !std::isnan(p[k * bad.plane + i])
                                    : p[k * bad.plane + i] != expected[k * bad.plane + i])
                            FAIL("class " << k << " of pixel " << i << " is " << p[k * bad.plane + i]);
            }
        pixels<TestType> impossible = good;
        for (std::size_t k = 0; k < classes; ++k)
            impossible.logit(k, 3) = -infinity;
        const std::vector<TestType> p = impossible.softmax();
        for (std::size_t k = 0; k < classes; ++k)
            CHECK(std::isnan(p[k * impossible.plane + 3]));
    }
}

TEMPLATE_TEST_CASE("a probability does not depend on the pixels computed along with it", "[softmax]", float, double) {
    CAPTURE(seed());
    random_engine random(seed() + 86);
    pixels<TestType> all(11, 100);
    for (TestType& logit : all.logits)
        logit = static_cast<TestType>(20 * uniform(random));
    const std::vector<TestType> together = all.softmax();
    bool equal = true;
    for (std::size_t i = 0; i < all.count; ++i) {
        pixels<TestType> alone(11, 1);
        for (std::size_t k = 0; k < 11; ++k)
            alone.logit(k, 0) = all.logit(k, i);
        const std::vector<TestType> p = alone.softmax();
        for (std::size_t k = 0; k < 11; ++k)
            equal &= p[k * alone.plane] == together[k * all.plane + i];
    }
    CHECK(equal);
}
