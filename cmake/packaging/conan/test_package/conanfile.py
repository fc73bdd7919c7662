"""Builds a program with the package, of all components that it was made with, and runs it."""
from pathlib import Path

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout


class MaskauditTestPackage(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps"
    test_type = "explicit"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        options = self.dependencies["maskaudit"].options
        components = ("npy", "dataset", "display", "tbb", "mpi")
        toolchain = CMakeToolchain(self)
        toolchain.variables["COMPONENTS"] = ",".join(c for c in components if options.get_safe(c))
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if can_run(self):
            self.run(str(Path(self.cpp.build.bindir) / "consumer"), env="conanrun")
