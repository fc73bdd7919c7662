#include "progress_bar.hpp"

#include "ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace maskaudit_program {
namespace {

/// Null where there is none.
std::FILE* open_terminal() {
    if (isatty(STDERR_FILENO) == 1) return stderr;
    return started_by_mpirun() ? std::fopen("/dev/tty", "we") : nullptr;
}

std::FILE* terminal() {
    static std::FILE* const opened = open_terminal();
    return opened;
}

std::size_t columns_of(std::FILE* terminal) {
    constexpr std::size_t usual = 80;
    winsize size{};
    const bool known = ioctl(fileno(terminal), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : usual;
}

std::string clock_text(double seconds) {
    constexpr std::uint64_t minute = 60;
    constexpr std::uint64_t hour = 60 * minute;
    const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
    if (whole < hour) return fmt::format("{}:{:02}", whole / minute, whole % minute);
    return fmt::format("{}:{:02}:{:02}", whole / hour, whole % hour / minute, whole % minute);
}

} // namespace

progress_bar::progress_bar(std::string task, std::size_t images, bool quiet, std::size_t done)
    : task_(std::move(task)), images_(images), terminal_(quiet || images == 0 ? nullptr : terminal()),
      done_before_(done) {
    if (terminal_) draw();
}

progress_bar::~progress_bar() {
    if (terminal_ == nullptr) return;
    std::fprintf(terminal_, "\r%*s\r", static_cast<int>(drawn_columns_), "");
    std::fflush(terminal_);
}

void progress_bar::advance(std::size_t pixels) {
    ++done_;
    pixels_ += pixels;
    if (terminal_ && clock::now() >= next_draw_) draw();
}

std::string progress_bar::line(double seconds, std::size_t columns) const {
    const auto done = static_cast<double>(done_);
    const auto images = static_cast<double>(images_);
    std::string numbers = fmt::format(" {:3.0f} %  {}/{}", 100 * done / images, done_, images_);
    const auto add_if_it_fits = [&](const std::string& text) {
        if (task_.size() + numbers.size() + text.size() <= columns) numbers += text;
    };
    if (done_ > done_before_ && seconds > 0) {
        const double rate = (done - static_cast<double>(done_before_)) / seconds;
        add_if_it_fits(fmt::format("  {} left", clock_text((images - done) / rate)));
        add_if_it_fits(fmt::format("  {:.1f} images/s", rate));
        add_if_it_fits(fmt::format("  {:.1f} Mpixel/s", static_cast<double>(pixels_) / seconds * 1e-6));
    }
    constexpr std::size_t least = 10;
    constexpr std::size_t most = 30;
    const std::size_t taken = task_.size() + numbers.size() + std::string_view(" []").size();
    std::string bar;
    if (taken + least <= columns) {
        const std::size_t length = std::min(most, columns - taken);
        const std::size_t filled = length * done_ / images_;
        bar = " [" + std::string(filled, '#') + std::string(length - filled, '.') + "]";
    }
    return (task_ + bar + numbers).substr(0, columns);
}

void progress_bar::draw() {
    constexpr auto interval = std::chrono::milliseconds(100);
    const auto now = clock::now();
    // The last column stays free: some terminals wrap the line once it is used.
    const std::string text = line(std::chrono::duration<double>(now - started_).count(), columns_of(terminal_) - 1);
    std::fprintf(terminal_, "\r%-*s", static_cast<int>(drawn_columns_), text.c_str());
    std::fflush(terminal_);
    drawn_columns_ = text.size();
    next_draw_ = now + interval;
}

} // namespace maskaudit_program
