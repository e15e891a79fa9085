#pragma once

#include <cstddef>

/// Numbers of reading answers: boxes, masks, outputs as files.
namespace bramble::defaults {

/// What a box's score has to be for it to be told, and how far two boxes of one class may cover
/// each other; what YOLO's own programs begin with.
inline constexpr double box_score_least = 0.25;
inline constexpr double box_overlap_most = 0.45;

/// Boxes above the threshold that are compared with each other, the best ones: each with each, 20
/// ms on a Pi 4. A threshold near zero lets all of 25 200 candidates through.
inline constexpr std::size_t boxes_compared = 2000;

/// Boxes that are told of one photo, at most.
inline constexpr std::size_t boxes_told = 300;

/// Coordinates of which none is beyond this are shares of the network's input, and pixels else: a
/// box may reach over the edge, and no photo is two pixels wide.
inline constexpr double box_share_most = 2.0;

/// A score may be over 1 by so much, from rounding on the way; beyond it is no probability.
inline constexpr double score_slack = 1e-3;

/// From where on a pixel belongs to the one class of a mask.
inline constexpr double mask_least = 0.5;

/// Classes that a mask's picture can hold: a palette has 256 colours, the last of which is that of
/// pixels the network was not shown.
inline constexpr std::size_t mask_classes_most = 255;

/// How much of a pixel is its class's colour where a mask lies over a photo.
inline constexpr double mask_opacity = 0.5;

/// Elements that are written as JSON, 1.2 MB of text: 25 200 candidates of a detector are not for
/// reading, and a .npy file holds them in a third of the room.
inline constexpr std::size_t json_elements_most = 100'000;

/// A line around a box, and a dot of its letters, is so much of the photo's short side; one pixel
/// at least.
inline constexpr double line_share = 1.0 / 320;

}  // namespace bramble::defaults
