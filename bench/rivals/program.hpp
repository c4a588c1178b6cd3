// Common parts of the rival programs: arguments, a clock, and exit with an error message.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace longshore::rivals {

// --name VALUE … FILE …
struct Arguments {
  Arguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      if (!word.starts_with("--"))
        files.push_back(word);
      else if (++i < argc)
        options[word.substr(2)] = argv[i];
    }
  }

  std::string get(const std::string& name) const {
    const auto found = options.find(name);
    if (found == options.end())
      throw std::runtime_error{"--" + name + " is missing"};
    return found->second;
  }
  std::string get(const std::string& name, const std::string& otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
  }

  std::map<std::string, std::string> options;
  std::vector<std::string> files;
};

class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_begin).count(); }

 private:
  std::chrono::steady_clock::time_point m_begin = std::chrono::steady_clock::now();
};

// For main(): runs the function; an exception prints its text and gives exit code 1.
template <class Run>
int program(int argc, char** argv, Run run) {
  try {
    run(Arguments{argc, argv});
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return EXIT_FAILURE;
  }
}

}  // namespace longshore::rivals
