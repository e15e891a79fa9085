#include "console/open_requests.hpp"

#include "config/format.hpp"
#include "console/terminal.hpp"

namespace bramble {

const std::vector<std::string>& request_columns() {
  static const std::vector<std::string> names{"request", "host", "model",        "does", "age s",
                                              "attempt", "plan", "predicted ms", "nodes"};
  return names;
}

std::vector<std::string> request_row(const std::string& host, const open_request& request) {
  return {std::to_string(request.id),
          host,
          request.model,
          request.state,
          fixed(request.age_s, 1),
          std::to_string(request.attempts),
          request.epoch == 0 ? "-" : std::to_string(request.epoch),
          request.predicted_ms == 0 ? "-" : format_ms(request.predicted_ms),
          request.nodes.empty() ? "-" : joined(request.nodes)};
}

std::string describe(const std::vector<request_list>& hosts) {
  std::vector<std::vector<std::string>> rows{request_columns()};
  for (const auto& host : hosts)
    for (const auto& each : host.requests) rows.push_back(request_row(host.host, each));
  return rows.size() == 1 ? "No request is under way.\n" : format_table(rows);
}

nlohmann::json to_json(const std::vector<request_list>& hosts) {
  auto out = nlohmann::json::array();
  for (const auto& host : hosts)
    for (const auto& each : host.requests)
      out.push_back({{"id", each.id},
                     {"host", host.host},
                     {"model", each.model},
                     {"method", each.method},
                     {"state", each.state},
                     {"age_s", each.age_s},
                     {"running_s", each.running_s},
                     {"attempts", each.attempts},
                     {"epoch", each.epoch},
                     {"predicted_ms", each.predicted_ms},
                     {"nodes", each.nodes}});
  return out;
}

}  // namespace bramble
