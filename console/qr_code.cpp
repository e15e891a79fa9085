#include "console/qr_code.hpp"

#include <qrencode.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "config/environment.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

/// Readers want a white margin of so many squares.
constexpr int margin = 2;

bool is_black(const QRcode& code, int x, int y) {
  if (x < 0 || y < 0 || x >= code.width || y >= code.width) return false;
  return (code.data[y * code.width + x] & 1U) != 0;
}

/// The upper and the lower half of one character.
const char* half_blocks(bool upper, bool lower) {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}

}  // namespace

std::string qr_code(const std::string& text, std::size_t columns) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code{
      QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L), &QRcode_free};
  if (!code) return "";
  const auto width = static_cast<std::size_t>(code->width) + 2 * static_cast<std::size_t>(margin);
  if (width > columns) return "";
  std::string out;
  for (int y = -margin; y < code->width + margin; y += 2) {
    out += "\033[30;107m";
    for (int x = -margin; x < code->width + margin; ++x)
      out += half_blocks(is_black(*code, x, y), is_black(*code, x, y + 1));
    out += "\033[0m\n";
  }
  return out;
}

bool is_utf8_terminal() {
  if (!is_terminal(STDOUT_FILENO)) return false;
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    auto value = process_environment(name);
    if (!value || value->empty()) continue;
    std::ranges::transform(*value, value->begin(), [](unsigned char c) { return std::tolower(c); });
    return value->find("utf-8") != std::string::npos || value->find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace bramble
