#pragma once

#include <maskaudit/maskaudit.hpp>
#include <xtl/xhalf_float.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <pybind11/numpy.h>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// Arrays of numpy as xtensor expressions over the same memory, and results as arrays of numpy.

namespace maskaudit_python {

namespace py = pybind11;

using shape_type = xt::dynamic_shape<std::size_t>;
using strides_type = xt::dynamic_shape<std::ptrdiff_t>;

inline shape_type shape_of(const py::array& array) { return shape_type(array.shape(), array.shape() + array.ndim()); }

/// Strides in elements. The Python side has seen to it that memory is aligned; strides that are no whole numbers of
/// elements, which some processors' alignment allows, are refused here.
inline strides_type strides_of(const py::array& array) {
    strides_type strides(array.strides(), array.strides() + array.ndim());
    for (auto& stride : strides) {
        if (stride % array.itemsize() != 0) throw std::invalid_argument("elements must be whole strides apart");
        stride /= array.itemsize();
    }
    return strides;
}

/// The memory of an array, read as T. The array must outlive the expression.
template <class T>
auto over(const py::array& array) {
    return xt::adapt(static_cast<const T*>(array.data()), static_cast<std::size_t>(array.size()), xt::no_ownership(),
                     shape_of(array), strides_of(array));
}

template <class T>
using memory_of = decltype(over<T>(std::declval<const py::array&>()));

/// A T in the byte order that this machine does not have.
template <class T>
struct swapped {
    std::array<unsigned char, sizeof(T)> bytes;
};

template <class T>
struct swap_bytes {
    T operator()(swapped<T> value) const {
        std::reverse(value.bytes.begin(), value.bytes.end());
        return std::bit_cast<T>(value.bytes);
    }
};

/// Memory in the other byte order, put right as it is read: lazily, so that one image at a time is copied.
template <class T>
auto over_swapped(const py::array& array) {
    return xt::xfunction<swap_bytes<T>, memory_of<swapped<T>>>(swap_bytes<T>(), over<swapped<T>>(array));
}

template <class T>
using swapped_memory_of = decltype(over_swapped<T>(std::declval<const py::array&>()));

/// Of labels in other types the Python side makes int32 or int64: each type takes time to compile with every type of
/// probabilities.
using any_labels = std::variant<memory_of<std::uint8_t>, memory_of<std::uint16_t>, memory_of<std::int32_t>,
                                memory_of<std::int64_t>, memory_of<std::uint64_t>>;

using any_pred_probs = std::variant<memory_of<float>, memory_of<double>, memory_of<xtl::half_float>,
                                    memory_of<std::uint8_t>, memory_of<std::uint16_t>>;

using any_swapped_pred_probs = std::variant<swapped_memory_of<float>, swapped_memory_of<double>,
                                            swapped_memory_of<xtl::half_float>, swapped_memory_of<std::uint16_t>>;

/// The type that a dtype names, as one letter and a size; "i8" is std::int64_t.
inline std::string type_name(const py::array& array) { return array.dtype().kind() + std::to_string(array.itemsize()); }

inline bool is_native(const py::array& array) { return array.dtype().attr("isnative").cast<bool>(); }

[[noreturn]] inline void refuse_type(const char* name, const py::array& array, const char* rule) {
    throw std::invalid_argument(std::string(name) + " are of type " + py::str(array.dtype()).cast<std::string>() +
                                ": " + rule);
}

/// \throws std::invalid_argument for a type that no labels have
inline any_labels labels_in(const py::array& array) {
    const std::string type = type_name(array);
    // A byte of a boolean array may be any: read as bool, one that is neither 0 nor 1 would be undefined.
    if (type == "u1" || type == "b1") return over<std::uint8_t>(array);
    if (type == "u2") return over<std::uint16_t>(array);
    if (type == "i4") return over<std::int32_t>(array);
    if (type == "u8") return over<std::uint64_t>(array);
    if (type == "i8") return over<std::int64_t>(array);
    refuse_type("labels", array, "they must be integers or bool");
}

inline constexpr const char* rule_of_pred_probs =
    "they must be float16, float32 or float64, or uint8 or uint16 as fractions of 255 or 65535";

/// \throws std::invalid_argument for a type that no probabilities have
inline any_pred_probs pred_probs_in(const py::array& array) {
    const std::string type = type_name(array);
    if (type == "f4") return over<float>(array);
    if (type == "f8") return over<double>(array);
    if (type == "f2") return over<xtl::half_float>(array);
    if (type == "u1") return over<std::uint8_t>(array);
    if (type == "u2") return over<std::uint16_t>(array);
    refuse_type("pred_probs", array, rule_of_pred_probs);
}

/// The same in the byte order that this machine does not have.
inline any_swapped_pred_probs swapped_pred_probs_in(const py::array& array) {
    const std::string type = type_name(array);
    if (type == "f4") return over_swapped<float>(array);
    if (type == "f8") return over_swapped<double>(array);
    if (type == "f2") return over_swapped<xtl::half_float>(array);
    if (type == "u2") return over_swapped<std::uint16_t>(array);
    refuse_type("pred_probs", array, rule_of_pred_probs);
}

/// Labels and probabilities, whatever their types.
class labels_and_pred_probs {
public:
    labels_and_pred_probs(const py::array& labels, const py::array& pred_probs)
        : labels_(labels_in(labels)),
          pred_probs_(is_native(pred_probs) ? pred_probs_of_both(pred_probs_in(pred_probs))
                                            : pred_probs_of_both(swapped_pred_probs_in(pred_probs))) {}

    /// Calls f(labels, pred_probs) with both as expressions. Where probabilities are to be swapped, labels are int64,
    /// which the Python side has made of them: fewer pairs of types then have to be compiled.
    template <class F>
    auto visit(F f) const {
        using result = std::invoke_result_t<F, memory_of<std::int64_t>, memory_of<float>>;
        if (const auto* const swapped = std::get_if<any_swapped_pred_probs>(&pred_probs_)) {
            const auto& labels = std::get<memory_of<std::int64_t>>(labels_);
            return std::visit([&](const auto& pred_probs) -> result { return f(labels, pred_probs); }, *swapped);
        }
        return std::visit([&](const auto& labels, const auto& pred_probs) -> result { return f(labels, pred_probs); },
                          labels_, std::get<any_pred_probs>(pred_probs_));
    }

private:
    using pred_probs_of_both = std::variant<any_pred_probs, any_swapped_pred_probs>;

    any_labels labels_;
    pred_probs_of_both pred_probs_;
};

/// An array of numpy that owns an xtensor container's memory: nothing is copied.
template <class Container>
py::array to_numpy(Container values) {
    auto* const owner = new Container(std::move(values));
    const py::capsule owned(owner, [](void* container) { delete static_cast<Container*>(container); });
    const std::vector<py::ssize_t> shape(owner->shape().begin(), owner->shape().end());
    return py::array_t<typename Container::value_type>(shape, owner->data(), owned);
}

} // namespace maskaudit_python
