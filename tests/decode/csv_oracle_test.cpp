// Random CSV documents give the same fields as Python's csv module and libcsv.
#include "decode/csv_rows.hpp"
#include "support/scratch_directory.hpp"
#include "support/script.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <csv.h>

using namespace longshore;
using namespace longshore::test;

namespace {

// A line for each record, a field as "n" (null) or in hexadecimal after "t"; Python's csv has no null.
using Lines = std::string;

std::string hexadecimal(std::string_view text) {
  static constexpr char k_digits[] = "0123456789abcdef";
  std::string out = "t";
  for (const char c : text)
    (out += k_digits[static_cast<unsigned char>(c) >> 4]) += k_digits[static_cast<unsigned char>(c) & 15];
  return out;
}

struct Document {
  CsvForm form;
  std::string text;
};

class RandomDocuments {
 public:
  Document next() {
    Document document;
    document.form.delimiter = ",;\t|"[pick(4)];
    document.form.quote = pick(4) == 0 ? '\'' : '"';
    document.form.header = false;
    document.form.final_newline = false;
    const std::size_t fields = 2 + pick(4);
    const std::size_t records = pick(30);
    for (std::size_t i = 0; i < records; ++i) {
      const std::string line_end = pick(2) == 0 ? "\r\n" : "\n";
      for (std::size_t field = 0; field < fields; ++field) {
        document.text += field > 0 ? std::string(1, document.form.delimiter) : "";
        document.text += this->field(document.form);
      }
      document.text += i + 1 == records && pick(2) == 0 ? "" : line_end;
      document.text += pick(10) == 0 ? line_end : "";
    }
    return document;
  }

 private:
  std::size_t pick(std::size_t below) { return m_random() % below; }

  std::string field(const CsvForm& form) {
    static constexpr std::string_view k_plain = "abc0123456789 .-_\xC3\xA9{}[]\\";
    const std::size_t length = pick(5) == 0 ? pick(150) : pick(6);
    std::string text;
    for (std::size_t i = 0; i < length; ++i)
      text += k_plain[pick(k_plain.size())];
    if (pick(3) > 0)
      return text;
    std::string quoted(1, *form.quote);
    for (const char c : text) {
      quoted += c;
      if (pick(4) == 0)
        quoted +=
            std::vector<std::string>{"\n", "\r\n", "\r", std::string(1, form.delimiter), std::string(2, *form.quote),
                                     "\""}[pick(*form.quote == '"' ? 5 : 6)];
    }
    return quoted + *form.quote;
  }

  std::mt19937 m_random{20260101};
};

class Pieces : public decode::ByteSource {
 public:
  Pieces(std::string_view text, std::size_t piece) : m_text(text), m_rest(text), m_piece(piece) {}
  std::size_t read(std::span<char> out) override {
    const std::size_t n = std::min({out.size(), m_piece, m_rest.size()});
    m_rest.copy(out.data(), n);
    m_rest.remove_prefix(n);
    return n;
  }
  std::unique_ptr<decode::ByteSource> again() const override { return std::make_unique<Pieces>(m_text, m_piece); }

 private:
  std::string_view m_text;
  std::string_view m_rest;
  std::size_t m_piece;
};

Lines ours(const Document& document, std::size_t piece) {
  Pieces source{document.text, piece};
  decode::Input input{source, 1 << 20, {}, decode::Input::Syntax::csv};
  decode::CsvRows rows{document.form, 1 << 20, input};
  rows.begin_document();
  rows.keep_fields(100);
  Lines lines;
  while (rows.next()) {
    CHECK(!rows.record().fault());
    for (const decode::CsvField& field : rows.record().fields())
      lines += (field.is_null() ? "n" : hexadecimal(rows.text(field))) + " ";
    lines += "\n";
  }
  return lines;
}

Lines of_libcsv(const Document& document) {
  Lines lines;
  csv_parser parser;
  REQUIRE(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL) == 0);
  csv_set_delim(&parser, static_cast<unsigned char>(document.form.delimiter));
  csv_set_quote(&parser, static_cast<unsigned char>(*document.form.quote));
  csv_set_space_func(&parser, [](unsigned char) { return 0; });
  const auto on_field = [](void* field, std::size_t length, void* out) {
    *static_cast<Lines*>(out) +=
        (field ? hexadecimal({static_cast<const char*>(field), length}) : std::string{"n"}) + " ";
  };
  const auto on_record = [](int, void* out) { *static_cast<Lines*>(out) += "\n"; };
  CHECK(csv_parse(&parser, document.text.data(), document.text.size(), on_field, on_record, &lines) ==
        document.text.size());
  CHECK(csv_fini(&parser, on_field, on_record, &lines) == 0);
  csv_free(&parser);
  return lines;
}

// The lines of all documents, each after a line with "-".
constexpr const char* k_python = R"(
import csv, io, sys
csv.field_size_limit(1 << 20)
count = int(sys.argv[2])
for i in range(count):
    with open(f"{sys.argv[1]}/{i}", newline="", encoding="utf-8", errors="surrogateescape") as f:
        delimiter, quote = f.read(2)
        print("-")
        for row in csv.reader(f, delimiter=delimiter, quotechar=quote, strict=True):
            if row:
                print("".join("t" + x.encode("utf-8", "surrogateescape").hex() + " " for x in row))
)";

std::string with_texts_for_nulls(std::string lines) {
  for (char& c : lines)
    c = c == 'n' ? 't' : c;
  return lines;
}

}  // namespace

TEST_SUITE("CSV oracles") {
  TEST_CASE("random documents, also in small pieces, give the fields that libcsv and Python's csv module give") {
    constexpr std::size_t k_documents = 1500;
    const ScratchDirectory scratch;
    RandomDocuments random;
    Lines all;
    for (std::size_t i = 0; i < k_documents; ++i) {
      const Document document = random.next();
      const Lines lines = ours(document, document.text.size() + 1);
      CHECK_MESSAGE(lines == of_libcsv(document), document.text);
      for (const std::size_t piece : {1, 2, 63, 64, 65})
        REQUIRE(ours(document, piece) == lines);
      all += "-\n" + with_texts_for_nulls(lines);
      std::ofstream{scratch.path() / std::to_string(i), std::ios::binary} << document.form.delimiter
                                                                          << *document.form.quote << document.text;
    }
    std::ofstream{scratch.path() / "oracle.py"} << k_python;
    const ScriptRun python = run_script("python3 " + (scratch.path() / "oracle.py").string() + " " +
                                        scratch.path().string() + " " + std::to_string(k_documents));
    CHECK(python.exit == 0);
    CHECK(python.output == all);
  }
}
