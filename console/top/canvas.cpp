#include "console/top/canvas.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bramble {
namespace {

/// What a terminal acts upon, and what takes two columns or none of its own: cells are of one.
bool is_unfit(char32_t glyph) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 17> ranges{{{0x0, 0x1F},
                                                                         {0x7F, 0x9F},
                                                                         {0x300, 0x36F},
                                                                         {0x1100, 0x115F},
                                                                         {0x200B, 0x200F},
                                                                         {0x2028, 0x202E},
                                                                         {0x2060, 0x206F},
                                                                         {0x20D0, 0x20FF},
                                                                         {0x2E80, 0xA4CF},
                                                                         {0xAC00, 0xD7A3},
                                                                         {0xD800, 0xDFFF},
                                                                         {0xF900, 0xFAFF},
                                                                         {0xFE00, 0xFE6F},
                                                                         {0xFEFF, 0xFEFF},
                                                                         {0xFF00, 0xFF60},
                                                                         {0xFFE0, 0xFFE6},
                                                                         {0x1F000, ~char32_t{0}}}};
  return std::ranges::any_of(
      ranges, [glyph](const auto& range) { return range.first <= glyph && glyph <= range.second; });
}

/// Takes the next character of UTF-8; "?" for what is none, or unfit.
char32_t next_glyph(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t more = first < 0x80U              ? 0
                           : (first & 0xE0U) == 0xC0U ? 1
                           : (first & 0xF0U) == 0xE0U ? 2
                           : (first & 0xF8U) == 0xF0U ? 3
                                                      : 4;
  if (more == 4 || more >= text.size()) {
    text.remove_prefix(1);
    return U'?';
  }
  char32_t out = more == 0 ? first : first & (0x3FU >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) {
      text.remove_prefix(i);
      return U'?';
    }
    out = (out << 6U) | (next & 0x3FU);
  }
  text.remove_prefix(more + 1);
  if (out == U'\t') return U' ';
  return is_unfit(out) ? U'?' : out;
}

void append(std::string& out, char32_t glyph) {
  const auto byte = [&](char32_t value) { out += static_cast<char>(value); };
  if (glyph < 0x80) return byte(glyph);
  if (glyph < 0x800) {
    byte(0xC0U | (glyph >> 6U));
  } else {
    if (glyph < 0x10000) {
      byte(0xE0U | (glyph >> 12U));
    } else {
      byte(0xF0U | (glyph >> 18U));
      byte(0x80U | ((glyph >> 12U) & 0x3FU));
    }
    byte(0x80U | ((glyph >> 6U) & 0x3FU));
  }
  byte(0x80U | (glyph & 0x3FU));
}

}  // namespace

canvas::canvas(std::size_t width, std::size_t height, bool utf8)
    : width_{width}, height_{height}, utf8_{utf8}, cells_(width * height) {}

std::size_t canvas::put(std::size_t row, std::size_t column, std::string_view text, style look,
                        std::size_t most) {
  const auto end = most < width_ ? std::min(width_, column + most) : width_;
  for (; !text.empty() && column < end && row < height_; ++column) {
    const auto glyph = next_glyph(text);
    at(row, column) = {utf8_ || glyph < 0x80 ? glyph : U'?', look};
  }
  return column;
}

std::size_t canvas::put_cut(std::size_t row, std::size_t column, std::string_view text,
                            std::size_t most, style look) {
  const auto room = column < width_ ? std::min(most, width_ - column) : 0;
  return put(row, column, cut_to(std::string{text}, room), look);
}

void canvas::put_right(std::size_t row, std::size_t end, std::string_view text, style look) {
  const auto size = columns_of(text);
  put(row, end > size ? end - size : 0, text, look, end);
}

void canvas::fill(std::size_t row, style look) {
  for (std::size_t column = 0; row < height_ && column < width_; ++column)
    at(row, column).look = look;
}

std::vector<styled_text> canvas::row(std::size_t row) const {
  std::vector<styled_text> out;
  const auto* cells = cells_.data() + (row * width_);
  auto end = width_;
  while (end > 0 && cells[end - 1].glyph == U' ' && cells[end - 1].look == style{}) --end;
  for (std::size_t column = 0; column < end; ++column) {
    const auto& each = cells[column];
    if (out.empty() || !(out.back().look == each.look)) out.push_back({"", each.look});
    append(out.back().text, each.glyph);
  }
  return out;
}

std::string canvas::text() const {
  std::string out;
  for (std::size_t r = 0; r < height_; ++r) {
    std::string line;
    for (const auto& each : row(r)) line += each.text;
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::size_t columns_of(std::string_view text) {
  std::size_t out = 0;
  for (; !text.empty(); ++out) next_glyph(text);
  return out;
}

std::string cut_to(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns) return text;
  if (columns == 0) return "";
  std::string out;
  std::string_view rest{text};
  for (std::size_t i = 0; i + 1 < columns; ++i) append(out, next_glyph(rest));
  return out + "~";
}

const glyph_set& glyphs_of(bool utf8) {
  static const glyph_set blocks{
      {" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"},
      "\u2588",
      "\u2580",
      "\u2584",
      "\u2588",
      "\u25B2"};
  static const glyph_set ascii{
      {" ", "_", ".", ":", "-", "=", "+", "*", "#"}, "#", "'", ".", ":", "^"};
  return utf8 ? blocks : ascii;
}

}  // namespace bramble
