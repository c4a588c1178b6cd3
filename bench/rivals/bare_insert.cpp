// bare_insert --database CONNINFO --count N --every-us N
//
// The lower bound for the latency of every loader: one prepared INSERT of one row per interval, committed. Measures
// from the request to the answer.
#include "percentiles.hpp"
#include "pg.hpp"
#include "program.hpp"

#include <thread>

using namespace longshore::rivals;

int main(int argc, char** argv) {
  return program(argc, argv, [](const Arguments& arguments) {
    const int count = std::stoi(arguments.get("count"));
    const std::chrono::microseconds every{std::stoi(arguments.get("every-us"))};
    Pg connection{arguments.get("database")};
    connection.exec("prepare event as insert into detection_events values ($1, now(), 1, '{cars}', '{1}', 1)");
    std::vector<double> waits;
    auto next = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
      std::this_thread::sleep_until(next);
      next += every;
      const Clock clock;
      connection.exec("execute event('" + std::to_string(i) + "')");
      waits.push_back(clock.seconds());
    }
    std::printf("{");
    print_percentiles(waits);
    std::printf("}\n");
  });
}
