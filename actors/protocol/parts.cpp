#include "actors/protocol/parts.hpp"

#include "config/defaults.hpp"

namespace bramble {
namespace {

std::uint64_t size_of(const host_tensor& form) {
  std::uint64_t elements = 1;
  for (const auto extent : form.shape) {
    if (extent < 0 || extent > defaults::shape_elements_limit)
      throw user_error("A tensor was announced with a shape that cannot be.");
    elements *= static_cast<std::uint64_t>(extent);
    if (elements > static_cast<std::uint64_t>(defaults::shape_elements_limit))
      throw user_error("A tensor was announced that is far too large.");
  }
  return elements * size_of(form.type);
}

/// The bytes at `offset` of all tensors: which tensor, from where in it, and how many.
struct stretch {
  std::size_t tensor = 0;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

stretch find_stretch(const std::vector<host_tensor>& forms, std::uint64_t offset) {
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < forms.size(); ++i) {
    const auto size = size_of(forms[i]);
    if (offset - before < size) {
      const auto begin = offset - before;
      return {i, begin, std::min<std::uint64_t>(size - begin, defaults::part_bytes)};
    }
    before += size;
  }
  throw user_error("A part was asked for that lies behind the end of the tensors.");
}

}  // namespace

std::vector<host_tensor> shapes_of(const std::vector<host_tensor>& tensors) {
  std::vector<host_tensor> out;
  out.reserve(tensors.size());
  for (const auto& each : tensors) out.push_back({each.shape, each.type, {}});
  return out;
}

std::uint64_t bytes_of(const std::vector<host_tensor>& forms) {
  std::uint64_t sum = 0;
  for (const auto& each : forms) sum += size_of(each);
  return sum;
}

std::uint64_t end_of_part(const std::vector<host_tensor>& forms, std::uint64_t offset) {
  return offset + find_stretch(forms, offset).size;
}

tensor_part cut_part(const std::vector<host_tensor>& tensors, std::uint64_t offset) {
  const auto where = find_stretch(tensors, offset);
  const auto& bytes = tensors[where.tensor].bytes;
  if (bytes.size() < where.begin + where.size)
    throw user_error("A tensor has fewer bytes than its shape says.");
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(where.begin);
  return {offset, byte_vector(begin, begin + static_cast<std::ptrdiff_t>(where.size))};
}

chunk_assembler::chunk_assembler(std::vector<host_tensor> forms)
    : tensors_{std::move(forms)}, bytes_{bytes_of(tensors_)} {
  for (auto& each : tensors_) each.bytes.clear();
}

void chunk_assembler::take(const tensor_part& part) {
  const auto next = complete() ? stretch{} : find_stretch(tensors_, taken_);
  if (part.offset != taken_ || part.bytes.size() != next.size || next.size == 0)
    throw user_error("A part of a tensor is not the one that was to come next.");
  auto& whole = tensors_[next.tensor].bytes;
  whole.insert(whole.end(), part.bytes.begin(), part.bytes.end());
  taken_ += part.bytes.size();
}

}  // namespace bramble
