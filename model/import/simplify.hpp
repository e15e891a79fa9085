#pragma once

#include "model/import/convert.hpp"

namespace bramble {

/// Makes fewer ops, and less to send, of a graph with products of matrices: numbers that scores or
/// queries are multiplied with become the product's, choices of channels its sides; a layer whose
/// channels are queries as well as keys and values becomes two, because those of every row have to
/// get around and the queries do not; and what is added to a linear layer becomes its residual.
/// Does nothing to a graph without a product.
void simplify(converted_model& converted);

}  // namespace bramble
