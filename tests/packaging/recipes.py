#!/usr/bin/env python3
"""Tests of the recipes for Conan and vcpkg, against CMake's package. Neither tool is needed: see the stubs.

usage: recipes.py SOURCE_FOLDER BUILD_FOLDER WORK_FOLDER CMAKE [UNITTEST_ARGUMENT...]
"""
import importlib.util
import itertools
import json
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import conan_stub

sys.dont_write_bytecode = True
SOURCE, BUILD, WORK = (Path(folder) for folder in sys.argv[1:4])
CMAKE = sys.argv[4]
CONAN = SOURCE / "cmake" / "packaging" / "conan"
VCPKG = SOURCE / "cmake" / "packaging" / "vcpkg"

# What CMake links, as the two call it: the package, and Conan's component of it.
DEPENDENCIES = {
    "xtensor": ("xtensor", "xtensor::xtensor"),
    "Boost::headers": ("boost-interprocess", "boost::headers"),
    "PNG::PNG": ("libpng", "libpng::libpng"),
    "turbojpeg": ("libjpeg-turbo", "libjpeg-turbo::turbojpeg"),
    "maskaudit::mustache": ("kainjow-mustache", "kainjow-mustache::kainjow-mustache"),
    "TBB::tbb": ("tbb", "onetbb::libtbb"),
    "MPI::MPI_CXX": ("mpi", "openmpi::openmpi"),
}
OWN = {"maskaudit::maskaudit": "core", "maskaudit::npy": "npy"}
COMPONENTS = ("npy", "dataset", "display", "tbb", "mpi")


def exported(component):
    """What the target of a component links, and defines, in the package that CMake makes."""
    listing = BUILD / (f"maskaudit-{component}Targets.cmake" if component else "maskauditTargets.cmake")
    text = listing.read_text()
    links = re.search(r'INTERFACE_LINK_LIBRARIES "([^"]*)"', text)[1].replace("\\$", "$")
    links = re.sub(r"\$<IF:[^;]*turbojpeg-static>", "turbojpeg", links)  # either of its two
    defines = re.search(r'INTERFACE_COMPILE_DEFINITIONS "([^"]*)"', text)
    return [link for link in links.split(";") if link != "Threads::Threads"], defines[1].split(";") if defines else []


def project_version():
    return re.search(r"project\(maskaudit VERSION ([0-9.]+)", (SOURCE / "CMakeLists.txt").read_text())[1]


def load_recipe(file):
    spec = importlib.util.spec_from_file_location("recipe", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def files_below(folder):
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


class Conan(unittest.TestCase):
    def setUp(self):
        self.module = load_recipe(CONAN / "conanfile.py")

    def recipe(self, *components, folder=CONAN):
        made = self.module.MaskauditRecipe(folder)
        for component in components:
            setattr(made.options, component, True)
        return made

    def test_options_are_the_components_of_cmake(self):
        config = (SOURCE / "cmake" / "maskauditConfig.cmake.in").read_text()
        components = re.search(r"set\(maskaudit_components ([a-z ]+)\)", config)[1].split()
        self.assertEqual(tuple(components), COMPONENTS)
        self.assertEqual(list(self.recipe().options.__dict__), components)
        self.assertFalse(any(self.recipe().options.__dict__.values()))

    def test_version_is_that_of_the_project(self):
        recipe = self.recipe()
        recipe.set_version()
        self.assertEqual(recipe.version, project_version())

    def test_components_link_and_define_what_targets_do(self):
        recipe = self.recipe(*COMPONENTS)
        recipe.package_info()
        recipe.requirements()
        info = recipe.cpp_info.components
        self.assertEqual(sorted(info), sorted(["core", *COMPONENTS]))
        for component in (None, *COMPONENTS):
            links, defines = exported(component)
            of_recipe = info[component or "core"]
            expected = [OWN[link] if link in OWN else DEPENDENCIES[link][1] for link in links]
            self.assertEqual(of_recipe.requires, expected, component)
            self.assertEqual(of_recipe.defines, defines, component)
            self.assertEqual(of_recipe.properties["cmake_target_name"], f"maskaudit::{component or 'maskaudit'}")
            self.assertEqual((of_recipe.bindirs, of_recipe.libdirs), ([], []))

    def test_any_options_require_what_their_components_link(self):
        for count in range(len(COMPONENTS) + 1):
            for chosen in itertools.combinations(COMPONENTS, count):
                recipe = self.recipe(*chosen)
                recipe.package_info()
                recipe.requirements()
                linked = [name for info in recipe.cpp_info.components.values() for name in info.requires]
                packages = {name.split("::")[0] for name in linked if "::" in name}
                self.assertEqual(packages, set(recipe.references), chosen)
                self.assertLessEqual({name for name in linked if "::" not in name}, set(recipe.cpp_info.components))
                self.assertLessEqual(set(chosen), set(recipe.cpp_info.components))

    def test_least_versions_are_those_of_cmake(self):
        config = (SOURCE / "cmake" / "maskauditConfig.cmake.in").read_text()
        found = dict(re.findall(r"find_(?:package|dependency)\((\S+) ([0-9.]+)", config))
        recipe = self.recipe(*COMPONENTS)
        recipe.requirements()
        names = {"xtensor": "xtensor", "Boost": "boost", "PNG": "libpng", "libjpeg-turbo": "libjpeg-turbo",
                 "TBB": "onetbb"}
        self.assertEqual(set(found), set(names))
        for package, version in found.items():
            self.assertTrue(recipe.references[names[package]].startswith(f"[>={version} <"), package)

    def test_package_is_the_headers_and_the_licence(self):
        folder = WORK / "conan"
        shutil.rmtree(folder, ignore_errors=True)
        recipe = self.recipe()
        recipe.export_sources_folder = recipe.source_folder = str(folder / "source")
        recipe.package_folder = str(folder / "package")
        recipe.export_sources()
        recipe.source()
        recipe.package()
        recipe.package_id()
        self.assertTrue(recipe.info.is_cleared)
        headers = {f"include/{file}" for file in files_below(SOURCE / "include")}
        self.assertEqual(files_below(folder / "package"), headers | {"licenses/LICENSE"})

    def test_outside_of_a_checkout_repository_and_commit_must_be_given(self):
        elsewhere = WORK / "nowhere" / "a" / "b" / "c"
        elsewhere.mkdir(parents=True, exist_ok=True)
        recipe = self.recipe(folder=elsewhere)
        recipe.source_folder = str(elsewhere)
        recipe.set_version()
        recipe.export_sources()
        self.assertIsNone(recipe.version)
        with self.assertRaisesRegex(conan_stub.ConanException, "fill in REPO and REF"):
            recipe.source()

    def test_compilers_and_systems_that_do_not_do_are_refused(self):
        good = self.recipe()
        good.validate()
        for name, value in [("os", "Windows"), ("cppstd", 17), ("compiler", conan_stub.Compiler("gcc", "11.4")),
                            ("compiler", conan_stub.Compiler("clang", "15")),
                            ("compiler", conan_stub.Compiler("msvc", "193"))]:
            recipe = self.recipe()
            setattr(recipe.settings, name, value)
            with self.assertRaises(conan_stub.ConanInvalidConfiguration, msg=f"{name} {value}"):
                recipe.validate()

    def test_test_package_builds_with_the_package_of_cmake(self):
        load_recipe(CONAN / "test_package" / "conanfile.py")
        folder = WORK / "test_package"
        shutil.rmtree(folder, ignore_errors=True)
        for command in ([CMAKE, "-S", CONAN / "test_package", "-B", folder, "-D", f"maskaudit_DIR={BUILD}", "-D",
                         "COMPONENTS=npy,dataset"], [CMAKE, "--build", folder], [folder / "consumer"]):
            ran = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)


