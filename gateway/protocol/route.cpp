#include "gateway/protocol/route.hpp"

#include <algorithm>
#include <optional>

#include "config/parse.hpp"
#include "gateway/protocol/refusal.hpp"
#include "model/store/store_files.hpp"

namespace bramble::gateway {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
    const auto low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
    if (high < 0 || low < 0) throw refusal(400, "The path has a % without two digits behind it.");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const auto slash = path.find('/', 1);
    out.push_back(decoded(path.substr(1, slash == std::string_view::npos ? slash : slash - 1)));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash);
  }
  // A slash at the end means the same as none.
  if (out.size() > 1 && out.back().empty()) out.pop_back();
  return out;
}

struct pattern {
  std::string_view method;
  std::vector<std::string_view> parts;  ///< "*" is a name, "@" a version
  target what;
};

const std::vector<pattern>& patterns() {
  static const std::vector<pattern> all{
      {"GET", {"v2"}, target::server_metadata},
      {"GET", {"v2", "health", "live"}, target::server_live},
      {"GET", {"v2", "health", "ready"}, target::server_ready},
      {"GET", {"v2", "models", "*"}, target::model_metadata},
      {"GET", {"v2", "models", "*", "versions", "@"}, target::model_metadata},
      {"GET", {"v2", "models", "*", "ready"}, target::model_ready},
      {"GET", {"v2", "models", "*", "versions", "@", "ready"}, target::model_ready},
      {"POST", {"v2", "models", "*", "infer"}, target::infer},
      {"POST", {"v2", "models", "*", "versions", "@", "infer"}, target::infer},
      {"POST", {"v2", "repository", "index"}, target::repository_index},
      {"POST", {"v2", "repository", "models", "*", "load"}, target::repository_load},
      {"POST", {"v2", "repository", "models", "*", "unload"}, target::repository_unload},
      {"POST", {"v1", "classify", "*"}, target::classify},
      {"POST", {"v1", "run", "*"}, target::run},
      {"GET", {"v1", "shelf"}, target::shelf},
      {"GET", {"v1", "events"}, target::events},
      {"POST", {"v1", "nodes", "*", "drain"}, target::node_drain},
      {"POST", {"v1", "nodes", "*", "resume"}, target::node_resume},
      {"POST", {"v1", "nodes", "*", "pace"}, target::node_pace},
      {"GET", {"metrics"}, target::metrics},
  };
  return all;
}

std::optional<route> match(const pattern& to, const std::vector<std::string>& parts) {
  if (to.parts.size() != parts.size()) return std::nullopt;
  route out{to.what, {}, {}};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (to.parts[i] == "*")
      out.name = parts[i];
    else if (to.parts[i] == "@")
      out.version = parts[i];
    else if (to.parts[i] != parts[i])
      return std::nullopt;
  }
  return out;
}

}  // namespace

route route_of(std::string_view method, std::string_view path) {
  if (path.empty() || path.front() != '/') throw refusal(400, "The path does not begin with /.");
  const auto parts = parts_of(path);
  std::string allowed;
  for (const auto& each : patterns()) {
    auto found = match(each, parts);
    if (!found) continue;
    // HEAD is GET whose body is left out.
    if (each.method != method && !(method == "HEAD" && each.method == "GET")) {
      allowed = each.method;
      continue;
    }
    // Names of nodes and models have the same letters.
    if (!found->name.empty() && !is_model_name(found->name))
      throw refusal(404, "There can be nothing called " + printable(found->name) + ".");
    return *found;
  }
  if (!allowed.empty())
    throw refusal(405, "This takes " + allowed + ", not " + printable(method) + ".");
  if (method != "GET" && method != "HEAD")
    throw refusal(404, "There is nothing at " + printable(path) + ".");
  return {target::page, decoded(path), {}};
}

permission permission_for(target what) {
  switch (what) {
    case target::server_live:
    case target::server_ready:
    case target::server_metadata:
    case target::page:
      return permission::none;
    case target::repository_load:
    case target::repository_unload:
    case target::node_drain:
    case target::node_resume:
    case target::node_pace:
      return permission::write;
    default:
      return permission::read;
  }
}

const char* name_of(target what) {
  switch (what) {
    case target::server_live:
      return "server_live";
    case target::server_ready:
      return "server_ready";
    case target::server_metadata:
      return "server_metadata";
    case target::model_ready:
      return "model_ready";
    case target::model_metadata:
      return "model_metadata";
    case target::infer:
      return "infer";
    case target::repository_index:
      return "repository_index";
    case target::repository_load:
      return "repository_load";
    case target::repository_unload:
      return "repository_unload";
    case target::classify:
      return "classify";
    case target::run:
      return "run";
    case target::shelf:
      return "shelf";
    case target::events:
      return "events";
    case target::node_drain:
      return "node_drain";
    case target::node_resume:
      return "node_resume";
    case target::node_pace:
      return "node_pace";
    case target::metrics:
      return "metrics";
    case target::page:
      break;
  }
  return "page";
}

std::string query_value(std::string_view target, std::string_view key) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  auto rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    const auto equals = pair.find('=');
    if (pair.substr(0, equals) == key)
      return equals == std::string_view::npos ? std::string{} : decoded(pair.substr(equals + 1));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace bramble::gateway
