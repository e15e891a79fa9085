// Writes the seed corpus: make_seeds tests/fuzz/corpus. To be run when a form changes; the result
// is in the repository.
#include <caf/binary_serializer.hpp>
#include <cstdio>

#include "actors/protocol/messages.hpp"
#include "actors/transport/data_plane/frame.hpp"
#include "balancer/devices/device_file.hpp"
#include "balancer/shelf/profile.hpp"
#include "config/base/files.hpp"
#include "config/certificates.hpp"
#include "config/revocations.hpp"
#include "discovery/invitations/join_code.hpp"
#include "discovery/invitations/join_messages.hpp"
#include "discovery/mdns/notice.hpp"
#include "model/graph/manifest.hpp"
#include "model/image/tensor_file.hpp"
#include "model/plan/calibration.hpp"
#include "tests/support/basp_kit.hpp"
#include "tests/support/graph_kit.hpp"
#include "tests/support/image_samples.hpp"
#include "tests/support/onnx_maker.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

class seeds {
 public:
  explicit seeds(std::filesystem::path folder) : folder_{std::move(folder)} {}
  void put(const std::string& target, const std::string& name, byte_span bytes) const {
    write_file_atomically(folder_ / target / name, bytes);
  }

  template <class T>
  void put_message(std::uint8_t kind, const std::string& name, T value) const {
    std::vector<char> bytes;
    caf::binary_serializer out{nullptr, bytes};
    if (inspect(static_cast<caf::serializer&>(out), value)) throw std::runtime_error(name);
    bytes.insert(bytes.begin(), static_cast<char>(kind));
    put("message", name, as_bytes(std::string{bytes.begin(), bytes.end()}));
  }

 private:
  std::filesystem::path folder_;
};

graph some_graph() {
  graph_kit k{"seed"};
  const auto x = k.input({1, 4, 8, 8});
  auto y = k.conv(x, 8, square(3, 1, 1));
  y = k.sum(k.conv(y, 8, square(1)), y);
  y = k.concat({k.pool(y, op_kind::max_pool, square(2, 2)), k.conv(y, 8, square(2, 2))});
  return k.finish({k.atom("aten::head", {y}, {1, 10}, {10, 256})});
}

plan some_plan() {
  plan p;
  p.nodes = {"pi1", "pi2"};
  p.verdicts.resize(2);
  for (op_id op = 0; op < 3; ++op) {
    p.pieces.push_back({op, 0, {{0, 8}, {0, 4}, {0, 8}}});
    p.pieces.push_back({op, 1, {{0, 8}, {4, 8}, {0, 8}}});
  }
  return p;
}

void put_image_seeds(const seeds& to) {
  const std::vector<std::int64_t> shape{2, 3};
  to.put("image", "npy", encode_npy(shape, std::vector<float>(6, 1.5F)));
  to.put("image", "jpeg", samples::jpeg(9, 5));
  to.put("image", "jpeg_progressive", samples::jpeg(9, 5, samples::jpeg_kind::progressive));
  to.put("image", "png", samples::png(3, 2, {2}, byte_vector(18, 7)));
  to.put("image", "png_palette",
         samples::png(4, 2, {3, 4, true, {1, 2, 3, 4, 5, 6}, {9}}, byte_vector(4, 0x10)));
  to.put("image", "ppm", as_bytes("P6\n2 1\n255\nabcdef"));
  to.put("image", "png_16_bits", samples::png(2, 1, {2, 16}, byte_vector(12, 7)));
  const auto turned = samples::exif(6, samples::byte_order::big);
  to.put("image", "jpeg_turned", samples::with_exif(samples::jpeg(9, 5), turned));
  to.put("image", "png_turned",
         samples::with_chunk(samples::png(3, 2, {2}, byte_vector(18, 7)), "eXIf", turned));
  to.put("image", "exif", turned);
  to.put("image", "exif_text", as_bytes(samples::raw_profile(turned)));
}

