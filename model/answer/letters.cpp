#include "model/answer/letters.hpp"

#include <array>

namespace bramble {
namespace {

/// Seven rows of five bits each, the top row first, the leftmost dot the highest bit.
constexpr std::array<std::uint64_t, 95> drawn{
    0x000000000, 0x108421004, 0x294000000, 0x295f57d4a, 0x11f4717c4, 0x672222273, 0x32526564d,
    0x108000000, 0x088842082, 0x208210888, 0x02aefbaa0, 0x0084f9080, 0x000003088, 0x000070000,
    0x00000018c, 0x042222210, 0x3a33ae62e, 0x11842108e, 0x3a211111f, 0x78217043e, 0x08ca97c42,
    0x7e1e0862e, 0x1910f462e, 0x7c2221108, 0x3a317462e, 0x3a317844c, 0x018c03180, 0x018c03088,
    0x088882082, 0x001f07c00, 0x208208888, 0x3a2131004, 0x3a37ade0f, 0x3a31fc631, 0x7a31f463e,
    0x3e108420f, 0x7a318c63e, 0x7e10f421f, 0x7e10f4210, 0x3e109c62f, 0x4631fc631, 0x38842108e,
    0x1c4210a4c, 0x4654c5251, 0x42108421f, 0x4775ac631, 0x4739ace71, 0x3a318c62e, 0x7a31f4210,
    0x3a318d64d, 0x7a31f5251, 0x3e107043e, 0x7c8421084, 0x46318c62e, 0x46318a944, 0x4631ad6aa,
    0x462a22a31, 0x462a21084, 0x7c222221f, 0x39084210e, 0x420820821, 0x38421084e, 0x115100000,
    0x00000001f, 0x208000000, 0x000e0be2f, 0x421e8c63e, 0x000f8420f, 0x042f8c62f, 0x000e8fe0f,
    0x1928e2108, 0x000f8bc2e, 0x421e8c631, 0x100c2108e, 0x080610a4c, 0x4212a6292, 0x30842108e,
    0x001aad6b5, 0x001e8c631, 0x000e8c62e, 0x001e8fa10, 0x000f8bc21, 0x0016cc210, 0x000f8383e,
    0x211e42126, 0x00118c62f, 0x00118c544, 0x00118d6aa, 0x001151151, 0x00118bc2e, 0x001f1111f,
    0x188441086, 0x108421084, 0x30841108c, 0x0008a8800};
constexpr std::uint64_t hollow = 0x7e318c63fULL;

constexpr char32_t first_drawn = U' ';
constexpr char32_t no_letter = 0xFFFD;

}  // namespace

bool is_ink(char32_t letter, int x, int y) {
  const bool known = letter >= first_drawn && letter < first_drawn + drawn.size();
  const auto rows = known ? drawn[letter - first_drawn] : hollow;
  const int from_end = (letter_height - 1 - y) * letter_width + (letter_width - 1 - x);
  return (rows >> static_cast<unsigned>(from_end) & 1U) != 0;
}

std::u32string letters_of(const std::string& text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    char32_t letter = more == 0 ? lead : lead & (0x3FU >> more);
    bool whole = lead < 0x80 || (lead >= 0xC2 && lead < 0xF5);
    for (std::size_t k = 1; whole && k <= more; ++k) {
      const auto next = i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
      whole = (next & 0xC0U) == 0x80;
      letter = letter << 6U | (next & 0x3FU);
    }
    out += whole ? letter : no_letter;
    i += whole ? more + 1 : 1;
  }
  return out;
}

}  // namespace bramble
