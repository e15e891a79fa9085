#include <algorithm>
#include <utility>

#include "config/defaults_onnx.hpp"
#include "config/parse.hpp"
#include "model/import/onnx/file/from_proto.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

template <class To, class Numbers>
byte_vector packed(const Numbers& numbers) {
  byte_vector out(sizeof(To) * static_cast<std::size_t>(numbers.size()));
  auto* at = out.data();
  for (const auto& number : numbers) {
    const auto element = static_cast<To>(number);
    std::memcpy(at, &element, sizeof element);
    at += sizeof element;
  }
  return out;
}

std::string entry(const onnx::TensorProto& from, const std::string& key) {
  for (const auto& each : from.external_data())
    if (each.key() == key) return each.value();
  return {};
}

bool leaves_folder(const fs::path& path) {
  return path.empty() || path.is_absolute() ||
         std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

/// Whether `path`, links followed, lies in `folder`.
bool lies_in(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const auto real = fs::weakly_canonical(path, error);
  const auto real_folder = fs::weakly_canonical(folder.empty() ? "." : folder, error);
  if (error) return false;
  const auto both = std::mismatch(real_folder.begin(), real_folder.end(), real.begin(), real.end());
  return both.first == real_folder.end();
}

}  // namespace

void proto_reader::refuse(const onnx::TensorProto& tensor, const std::string& what) const {
  refuse("the constant `" + printable(tensor.name()) + "` " + what);
}

std::size_t proto_reader::count(const onnx::TensorProto& from) const {
  std::int64_t all = 1;
  for (const auto size : from.dims())
    if (size < 0 || __builtin_mul_overflow(all, size, &all) || all > defaults::onnx_elements_limit)
      refuse(from, "has an impossible shape");
  return static_cast<std::size_t>(all);
}

onnx_tensor proto_reader::tensor(onnx::TensorProto& from) {
  onnx_tensor out{from.name(), static_cast<onnx_type>(from.data_type()), {}, {}, {}};
  out.shape.assign(from.dims().begin(), from.dims().end());
  const auto elements_wanted = count(from);
  if (from.has_segment()) refuse(from, "comes in segments, which nothing writes any more");
  if (out.type == onnx_type::text) return out;  // who reads it says that texts cannot be
  if (size_of(out.type) == 0) refuse(from, "is of " + name_of(out.type) + ", which is not read");
  fill(out, from, elements_wanted);
  return out;
}

void proto_reader::fill(onnx_tensor& to, onnx::TensorProto& from, std::size_t elements_wanted) {
  const auto wanted = elements_wanted * size_of(to.type);
  if (from.data_location() == onnx::TensorProto::EXTERNAL)
    return fill_from_outside(to, from, wanted);
  const auto keep = [&to](auto content) {
    const auto kept = std::make_shared<const decltype(content)>(std::move(content));
    to.bytes = {reinterpret_cast<const std::uint8_t*>(kept->data()), kept->size()};
    to.keep = kept;
  };
  if (from.has_raw_data())
    keep(std::move(*from.mutable_raw_data()));
  else
    keep(elements(from, elements_wanted));
  if (to.bytes.size() != wanted)
    refuse(from, "has " + std::to_string(to.bytes.size()) +
                     " bytes where its shape and type make " + std::to_string(wanted));
}

byte_vector proto_reader::elements(const onnx::TensorProto& from, std::size_t wanted) const {
  const auto check = [&](auto size) {
    if (std::cmp_not_equal(size, wanted))
      refuse(from, "has " + std::to_string(size) + " numbers where its shape makes " +
                       std::to_string(wanted));
  };
  const auto& ints = from.int32_data();
  switch (static_cast<onnx_type>(from.data_type())) {
    case onnx_type::f32:
      check(from.float_data_size());
      return packed<float>(from.float_data());
    case onnx_type::f64:
      check(from.double_data_size());
      return packed<double>(from.double_data());
    case onnx_type::i64:
      check(from.int64_data_size());
      return packed<std::int64_t>(from.int64_data());
    case onnx_type::u32:
      check(from.uint64_data_size());
      return packed<std::uint32_t>(from.uint64_data());
    case onnx_type::u64:
      check(from.uint64_data_size());
      return packed<std::uint64_t>(from.uint64_data());
    case onnx_type::i32:
      check(ints.size());
      return packed<std::int32_t>(ints);
    case onnx_type::complex64:
      check(from.float_data_size() / 2);
      return packed<float>(from.float_data());
    case onnx_type::complex128:
      check(from.double_data_size() / 2);
      return packed<double>(from.double_data());
    default:
      break;
  }
  check(ints.size());
  // Halves are kept as the numbers that their bits make.
  return size_of(static_cast<onnx_type>(from.data_type())) == 2 ? packed<std::uint16_t>(ints)
                                                                : packed<std::uint8_t>(ints);
}

mapped_file proto_reader::outside(const onnx::TensorProto& from) {
  const auto location = entry(from, "location");
  if (folder_.empty()) refuse(from, "lies in another file, and none goes with this one");
  const fs::path path{location};
  if (leaves_folder(path) || !lies_in(folder_ / path, folder_))
    refuse(from, "lies in " + printable(quoted(location)) +
                     ", outside the model's folder; move that file beside the model");
  auto known = files_.find(location);
  if (known == files_.end()) {
    const auto full = folder_ / path;
    known = files_
                .emplace(location, map_whole(full, place_ + ": its data file " +
                                                       printable(full.string(), 200)))
                .first;
  }
  return known->second;
}

void proto_reader::fill_from_outside(onnx_tensor& to, const onnx::TensorProto& from,
                                     std::size_t bytes) {
  const auto file = outside(from);
  const auto begin = entry(from, "offset"), length = entry(from, "length");
  const auto most = static_cast<std::int64_t>(file.bytes.size());
  const auto number = [&](const std::string& given, std::int64_t otherwise) {
    return given.empty() ? otherwise
                         : parse_integer(given, 0, INT64_MAX, place_ + ": the place of a constant");
  };
  const auto offset = number(begin, 0);
  const auto size = number(length, static_cast<std::int64_t>(bytes));
  if (std::cmp_not_equal(size, bytes))
    refuse(from, "has " + std::to_string(size) + " bytes where its shape and type make " +
                     std::to_string(bytes));
  if (offset > most || size > most - offset)
    refuse(from, "lies behind the end of the data file " +
                     printable(quoted(entry(from, "location"))) + ", which has " +
                     std::to_string(most) + " bytes");
  to.bytes = file.bytes.subspan(static_cast<std::size_t>(offset), bytes);
  to.keep = file.keep;
}

}  // namespace bramble
