// Reads any bytes as a settings file: the result is settings, or an Error with its place on one line. An accepted value
// can be restored from its text. The text of a database, as shown and as passed to libpq, can be parsed again.
#include "base/error.hpp"
#include "config/toml_file.hpp"
#include "store/postgres/conninfo.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace longshore;

namespace {

void must(bool holds) {
  if (!holds)
    std::abort();
}

void must_be_one_line(std::string_view text) { must(text.find('\n') == text.npos && text.find('\x1b') == text.npos); }

void try_database(const std::string& text) {
  try {
    const store::Target target = store::Target::parse(text);
    must(!target.redacted().empty());
    if (target.engine == store::Engine::sqlite)
      return;
    const auto completed =
        store::postgres::completed_conninfo(target.location, store::Access::exclusive, "longshore/fuzz");
    store::postgres::check_conninfo(completed);
    must(completed == store::postgres::completed_conninfo(completed, store::Access::exclusive, "another"));
  } catch (const Error& error) {
    must_be_one_line(error.what());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    for (const config::FileValue& value :
         config::parse_settings({reinterpret_cast<const char*>(data), size}, "longshore.toml")) {
      config::Config config;
      if (const auto refusal = config::assign(config, *value.setting, value.text, "/etc/longshore")) {
        must_be_one_line(refusal->what);
        continue;
      }
      const std::string text = config::text_of(config, *value.setting);
      config::Config again;
      must(!config::assign(again, *value.setting, text, "/elsewhere"));
      must(config::text_of(again, *value.setting) == text);
      if (value.setting->key == "database")
        try_database(text);
    }
  } catch (const Error& error) {
    must(error.exit() == Exit::config && error.fault() == Fault::fatal);
    must(std::string_view{error.what()}.starts_with("longshore.toml:"));
    must_be_one_line(error.what());
  }
  return 0;
}