void put_messages(const seeds& to) {
  const member pi1{"pi1", {"10.0.0.1"}, 7741, 7742, "0.1.0", 5, 77, 1, member::state_t::alive};
  node_report report;
  report.name = "pi1";
  report.gmacs = 6;
  report.links = {{"pi2", 940, 0.3}};
  report.models = {{"model", {std::string(64, 'a'), {std::string(16, 'b')}}}};
  to.put_message(0, "hello", hello{1, "cluster", "pi1", "0.1.0"});
  to.put_message(1, "introduction", introduction{{1, "cluster", "pi1", "0.1.0"}, pi1});
  to.put_message(2, "gossip", gossip{{{{"pi1", pi1}}}, report});
  plan_query query;
  query.model = "m";
  query.host = "pi1";
  query.suspects = {"pi2"};
  query.team = {"pi1", "pi3"};
  to.put_message(6, "plan_query", query);
  to.put_message(7, "plan", some_plan());
  capacity_report capacity;
  capacity.node = "pi1";
  capacity.gmacs = 6;
  capacity.memory_mb = 4096;
  capacity.table.ops = {{{1, 2.5}, {4, 7.5}}, {}};
  capacity.links = report.links;
  to.put_message(9, "capacity_report", capacity);
  infer_request request;
  request.model = "m";
  request.inputs = {{{1, 1, 2, 2}, element_type::f32, byte_vector(16)}};
  to.put_message(10, "infer_request", request);
  to.put_message(13, "runtime_override", runtime_override{runtime_override::kind_t::rate, 100});
  live_report live;
  live.host = "pi1";
  live.plans = {{some_plan(), "pi2 joined", 2, 5, 80}};
  live.loads = {{"m", 1.5, 2, 3, 40}};
  live.ways = {{"m", "all share each request", "1 is there", 9}};
  live.ways[0].switches = {{"whole", "divided", "1 is there", 9}};
  live.switches.emplace_back().why = "pi2 left";
  to.put_message(14, "live_report", live);
  to.put_message(16, "node_names", node_names{{"pi2", "pi3"}});
  to.put_message(17, "probe_report", probe_report{"pi2", 0.3, 1, {{"pi2", "pi1", 20, 290}}});
  to.put_message(18, "trace_query", trace_query{std::string(64, 'a'), 7});
  to.put_message(
      19, "run_trace",
      run_trace{7, "pi1", 1, 9, some_plan(), {{trace_event::kind_t::piece, 0, {}, 1, 2, 0, 0}}});
  to.put_message(20, "clock_reading", clock_reading{5});
  to.put_message(21, "turn_query", turn_query{query, 3, 2, false, 1});
  to.put_message(22, "turn", turn{{"pi1", "pi2"}, true, "pipeline"});
  to.put_message(23, "turn_end", turn_end{"pi1", 3});
  to.put_message(24, "renewal_request", renewal_request{"pi2", byte_vector(64)});
  to.put_message(25, "renewal", renewal{"certificate"});
  examination examined;
  examined.node = "pi2";
  examined.routes = {
      {"pi2", "pi1", "", "Connection timed out", "10.0.0.2", "10.0.0.1", "eth0", false, 1000}};
  examined.findings = {is_warning("disk", "nearly full", "bramble model rm NAME")};
  to.put_message(26, "examination", examined);
  to.put_message(15, "tensor_part", tensor_part{0, byte_vector(16)});
}

/// For fuzz-basp: which side it is, then what a peer says. The name has to be the one there.
void put_conversations(const seeds& to) {
  const process_identity peer{7, host_of_name("peer")};
  const auto put = [&](const std::string& name, std::uint8_t side,
                       const std::vector<basp_message>& said) {
    byte_vector bytes{side};
    for (const auto& each : said) {
      const auto one = each.bytes();
      bytes.insert(bytes.end(), one.begin(), one.end());
    }
    to.put("basp", name, bytes);
  };
  auto monitor = message_of(basp::operation::monitor_message, basp_writer{}.node(peer).node(peer));
  monitor.head.destination_actor = 17;
  const auto gossip =
      basp_writer{}.types({"@atom", "bramble::gossip"}).atom("gossip").text("bytes");
  const auto error = basp_writer{}.types({"@error"}).number(60, 1).atom("system");
  put("accepted", 0,
      {client_handshake(peer), caf_greeting(5), monitor, direct(5, 17, async_number + 1, gossip),
       message_of(basp::operation::heartbeat, {})});
  put("dialled", 1,
      {server_handshake(peer, 3), direct(3, 40, response_bit + async_number + 9,
                                         basp_writer{error}.types({"@str"}, false).text("why"))});
}

