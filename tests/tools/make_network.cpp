// Writes convolutional networks with seeded weights as TorchScript, for tests of whole clusters.
#include <ATen/Parallel.h>
#include <torch/script.h>

#include <cmath>
#include <cstdio>
#include <sstream>

namespace {

struct layer {
  int in, out, stride;
};

/// On 1x3x128x128: 1.37e9 multiply-accumulates, 8 MB of weights.
constexpr layer layers[] = {{3, 64, 2},    {64, 64, 1},   {64, 64, 1},   {64, 64, 1},
                            {64, 64, 1},   {64, 128, 2},  {128, 128, 1}, {128, 128, 1},
                            {128, 256, 2}, {256, 256, 1}, {256, 256, 1}};
constexpr int classes = 10;

/// A request on it lasts long enough to be hit, and its weights travel in a moment.
torch::jit::Module small_network() {
  auto generator = at::detail::createCPUGenerator(7);
  torch::jit::Module net{"net"};
  std::ostringstream source;
  source << "def forward(self, x):\n";
  int number = 0;
  for (const auto& each : layers) {
    const auto name = "w" + std::to_string(number++);
    // Keeps the size of activations, so that no layer's answer is lost in the next one's rounding.
    const auto scale = std::sqrt(2.0 / (9.0 * each.in));
    net.register_parameter(name, at::randn({each.out, each.in, 3, 3}, generator) * scale, false);
    source << "    x = torch.relu(torch.conv2d(x, self." << name << ", None, " << each.stride
           << ", 1))\n";
  }
  net.register_parameter("last", at::randn({classes, layers[number - 1].out}, generator) * 0.1,
                         false);
  source << "    x = torch.flatten(torch.adaptive_avg_pool2d(x, [1, 1]), 1)\n"
            "    return torch.softmax(torch.matmul(x, self.last.t()), 1)\n";
  net.define(source.str());
  return net;
}

/// On 1x3x256x256: two branches that read a map of 8.4 MB and end in a handful of numbers.
torch::jit::Module wide_network() {
  auto generator = at::detail::createCPUGenerator(7);
  torch::jit::Module net{"net"};
  net.register_parameter("first", at::randn({32, 3, 3, 3}, generator) * 0.2, false);
  net.register_parameter("left", at::randn({32, 32, 3, 3}, generator) * 0.1, false);
  net.register_parameter("right", at::randn({32, 32, 3, 3}, generator) * 0.1, false);
  net.register_parameter("last", at::randn({classes, 64}, generator) * 0.1, false);
  net.define(R"(
def forward(self, x):
    x = torch.relu(torch.conv2d(x, self.first, None, 1, 1))
    a = torch.adaptive_avg_pool2d(torch.relu(torch.conv2d(x, self.left, None, 1, 1)), [1, 1])
    b = torch.adaptive_avg_pool2d(torch.relu(torch.conv2d(x, self.right, None, 1, 1)), [1, 1])
    x = torch.flatten(torch.cat([a, b], 1), 1)
    return torch.softmax(torch.matmul(x, self.last.t()), 1)
)");
  return net;
}

/// On 1x8x512x512: an input of 8.4 MB, an output of 4.2 MB, and hardly any work.
torch::jit::Module mapping_network() {
  auto generator = at::detail::createCPUGenerator(7);
  torch::jit::Module net{"net"};
  net.register_parameter("only", at::randn({4, 8, 3, 3}, generator) * 0.2, false);
  net.define(R"(
def forward(self, x):
    return torch.relu(torch.conv2d(x, self.only, None, 1, 1))
)");
  return net;
}

/// On 1x3x64x64 and 1x16 whole numbers below 10: two inputs of different types, two outputs.
torch::jit::Module pair_network() {
  auto generator = at::detail::createCPUGenerator(7);
  torch::jit::Module net{"net"};
  net.register_parameter("table", at::randn({classes, 8}, generator), false);
  net.register_parameter("only", at::randn({8, 3, 3, 3}, generator) * 0.2, false);
  net.define(R"(
def forward(self, image, ids):
    maps = torch.relu(torch.conv2d(image, self.only, None, 1, 1))
    words = torch.mean(torch.embedding(self.table, ids), [1])
    return maps, torch.softmax(words, 1)
)");
  return net;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string which{argc == 3 ? argv[1] : ""};
  if (which != "small" && which != "wide" && which != "mapping" && which != "pair") {
    std::fprintf(stderr, "Usage: make-network small|wide|mapping|pair FILE.pt\n");
    return 2;
  }
  at::set_num_threads(1);
  try {
    const auto network = which == "small"  ? small_network()
                         : which == "wide" ? wide_network()
                         : which == "pair" ? pair_network()
                                           : mapping_network();
    network.save(argv[2]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "make-network: %s\n", e.what());
    return 1;
  }
}
