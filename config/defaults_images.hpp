#pragma once

namespace bramble::defaults {

/// Branches that are alike are a batch's images where they are at least this share of the model's
/// time: then a layout by whole images is one to compare. Below it they are a detail, which the
/// search places.
inline constexpr double images_share_least = 0.5;

/// What a share of images may be short of a whole one by rounding.
inline constexpr double images_rounding = 1e-6;

}  // namespace bramble::defaults
