#pragma once

#include <string>

#include "model/graph/region.hpp"

namespace bramble {

/// The ops that maps of tokens need beside those of photos: products of matrices, rows taken from
/// here and there, pixels in other rows. Which regions they read, as `needed_inputs` hands it out;
/// `out` is not empty.
region left_of_product(const graph& g, const op& o, const region& out);
region right_of_product(const graph& g, const op& o, const region& out);
/// Of input `i`; empty where none of it is taken.
region taken_of(const op& o, std::size_t i, const region& out);
/// Where the output's pixels are no whole rows of the input, the hull of their rows.
region regrouped_input(const graph& g, const op& o, const region& out);

/// Output channels of one head of a product.
std::int64_t product_width(const graph& g, const op& o);
/// The heads that have a part in `out`.
interval product_heads(const graph& g, const op& o, const region& out);
/// The part of each of these heads' own channels: all of them where there are several in a row.
interval product_channels(const graph& g, const op& o, const region& out);

/// What is wrong with such an op of a graph from outside ("has sides of other rows than its
/// output"); empty for a sound one.
std::string fault_of_product(const graph& g, const op& o);
std::string fault_of_take(const graph& g, const op& o);
std::string fault_of_regroup(const graph& g, const op& o);

}  // namespace bramble
