#include "store/postgres/copy_out.hpp"

#include "base/error.hpp"

#include <cstdlib>
#include <limits>

namespace longshore::store::postgres {
namespace {

constexpr std::string_view k_signature{"PGCOPY\n\377\r\n\0", 11};
constexpr std::size_t k_flags = 4;  // bytes; then an int32: the size of the extension behind it

Error broken_stream() { return Error{Fault::transient, "database: COPY sent data of an unknown form"}; }

std::size_t size_of(Type type) {
  switch (type) {
  case Type::integer:
  case Type::date:
    return 4;
  case Type::bigint:
  case Type::timestamp:
  case Type::real:
    return 8;
  case Type::boolean:
  case Type::jsonb:  // at least its version
    return 1;
  case Type::numeric:
    return 8;  // at least its head
  case Type::text:
    break;
  }
  return 0;
}

// The values that no cell of a file has, but a table that others fill too.
std::string_view special_value(Type type, std::string_view cell) {
  if (type == Type::timestamp || type == Type::date) {
    const auto is = [&](auto least, auto most) -> std::string_view {
      const auto value = get_int<decltype(least)>(cell.data());
      return value == least ? "-infinity" : value == most ? "infinity" : "";
    };
    return type == Type::date ? is(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max())
                              : is(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
  }
  if (type != Type::numeric)
    return "";
  constexpr std::size_t k_sign = 4;
  switch (get_int<std::uint16_t>(cell.data() + k_sign)) {
  case 0xC000:
    return "NaN";
  case 0xD000:
    return "Infinity";
  case 0xF000:
    return "-Infinity";
  default:
    return "";
  }
}

}  // namespace

CopyOut::CopyOut(Connection& connection, const std::string& before, const std::string& query,
                 std::span<const ColumnType> types)
    : m_connection(connection), m_types(types.begin(), types.end()), m_message(nullptr, PQfreemem),
      m_texts(types.size()), m_row(types.size()) {
  const std::string sql = before + "; copy (" + query + ") to stdout (format binary)";
  if (PQsendQuery(m_connection.raw(), sql.c_str()) != 1)
    m_connection.fail(nullptr);
  begin();
}

CopyOut::~CopyOut() {
  if (m_is_finished)
    return;
  m_connection.interrupt();
  char* message = nullptr;
  while (PQgetCopyData(m_connection.raw(), &message, 0) > 0)  // what has arrived already
    m_message.reset(message);
  while (const Result result{PQgetResult(m_connection.raw())}) {
  }
}

void CopyOut::begin() {
  for (;;) {
    const Result result{PQgetResult(m_connection.raw())};
    switch (PQresultStatus(result.get())) {
    case PGRES_COPY_OUT:
      return;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      break;
    default:
      m_is_finished = true;
      while (const Result more{PQgetResult(m_connection.raw())}) {
      }
      m_connection.fail(result.get());
    }
  }
}

bool CopyOut::next() {
  char* message = nullptr;
  const int size = PQgetCopyData(m_connection.raw(), &message, 0);
  m_message.reset(message);
  if (size < 0) {
    finish();
    return false;
  }
  m_rest = {message, static_cast<std::size_t>(size)};
  if (m_rest.starts_with(k_signature)) {
    take(k_signature.size() + k_flags);
    take(static_cast<std::uint32_t>(get_int<std::int32_t>(take(4).data())));
  }
  if (m_rest.empty())
    return next();
  const auto fields = get_int<std::int16_t>(take(2).data());
  if (fields < 0)  // the trailer
    return next();
  if (static_cast<std::size_t>(fields) != m_types.size())
    throw broken_stream();
  read_tuple();
  ++m_rows;
  return true;
}

std::string_view CopyOut::take(std::size_t size) {
  if (m_rest.size() < size)
    throw broken_stream();
  const std::string_view taken = m_rest.substr(0, size);
  m_rest.remove_prefix(size);
  return taken;
}

void CopyOut::read_tuple() {
  for (std::size_t i = 0; i < m_types.size(); ++i) {
    const auto size = get_int<std::int32_t>(take(4).data());
    if (size < 0)
      m_row[i].reset();
    else
      add_text(i, take(static_cast<std::size_t>(size)));
  }
}

void CopyOut::add_text(std::size_t column, std::string_view cell) {
  const ColumnType type = m_types[column];
  if (!type.array && cell.size() < size_of(type.type))
    throw broken_stream();
  if (!type.array && (type.type == Type::text || type.type == Type::jsonb)) {
    m_row[column] = cell.substr(type.type == Type::jsonb ? 1 : 0);
    return;
  }
  if (type.array && (cell.size() < k_empty_array_head || get_int<std::int32_t>(cell.data()) > 1))
    throw Error{Fault::fatal, "a value of column " + std::to_string(column + 1) +
                                  " is an array of several dimensions, which no file has"}
        .with_hint("correct it in the table")
        .exits(Exit::bad_data);
  std::string& text = m_texts[column];
  text = type.array ? "" : special_value(type.type, cell);
  if (text.empty())
    append_cell_text(text, type, cell);
  m_row[column] = text;
}

void CopyOut::finish() {
  m_is_finished = true;
  const Result copied{PQgetResult(m_connection.raw())};
  while (const Result more{PQgetResult(m_connection.raw())}) {
  }
  if (PQresultStatus(copied.get()) != PGRES_COMMAND_OK)
    m_connection.fail(copied.get());
  if (const auto counted = std::strtoull(PQcmdTuples(copied.get()), nullptr, 10); counted != m_rows)
    throw Error{Fault::transient,
                "database: COPY counted " + std::to_string(counted) + " rows and sent " + std::to_string(m_rows)}
        .exits(Exit::unavailable);
}

}  // namespace longshore::store::postgres
