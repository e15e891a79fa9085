#include "actors/client/system.hpp"

#include "actors/client/certified_node_id.hpp"
#include "config/defaults.hpp"
#include "config/version.hpp"

namespace bramble {

system_config::system_config(const process_identity& own) : identity{own} {
  certify_node_id();
  add_message_types<caf::id_block::bramble>();
  // 'stealing' polls when idle: three times the latency and up to 18 times the CPU per message.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", defaults::scheduler_threads);
  set("middleman.app-identifiers",
      std::vector<std::string>{"bramble/" + std::to_string(hello::current_protocol)});
  set("middleman.heartbeat-interval", caf::timespan{defaults::heartbeat_interval});
  set("middleman.connection-timeout", caf::timespan{defaults::connection_timeout});
  // Would open a second, unencrypted port on all interfaces.
  set("middleman.enable-automatic-connections", false);
  set("middleman.workers", std::size_t{1});
  load<caf::io::middleman>();
}

hello make_hello(const key_info& keys) {
  hello out;
  out.cluster = keys.founder;
  out.name = keys.node_name;
  out.version = version;
  return out;
}

void check_hello(const hello& mine, const hello& theirs) {
  if (theirs.protocol != mine.protocol)
    throw user_error(theirs.name + " runs Bramble " + theirs.version + " (protocol " +
                     std::to_string(theirs.protocol) + "), this is " + mine.version +
                     " (protocol " + std::to_string(mine.protocol) +
                     "); install the same version on both.");
  if (theirs.cluster != mine.cluster)
    throw user_error(theirs.name + " belongs to another cluster.");
}

}  // namespace bramble
