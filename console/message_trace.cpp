#include "console/message_trace.hpp"

#include <algorithm>

#include "config/base/error.hpp"
#include "config/format.hpp"
#include "console/local_time.hpp"

namespace bramble {
namespace {

std::string clock_time(double at_ms) {
  const auto whole = static_cast<std::int64_t>(at_ms);
  const auto ms = std::to_string(whole % 1000);
  return local_time(static_cast<std::uint64_t>(whole)) + "." +
         std::string(3 - std::min<std::size_t>(3, ms.size()), '0') + ms;
}

}  // namespace

std::string describe(const std::string& node, const tapped_message& message) {
  return clock_time(message.at_ms) + "  " + node + "  " + message.sender + " -> " +
         message.receiver + "  " + message.kind + "  waited " + fixed(message.waited_ms, 2) +
         " ms, took " + fixed(message.took_ms, 2) + " ms" +
         (message.bytes > 0 ? ", " + format_bytes(message.bytes) : "") + "\n";
}

nlohmann::json to_json(const std::string& node, const tapped_message& message) {
  return {{"at_ms", message.at_ms},
          {"node", node},
          {"sender", message.sender},
          {"receiver", message.receiver},
          {"kind", message.kind},
          {"bytes", message.bytes > 0 ? nlohmann::json(message.bytes) : nlohmann::json(nullptr)},
          {"waited_ms", message.waited_ms},
          {"took_ms", message.took_ms}};
}

message_trace::message_trace(nodes whom, const tap_query& what) {
  nodes_.reserve(whom.size());
  try {
    for (auto& [name, client] : whom) {
      const auto begun = client->tap(what);
      nodes_.push_back({std::move(name), std::move(client), begun.tap});
    }
  } catch (const user_error&) {
    end_all();
    throw;
  }
}

message_trace::~message_trace() {
  end_all();
}

void message_trace::end_all() noexcept {
  for (auto& each : nodes_) {
    if (!each.runs) continue;
    try {
      tap_query query;
      query.tap = each.tap;
      query.after = ~std::uint64_t{0} >> 1;
      query.ends = true;
      each.client->tap(query);
    } catch (...) {
      continue;  // it ends by itself, since nobody reads it
    }
  }
}

std::vector<message_trace::line> message_trace::read(bool ends) {
  std::vector<line> out;
  for (auto& each : nodes_) {
    if (!each.runs) continue;
    try {
      tap_query query;
      query.tap = each.tap;
      query.after = each.after;
      query.ends = ends;
      auto came = each.client->tap(query);
      each.runs = came.runs;
      each.left_out = came.left_out;
      for (auto& message : came.messages) {
        each.after = message.number;
        out.emplace_back(each.name, std::move(message));
      }
    } catch (const user_error&) {
      each.runs = false;
      silent_.push_back(each.name);
    }
  }
  std::ranges::stable_sort(out, {}, [](const line& one) { return one.second.at_ms; });
  return out;
}

bool message_trace::runs() const {
  return std::ranges::any_of(nodes_, [](const tapped_node& each) { return each.runs; });
}

std::uint64_t message_trace::left_out() const {
  std::uint64_t sum = 0;
  for (const auto& each : nodes_) sum += each.left_out;
  return sum;
}

}  // namespace bramble
