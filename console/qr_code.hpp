#pragma once

#include <cstddef>
#include <string>

namespace bramble {

/// A QR code of `text` for a terminal, two rows of squares a line, black on white whatever the
/// terminal's colours are. Empty where it is wider than `columns`.
std::string qr_code(const std::string& text, std::size_t columns);

/// Whether what is written to standard output is seen as UTF-8 at once.
bool is_utf8_terminal();

}  // namespace bramble
