#include "tests/support/import_fixture.hpp"
//
#include <rapidcheck.h>

using namespace bramble;
using namespace bramble::test;

namespace {

/// Imports a model with these lines between `y = conv(x)` and `return y`, and checks its answer.
graph imported_lines(const std::string& lines, const weight_map& more = {},
                     const std::string& result = "y") {
  const import_fixture shop;
  std::string source = "\ndef forward(self, x):\n    y = torch.conv2d(x, self.w, None, 1, 1)\n";
  std::istringstream in{lines};
  for (std::string line; std::getline(in, line);) source += "    " + line + "\n";
  source += "    return " + result + "\n";
  auto weights = more;
  weights["w"] = noise({8, 3, 3, 3});
  auto m = module_of(source, weights);
  INFO(source);
  return imported(shop, m, photo);
}

}  // namespace

TEST_CASE("a part of a tensor that is written into is written") {
  SECTION("channels") {
    const auto g = imported_lines("y[:, 0:4] = torch.sigmoid(y[:, 0:4])");
    CHECK(count(g, op_kind::atom) == 0);
  }
  SECTION("the last axis, from behind") {
    imported_lines("y[..., 0:2] = y[..., 0:2] * 2.0 - 0.5\ny[..., -3:] = y[..., :3]");
  }
  SECTION("one channel, by augmented assignment") {
    imported_lines("y[:, 0] *= 2.0\ny[:, -1] -= y[:, 0]");
  }
  SECTION("a mask") {
    imported_lines("y[y < 0] = 0.5");
  }
  SECTION("a canvas of zeros") {
    imported_lines("z = torch.zeros(1, 8, 30, 30)\nz[:, :, 4:24, 5:22] = y", {}, "z");
  }
  SECTION("a shift") {
    imported_lines("z = torch.zeros_like(y)\nz[:, :4, 1:] = y[:, :4, :-1]\nz[:, 4:] = y[:, 4:]", {},
                   "z");
  }
  SECTION("a constant mask") {
    imported_lines(
        "m = torch.zeros(20, 17)\nfor i in range(4):\n    m[i * 5:i * 5 + 5, :] = i\ny = y * m");
  }
  SECTION("every second row") {
    imported_lines("y[:, :, ::2] = y[:, :, 1::2] * 0.5\ny[:, :, 1:18:3, ::4] += 1.0");
  }
  SECTION("a view of a view of a view, read through another") {
    imported_lines(
        "v = y.permute(0, 2, 3, 1)\nu = v[:, 2:5].flatten(1, 2)\nu[..., 1:3].mul_(3.0)\n"
        "w = v[0, 3]\nw.add_(y[0, :, 0, 0])\nt = v[:, :, 4]",
        {}, "y, t, u, w");
  }
  SECTION("a diagonal, windows and one row of a repeated tensor") {
    imported_lines(
        "d = torch.diagonal(y, 0, 2, 3)\nd.fill_(0.25)\nu = y.unfold(3, 4, 4)\n"
        "u[:, :, :, 1] = 0.5\ne = y.select(1, 0).unsqueeze(1).expand(1, 6, 20, 17)\n"
        "e[:, 2].mul_(2.0)",
        {}, "y, e");
  }
  SECTION("parts of a list") {
    imported_lines(
        "a, b = torch.chunk(y, 2, 1)\na.mul_(b)\np = torch.unbind(y, 2)\np[3].zero_()\n"
        "s = torch.split(y, [3, 5], 1)\ns[1].add_(1.0)",
        {}, "y, b");
  }
  SECTION("places named by tensors") {
    imported_lines(
        "y[:, self.i] = 0.5\ny.index_add_(2, self.i, y[:, :, 0:3])\n"
        "y.scatter_(1, self.i.view(1, 3, 1, 1).expand(1, 3, 20, 17), 0.25)",
        {{"i", torch::tensor({5, 0, 2}, at::kLong)}});
  }
  SECTION("other types") {
    imported_lines(
        "m = y > 0.0\nm[:, 2:3] &= y[:, 2:3] < 0.0\nm[:, 3:4] |= y[:, 3:4] < 0.0\n"
        "n = torch.zeros(8, dtype=4)\nn[3:] = 2.7\n"
        "y[:, 0].gt_(0.1)\ny[:, 1].copy_(m[:, 2])\n"
        "y = y * m + n.view(1, 8, 1, 1)");
  }
  SECTION("truth values") {
    imported_lines(
        "m = y > 0.0\nm[:, 2] = False\nm[:, 3:5] = True\nm[y < -1.0] = True\n"
        "m[:, 5].zero_()\nm[:, 6].fill_(1)\nm.masked_fill_(y > 2.0, 0)\n"
        "n = torch.zeros(8, dtype=4)\nn[3:] = True\nn[0] = 7\nn[1:3].zero_()\n"
        "n.masked_fill_(n > 3, 2)\nn.masked_fill_(n < 1, torch.tensor(True))\n"
        "y[:, 0] = True\ny[:, 1].masked_fill_(m[:, 1], torch.tensor(False))\n"
        "y = torch.where(m, y, torch.tensor(True)) * n.view(1, 8, 1, 1)",
        {}, "y, n.float(), m.float()");
  }
  SECTION("results written where another op asks for them") {
    imported_lines("z = torch.empty_like(y)\ntorch.mul(y, 2.0, out=z)", {}, "z, y");
  }
  SECTION("an axis added in place") {
    imported_lines("z = y.mean([2, 3])\nz.unsqueeze_(2)\nz[:, 1] = 0.0\nz.transpose_(1, 2)", {},
                   "z, y");
  }
  SECTION("weights that are scratch space") {
    imported_lines("self.s[:, 2:] = y[:, 2:]\nself.s[:, :2].zero_()",
                   {{"s", noise({1, 8, 20, 17})}}, "self.s * 2.0");
  }
  SECTION("a tensor of numbers") {
    imported_lines(
        "t = torch.tensor([0.5, 0.25, 2.0])\nt[1] = 3.0\nt += 1.0\n"
        "y[:, :3] *= t.view(1, 3, 1, 1)\ny = y[:, :int(t.size(0)) + 2]");
  }
  SECTION("an empty part") {
    imported_lines("y[:, 8:] = 3.0\ny[:, 2:2].zero_()");
  }
}

