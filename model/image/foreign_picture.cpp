#include <algorithm>
#include <filesystem>
#include <string_view>

#include "config/base/files.hpp"
#include "model/image/image.hpp"

namespace bramble {
namespace {

bool has(byte_span bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

/// The brands of what telephones save, behind the length of the first box.
bool is_brand(byte_span bytes, std::initializer_list<std::string_view> brands) {
  constexpr std::size_t box_name = 4, major_brand = 8;
  return has(bytes, box_name, "ftyp") && std::ranges::any_of(brands, [&](std::string_view each) {
           return has(bytes, major_brand, each);
         });
}

std::string kind_of_picture(byte_span bytes) {
  using namespace std::string_view_literals;
  if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) return "WebP";
  if (has(bytes, 0, "GIF87a") || has(bytes, 0, "GIF89a")) return "GIF";
  if (has(bytes, 0, "II*\0"sv) || has(bytes, 0, "MM\0*"sv)) return "TIFF";
  // Two letters are little: the bytes that a BMP keeps at zero count as well.
  if (has(bytes, 0, "BM") && has(bytes, 6, "\0\0\0\0"sv)) return "BMP";
  if (is_brand(bytes, {"avif", "avis"})) return "AVIF";
  if (is_brand(bytes, {"heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"})) return "HEIC";
  if (has(bytes, 0, "\0\0\0\x0cJXL "sv) || has(bytes, 0, "\xff\x0a"sv)) return "JPEG XL";
  if (has(bytes, 0, "\0\0\0\x0cjP  "sv)) return "JPEG 2000";
  return {};
}

}  // namespace

std::optional<foreign_picture> foreign_picture_of(byte_span bytes, const std::string& name) {
  const auto kind = kind_of_picture(bytes);
  if (kind.empty()) return std::nullopt;
  const bool of_telephones = kind == "HEIC" || kind == "AVIF";
  // What came by a wire has a sentence for a name.
  const bool is_file = name.find(' ') == std::string::npos;
  const auto from = is_file ? name : std::string{"FILE"};
  const auto to = std::filesystem::path{from}.replace_extension(of_telephones ? ".jpg" : ".png");
  return foreign_picture{
      kind, of_telephones ? "`heif-convert " + from + " " + to.string() +
                                "` of Debian's libheif-examples makes one"
                          : "`convert " + from + " " + to.string() + "` of ImageMagick makes one"};
}

}  // namespace bramble
