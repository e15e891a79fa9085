#include <cstdio>
#include <nlohmann/json.hpp>

#include "config/packages.hpp"
#include "console/common.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

struct package_flags {
  common_flags common;
  std::string file;
  bool json = false;
};

void add_package(const package_flags& f) {
  const auto kept = keep_package(packages_in(f.common.paths().home), f.file);
  std::printf(
      "Bramble %s for %s (%s) is kept here: machines that join by `bramble invite` may take it "
      "from this one.\n",
      kept.version.c_str(), kept.architecture.c_str(), megabytes(kept.bytes).c_str());
}

void list_packages(const package_flags& f) {
  const auto all = kept_packages(packages_in(f.common.paths().home));
  if (f.json) {
    auto out = nlohmann::json::array();
    for (const auto& each : all)
      out.push_back({{"architecture", each.architecture},
                     {"version", each.version},
                     {"bytes", each.bytes},
                     {"sha256", each.sha256},
                     {"file", each.file.string()}});
    std::printf("%s\n", out.dump(2).c_str());
    return;
  }
  if (all.empty()) {
    std::printf("No packages are kept here; type `bramble package add FILE.deb`.\n");
    return;
  }
  std::vector<std::vector<std::string>> rows{{"architecture", "version", "size", "sha256"}};
  for (const auto& each : all)
    rows.push_back(
        {each.architecture, each.version, megabytes(each.bytes), each.sha256.substr(0, 16)});
  std::printf("%s", format_table(rows).c_str());
}

}  // namespace

void add_package_verb(CLI::App& app) {
  auto* verb = app.add_subcommand(
      "package", "Keep Bramble's own packages for machines that join and have no program yet");
  verb->require_subcommand(1);
  verb->footer(example("bramble package add bramble_0.1.0_arm64.deb"));
  auto f = std::make_shared<package_flags>();
  auto* add = verb->add_subcommand("add", "Keep a copy, in place of that of the same architecture");
  f->common.add_to(*add);
  add->add_option("file", f->file, "A Debian package of Bramble")->required()->type_name("FILE");
  add->footer(example("bramble package add bramble_0.1.0_arm64.deb"));
  add->callback([f] { add_package(*f); });
  auto* list = verb->add_subcommand("list", "What is kept");
  f->common.add_to(*list);
  list->add_flag("--json", f->json, "Print JSON");
  list->footer(example("bramble package list"));
  list->callback([f] { list_packages(*f); });
}

}  // namespace bramble
