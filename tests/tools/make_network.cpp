// Writes convolutional networks with seeded weights as TorchScript, for tests of whole clusters.
#include <ATen/Parallel.h>
#include <torch/script.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <vector>

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

/// What a pixel has more of one colour than of the two others: red, then green.
void add_colours(torch::jit::Module& net) {
  const float more[] = {1, -1, -1, -1, 1, -1};
  net.register_parameter("more", at::tensor(at::ArrayRef<float>{more}).reshape({2, 3, 1, 1}),
                         false);
}

/// Centre and size of each cell's box, three cells wide: 1x4x84, of strides 8, 16 and 32.
at::Tensor boxes_of_cells(int side) {
  std::vector<at::Tensor> columns;
  for (const int stride : {8, 16, 32})
    for (int y = 0; y < side / stride; ++y)
      for (int x = 0; x < side / stride; ++x)
        columns.push_back(
            at::tensor({(static_cast<float>(x) + 0.5F) * static_cast<float>(stride),
                        (static_cast<float>(y) + 0.5F) * static_cast<float>(stride),
                        3.0F * static_cast<float>(stride), 3.0F * static_cast<float>(stride)}));
  return at::stack(columns, 1).unsqueeze(0);
}

/// On 1x3x64x64: a detector of red and green things that answers as YOLOv8 does. A cell's score is
/// its mean colour's; those of the coarse grids are low. Its output is called "found".
torch::jit::Module detecting_network() {
  torch::jit::Module net{"net"};
  add_colours(net);
  net.register_buffer("cells", boxes_of_cells(64));
  net.define(R"(
def forward(self, x):
    fine = torch.relu(torch.conv2d(torch.avg_pool2d(x, [8, 8]), self.more))
    middle = torch.relu(torch.conv2d(torch.avg_pool2d(x, [16, 16]), self.more)) * 0.1
    coarse = torch.relu(torch.conv2d(torch.avg_pool2d(x, [32, 32]), self.more)) * 0.1
    scores = torch.cat([torch.flatten(fine, 2), torch.flatten(middle, 2), torch.flatten(coarse, 2)], 2)
    return {"found": torch.cat([self.cells, scores], 1)}
)");
  return net;
}

/// On 1x3x64x64: each pixel is of class 1 to 3 where it is red, green or blue, and else of class 0.
/// Its outputs are called "out" and "aux".
torch::jit::Module segmenting_network() {
  torch::jit::Module net{"net"};
  const float same[] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
  net.register_parameter("same", at::tensor(at::ArrayRef<float>{same}).reshape({4, 3, 1, 1}),
                         false);
  net.register_parameter("least", at::tensor({0.5F, 0.0F, 0.0F, 0.0F}), false);
  net.define(R"(
def forward(self, x):
    out = torch.conv2d(x, self.same, self.least)
    return {"out": out, "aux": torch.avg_pool2d(out, [8, 8])}
)");
  return net;
}

/// On 1x3x32x32: the picture twice as large.
torch::jit::Module enlarging_network() {
  torch::jit::Module net{"net"};
  net.register_parameter("same", at::eye(3).reshape({3, 3, 1, 1}), false);
  net.define(R"(
def forward(self, x):
    return torch.upsample_nearest2d(torch.conv2d(x, self.same), [64, 64])
)");
  return net;
}

using maker = torch::jit::Module (*)();
const std::map<std::string, maker> networks{
    {"small", small_network},         {"wide", wide_network},
    {"mapping", mapping_network},     {"pair", pair_network},
    {"detecting", detecting_network}, {"segmenting", segmenting_network},
    {"enlarging", enlarging_network}};

}  // namespace

int main(int argc, char** argv) {
  const auto which = networks.find(argc == 3 ? argv[1] : "");
  if (which == networks.end()) {
    std::string names;
    for (const auto& [name, make] : networks) names += (names.empty() ? "" : "|") + name;
    std::fprintf(stderr, "Usage: make-network %s FILE.pt\n", names.c_str());
    return 2;
  }
  at::set_num_threads(1);
  try {
    which->second().save(argv[2]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "make-network: %s\n", e.what());
    return 1;
  }
}
