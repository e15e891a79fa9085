#include "actors/models/model_cache.hpp"

#include <spdlog/spdlog.h>

#include <fstream>

#include "actors/membership/link_meter.hpp"
#include "actors/transport/data_plane/frames.hpp"
#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/defaults.hpp"
#include "config/system/memory.hpp"

namespace bramble {
namespace {

using model_cache_pointer = private_model_cache::stateful_pointer<model_cache_state>;

/// Payload of a blob_request; the header's offset says from where.
struct blob_query {
  bool is_manifest = false;
  std::string name;  ///< identity of the manifest or SHA-256 of the blob

  template <class Archive>
  void serialize(Archive& archive) {
    archive(is_manifest, name);
  }
};

/// Gives a model the name that the shelf has for it, unless it means something else here that
/// nobody has replaced.
void adopt_name(const model_cache_config& config, const std::string& name,
                const std::vector<held_model>& held) {
  const auto meaning = meaning_of(name, held);
  if (meaning.identity.empty() || !config.watch->last()->is_complete(meaning.identity)) return;
  const auto mine = config.store.find_record(name);
  for (const auto& each : of_name(name, held)) {
    const auto& record = each.model.record;
    if (record.identity != meaning.identity || (mine && !record.replaces(*mine))) continue;
    config.store.set_name(name, record);
    config.watch->look_again();
    spdlog::info("{} means {} from now on, as on {}", name, short_identity(record.identity),
                 each.node);
    return;
  }
}

void adopt_names(const model_cache_config& config) {
  const auto held = config.peers->last();
  for (const auto& name : names_of(*held)) try {
      adopt_name(config, name, *held);
    } catch (const std::exception& e) {
      spdlog::warn("the name {} of the shelf could not be taken over: {}", name, e.what());
    }
}

/// Answers with this node's capacity once the model is here.
void measure(model_cache_pointer self, const std::string& identity, const wanted_figures& who) {
  auto promise = who.promise;
  const bool wants_manifest = who.manifest;
  const auto& meter = self->state.config.meter;
  auto asked = who.kernels
                   ? self->request(meter, defaults::prepare_timeout, agree_atom::value, identity,
                                   who.kernels)
                   : self->request(meter, defaults::prepare_timeout, measure_atom::value, identity);
  asked.then(
      [=](const capacity_ptr& measured) mutable {
        auto& config = self->state.config;
        capacity_report report;
        report.node = config.self;
        report.gmacs = measured->gmacs;
        report.memory_mb = total_memory_mb();
        report.table = measured->table;
        report.messages = measured->messages;
        report.processor = measured->processor;
        report.links = read_links(*config.plane);
        try {
          if (wants_manifest)
            report.manifest =
                read_file(config.store.manifest_path(identity), defaults::manifest_limit_bytes);
        } catch (const user_error& e) {
          promise.deliver(failure(e.what()));
          return;
        }
        promise.deliver(std::move(report));
      },
      [=](caf::error& e) mutable { promise.deliver(std::move(e)); });
}

/// The model is here: what everybody waited for.
void answer(model_cache_pointer self, const std::string& identity, const model_wish& who) {
  if (const auto* figures = std::get_if<wanted_figures>(&who))
    return measure(self, identity, *figures);
  auto promise = std::get<wanted_presence>(who);
  promise.deliver(true);
}

void refuse(model_wish& who, const std::string& sentence) {
  if (auto* figures = std::get_if<wanted_figures>(&who))
    figures->promise.deliver(failure(sentence));
  else
    std::get<wanted_presence>(who).deliver(failure(sentence));
}

void drop(model_cache_pointer self, std::uint64_t number, const std::string& why) {
  auto found = self->state.fetches.find(number);
  if (found == self->state.fetches.end()) return;
  const auto sentence = "The model could not be fetched from " + found->second.source + ": " + why;
  spdlog::warn("{}", sentence);
  for (auto& each : found->second.waiting) refuse(each, sentence);
  self->state.fetches.erase(found);
}

/// Of the file that is being fetched.
std::uint64_t arrived_bytes(const model_fetch& fetch) {
  return fetch.blob ? fetch.blob->size() : fetch.buffer.size();
}

void ask_for_block(model_cache_pointer self, std::uint64_t number) {
  auto& fetch = self->state.fetches.at(number);
  blob_query query{!fetch.found, fetch.found ? fetch.missing.front() : fetch.identity};
  auto payload = std::make_shared<const byte_vector>(encode(query));
  const auto header = header_of(blob_request_frame{number, arrived_bytes(fetch)});
  if (self->state.config.plane->send(fetch.source, header, payload, payload->data(),
                                     payload->size()) != send_result::queued)
    return drop(self, number, "there is no connection to it.");
  self->delayed_send(self, defaults::blob_stall_timeout, stalled_atom::value, number, fetch.blocks);
}

/// Asks for the next missing file, or finishes.
void go_on(model_cache_pointer self, std::uint64_t number) {
  auto& state = self->state;
  auto& fetch = state.fetches.at(number);
  fetch.buffer = {};
  const auto& store = state.config.store;
  if (fetch.found && !fetch.missing.empty())
    fetch.blob = std::make_unique<arriving_blob>(store, fetch.missing.front());
  if (!fetch.found || !fetch.missing.empty()) return ask_for_block(self, number);
  store.put_manifest(*fetch.found);
  state.config.watch->look_again();
  spdlog::info("model {} fetched from {}", fetch.name, fetch.source);
  auto waiting = std::move(fetch.waiting);
  const auto identity = fetch.identity;
  state.fetches.erase(number);
  for (const auto& each : waiting) answer(self, identity, each);
}

void claim_and_make_room(model_fetch& fetch, const model_store& store) {
  fetch.claim = std::make_unique<import_claim>(store);
  fetch.claim->keep_for_later();
  std::map<std::string, std::uint64_t> sizes;
  std::vector<std::string> names;
  for (const auto& weight : fetch.found->model.weights)
    if (sizes.emplace(weight.sha256, blob_bytes(weight)).second) names.push_back(weight.sha256);
  fetch.claim->add(names);
  const auto missing = store.missing_blobs(*fetch.found);
  fetch.missing.assign(missing.begin(), missing.end());
  std::uint64_t bytes = 0;
  for (const auto& sha256 : missing) bytes += sizes.at(sha256);
  for (const auto& dropped : store.make_room(bytes))
    spdlog::info("model {} was dropped to make room for {}", dropped, fetch.name);
}

/// A file is complete: check it, keep it, go on.
void take_file(model_cache_pointer self, std::uint64_t number) {
  auto& fetch = self->state.fetches.at(number);
  const auto& store = self->state.config.store;
  if (fetch.found) {
    fetch.blob->keep();
    fetch.blob.reset();
    fetch.missing.pop_front();
  } else {
    if (sha256_hex(fetch.buffer) != fetch.identity)
      throw user_error("the manifest it sent is not the one that was asked for.");
    fetch.found = decode_manifest(fetch.buffer, "the manifest from " + fetch.source);
    claim_and_make_room(fetch, store);
  }
  go_on(self, number);
}

void take_block(model_cache_pointer self, const data_frame& arrived) {
  const auto block = read_blob_block(arrived.content.header);
  const auto found = self->state.fetches.find(block.fetch);
  if (found == self->state.fetches.end() || found->second.source != arrived.peer) return;
  auto& fetch = found->second;
  const auto bytes = arrived.content.bytes();
  const auto limit = fetch.blob ? defaults::blob_limit_bytes : defaults::manifest_limit_bytes;
  if (block.offset != arrived_bytes(fetch) || block.offset + bytes.size() > block.total ||
      (bytes.empty() && block.total != 0) || block.total > limit)
    return drop(self, block.fetch, "it sent a block that was not asked for.");
  ++fetch.blocks;
  try {
    if (fetch.blob)
      fetch.blob->add(bytes);
    else
      fetch.buffer.insert(fetch.buffer.end(), bytes.begin(), bytes.end());
    if (arrived_bytes(fetch) < block.total) return ask_for_block(self, block.fetch);
    take_file(self, block.fetch);
  } catch (const std::exception& e) {
    drop(self, block.fetch, e.what());
  }
}

void refuse(model_cache_pointer self, const data_frame& arrived) {
  const auto ask = read_blob_request(arrived.content.header);
  self->state.config.plane->send(arrived.peer, header_of(blob_refusal_frame{ask.fetch}), nullptr,
                                 nullptr, 0);
}

/// Serves one block of a manifest or blob to a peer.
void serve(model_cache_pointer self, const data_frame& arrived) {
  const auto& state = self->state;
  const auto ask = read_blob_request(arrived.content.header);
  try {
    const auto query =
        decode<blob_query>(arrived.content.bytes(), "a request from " + arrived.peer);
    const auto path = query.is_manifest ? state.config.store.manifest_path(query.name)
                                        : state.config.store.blob_path(query.name);
    std::ifstream in{path, std::ios::binary | std::ios::ate};
    if (!in) return refuse(self, arrived);
    const auto total = static_cast<std::uint64_t>(in.tellg());
    if (ask.offset > total) return refuse(self, arrived);
    const auto size = std::min<std::uint64_t>(defaults::blob_block_bytes, total - ask.offset);
    auto block = allocate_payload(size);
    in.seekg(static_cast<std::streamoff>(ask.offset));
    if (size > 0 &&
        !in.read(reinterpret_cast<char*>(block.get()), static_cast<std::streamsize>(size)))
      return refuse(self, arrived);
    state.config.plane->send(arrived.peer,
                             header_of(blob_block_frame{ask.fetch, ask.offset, total}), block,
                             block.get(), size);
  } catch (const std::exception& e) {
    spdlog::warn("{} asked for a blob it cannot have: {}", arrived.peer, e.what());
    refuse(self, arrived);
  }
}

/// Asked for every plan, so that of a model that is here no file should be looked at.
bool is_here(const model_cache_config& config, const std::string& identity) {
  const auto known = config.watch->current();
  if (known && known->is_complete(identity)) return true;
  const auto& store = config.store;
  return store.has_manifest(identity) && store.missing_blobs(store.load(identity)).empty();
}

/// Answers `who` once the model is here.
void provide(model_cache_pointer self, const prepare_request& ask, model_wish who) {
  auto& state = self->state;
  try {
    if (is_here(state.config, ask.identity)) return answer(self, ask.identity, who);
  } catch (const std::exception& e) {
    return refuse(who, e.what());
  }
  for (auto& [number, fetch] : state.fetches)
    if (fetch.identity == ask.identity) return fetch.waiting.push_back(std::move(who));
  if (state.fetches.size() >= defaults::model_fetches)
    return refuse(who, state.config.self + " fetches " + std::to_string(state.fetches.size()) +
                           " models already.");
  const auto number = state.next_fetch++;
  auto& fetch = state.fetches[number];
  fetch.identity = ask.identity;
  fetch.name = ask.name;
  fetch.source = ask.source;
  fetch.waiting.push_back(std::move(who));
  go_on(self, number);
}

}  // namespace

private_model_cache::behavior_type model_cache(model_cache_pointer self,
                                               model_cache_config config) {
  self->state.config = std::move(config);
  return {
      [=](prepare_atom, const prepare_request& ask) -> caf::result<capacity_report> {
        self->send(self->state.config.links, asked_atom::value);
        auto promise = self->make_response_promise<capacity_report>();
        auto kernels = ask.kernels.empty()
                           ? nullptr
                           : std::make_shared<const std::vector<kernel_wish>>(ask.kernels);
        provide(self, ask, wanted_figures{promise, ask.wants_manifest, std::move(kernels)});
        return promise;
      },
      [=](fetch_atom, const prepare_request& ask) -> caf::result<bool> {
        auto promise = self->make_response_promise<bool>();
        provide(self, ask, promise);
        return promise;
      },
      [=](names_atom) { adopt_names(self->state.config); },
      [=](const data_frame& arrived) {
        switch (arrived.content.header.kind) {
          case frame_kind::blob_request:
            return serve(self, arrived);
          case frame_kind::blob_block:
            return take_block(self, arrived);
          default:
            return drop(self, read_blob_refusal(arrived.content.header).fetch,
                        "it does not have all of it.");
        }
      },
      [=](const data_link_lost& lost) {
        std::vector<std::uint64_t> broken;
        for (const auto& [number, fetch] : self->state.fetches)
          if (fetch.source == lost.peer) broken.push_back(number);
        for (auto number : broken) drop(self, number, "the connection was lost.");
      },
      [=](stalled_atom, std::uint64_t number, std::uint64_t blocks) {
        const auto found = self->state.fetches.find(number);
        if (found != self->state.fetches.end() && found->second.blocks == blocks)
          drop(self, number, "nothing came for too long.");
      },
      [=](detail_atom) -> std::string {
        const auto known = self->state.config.watch->last();
        std::string out = std::to_string(known->models.size()) + " models";
        for (const auto& [number, fetch] : self->state.fetches)
          out += ", fetching " + fetch.name + " from " + fetch.source + " (" +
                 std::to_string(fetch.missing.size()) + " files to go)";
        return out;
      },
  };
}

}  // namespace bramble