/// For fuzz-join: which of its decoders, then what it reads.
void put_joining(const seeds& to) {
  const auto put = [&](const std::string& name, std::uint8_t kind, byte_span what) {
    byte_vector bytes{kind};
    bytes.insert(bytes.end(), what.begin(), what.end());
    to.put("join", name, bytes);
  };
  const join_code code{.hosts = {"192.168.1.10", "fd00::1"}, .port = 7800};
  put("code", 0, as_bytes(format_join_code(code)));
  const auto key = make_key();
  const auto asked = make_certificate_request(*key, "pi2");
  put("request", 1,
      encode(join_request{
          .version = "0.1.0", .name = "pi2", .request = asked, .proof = byte_vector(32)}));
  put("answer", 2,
      encode(join_answer{.refused = "",
                         .name = "pi2",
                         .certificate = "certificate",
                         .authority = "authority",
                         .peers = "cluster x\npeer pi1 7741 1 10.0.0.1\n",
                         .proof = byte_vector(32)}));
  put("certificate_request", 3, asked);
  put("peers", 4, as_bytes("cluster x\npeer pi1 7741 1 10.0.0.1 fe80::1\n"));
  const auto today = std::chrono::system_clock::now();
  std::vector<certificate> authorities;
  authorities.push_back(
      make_authority(*key, "bramble cluster x 00000000", {today, today + std::chrono::hours{24}}));
  const mdns_notice notice{.cluster_name = "x",
                           .cluster_id = "00000000",
                           .authority = std::string(32, '0'),
                           .node = "pi1",
                           .version = "0.1.0",
                           .port = 7741};
  std::string text;
  for (const auto& line : text_of(notice)) text += line + "\n";
  put("notice", 6, as_bytes(text));
  put("revocations", 5, as_bytes(add_revoked("", authorities, *key, {"1F2E"}, today)));
}

void put_onnx_seeds(const seeds& to) {
  onnx_maker net;
  net.input("x", {1, 3, "height", 8}).output("y");
  net.floats("w", {4, 3, 1, 1}, std::vector<float>(12, 0.5F));
  net.ints("to", {1, -1});
  onnx_maker::set(net.node("Conv", {"x", "w"}, {"c"}), "pads", {0, 0, 0, 0});
  net.node("Reshape", {"c", "to"}, {"r"});
  auto& choice = *net.node("If", {"flag"}, {"y"}).add_attribute();
  choice.set_name("then_branch");
  choice.set_type(onnx::AttributeProto::GRAPH);
  choice.mutable_g()->set_name("inner");
  onnx_maker::add(*choice.mutable_g(), "Identity", {"r"}, {"z"});
  choice.mutable_g()->add_output()->set_name("z");
  net.input("flag", {}, onnx::TensorProto::BOOL);
  to.put("onnx", "network", as_bytes(net.bytes()));
  onnx_maker outside;
  outside.input("x", {2}).output("y");
  auto& far = outside.floats("w", {2}, {});
  far.set_data_location(onnx::TensorProto::EXTERNAL);
  far.add_external_data()->set_key("location");
  far.mutable_external_data(0)->set_value("w.bin");
  outside.node("Add", {"x", "w"}, {"y"});
  to.put("onnx", "outside", as_bytes(outside.bytes()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "Usage: make_seeds FOLDER\n");
    return 2;
  }
  const seeds to{argv[1]};
  manifest m;
  m.model = some_graph();
  m.remark = "a seed";
  to.put("manifest", "small", encode_manifest(m));
  frame_header header;
  header.size = 16;
  to.put("frame", "tensor", encode_header(header));
  to.put("toml", "options",
         as_bytes("@[node]\nname = \"pi1\"\nthreads = 2\n[network]\njoin = [\"pi2\"]\n"));
  to.put("toml", "shelf",
         as_bytes("Ahost = \"a\"\n[[node]]\nname = \"a\"\ngmacs = 6.0\nmemory_mb = 4096\n[[node]]\n"
                  "name = \"b\"\ngmacs = 3\n[[link]]\nbetween = [\"a\", \"b\"]\nmbit = 100\n"));
  for (const auto& [id, text] : shipped_devices())
    to.put("toml", std::string{id}, as_bytes("B" + std::string{text}));
  const op_table times{{{{1, 2.5}, {4, 7.5}}, {}},
                       {backend::onednn, backend::own},
                       {{{4, 3.5}, {8, 7.5}}, {}},
                       {{7, true}, {9, false}},
                       {"jit", ""}};
  to.put("calibration", "small", encode_calibration({"key", times}));
  to.put("profile", "small", as_bytes(format_profile(m.model, times)));
  put_image_seeds(to);
  put_messages(to);
  put_conversations(to);
  put_joining(to);
  put_onnx_seeds(to);
  return 0;
}
