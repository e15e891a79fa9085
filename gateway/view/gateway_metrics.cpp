#include "gateway/view/gateway_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>

#include "config/version.hpp"
#include "gateway/view/shelf_families.hpp"

namespace bramble::gateway {
namespace {

using prometheus::Histogram;

/// From a status call to a model that takes a minute.
const Histogram::BucketBoundaries& seconds_buckets() {
  static const Histogram::BucketBoundaries all{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                               0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
  return all;
}

/// How far predictions are off.
const Histogram::BucketBoundaries& ratio_buckets() {
  static const Histogram::BucketBoundaries all{0.5, 0.7, 0.8, 0.9, 0.95, 1, 1.05,
                                               1.1, 1.2, 1.3, 1.5, 2,    4};
  return all;
}

constexpr double second_of_ms = 1e-3;

/// Names of models come from the shelf, which holds many; a label is a series each.
constexpr std::size_t models_most = 100;

}  // namespace

struct gateway_metrics::registered {
  std::mutex mutex;  ///< of the two below
  replan_counter replans;
  std::map<std::string, std::string> label_of_model;

  prometheus::Registry all;
  prometheus::Family<prometheus::Counter>& calls =
      prometheus::BuildCounter()
          .Name("bramble_gateway_requests_total")
          .Help("Calls that the gateway answered, by endpoint and status.")
          .Register(all);
  prometheus::Family<Histogram>& call_seconds =
      prometheus::BuildHistogram()
          .Name("bramble_gateway_request_duration_seconds")
          .Help("How long the gateway took for a call, by endpoint.")
          .Register(all);
  prometheus::Counter& abandoned =
      prometheus::BuildCounter()
          .Name("bramble_gateway_abandoned_requests_total")
          .Help("Inferences whose client went away before they were answered.")
          .Register(all)
          .Add({});
  prometheus::Counter& turned_away = prometheus::BuildCounter()
                                         .Name("bramble_gateway_turned_away_connections_total")
                                         .Help("Connections that came while there were too many.")
                                         .Register(all)
                                         .Add({});
  prometheus::Gauge& connections = prometheus::BuildGauge()
                                       .Name("bramble_gateway_connections")
                                       .Help("Connections that are open.")
                                       .Register(all)
                                       .Add({});
  prometheus::Gauge& inferences = prometheus::BuildGauge()
                                      .Name("bramble_gateway_inferences_in_progress")
                                      .Help("Inferences that wait for the shelf.")
                                      .Register(all)
                                      .Add({});
  prometheus::Gauge& followers = prometheus::BuildGauge()
                                     .Name("bramble_gateway_followers")
                                     .Help("Clients that follow the shelf live.")
                                     .Register(all)
                                     .Add({});
  prometheus::Gauge& up = prometheus::BuildGauge()
                              .Name("bramble_shelf_up")
                              .Help("1 where a node has told the shelf's state just now.")
                              .Register(all)
                              .Add({});
  prometheus::Family<prometheus::Gauge>& build = prometheus::BuildGauge()
                                                     .Name("bramble_gateway_build_info")
                                                     .Help("1, with the version of the gateway.")
                                                     .Register(all);
  prometheus::Family<Histogram>& waited = prometheus::BuildHistogram()
                                              .Name("bramble_gateway_shelf_wait_duration_seconds")
                                              .Help(
                                                  "From asking the shelf to its whole answer: "
                                                  "latency, queue and the way there, by model.")
                                              .Register(all);
  prometheus::Family<Histogram>& latency =
      prometheus::BuildHistogram()
          .Name("bramble_inference_duration_seconds")
          .Help("From input to output on the host, all attempts included, by model.")
          .Register(all);
  prometheus::Family<Histogram>& predicted =
      prometheus::BuildHistogram()
          .Name("bramble_inference_predicted_duration_seconds")
          .Help("What the plan had promised for the same requests, by model.")
          .Register(all);
  prometheus::Family<Histogram>& ratio =
      prometheus::BuildHistogram()
          .Name("bramble_inference_measured_to_predicted_ratio")
          .Help("What a request took as a share of what its plan had promised, by model.")
          .Register(all);
  prometheus::Family<Histogram>& queued =
      prometheus::BuildHistogram()
          .Name("bramble_inference_queue_duration_seconds")
          .Help("How long requests waited for their turn before that, by model.")
          .Register(all);
  prometheus::Family<prometheus::Counter>& bytes =
      prometheus::BuildCounter()
          .Name("bramble_inference_transferred_bytes_total")
          .Help("Tensors that went from node to node for requests, by model.")
          .Register(all);
  prometheus::Family<prometheus::Counter>& attempts =
      prometheus::BuildCounter()
          .Name("bramble_inference_attempts_total")
          .Help("Attempts that requests took; more than one where a node failed, by model.")
          .Register(all);

