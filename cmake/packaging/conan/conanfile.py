"""The recipe for Conan 2: headers and what they need, an option for each component of CMake's package."""
import re
from pathlib import Path

from conan import ConanFile
from conan.errors import ConanException, ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy
from conan.tools.layout import basic_layout
from conan.tools.scm import Git, Version

required_conan_version = ">=2.0"

# Inside a checkout the recipe packs what is around it. Elsewhere a release fills these in: the address that git clones
# from, and the commit.
REPO = ""
REF = ""


class MaskauditRecipe(ConanFile):
    name = "maskaudit"
    description = "Finds label errors in semantic segmentation masks"
    license = "BSD-3-Clause"
    topics = ("segmentation", "label-errors", "confident-learning", "xtensor", "header-only")

    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {component: [True, False] for component in ("npy", "dataset", "display", "tbb", "mpi")}
    default_options = {component: False for component in options}
    no_copy_source = True

    @property
    def _checkout(self):
        return (Path(self.recipe_folder) / ".." / ".." / "..").resolve()

    @property
    def _is_in_checkout(self):
        return (self._checkout / "include" / "maskaudit" / "maskaudit.hpp").is_file()

    def set_version(self):
        if not self.version and self._is_in_checkout:
            listing = (self._checkout / "CMakeLists.txt").read_text()
            self.version = re.search(r"project\(maskaudit VERSION ([0-9.]+)", listing)[1]

    def export_sources(self):
        if self._is_in_checkout:
            exported = Path(self.export_sources_folder)
            copy(self, "*.hpp", src=str(self._checkout / "include"), dst=str(exported / "include"))
            licence = (self._checkout / "LICENSE").read_text()  # copy() would walk through all folders beside it
            (exported / "LICENSE").write_text(licence)

    def layout(self):
        basic_layout(self)

    def source(self):
        if (Path(self.source_folder) / "include").is_dir():
            return
        if not REPO or not REF:
            raise ConanException("maskaudit: the recipe lies in no checkout; fill in REPO and REF in its conanfile.py")
        git = Git(self)
        git.clone(url=REPO, target=".")
        git.checkout(commit=REF)

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("maskaudit is for Linux")
        check_min_cppstd(self, 20)
        least = {"gcc": "12", "clang": "16"}.get(str(self.settings.compiler))
        if least is None or Version(self.settings.compiler.version) < least:
            raise ConanInvalidConfiguration("maskaudit needs GCC 12, Clang 16, or a later one of either")

    def requirements(self):
        # In our headers, so that users need them as well.
        def require(reference):
            self.requires(reference, transitive_headers=True, transitive_libs=True)

        require("xtensor/[>=0.24.3 <0.28]")
        if self.options.npy or self.options.dataset:
            require("boost/[>=1.74 <2]")
        if self.options.dataset or self.options.display:
            require("libpng/[>=1.6 <2]")
        if self.options.display:
            require("libjpeg-turbo/[>=2.1 <4]")
            require("kainjow-mustache/[>=4.1 <5]")
        if self.options.tbb:
            require("onetbb/[>=2021 <2023]")
        if self.options.mpi:
            require("openmpi/[>=4.1 <6]")

    def package_id(self):
        self.info.clear()

    def package(self):
        source, package = Path(self.source_folder), Path(self.package_folder)
        copy(self, "*.hpp", src=str(source / "include"), dst=str(package / "include"))
        copy(self, "LICENSE", src=str(source), dst=str(package / "licenses"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "maskaudit")
        self.cpp_info.set_property("cmake_target_name", "maskaudit::all")  # that of all components

        def component(name, target, requires):
            info = self.cpp_info.components[name]
            info.set_property("cmake_target_name", f"maskaudit::{target}")
            info.set_property("pkg_config_name", "maskaudit" if target == "maskaudit" else f"maskaudit-{target}")
            info.requires = requires
            info.bindirs = []
            info.libdirs = []
            return info

        component("core", "maskaudit", ["xtensor::xtensor"]).system_libs = ["pthread"]
        if self.options.npy or self.options.dataset:
            component("npy", "npy", ["core", "boost::headers"])
        if self.options.dataset:
            component("dataset", "dataset", ["npy", "libpng::libpng"])
        if self.options.display:
            component("display", "display", ["core", "libpng::libpng", "libjpeg-turbo::turbojpeg",
                                             "kainjow-mustache::kainjow-mustache"])
        if self.options.tbb:
            component("tbb", "tbb", ["core", "onetbb::libtbb"]).defines = ["MASKAUDIT_USE_TBB"]
        if self.options.mpi:
            component("mpi", "mpi", ["core", "openmpi::openmpi"])
