#include <algorithm>
#include <cmath>
#include <map>

#include "balancer/simulate/timeline.hpp"
#include "config/defaults.hpp"
#include "config/format.hpp"
#include "model/graph/structure.hpp"
#include "model/plan/schedule.hpp"

namespace bramble {
namespace {

/// How one op is divided, in words.
std::string division_of(const graph& g, const std::vector<piece>& pieces, const plan& p) {
  const auto whole = extent(g.values[g.ops[pieces[0].op].outputs[0]]);
  if (std::all_of(pieces.begin(), pieces.end(),
                  [&](const piece& part) { return part.out == whole; }))
    return pieces.size() == 1 ? "whole on " + p.nodes[pieces[0].node] : "whole on several nodes";
  bool rows = true, columns = true, channels = true;
  for (const auto& part : pieces) {
    rows = rows && part.out.rows == whole.rows;
    columns = columns && part.out.columns == whole.columns;
    channels = channels && part.out.channels == whole.channels;
  }
  if (columns && channels) return "row strips";
  if (rows && channels) return "column strips";
  if (rows && columns) return "channel slices";
  return "tiles";
}

struct stretch_story {
  stretch part;
  std::string how;
  std::string who;
  double begin_ms = 0, end_ms = 0;
  double alone_ms = 0;  ///< on the quickest single node
  std::size_t alone_on = 0;
  double twice = 0;  ///< work done more than once, as a share
  std::uint64_t bytes = 0;
  bool divided = false;
};

class teller {
 public:
  teller(const timeline& t, const plan& p, const cost_model& cost)
      : t_{t}, plan_{p}, cost_{cost}, graph_{cost.model()}, table_{table_of(p, graph_)} {}

  std::string run() {
    std::vector<stretch_story> stories;
    for (const auto& s : stretches_of(graph_)) {
      auto next = tell(s);
      // A chain of equally treated ops is one line.
      if (!stories.empty() && stories.back().how == next.how && stories.back().who == next.who) {
        auto& last = stories.back();
        last.part.last = next.part.last;
        last.end_ms = std::max(last.end_ms, next.end_ms);
        last.alone_ms += next.alone_ms;
        last.twice = std::max(last.twice, next.twice);
        last.bytes += next.bytes;
        continue;
      }
      stories.push_back(std::move(next));
    }
    std::string out = "stretches of " + plan_.model + " (ops between points that all data pass):\n";
    for (const auto& story : stories) out += line_of(story);
    return out + bound() + path() + links();
  }

 private:
  stretch_story tell(const stretch& s) const {
    stretch_story story;
    story.part = s;
    std::map<std::string, double> forms;
    std::vector<double> share(plan_.nodes.size(), 0);
    double work = 0, unique = 0;
    for (auto op = s.first; op < s.last; ++op) {
      const auto& pieces = table_[op];
      const auto whole = extent(graph_.values[graph_.ops[op].outputs[0]]);
      const auto ms = cost_.whole_ms(plan_.host, op);
      forms[division_of(graph_, pieces, plan_)] += ms;
      unique += ms;
      for (const auto& part : pieces) {
        const auto own =
            ms * static_cast<double>(part.out.elements()) / static_cast<double>(whole.elements());
        share[part.node] += own;
        work += own;
      }
    }
    name_forms(story, forms, unique);
    for (std::size_t n = 0; n < share.size(); ++n)
      if (share[n] > 0 && story.divided)
        story.who += (story.who.empty() ? "" : ", ") + plan_.nodes[n] + " " +
                     percent(share[n] / std::max(work, 1e-12));
    story.twice = unique > 0 ? work / unique - 1 : 0;
    find_times(story);
    return story;
  }

  void name_forms(stretch_story& story, const std::map<std::string, double>& forms,
                  double all) const {
    const bool only_whole = std::all_of(forms.begin(), forms.end(), [](const auto& form) {
      return form.first.starts_with("whole on");
    });
    story.divided = forms.size() > 1 || !only_whole;
    if (forms.size() > 1 && only_whole) {
      story.how = "branches on different nodes";
      return;
    }
    std::vector<std::pair<double, std::string>> order;
    order.reserve(forms.size());
    for (const auto& [form, ms] : forms) order.emplace_back(-ms, form);
    std::sort(order.begin(), order.end());
    for (const auto& [ms, form] : order)
      story.how += (story.how.empty() ? "" : ", ") + form +
                   (order.size() > 1 ? " (" + percent(-ms / std::max(all, 1e-12)) + ")" : "");
  }

