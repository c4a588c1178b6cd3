// Runs the command line and turns errors into messages and exit codes. The only place that ends the process.
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/cli.hpp"

#include <cstdio>
#include <exception>

namespace {

int as_status(longshore::Exit exit) { return static_cast<int>(exit); }

}  // namespace

int main(int argc, char** argv) {
  try {
    return as_status(longshore::cli::run_command_line(argc, argv));
  } catch (const longshore::Error& error) {
    std::fprintf(stderr, "longshore: %s\n", longshore::printable(error.what()).c_str());
    if (!error.hint().empty())
      std::fprintf(stderr, "hint: %s\n", longshore::printable(error.hint()).c_str());
    return as_status(error.exit());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "longshore: %s\nhint: this is a bug in longshore; please report it\n",
                 longshore::printable(error.what()).c_str());
    return as_status(longshore::Exit::internal);
  }
}
