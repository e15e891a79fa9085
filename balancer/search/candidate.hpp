#pragma once

#include "model/plan/schedule.hpp"

namespace bramble {

enum class map_axis : std::uint8_t { rows, columns, channels };

/// A way to divide a map among nodes: lines across it, and cells between lines. It holds for maps
/// of all sizes; where exactly the lines lie is every op's own matter. Lines that two cells share
/// make the cells of any op a partition, wherever the lines lie, as long as none overtakes another.
struct tiling {
  static constexpr std::int16_t edge = -1;  ///< of the map, on whichever side

  struct line {
    map_axis axis = map_axis::rows;
    double at = 0;  ///< where it should lie, as a fraction of the map
  };
  struct cell {
    std::uint16_t node = 0;
    /// By axis: the lines before and behind it.
    std::array<std::int16_t, 3> from{edge, edge, edge};
    std::array<std::int16_t, 3> to{edge, edge, edge};
  };

  std::vector<line> lines;
  std::vector<cell> cells;
};

/// The map's rows are cut for groups of nodes, each group's part along `inner` among its nodes;
/// parts in proportion to `weights`. As many groups as nodes: row strips; one group: strips along
/// `inner`.
tiling grid_form(const std::vector<std::uint16_t>& nodes, const std::vector<double>& weights,
                 std::size_t groups, map_axis inner);

/// What a candidate says of one op.
struct op_choice {
  static constexpr std::int16_t whole = -1;

  std::int16_t form = whole;        ///< index into the forms, or `whole`
  std::uint16_t node = 0;           ///< of a whole op
  std::vector<std::int32_t> lines;  ///< where the form's lines lie on this op's output
  bool grow = false;  ///< every node also makes what its own next pieces read: computed, not sent
  bool border_first = false;  ///< rows that others read are pieces of their own, before the rest
};

/// A plan in the making.
struct candidate {
  std::vector<op_choice> choices;  ///< by op
  piece_table pieces;              ///< what the choices come to
};

/// Changes candidates of one graph, and takes changes back.
class candidate_editor {
 public:
  /// Keeps a reference to `g`.
  explicit candidate_editor(const graph& g);

  std::int16_t add_form(tiling form);
  const tiling& form(std::int16_t id) const { return forms_[static_cast<std::size_t>(id)]; }

  /// Every op that can be divided in this form, the others whole on `home`.
  candidate divided(std::int16_t form, std::uint16_t home);

  // Changes. Those since `begin` are undone by `undo`. Pieces follow at once.
  void begin() { saved_count_ = 0; }
  void undo(candidate& d);
  void set_whole(candidate& d, op_id op, std::uint16_t node);
  /// Lines where the form wants them. An op that cannot be divided stays as it is.
  void set_form(candidate& d, op_id op, std::int16_t form);
  /// False, and nothing changed, where the line would leave the map or overtake another.
  bool move_line(candidate& d, op_id op, std::size_t line, std::int32_t steps);
  void set_grow(candidate& d, op_id op, bool grow);
  void set_border_first(candidate& d, op_id op, bool border_first);
  /// The same choice as another op of the same shape has.
  void copy_choice(candidate& d, op_id op, const op_choice& choice);

  bool divisible(op_id op) const { return divisible_[op]; }

 private:
  struct saved {
    op_id op = 0;
    op_choice choice;
    std::vector<piece> pieces;
  };

  /// A region that a piece of `reader` reads.
  struct use {
    std::uint16_t reader = 0;
    region part;
  };

  void save(const candidate& d, op_id op);
  void rebuild(candidate& d, op_id op);
  void make_pieces(candidate& d, op_id op);
  void find_uses(const candidate& d, op_id op);
  region grown(std::uint16_t node, region out) const;
  void cut_borders(std::vector<piece>& pieces);
  region region_of(op_id op, const op_choice& choice, const tiling::cell& cell) const;
  bool in_order(op_id op, const op_choice& choice) const;
  std::int32_t size(op_id op, map_axis axis) const;
  std::int32_t grain(op_id op, map_axis axis) const;

  const graph& graph_;
  std::vector<region> extents_;  // by op, of its first output
  std::vector<bool> divisible_;
  std::vector<std::vector<op_id>> readers_;  // by op
  std::vector<tiling> forms_;
  std::vector<saved> saved_;  // since `begin` the first `saved_count_`
  std::size_t saved_count_ = 0;
  std::vector<op_id> due_;     // whose pieces are to be made anew: heap, the last op first
  std::vector<use> uses_;      // of the op at hand
  std::vector<piece> cut_;     // of the op at hand
  std::vector<region> needs_;  // of the reader at hand
};

}  // namespace bramble