  void find_times(stretch_story& story) const {
    bool first = true;
    for (const auto& event : t_.run.events) {
      const bool computes = event.kind == timeline_event::kind_t::compute;
      const auto op = computes ? t_.prog.nodes[event.node].steps[event.index].op
                               : graph_.values[t_.prog.transfers[event.index].value].producer;
      if (op == no_id || op < story.part.first || op >= story.part.last) continue;
      if (!computes) {
        const auto& sent = t_.prog.transfers[event.index];
        story.bytes += cost_.wire_bytes(sent.value, sent.part);
        continue;
      }
      story.begin_ms = first ? event.begin_ms : std::min(story.begin_ms, event.begin_ms);
      story.end_ms = std::max(story.end_ms, event.end_ms);
      first = false;
    }
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      double ms = 0;
      for (auto op = story.part.first; op < story.part.last; ++op) ms += cost_.whole_ms(n, op);
      if (n == 0 || ms < story.alone_ms) {
        story.alone_ms = ms;
        story.alone_on = n;
      }
    }
  }

  /// What an exchange costs at the very least: an empty message from the quickest neighbour.
  double exchange_ms() const {
    double least = 0;
    for (std::size_t a = 0; a < plan_.nodes.size(); ++a)
      for (std::size_t b = 0; b < plan_.nodes.size(); ++b)
        if (a != b && (least == 0 || cost_.least_exchange_ms(a, b) < least))
          least = cost_.least_exchange_ms(a, b);
    return least;
  }

  std::string line_of(const stretch_story& s) const {
    const auto count = s.part.last - s.part.first;
    const auto& shape = graph_.values[graph_.ops[s.part.last - 1].outputs[0]].shape;
    std::string maps;
    for (std::size_t i = shape.size() == 4 ? 1 : 0; i < shape.size(); ++i)
      maps += (maps.empty() ? "" : "x") + std::to_string(shape[i]);
    auto out = "  ops " + std::to_string(s.part.first) +
               (count > 1 ? "-" + std::to_string(s.part.last - 1) : "") + ", up to " + maps + ": " +
               s.how + (s.who.empty() ? "" : "; " + s.who);
    out += "; " + format_ms(s.begin_ms) + " to " + format_ms(s.end_ms) + " ms";
    const auto takes = s.end_ms - s.begin_ms;
    const auto& quickest = plan_.nodes[s.alone_on];
    if (s.divided) {
      out += ": takes " + format_ms(takes) + " ms where " + quickest + " alone takes " +
             format_ms(s.alone_ms) + ", sends " + format_bytes(s.bytes);
      if (s.twice > 0.005) out += ", makes " + percent(s.twice) + " twice instead of sending it";
    } else if (plan_.nodes.size() > 1) {
      const auto saved = s.alone_ms * (1 - 1 / static_cast<double>(plan_.nodes.size()));
      const auto cost = 2 * exchange_ms();
      out += saved < cost ? ": dividing saves at most " + format_ms(saved) +
                                " ms, giving and taking costs at least " + format_ms(cost) + " ms"
                          : ": of what was tried nothing divides its " + format_ms(s.alone_ms) +
                                " ms with a gain for the whole";
    }
    return out + "\n";
  }

  std::string bound() const {
    const auto gap = plan_.lower_bound_ms > 0 ? plan_.predicted_ms / plan_.lower_bound_ms - 1 : 0;
    return "no plan takes less than " + format_ms(plan_.lower_bound_ms) + " ms; this one takes " +
           percent(gap) + " more\n";
  }

  std::string path() const {
    std::size_t messages = 0;
    for (auto i : t_.critical)
      messages += t_.run.events[i].kind == timeline_event::kind_t::send ? 1 : 0;
    return "critical path: " + format_ms(t_.run.makespan_ms) +
           " ms = " + format_ms(t_.critical_compute_ms) + " computing + " +
           format_ms(t_.critical_wire_ms) + " on the wire in " + std::to_string(messages) +
           " messages + " + format_ms(t_.critical_latency_ms) + " in flight and queues\n";
  }

  std::string links() const {
    std::string out;
    const auto nodes = plan_.nodes.size();
    for (std::size_t a = 0; a < nodes; ++a)
      for (std::size_t b = 0; b < nodes; ++b)
        if (const auto bytes = t_.link_bytes[a * nodes + b]; bytes > 0)
          out += (out.empty() ? "links: " : ", ") + plan_.nodes[a] + " to " + plan_.nodes[b] + " " +
                 format_bytes(bytes);
    return out.empty() ? "links: nothing is sent\n" : out + "\n";
  }

  const timeline& t_;
  const plan& plan_;
  const cost_model& cost_;
  const graph& graph_;
  const piece_table table_;
};

}  // namespace

std::string explain(const timeline& t, const plan& p, const cost_model& cost) {
  return teller{t, p, cost}.run();
}

}  // namespace bramble
