#include "console/answer_files.hpp"

#include <algorithm>
#include <filesystem>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/format.hpp"
#include "console/answers.hpp"
#include "console/inputs.hpp"
#include "model/answer/drawing.hpp"
#include "model/answer/tensor_json.hpp"
#include "model/image/npz.hpp"
#include "model/image/png_writer.hpp"
#include "model/image/tensor_file.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

std::string lower_ending(const std::string& path) {
  auto out = fs::path{path}.extension().string();
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string with_ending(const std::string& path, const char* ending) {
  return fs::path{path}.replace_extension(ending).string();
}

std::string resolved_path(const std::string& file) {
  std::error_code ignored;
  const auto out = fs::weakly_canonical(fs::absolute(file), ignored);
  return ignored ? fs::absolute(file).lexically_normal().string() : out.string();
}

void refuse_inputs(const std::string& target, const std::vector<std::string>& inputs) {
  if (std::ranges::any_of(inputs, [&](const std::string& input) {
        return resolved_path(input) == resolved_path(target);
      }))
    throw user_error("The answer would overwrite the input " + target + "; type another name.");
}

bool can_be_overlaid(const understanding& known) {
  return known.what.task == task_kind::detect || known.what.task == task_kind::segment;
}

bool can_be_picture(const model_description& model, const understanding& known) {
  if (can_be_overlaid(known) || known.what.task == task_kind::image) return true;
  if (model.outputs.size() != 1) return false;
  const auto& form = model.outputs[0];
  return form.type == element_type::f32 &&
         photo_frame_of(form.shape, photo_layout::nchw).has_value();
}

image decoded_photo(const std::optional<asked_photo>& photo, const std::string& target) {
  if (!photo)
    throw user_error(target +
                     " would show what was found on the photo, and the input was none; ask about a "
                     "JPEG, PNG or PPM, or type --output " +
                     with_ending(target, ".npz") + ".");
  const auto bytes = read_file(photo->file, defaults::input_file_limit_bytes);
  auto out = shown_photo(decode_image(bytes, photo->file).picture);
  if (out.width != photo->placement.photo_width || out.height != photo->placement.photo_height)
    throw user_error(photo->file + " was changed meanwhile; ask again.");
  return out;
}

image with_boxes(image photo, const found_boxes& found) {
  std::vector<labelled_box> boxes;
  boxes.reserve(found.boxes.size());
  // The best is drawn last, over the others.
  for (auto it = found.boxes.rbegin(); it != found.boxes.rend(); ++it)
    boxes.push_back({it->where, it->index, text_of(*it)});
  draw_boxes(photo, boxes);
  return photo;
}

byte_vector overlaid(const answer& what, const std::optional<asked_photo>& photo,
                     const std::string& target) {
  auto picture = decoded_photo(photo, target);
  if (const auto* boxes = std::get_if<found_boxes>(&what))
    return encode_png(with_boxes(std::move(picture), *boxes));
  const auto& mask = std::get<found_mask>(what);
  draw_mask(picture, mask_of_photo(mask.mask, photo->placement),
            mask.has_background ? 0 : class_mask::unseen);
  return encode_png(picture);
}

byte_vector picture_of(const answer& what, const std::vector<host_tensor>& outputs,
                       const std::optional<asked_photo>& photo, const std::string& target) {
  if (std::holds_alternative<found_boxes>(what)) return overlaid(what, photo, target);
  if (const auto* mask = std::get_if<found_mask>(&what))
    return encode_png(photo ? mask_of_photo(mask->mask, photo->placement) : mask->mask,
                      mask->has_background, target);
  if (const auto* picture = std::get_if<image>(&what)) return encode_png(*picture);
  if (outputs.size() == 1 && is_picture(outputs[0])) return encode_png(outputs[0]);
  throw user_error("The answer is no picture that " + target + " could hold; type --output " +
                   with_ending(target, ".npz") + ".");
}

}  // namespace

output_kind kind_of_output(const std::string& path) {
  if (path.empty()) return output_kind::none;
  std::error_code ignored;
  if (path.back() == '/' || fs::is_directory(path, ignored)) return output_kind::folder;
  const auto ending = lower_ending(path);
  if (ending == ".npy") return output_kind::npy;
  if (ending == ".npz") return output_kind::npz;
  if (ending == ".json") return output_kind::json;
  if (ending == ".png") return output_kind::png;
  return output_kind::folder;
}

bool answer_files::wanted() const {
  const auto kind = kind_of_output(output);
  return !overlay.empty() || (kind != output_kind::none && kind != output_kind::folder);
}

void answer_files::check(const model_description& model, const understanding& known,
                         const std::vector<std::string>& inputs) const {
  const auto kind = kind_of_output(output);
  const bool is_file = kind != output_kind::none && kind != output_kind::folder;
  if (is_file) refuse_inputs(output, inputs);
  if (kind == output_kind::npy && model.outputs.size() != 1)
    throw user_error("Model " + model.name + " answers with " + text_of(model.outputs) + ", and " +
                     output + " holds one tensor; type --output " + with_ending(output, ".npz") +
                     ", or a folder.");
  if (kind == output_kind::png && !can_be_picture(model, known))
    throw user_error("The answer of model " + model.name + ", " + text_of(model.outputs) +
                     ", is no picture; type --output " +
                     with_ending(output, model.outputs.size() == 1 ? ".npy" : ".npz") +
                     ", or say what it means: `bramble model set " + model.name +
                     " --task detect|segment|image`.");
  if (overlay.empty()) return;
  if (lower_ending(overlay) != ".png")
    throw user_error("--overlay writes a picture, whose name ends in .png; type --overlay " +
                     with_ending(overlay, ".png") + ".");
  refuse_inputs(overlay, inputs);
  if (!can_be_overlaid(known))
    throw user_error(
        "--overlay shows boxes or a mask on the photo, and model " + model.name + " finds neither" +
        (known.what.task == task_kind::unsaid
             ? "; if it does, say so: `bramble model set " + model.name + " --task detect|segment`."
             : "."));
}

std::vector<std::string> answer_files::write(const model_description& model, const answer& what,
                                             const std::vector<host_tensor>& outputs,
                                             const std::optional<asked_photo>& photo) const {
  std::vector<named_tensor> tensors;
  tensors.reserve(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i)
    tensors.push_back({name_of_output(model, i, outputs.size()), &outputs[i]});
  std::vector<std::string> written;
  const auto put = [&](const std::string& file, byte_span content) {
    write_file_atomically(file, content);
    written.push_back(file);
  };
  switch (kind_of_output(output)) {
    case output_kind::none:
    case output_kind::folder:
      break;
    case output_kind::npy:
      if (outputs.size() != 1)
        throw user_error("The answer has " + std::to_string(outputs.size()) + " outputs, and " +
                         output + " holds one; type --output " + with_ending(output, ".npz") + ".");
      put(output, encode_npy(outputs[0].shape, outputs[0].type, outputs[0].bytes));
      break;
    case output_kind::npz:
      put(output, encode_npz(tensors));
      break;
    case output_kind::json:
      put(output, as_bytes(encode_json(model.name, tensors, output)));
      break;
    case output_kind::png:
      put(output, picture_of(what, outputs, photo, output));
      break;
  }
  if (overlay.empty()) return written;
  if (!std::holds_alternative<found_boxes>(what) && !std::holds_alternative<found_mask>(what))
    throw user_error("There is nothing that could be shown on the photo.");
  put(overlay, overlaid(what, photo, overlay));
  return written;
}

}  // namespace bramble
