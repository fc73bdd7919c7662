#include "audit_scene.hpp"

#include "npy_text.hpp"

#include <catch.hpp>
#include <cstdint>
#include <cstring>
#include <file_contents.hpp>
#include <png.h>
#include <random>

namespace maskaudit_test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t images = 3, classes = 3, height = 16, width = 24, pixels = height * width;

void write_npy(const fs::path& path, const std::string& type, const std::string& shape, const void* data,
               std::size_t bytes) {
    npy_test::save(path, npy_test::npy(npy_test::dictionary(type, shape), {static_cast<const char*>(data), bytes}));
}

void write_png(const fs::path& path, png_uint_32 format, const std::vector<std::uint8_t>& bytes) {
    png_image image;
    std::memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = format;
    REQUIRE(png_image_write_to_file(&image, path.c_str(), 0, bytes.data(), 0, nullptr) != 0);
}

} // namespace

file_bytes files_in(const fs::path& folder) {
    file_bytes found;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
        const std::string name = entry.path().lexically_relative(folder);
        if (entry.is_directory())
            found[name + '/'];
        else
            found[name] = text_of(entry.path());
    }
    return found;
}

file_bytes results_in(const fs::path& folder) {
    file_bytes found = files_in(folder);
    std::erase_if(found, [](const auto& file) { return file.first.find(".maskaudit-state/") != std::string::npos; });
    return found;
}

audit_scene::audit_scene() {
    for (const char* const name : {"labels", "pred_probs", "images"})
        fs::create_directories(inputs() / name);
    std::minstd_rand random(11);
    for (std::size_t n = 0; n < images; ++n) {
        std::vector<std::uint8_t> labels(pixels), picture(3 * pixels);
        std::vector<float> pred_probs(classes * pixels);
        for (std::size_t i = 0; i < pixels; ++i) {
            const std::size_t seen = i % width * classes / width;
            const float sure = 0.4F + static_cast<float>(random() % 500) / 1000;
            for (std::size_t k = 0; k < classes; ++k)
                pred_probs[k * pixels + i] = k == seen ? sure : (1 - sure) / 2;
            labels[i] = static_cast<std::uint8_t>(random() % 4 == 0 ? random() % classes : seen);
            picture[3 * i] = static_cast<std::uint8_t>(50 * seen);
        }
        const std::string name = std::to_string(n);
        if (n == 1)
            write_npy(inputs() / "labels" / (name + ".npy"), "|u1", "(16, 24)", labels.data(), pixels);
        else
            write_png(inputs() / "labels" / (name + ".png"), PNG_FORMAT_GRAY, labels);
        write_png(inputs() / "images" / (name + ".png"), PNG_FORMAT_RGB, picture);
        write_npy(inputs() / "pred_probs" / (name + ".npy"), "<f4", "(3, 16, 24)", pred_probs.data(),
                  pred_probs.size() * sizeof(float));
    }
    fs::create_directory(work());
    std::vector<std::string> other = arguments(work(), false);
    other.insert(other.end(), {"--temperature", "0.5", "--boundary-tolerance", "1"});
    REQUIRE(run(other).status == 0);
    before_ = files_in(work());
    fs::copy(work(), folder_ / "before", fs::copy_options::recursive);
    REQUIRE(run(arguments(work(), false)).status == 0);
    expected_ = files_in(work());
    for (const auto& [name, bytes] : before_)
        REQUIRE(expected_.contains(name)); // which makes it simple to tell what is whose
    REQUIRE(before_ != expected_);
}

std::vector<std::string> audit_scene::arguments(const fs::path& to, bool resume) const {
    std::vector<std::string> words{"audit",
                                   inputs() / "labels",
                                   inputs() / "pred_probs",
                                   "--images",
                                   inputs() / "images",
                                   "--out",
                                   to / "out",
                                   "--suggest",
                                   to / "suggested",
                                   "--report",
                                   "--pixel-scores",
                                   "--jobs",
                                   "1",
                                   "--quiet"};
    if (resume) words.insert(words.end(), {"--resume", "--save-every", "0"});
    return words;
}

void audit_scene::start_anew() const {
    fs::remove_all(work());
    fs::copy(folder_ / "before", work(), fs::copy_options::recursive);
}

} // namespace maskaudit_test
