#pragma once

#include <cstdint>
#include <string>

namespace bramble {

/// Letters of five dots by seven, drawn for this program: what a picture's labels are written in.
inline constexpr int letter_width = 5, letter_height = 7;
/// From one letter to the next.
inline constexpr int letter_step = letter_width + 1;

/// Whether dot (x, y) of a letter is ink. Letters are those of ASCII; anything else is a hollow
/// rectangle.
bool is_ink(char32_t letter, int x, int y);

/// The letters of a text in UTF-8; bytes that are none are one letter each, which nothing draws.
std::u32string letters_of(const std::string& text);

}  // namespace bramble
