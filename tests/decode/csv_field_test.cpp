// The short way from a field to a cell gives the cell that read_value() gives.
#include "decode/csv_field.hpp"

#include "decode/convert.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace longshore;

namespace {

Column column_of(Type type) {
  Column column;
  column.name = "c";
  column.type = {type, false};
  column.coerce = true;
  column.is_plain = false;
  return column;
}

struct Both {
  std::string quick;  // "" if the short way does not take the text
  std::string slow;   // "" if it is refused
};

Both read(const Column& column, std::string_view text) {
  Both both;
  Bytes out;
  if (decode::field_reader(column)(column, text, out))
    both.quick = out.view();
  Bytes cell;
  Bytes beyond;
  Reason reason;
  const decode::Scalar value{decode::Scalar::Kind::string, text, false, false};
  if (decode::read_value(column, value, cell, beyond, reason) == decode::Outcome::cell)
    both.slow = cell.view();
  return both;
}

constexpr Type k_types[] = {Type::text, Type::integer, Type::bigint, Type::real, Type::timestamp};

}  // namespace

TEST_SUITE("CSV fields") {
  TEST_CASE("usual values take the short way") {
    CHECK(!read(column_of(Type::integer), "-12").quick.empty());
    CHECK(!read(column_of(Type::bigint), "123456789012345").quick.empty());
    CHECK(!read(column_of(Type::real), "-73.98765432").quick.empty());
    CHECK(!read(column_of(Type::text), "a b").quick.empty());
    CHECK(!read(column_of(Type::timestamp), "2026-01-01T08:00:00Z").quick.empty());
  }
  TEST_CASE("a column with limits, formats or other options has no short way") {
    Column column = column_of(Type::real);
    column.min = 0;
    CHECK(!decode::field_reader(column));
    CHECK(!decode::field_reader(column_of(Type::numeric)));
    CHECK(!decode::field_reader(column_of(Type::jsonb)));
  }
  TEST_CASE("no text gives another cell on the short way") {
    const std::vector<std::string> chosen = {"0",
                                             "-0",
                                             "00",
                                             "0.0",
                                             "-0.0",
                                             "1.",
                                             ".5",
                                             "-",
                                             "--1",
                                             "1..2",
                                             "1e5",
                                             "+1",
                                             " 1",
                                             "1 ",
                                             "0x1",
                                             "9.99999999999999",
                                             "2147483647",
                                             "2147483648",
                                             "-2147483648",
                                             "-2147483649",
                                             "0.1",
                                             "1.10",
                                             "123456789012345",
                                             "1234567890123456",
                                             "nan",
                                             "2026-01-01",
                                             "2026-01-01 08:00"};
    std::mt19937 random{7};
    std::vector<std::string> texts = chosen;
    for (int i = 0; i < 200'000; ++i) {
      static constexpr std::string_view k_bytes = "0123456789012345678901234567890123456789.-+e ";
      std::string text;
      for (std::size_t length = 1 + random() % 18; text.size() < length;)
        text += k_bytes[random() % k_bytes.size()];
      texts.push_back(text);
    }
    for (const Type type : k_types) {
      const Column column = column_of(type);
      for (const std::string& text : texts)
        if (const Both both = read(column, text); !both.quick.empty() && both.quick != both.slow)
          FAIL(text);
    }
  }
}