TEST_CASE("a model that writes into its input is imported") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    x[:, 0] = (x[:, 0] - 0.485) / 0.229
    x[:, 1].sub_(0.456).div_(0.224)
    return torch.conv2d(x, self.w)
)",
                     {{"w", noise({8, 3, 3, 3})}});
  const auto g = shop.import(m, photo).model.model;
  const auto x = noise(photo[0]);
  CHECK(difference(shop.store, g, {x}, {m.forward({x.clone()}).toTensor()}) < 1e-5);
}

TEST_CASE("what cannot be written otherwise is refused by op and line") {
  const import_fixture shop;
  SECTION("a shape that changes") {
    auto m = module_of(R"(
def forward(self, x):
    y = x * 2.0
    y.resize_([1, 3, 5, 5])
    return y
)");
    shop.check_refused(m, photo, "aten::resize_", ":4 changes the shape of a tensor in place");
  }
}

namespace {

/// Writes random programs of views and of writes through them, as people would, and runs the views
/// beside it to know the shapes.
class writing_program {
 public:
  writing_program() {
    add("x * 1.5", at::zeros({1, 4, 6, 5}));
    add("x + 0.25", at::zeros({1, 4, 6, 5}));
    const auto lines = *rc::gen::inRange(3, 14);
    for (int i = 0; i < lines; ++i) {
      if (*rc::gen::inRange(0, 2) == 0)
        view();
      else
        write();
    }
  }

  std::string source() const {
    std::string out = "\ndef forward(self, x):\n" + body_ + "    return ";
    for (std::size_t i = 0; i < tensors_.size(); ++i)
      out += (i == 0 ? "v" : ", v") + std::to_string(i) + " * 1.0";
    return out + "\n";
  }

 private:
  static std::string text(std::int64_t number) { return std::to_string(number); }
  static std::int64_t any(std::int64_t from, std::int64_t to) {
    return *rc::gen::inRange<std::int64_t>(from, to);
  }
  std::string name(std::size_t i) const { return "v" + std::to_string(i); }

  void add(const std::string& expression, const at::Tensor& like) {
    body_ += "    " + name(tensors_.size()) + " = " + expression + "\n";
    tensors_.push_back(like);
  }

  std::size_t one() const {
    return static_cast<std::size_t>(any(0, static_cast<std::int64_t>(tensors_.size())));
  }