class Vcpkg(unittest.TestCase):
    def test_manifest_says_what_that_of_the_project_says(self):
        port = json.loads((VCPKG / "vcpkg.json").read_text())
        root = json.loads((SOURCE / "vcpkg.json").read_text())
        self.assertEqual(port["version"], project_version())
        for key in ("name", "version", "description", "license"):
            self.assertEqual(port[key], root[key], key)
        for_host = [each["name"] for each in port["dependencies"] if isinstance(each, dict) and each.get("host")]
        self.assertEqual(for_host, ["vcpkg-cmake", "vcpkg-cmake-config"])
        self.assertEqual(port["dependencies"][len(for_host):], root["dependencies"])
        self.assertEqual(tuple(port["features"]), COMPONENTS)
        for component in COMPONENTS:
            self.assertEqual(port["features"][component], root["features"][component], component)

    def test_features_have_what_targets_link(self):
        port = json.loads((VCPKG / "vcpkg.json").read_text())
        for component in COMPONENTS:
            links, _ = exported(component)
            expected = sorted(DEPENDENCIES[link][0] for link in links if link not in OWN)
            listed = port["features"][component]["dependencies"]
            self.assertEqual(sorted(each for each in listed if isinstance(each, str)), expected, component)
            own = [each["features"] for each in listed if isinstance(each, dict)]
            self.assertEqual(own, [["npy"]] if "maskaudit::npy" in links else [], component)

    def run_port(self, port, work):
        shutil.rmtree(work, ignore_errors=True)
        stub = Path(__file__).parent / "vcpkg_stub.cmake"
        return subprocess.run([CMAKE, "-D", f"port={port}", "-D", f"work={work}", "-P", stub], capture_output=True,
                              text=True)

    def test_port_makes_a_package_that_cmake_finds(self):
        work = WORK / "vcpkg"
        ran = self.run_port(VCPKG, work)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        share = {"copyright", "usage", "find-mustache.cmake", "find-mpi.cmake", "maskauditConfig.cmake", "maskauditConfigVersion.cmake",
                 "maskauditTargets.cmake", *(f"maskaudit-{component}Targets.cmake" for component in COMPONENTS)}
        pkgconfig = {"maskaudit.pc", *(f"maskaudit-{component}.pc" for component in COMPONENTS
                      if component not in ("npy", "mpi"))}
        expected = ({f"include/{file}" for file in files_below(SOURCE / "include")} |
                    {f"share/maskaudit/{file}" for file in share} | {f"share/pkgconfig/{file}" for file in pkgconfig})
        self.assertEqual(files_below(work / "packages"), expected)
        found = subprocess.run([CMAKE, "-S", SOURCE / "tests" / "consumers" / "found", "-B", work / "user",
                                "-D", f"maskaudit_DIR={work}/packages/share/maskaudit", "-D", "components=dataset"],
                               capture_output=True, text=True)
        self.assertEqual(found.returncode, 0, found.stderr)

    def test_outside_of_a_checkout_repository_and_commit_must_be_given(self):
        port = WORK / "nowhere" / "port" / "of" / "maskaudit"
        shutil.rmtree(port, ignore_errors=True)
        shutil.copytree(VCPKG, port)
        ran = self.run_port(port, WORK / "vcpkg elsewhere")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("fill in REPO and REF", " ".join(ran.stderr.split()))

    def test_usage_names_every_feature(self):
        usage = (VCPKG / "usage").read_text()
        for component in COMPONENTS:
            self.assertIn(component, usage)


conan_stub.install()
unittest.main(argv=[sys.argv[0], *sys.argv[5:]])