  std::string label(const std::string& model) {
    const std::lock_guard lock{mutex};
    if (label_of_model.size() >= models_most && !label_of_model.contains(model)) return "others";
    return label_of_model.try_emplace(model, model).first->second;
  }
};

gateway_metrics::gateway_metrics() : metrics_{std::make_unique<registered>()} {
  metrics_->build.Add({{"version", version}}).Set(1);
}

gateway_metrics::~gateway_metrics() = default;

void gateway_metrics::count_call(const std::string& endpoint, int status,
                                 std::chrono::nanoseconds took) {
  metrics_->calls.Add({{"endpoint", endpoint}, {"code", std::to_string(status)}}).Increment();
  metrics_->call_seconds.Add({{"endpoint", endpoint}}, seconds_buckets())
      .Observe(std::chrono::duration<double>(took).count());
}

void gateway_metrics::observe(const std::string& model, const infer_reply& reply,
                              std::chrono::nanoseconds waited) {
  const prometheus::Labels of{{"model", metrics_->label(model)}};
  metrics_->waited.Add(of, seconds_buckets())
      .Observe(std::chrono::duration<double>(waited).count());
  metrics_->latency.Add(of, seconds_buckets()).Observe(reply.latency_ms * second_of_ms);
  metrics_->predicted.Add(of, seconds_buckets()).Observe(reply.predicted_ms * second_of_ms);
  metrics_->queued.Add(of, seconds_buckets()).Observe(reply.queued_ms * second_of_ms);
  if (reply.predicted_ms > 0)
    metrics_->ratio.Add(of, ratio_buckets()).Observe(reply.latency_ms / reply.predicted_ms);
  metrics_->bytes.Add(of).Increment(static_cast<double>(reply.bytes));
  metrics_->attempts.Add(of).Increment(reply.attempts);
}

void gateway_metrics::count_abandoned() {
  metrics_->abandoned.Increment();
}

std::string gateway_metrics::text(const top_snapshot* shelf, bool is_of_now, const gauges& now) {
  auto& m = *metrics_;
  m.connections.Set(static_cast<double>(now.connections));
  m.inferences.Set(static_cast<double>(now.inferences));
  m.followers.Set(static_cast<double>(now.followers));
  m.up.Set(shelf != nullptr && is_of_now ? 1 : 0);
  {
    const std::lock_guard lock{m.mutex};
    const auto more = static_cast<double>(now.turned_away) - m.turned_away.Value();
    if (more > 0) m.turned_away.Increment(more);
  }
  auto families = m.all.Collect();
  {
    const std::lock_guard lock{m.mutex};
    if (shelf != nullptr) {
      m.replans.note(shelf->events);
      auto of_shelf = shelf_families(*shelf);
      std::move(of_shelf.begin(), of_shelf.end(), std::back_inserter(families));
    }
    families.push_back(m.replans.family());
  }
  // A family without a series has nothing to say.
  std::erase_if(families, [](const auto& each) { return each.metric.empty(); });
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, families);
  return out.str();
}

}  // namespace bramble::gateway
