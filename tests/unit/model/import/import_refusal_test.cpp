#include "tests/support/import_fixture.hpp"

using namespace bramble;
using namespace bramble::test;

TEST_CASE("a model that decides by its input's values is refused") {
  const import_fixture shop;
  SECTION("an if") {
    auto m = module_of(R"(
def forward(self, x):
    if bool(x.min() < -1.0):
        return x * 2.0
    return x
)");
    const auto said = shop.complaint(m, photo);
    CHECK(contains(said, "takes another way"));
    CHECK(contains(said, "an if decided by aten::Bool"));
    CHECK(is_sentence(said));
  }
  SECTION("a loop") {
    auto m = module_of(R"(
def forward(self, x):
    while bool(x.abs().max() > 1.0):
        x = x / 2.0
    return x
)");
    CHECK(contains(shop.complaint(m, photo), "a loop decided by aten::Bool"));
  }
  SECTION("a shape") {
    auto m = returning("torch.nonzero(x > 0.5)");
    CHECK(contains(shop.complaint(m, photo), "takes another way"));
  }
  SECTION("a number read out of a tensor") {
    auto m = returning("x * float(x.sum())");
    CHECK(contains(shop.complaint(m, photo), "takes another way"));
  }
  SECTION("chance") {
    auto m = returning("x + torch.rand_like(x)");
    CHECK(contains(shop.complaint(m, photo), "differently each time"));
  }
  CHECK(shop.empty());
}

TEST_CASE("bytes seen as another type are refused by op and line") {
  const import_fixture shop;
  // What PyTorch saves of `y.view(torch.int32)`, traced or scripted.
  auto m = module_of(R"(
def forward(self, x):
    y = torch.relu(x)
    return y.view(3).bitwise_and(255)
)");
  shop.check_refused(m, photo, "aten::view", ":4 is `view(dtype)`");
  auto wrong = returning("x.view(3, 7)");
  CHECK(contains(shop.complaint(wrong, photo), "does not accept an input of shape 1x3x20x17"));
  CHECK(shop.empty());
  auto line = returning("x.view(1020)");
  imported(shop, line, photo);
}

TEST_CASE("a decision that no ordinary input changes is said with the model") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    if bool(x.abs().max() > 1000.0):
        x = x / 1000.0
    return torch.relu(x)
)");
  CHECK(contains(shop.import(m, photo).model.remark, "decides by its input's values"));
}

TEST_CASE("what is no model for such an input is refused in a sentence") {
  const import_fixture shop;
  auto m = returning("torch.conv2d(x, self.w)", {{"w", noise({4, 3, 3, 3})}});
  const auto file = shop.save(m);
  const auto complaint = [&](const std::string& path, const shape_list& shapes,
                             const std::string& name = "net") {
    const auto said = complaint_of([&] { import_torchscript(shop.store, {path, shapes, name}); });
    INFO(said);
    CHECK(is_sentence(said));
    CHECK(said.size() < 600);
    CHECK(shop.empty());
    return said;
  };
  CHECK(contains(complaint(file, {{1, 5, 9, 9}}),
                 file + " does not accept an input of shape 1x5x9x9: "));
  CHECK(contains(complaint(file, {{1, 3, 2, 2}}), "does not accept an input of shape 1x3x2x2"));
  CHECK(contains(complaint(file, {{7}}), "does not accept an input of shape 7"));
  CHECK(contains(complaint(file, {{1, 3, 9, 9}, {1}}), "takes 1 inputs (x) and 2 shapes"));
  CHECK(contains(complaint(file, {}), "takes 1 inputs (x) and 0 shapes"));
  CHECK(contains(complaint(file, photo, "../net"), "cannot be the name of a model"));

  const auto other = (shop.folder / "other.pt").string();
  CHECK(contains(complaint(other, photo), "there is no such file"));
  CHECK(contains(complaint(shop.folder.path().string(), photo), "a folder"));
  const auto content = read_file(file);
  const auto try_bytes = [&](byte_span bytes) {
    write_file_atomically(other, bytes);
    return complaint(other, photo);
  };
  CHECK(contains(try_bytes({}), "is empty"));
  CHECK(contains(try_bytes(as_bytes("hello, I am a text")), "no TorchScript file"));
  CHECK(contains(try_bytes(as_bytes("PK\x03\x04 and then nothing")), "no TorchScript"));
  CHECK(contains(try_bytes(byte_span{content}.first(content.size() / 2)), "no TorchScript"));
  CHECK(contains(try_bytes(byte_span{content}.first(content.size() - 30)), "no TorchScript"));

  Module empty{"net"};
  empty.save(other);
  CHECK(contains(complaint(other, photo), "no method `forward`"));
  auto number = returning("x.size(0)");
  number.save(other);
  CHECK(contains(complaint(other, photo), "returns no tensor"));
}

TEST_CASE("damaged files are refused in a sentence or still right") {
  const import_fixture shop;
  auto m = returning("torch.relu(torch.conv2d(x, self.w))", {{"w", noise({4, 3, 3, 3})}});
  const auto content = read_file(shop.save(m));
  const auto other = (shop.folder / "other.pt").string();
  std::size_t refused = 0;
  for (std::size_t place = 0; place < content.size(); place += content.size() / 60) {
    auto bytes = content;
    for (std::size_t i = place; i < std::min(place + 4, bytes.size()); ++i) bytes[i] ^= 0x55U;
    write_file_atomically(other, bytes);
    const auto yes = [](const std::string&, const std::string&) { return true; };
    const auto said = complaint_of([&] {
      import_torchscript(shop.store,
                         {.file = other, .inputs = photo, .name = "net", .may_replace = yes});
    });
    INFO(place << ": " << said);
    CHECK((said.empty() || is_sentence(said)));
    refused += said.empty() ? 0 : 1;
  }
  CHECK(refused > 10);
}

TEST_CASE("a failed import takes back its weights and no others") {
  const import_fixture shop;
  const auto w = noise({4, 3, 3, 3});
  auto first = returning("torch.conv2d(x, self.w)", {{"w", w}});
  const auto kept = import_torchscript(shop.store, {shop.save(first), photo, "first"});
  auto second = returning("torch.conv2d(x, self.w, self.b)", {{"w", w}, {"b", noise({4})}});
  // A folder in the place of the name's file: the last step of the import fails.
  fs::create_directories(shop.folder / "models" / "names" / "net" / "in the way");
  CHECK(is_sentence(shop.complaint(second, photo)));
  CHECK(shop.store.missing_blobs(kept.model).empty());
  fs::remove_all(shop.folder / "models" / "names" / "net");
  const auto list = shop.store.list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].name == "first");
  const auto blobs = shop.folder / "models" / "blobs";
  CHECK(std::distance(fs::directory_iterator{blobs}, fs::directory_iterator{}) == 1);
}

TEST_CASE("names made from files are names") {
  CHECK(model_name_of_file("models/Res Net.v2.pt") == "Res_Net.v2");
  CHECK(model_name_of_file("/x/.pt") == "_pt");
  CHECK(model_name_of_file(std::string(90, 'a') + ".pt") == std::string(64, 'a'));
  for (const auto* file : {"models/Res Net.v2.pt", "/x/.pt", "", "..", "\xc3\xa4.pt"})
    CHECK(complaint_of([&] { model_store::check_name(model_name_of_file(file)); }).empty());
}
