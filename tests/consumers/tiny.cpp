// As little as shows that our headers and those of xtensor are found.
#include <maskaudit/picture.hpp>

int main() {
    const maskaudit::picture pixels({2, 3, 3}, 0);
    const maskaudit::rgb_color first = maskaudit::class_color(0);
    return pixels.shape()[1] == 3 && first == maskaudit::rgb_color{0, 0, 0} ? 0 : 1;
}
