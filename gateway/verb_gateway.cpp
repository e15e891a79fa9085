#include "gateway/verb_gateway.hpp"

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "config/defaults_gateway.hpp"
#include "console/common.hpp"
#include "console/stop_flag.hpp"
#include "gateway/access/origin.hpp"
#include "gateway/api/api.hpp"
#include "gateway/http/listen.hpp"
#include "gateway/http/server.hpp"

namespace bramble::gateway {
namespace {

struct flags {
  client_flags client;
  std::string listen;
  std::string token_file;
  bool cluster_tls = false;
  std::string certificate;
  std::string key;
};

struct token_flags {
  common_flags common;
  std::string token_file;
  std::string name;
  std::string forgotten;
  bool write = false;
  bool list = false;
  bool json = false;
};

std::filesystem::path token_file_of(const common_flags& common, const std::string& given) {
  return given.empty() ? common.paths().home / "gateway-tokens" : std::filesystem::path{given};
}

/// A port of 0 is one that is free.
endpoint listen_address(const std::string& typed) {
  constexpr std::string_view any_port = ":0";
  const auto whole =
      typed.ends_with(any_port) ? typed.substr(0, typed.size() - any_port.size()) : typed;
  if (whole.empty()) return {"127.0.0.1", defaults::gateway_port};
  auto out = from_flag([&] { return parse_endpoint(whole, defaults::gateway_port, "--listen"); });
  if (whole.size() != typed.size()) out.port = 0;
  return out;
}

std::shared_ptr<tls_identity> tls_of(const flags& f, const key_info& keys) {
  if (f.cluster_tls && !f.certificate.empty())
    throw usage_error("--tls shows this home's certificate, --tls-cert another; give one of them.");
  if (f.cluster_tls)
    return std::make_shared<tls_identity>(keys.paths.node_crt, keys.paths.node_key);
  if (f.certificate.empty()) return nullptr;
  return std::make_shared<tls_identity>(f.certificate, f.key);
}

void check_tokens(const endpoint& where, const std::filesystem::path& file) {
  if (!token_book{file}.empty()) return;
  throw user_error("At " + where.host +
                   " other machines reach the gateway, and there is no token that they could "
                   "show; type: bramble gateway token NAME");
}

void run(const flags& f) {
  // Whoever opened the socket has chosen the address.
  const auto given = listener_from_parent();
  const auto where = given ? address_of_listener(*given) : listen_address(f.listen);
  const auto keys = load_keys(f.client.common().paths().keys);
  access_rules rules;
  rules.loopback_only = is_loopback_address(where.host);
  rules.tokens = token_file_of(f.client.common(), f.token_file);
  if (!rules.loopback_only) check_tokens(where, rules.tokens);
  const auto tls = tls_of(f, keys);
  const int listening = given ? *given : listen_at(where);
  const auto nodes = f.client.nodes();
  // All of these are used by threads that may wait for a node when the program ends.
  auto& door = *new shelf_door{keys, nodes};
  auto& watch =
      *new shelf_watch{keys, nodes, [&door](const cluster_status& shelf) { door.know(shelf); }};
  auto& api = *new gateway_api{door, watch, rules};
  auto& server =
      *new http_server{listening, tls, [&api](http_call& call) { return api.answer(call); }};
  api.ask_server([&server] { return std::pair{server.connections(), server.turned_away()}; });
  const auto shown = to_string(endpoint{where.host, address_of_listener(listening).port});
  std::printf("gateway at %s://%s\n", tls ? "https" : "http", shown.c_str());
  std::fflush(stdout);
  if (!rules.loopback_only && !tls)
    std::fprintf(stderr,
                 "bramble: without --tls everybody on the way can read tokens and photos.\n");
  stop_flag stop;
  const stop_on_signals signals{stop};
  server.run(stop.descriptor());
  std::fflush(nullptr);
  std::_Exit(0);
}

void list_tokens(const token_flags& f, const std::filesystem::path& file) {
  auto all = nlohmann::json::array();
  for (const auto& each : read_tokens(file)) {
    const auto* level = each.level == access_level::write ? "write" : "read";
    if (f.json)
      all.push_back({{"name", each.name}, {"access", level}, {"day", each.day}});
    else
      std::printf("%s  %s  since %s\n", each.name.c_str(), level, each.day.c_str());
  }
  if (f.json) std::printf("%s\n", all.dump(2).c_str());
}

void run_token(const token_flags& f) {
  const auto file = token_file_of(f.common, f.token_file);
  const auto wanted = (f.list ? 1 : 0) + (f.forgotten.empty() ? 0 : 1) + (f.name.empty() ? 0 : 1);
  if (wanted != 1) throw usage_error("Give the name of a new token, or --forget NAME, or --list.");
  if (f.list) return list_tokens(f, file);
  if (!f.forgotten.empty()) {
    forget_token(file, f.forgotten);
    std::fprintf(stderr, "%s is no token any more.\n", f.forgotten.c_str());
    return;
  }
  const auto token = make_token(file, f.name, f.write ? access_level::write : access_level::read);
  if (f.json)
    std::printf(
        "%s\n",
        nlohmann::json{{"name", f.name}, {"access", f.write ? "write" : "read"}, {"token", token}}
            .dump(2)
            .c_str());
  else
    std::printf("%s\n", token.c_str());
  std::fprintf(stderr,
               "This token is shown once. Programs send it as \"Authorization: Bearer ...\"; "
               "`bramble gateway token --forget %s` takes it back.\n",
               f.name.c_str());
}

void add_token_verb(CLI::App& verb) {
  auto* token =
      verb.add_subcommand("token", "Make a token for programs and people, or take it back");
  auto f = std::make_shared<token_flags>();
  f->common.add_to(*token);
  token->add_option("name", f->name, "What the new token is for: a-z, 0-9, '.' and '-'");
  token->add_flag("--write", f->write,
                  "It may also change the shelf: drain, resume and pace nodes, load and unload "
                  "models");
  token->add_option("--forget", f->forgotten, "Take the token of this name back")
      ->type_name("NAME");
  token->add_flag("--list", f->list, "Show which there are, without the tokens themselves");
  token->add_flag("--json", f->json, "Print JSON");
  token
      ->add_option("--token-file", f->token_file,
                   "Where they are kept (gateway-tokens in the home)")
      ->type_name("FILE");
  token->footer(example("bramble gateway token camera\n  bramble gateway token laptop --write"));
  token->callback([f] { run_token(*f); });
}

}  // namespace

void add_gateway_verb(CLI::App& app) {
  auto* verb =
      app.add_subcommand("gateway", "Let programs that speak HTTP, and browsers, use the shelf");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_option("--listen", f->listen,
                   "Where (127.0.0.1:8741, which only this machine reaches); any other address "
                   "wants a token. Port 0 is one that is free")
      ->type_name("ADDRESS[:PORT]");
  verb->add_option("--token-file", f->token_file, "Its tokens (gateway-tokens in the home)")
      ->type_name("FILE");
  verb->add_flag("--tls", f->cluster_tls,
                 "HTTPS with this home's certificate: clients trust the cluster's authority "
                 "(keys/ca.crt)");
  auto* certificate =
      verb->add_option("--tls-cert", f->certificate,
                       "HTTPS with this certificate and what leads to its authority")
          ->type_name("FILE.pem");
  verb->add_option("--tls-key", f->key, "Its key")->type_name("FILE.pem")->needs(certificate);
  certificate->needs(verb->get_option("--tls-key"));
  verb->require_subcommand(0, 1);
  add_token_verb(*verb);
  verb->footer(
      example("bramble gateway\n"
              "  bramble gateway --node pi1.local,pi2.local --listen 0.0.0.0 --tls\n"
              "  curl --data-binary @cat.jpg http://localhost:8741/v1/classify/googlenet"));
  verb->callback([f, verb] {
    if (verb->get_subcommands().empty()) run(*f);
  });
}

}  // namespace bramble::gateway