  void view() {
    const auto i = one();
    const auto& t = tensors_[i];
    const auto v = name(i);
    if (t.dim() == 0) return add(v + ".unsqueeze(0)", t.unsqueeze(0));
    const auto dim = any(0, t.dim()), size = t.size(dim);
    const auto given = any(0, 2) == 0 ? dim : dim - t.dim();  // from behind
    const auto at = any(0, size);
    switch (any(0, 13)) {
      case 0:
        return add(
            v + ".select(" + text(given) + ", " + text(at - (any(0, 2) == 0 ? size : 0)) + ")",
            t.select(dim, at));
      case 1: {
        const auto end = any(at + 1, size + 1), step = any(1, 4);
        std::string where;
        for (std::int64_t d = 0; d < dim; ++d) where += ":, ";
        return add(v + "[" + where + text(at - (any(0, 2) == 0 ? size : 0)) + ":" + text(end) +
                       ":" + text(step) + "]",
                   t.slice(dim, at, end, step));
      }
      case 2:
        return add(v + ".transpose(0, " + text(given) + ")", t.transpose(0, dim));
      case 3: {
        std::vector<std::int64_t> order;
        std::string list;
        for (auto d = t.dim(); d-- > 0;) {
          order.push_back((d + dim) % t.dim());
          list += (list.empty() ? "" : ", ") + text(order.back());
        }
        return add(v + ".permute([" + list + "])", t.permute(order));
      }
      case 4:
        return add(v + ".unsqueeze(" + text(dim) + ")", t.unsqueeze(dim));
      case 5:
        return add(v + ".flatten()", t.flatten());
      case 6:
        return add(v + ".squeeze()", t.squeeze());
      case 7:
        return add(v + ".narrow(" + text(given) + ", " + text(at) + ", " + text(size - at) + ")",
                   t.narrow(dim, at, size - at));
      case 8:
        return add("torch.chunk(" + v + ", 2, " + text(given) + ")[0]", t.chunk(2, dim).front());
      case 9:
        return add("torch.unbind(" + v + ", " + text(given) + ")[" + text(at) + "]",
                   t.unbind(dim)[static_cast<std::size_t>(at)]);
      case 10:
        if (t.dim() < 2) return;
        return add("torch.diagonal(" + v + ", 0, 0, 1)", t.diagonal(0, 0, 1));
      case 11:
        return add(v + ".unfold(" + text(dim) + ", 1, 1)", t.unfold(dim, 1, 1));
      default:
        return add(
            v + ".unsqueeze(0).expand([3" +
                [&] {
                  std::string sizes;
                  for (std::int64_t d = 0; d < t.dim(); ++d) sizes += ", -1";
                  return sizes;
                }() +
                "])[" + text(any(0, 3)) + "]",
            t.unsqueeze(0).expand([&] {
              auto sizes = t.sizes().vec();
              sizes.insert(sizes.begin(), 3);
              return sizes;
            }())[0]);
    }
  }

  void write() {
    const auto i = one(), j = one();
    const auto v = name(i);
    // Some other tensor's mean: read after earlier writes, and it fits every shape.
    const auto number = name(j) + ".mean()";
    const std::vector<std::string> forms{v + ".mul_(0.5)",
                                         v + " += " + number,
                                         v + " *= " + number,
                                         v + ".copy_(" + number + ")",
                                         v + ".fill_(0.75)",
                                         v + ".zero_()",
                                         v + "[" + v + " > 0.1] = 0.3",
                                         v + ".masked_fill_(" + v + " < 0.0, 0.2)",
                                         v + ".clamp_(-1.0, 0.9)",
                                         v + ".copy_(torch.sin(" + v + "))",
                                         v + "[...] = " + v + " * 0.5 + " + number,
                                         "torch.relu_(" + v + ")",
                                         v + ".lt_(0.5)"};
    body_ += "    " +
             forms[static_cast<std::size_t>(any(0, static_cast<std::int64_t>(forms.size())))] +
             "\n";
  }

  std::string body_;
  std::vector<at::Tensor> tensors_;
};

}  // namespace

TEST_CASE("random programs of views and writes answer as LibTorch does") {
  const import_fixture shop;
  CHECK(rc::check([&shop] {
    const auto source = writing_program{}.source();
    RC_LOG(source);
    auto m = module_of(source);
    const shape_list shapes{{1, 4, 6, 5}};
    const auto g = shop.import(m, shapes).model.model;
    const auto x = noise(shapes[0]);
    const auto expected = flat_outputs(m.forward({x.clone()}));
    RC_ASSERT(difference(shop.store, g, {x}, expected) < 1e-5);
  }));
}
