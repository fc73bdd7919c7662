#include "arrays.hpp"
#include "call.hpp"
#include "display.hpp"
#include "functions.hpp"
#include "inspector.hpp"

#include <maskaudit/error.hpp>

#include <exception>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

// maskaudit._core: the library as the Python modules beside it call it. All documentation is there.

namespace {

namespace py = pybind11;
using namespace maskaudit_python;

/// std::invalid_argument becomes ValueError by itself.
void translate(std::exception_ptr thrown) {
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (const maskaudit::data_error& error) {
        PyErr_SetString(PyExc_ValueError, error.what());
    } catch (const maskaudit::state_error& error) {
        PyErr_SetString(PyExc_ValueError, error.what());
    } catch (const maskaudit::file_error& error) {
        PyErr_SetString(PyExc_OSError, error.what());
    }
}

void add_functions(py::module_& module) {
    py::class_<maskaudit::options>(module, "Options")
        .def(py::init(&make_options), py::arg("ignored"), py::arg("n_jobs"), py::arg("batch_size") = 0);
    module.def("softmin_scores", &softmin_scores);
    module.def("num_pixel_issues_scores", &num_pixel_issues_scores);
    module.def("find_label_issues", &find_label_issues);
    module.def("common_label_issues", &common_label_issues);
    module.def("filter_by_class", &filter_by_class);
    module.def("pixels_below", &pixels_below);
    module.def("images_below", &images_below);

    py::class_<maskaudit::display_options>(module, "DisplayOptions")
        .def(py::init(&display_options), py::keep_alive<1, 4>()); // the photos
    module.def("draw_issues", &draw_issues);
    module.def("write_issues", &write_issues);
    module.def("draw_panels", &draw_panels);
    module.def("write_png", &write_png);
}

void add_inspector(py::module_& module) {
    using region = maskaudit::issue_region;
    const auto tuple_of = [](auto member) {
        return [member](const region& self) { return py::tuple(py::cast(self.*member)); };
    };
    py::class_<region>(module, "IssueRegion")
        .def_readonly("image", &region::image)
        .def_property_readonly("begin", tuple_of(&region::begin))
        .def_property_readonly("end", tuple_of(&region::end))
        .def_readonly("area", &region::area)
        .def_property_readonly("centroid", tuple_of(&region::centroid))
        .def_readonly("given_label", &region::given_label)
        .def_readonly("predicted_label", &region::predicted_label)
        .def_readonly("mean_quality", &region::mean_quality)
        .def_readonly("mean_predicted", &region::mean_predicted)
        .def_readonly("severity", &region::severity)
        .def_property_readonly("runs", &runs_of)
        .def("__repr__", &text_of);
    py::class_<maskaudit::region_options>(module, "RegionOptions")
        .def(py::init([](std::size_t min_area, std::size_t top, bool full_connectivity, bool split_by_class) {
            return maskaudit::region_options{min_area, top, full_connectivity, split_by_class};
        }));

    using found = maskaudit::inspection;
    py::class_<inspection>(module, "Inspection")
        .def_property_readonly("confident_thresholds", inspection::getter(&found::confident_thresholds))
        .def_property_readonly("num_issues", inspection::getter(&found::num_issues))
        .def_property_readonly("softmin_scores", inspection::getter(&found::softmin_scores))
        .def_property_readonly("num_pixel_issues_scores", inspection::getter(&found::num_pixel_issues_scores))
        .def_property_readonly("valid_pixels", inspection::getter(&found::valid_pixels))
        .def_property_readonly("issue_pixels", inspection::getter(&found::issue_pixels))
        .def_property_readonly("num_images", &inspection::num_images)
        .def("issues", &inspection::issues)
        .def("keep_issues", &inspection::keep_issues)
        .def("common_label_issues", &inspection::common_label_issues);

    py::class_<label_inspector>(module, "LabelInspector")
        .def(py::init<std::size_t, const maskaudit::options&, double, std::size_t, bool, bool>())
        .def_static("load", &label_inspector::load)
        .def("add", &label_inspector::add)
        .def("merge", &label_inspector::merge)
        .def("save", &label_inspector::save)
        .def_property_readonly("num_classes", &label_inspector::num_classes)
        .def_property_readonly("num_images", &label_inspector::num_images)
        .def("finish", &label_inspector::finish)
        .def("issue_regions", &label_inspector::issue_regions);
}

} // namespace

PYBIND11_MODULE(_core, module) {
    module.attr("__version__") = MASKAUDIT_VERSION;
    py::register_exception_translator(&translate);
    add_functions(module);
    add_inspector(module);
}
