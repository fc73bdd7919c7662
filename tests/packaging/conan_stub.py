"""Stands for the modules of Conan that the recipe imports, as far as it uses them."""
import fnmatch
import shutil
import sys
import types
from pathlib import Path


class ConanException(Exception):
    pass


class ConanInvalidConfiguration(ConanException):
    pass


class Version:
    def __init__(self, text):
        self.numbers = [int(part) for part in str(text).split(".")]

    def __lt__(self, text):
        return self.numbers < Version(text).numbers


class Values:
    """Options or settings: attributes, of which only those that were declared are there."""

    def __init__(self, **values):
        self.__dict__.update(values)


class Information:
    """cpp_info, or one of its components."""

    def __init__(self):
        self.properties, self.components, self.requires, self.defines = {}, Components(), [], []

    def set_property(self, name, value):
        self.properties[name] = value


class Components(dict):
    def __missing__(self, name):
        self[name] = Information()
        return self[name]


class PackageId:
    def __init__(self):
        self.is_cleared = False

    def clear(self):
        self.is_cleared = True


class ConanFile:
    version = None

    def __init__(self, recipe_folder):
        self.recipe_folder = str(recipe_folder)
        self.options = Values(**self.default_options)
        self.settings = Values(os="Linux", compiler=Compiler("gcc", "12"), cppstd=20)
        self.cpp_info, self.info, self.references = Information(), PackageId(), {}

    def requires(self, reference, transitive_headers=False, transitive_libs=False):
        assert transitive_headers and transitive_libs, f"{reference} would be hidden from users"
        name, version = reference.split("/")
        self.references[name] = version


class Compiler(str):
    def __new__(cls, name, version):
        compiler = super().__new__(cls, name)
        compiler.version = version
        return compiler


def copy(_, pattern, src, dst):
    """Copies the files whose path below `src` matches, '*' of any folders; keeps their paths."""
    files = [file.relative_to(src) for file in Path(src).rglob("*") if file.is_file()]
    for file in files:
        if fnmatch.fnmatch(str(file), pattern):
            (Path(dst) / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(src) / file, Path(dst) / file)


def check_min_cppstd(recipe, least):
    if recipe.settings.cppstd < least:
        raise ConanInvalidConfiguration(f"C++{least} is needed")


class Git:
    def __init__(self, recipe):
        pass

    def clone(self, url, target):
        raise AssertionError(f"would clone {url}")


def install():
    """Makes `import conan` and the like find what is here."""
    contents = {
        "conan": {"ConanFile": ConanFile},
        "conan.errors": {"ConanException": ConanException, "ConanInvalidConfiguration": ConanInvalidConfiguration},
        "conan.tools": {},
        "conan.tools.build": {"check_min_cppstd": check_min_cppstd, "can_run": None},
        "conan.tools.cmake": {"CMake": None, "CMakeToolchain": None, "cmake_layout": None},
        "conan.tools.files": {"copy": copy},
        "conan.tools.layout": {"basic_layout": lambda recipe: None},
        "conan.tools.scm": {"Git": Git, "Version": Version},
    }
    for name, members in contents.items():
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__dict__.update(members)
