#include "admin/infer/columns.hpp"

#include "admin/infer/names.hpp"
#include "admin/infer/time_guess.hpp"
#include "base/text.hpp"
#include "base/toml_string.hpp"
#include "decode/plan.hpp"
#include "feed/reserved_names.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace longshore::admin {
namespace {

// Objects inside a record become columns of their own up to this depth and number of members; others become jsonb.
constexpr unsigned k_flattened_depth = 4;
constexpr std::size_t k_flattened_members = 64;
constexpr std::size_t k_most_columns = 500;
constexpr std::size_t k_default_length = 256;
// A number beyond this may soon need more than 32 bits.
constexpr std::int64_t k_integer_room = 1'000'000'000;

struct Place {
  std::string pointer;
  std::string label;
  std::uint64_t parents = 0;  // objects that could have this member
  bool is_optional = false;
  unsigned depth = 0;
  std::string array;  // the array above it
};

struct Typed {
  std::string type;
  std::vector<std::string> options;
  std::vector<std::string> doubts;
  bool is_optional = false;
};

std::string count_of(std::uint64_t some, std::uint64_t all, std::string_view what) {
  return human_count(some) + " of " + human_count(all) + " values are " + std::string{what};
}

// A count since 1970, if the name says so, too; else a number.
Typed integer_type(const Scalars& scalars, std::string_view name) {
  const std::string_view unit = unix_format(scalars.least, scalars.greatest);
  if (!unit.empty() && is_time_name(name))
    return {"timestamp", {"format = " + toml_string(unit)}, {}};
  const bool is_small = scalars.least > -k_integer_room && scalars.greatest < k_integer_room;
  return {is_small && !is_id_name(name) ? "integer" : "bigint", {}, {}};
}

Typed text_type(const Scalars& scalars) {
  Typed typed{"text", {}, {}};
  if (scalars.longest > k_default_length)
    typed.options.push_back("max_length = " + std::to_string(std::bit_ceil(scalars.longest)));
  return typed;
}

// The type of texts that all have one form.
Typed typed_text(const Scalars& scalars, std::string_view name, Source source) {
  if (scalars.all_texts_are(Form::timestamp) && !scalars.all_texts_are(Form::date))
    return {"timestamp", {}, {}};
  if (scalars.all_texts_are(Form::date))
    return {"date", {}, {}};
  if (const TimePattern* pattern = scalars.texts > 0 ? best_pattern(scalars.patterns) : nullptr) {
    Typed typed{std::string{pattern->type}, {"format = " + toml_string(pattern->format)}, {}};
    if (!pattern->doubt.empty())
      typed.doubts.emplace_back(pattern->doubt);
    return typed;
  }
  if (source == Source::json)
    return text_type(scalars);
  if (scalars.all_texts_are(Form::integer))
    return integer_type(scalars, name);
  if (scalars.all_texts_are(Form::real))
    return {"double", {}, {}};
  if (scalars.all_texts_are(Form::boolean))
    return {"boolean", {}, {}};
  return text_type(scalars);
}

Typed type_of(const Scalars& scalars, std::string_view name, Source source) {
  const int kinds = (scalars.booleans > 0) + (scalars.numbers() > 0) + (scalars.texts + scalars.empties > 0);
  if (kinds == 0)
    return {"text", {}, {"all values are null: the type is a guess"}};
  if (kinds > 1)
    return {"jsonb", {}, {"the values have different types"}};
  if (scalars.booleans > 0)
    return {"boolean", {}, {}};
  if (scalars.too_big > 0)
    return {"numeric", {}, {"some whole numbers do not fit into bigint"}};
  if (scalars.numbers() > 0)
    return scalars.reals > 0 ? Typed{"double", {}, {}} : integer_type(scalars, name);
  Typed typed = scalars.texts > 0 ? typed_text(scalars, name, source) : text_type(scalars);
  if (scalars.empties > 0) {
    typed.options.emplace_back("empty = \"null\"");
    typed.doubts.push_back(count_of(scalars.empties, scalars.values(), "empty texts"));
    typed.is_optional = true;
  }
  return typed;
}

std::string unused_name(const std::vector<ProposedColumn>& columns, std::string_view wanted) {
  return unused_column_name(wanted, [&](std::string_view name) {
    return std::ranges::find(columns, name, &ProposedColumn::name) != columns.end();
  });
}

class Proposer {
 public:
  Proposer(Source source, Columns& out) : m_source(source), m_out(out) {}

  // False if the array above cannot be columns, because this member is neither scalar nor object.
  bool add(const Member& member, Place place) {
    const std::uint64_t values = member.scalars.values();
    const int kinds = (values > 0) + (member.objects > 0) + (member.arrays > 0);
    const std::uint64_t absent = place.parents - std::min(place.parents, member.present);
    place.is_optional = place.is_optional || absent > 0 || member.scalars.nulls > 0;
    if (kinds > 1)
      return add_json(place, "the values are of different kinds");
    if (member.objects > 0)
      return add_object(member, place);
    if (member.arrays > 0)
      return add_array(member, place);
    std::vector<std::string> doubts;
    if (absent > 0)
      doubts.push_back(count_of(absent, place.parents, "missing"));
    if (member.scalars.nulls > 0)
      doubts.push_back(count_of(member.scalars.nulls, member.present, m_source == Source::csv ? "empty" : "null"));
    add_scalar(member.scalars, place, member.name, std::move(doubts));
    return place.array.empty() || m_out.columns.back().type != "jsonb[]";
  }

  bool add_members(const Member& object, const Place& place) {
    bool fits = true;
    for (const auto& member : object.members) {
      if (member->is_repeated || !is_pointer_token(member->name)) {
        m_out.doubts.push_back("no column for \"" + escape_clipped(member->name, k_default_length) + "\" in \"" +
                               place.pointer +
                               "\": " + (member->is_repeated ? "it occurs twice" : "a pointer cannot name it"));
        continue;
      }
      const std::string name = identifier_of(member->name, "value");
      fits = add(*member, {decode::member_path(place.pointer, member->name),
                           place.label.empty() ? name : place.label + "_" + name, object.objects, place.is_optional,
                           place.depth + 1, place.array}) &&
             fits;
    }
    return fits;
  }

 private:
  bool add_object(const Member& member, const Place& place) {
    if (member.is_open || member.members.empty() || member.members.size() > k_flattened_members ||
        place.depth >= k_flattened_depth)
      return add_json(place, "an object with many or deep members");
    return add_members(member, place);
  }

  bool add_array(const Member& member, const Place& place) {
    if (!place.array.empty())
      return false;
    const std::size_t before = m_out.columns.size();
    if (member.element && add_elements(*member.element, place))
      return true;
    m_out.columns.resize(before);
    return add_json(place, member.element ? "an array of arrays or of mixed values" : "all arrays are empty");
  }

  bool add_elements(const Member& element, const Place& place) {
    const std::uint64_t values = element.scalars.values();
    Place inside = place;
    inside.pointer += "/*";
    inside.array = place.pointer;
    inside.parents = element.present;
    inside.is_optional = place.is_optional || element.scalars.nulls > 0;
    if (element.arrays > 0 || (element.objects > 0 && values > 0))
      return false;
    if (element.objects > 0)
      return !element.is_open && element.members.size() <= k_flattened_members && !element.members.empty() &&
             add_members(element, inside);
    if (values == 0)
      return false;
    std::vector<std::string> doubts;
    if (element.scalars.nulls > 0)
      doubts.push_back(count_of(element.scalars.nulls, element.present, "null"));
    add_scalar(element.scalars, inside, place.label, std::move(doubts));
    return m_out.columns.back().type != "jsonb[]";
  }

  // False inside an array: jsonb has no arrays.
  bool add_json(const Place& place, const std::string& doubt) {
    if (place.array.empty())
      put({place.label, place.pointer, "jsonb", !place.is_optional, {}, {doubt}, ""});
    return place.array.empty();
  }

  void add_scalar(const Scalars& scalars, const Place& place, std::string_view name, std::vector<std::string> doubts) {
    Typed typed = type_of(scalars, name, m_source);
    doubts.insert(doubts.end(), typed.doubts.begin(), typed.doubts.end());
    put({place.label, place.pointer, typed.type + (place.array.empty() ? "" : "[]"),
         !place.is_optional && !typed.is_optional, typed.options, std::move(doubts), place.array,
         scalars.not_finite > 0});
  }

  void put(ProposedColumn column) {
    column.name = unused_name(m_out.columns, column.name);
    m_out.columns.push_back(std::move(column));
  }

  Source m_source;
  Columns& m_out;
};

// One column for the whole array instead of all columns that go through it.
void make_json(Columns& columns, std::vector<ProposedColumn>::iterator column) {
  if (column->array.empty()) {
    column->type = "jsonb";
    column->options.clear();
    return;
  }
  const std::string array = column->array;
  *column = {"", array, "jsonb", column->required, {}, {"its elements have different values"}, ""};
  std::erase_if(columns.columns, [&](const ProposedColumn& other) { return other.array == array; });
  const auto whole = std::ranges::find(columns.columns, "", &ProposedColumn::name);
  whole->name = unused_name(columns.columns, identifier_of(array, "value"));
}

}  // namespace

Columns propose_columns(const Member& record, Source source) {
  Columns columns;
  Proposer{source, columns}.add_members(record, {});
  if (record.is_open)
    columns.doubts.emplace_back("the records have more members than were read");
  if (columns.columns.size() > k_most_columns) {
    columns.doubts.push_back("only the first " + std::to_string(k_most_columns) + " of " +
                             std::to_string(columns.columns.size()) + " columns are listed");
    columns.columns.resize(k_most_columns);
  }
  return columns;
}

void widen(Columns& columns, std::string_view name, std::string_view code) {
  const auto column = std::ranges::find(columns.columns, name, &ProposedColumn::name);
  if (column == columns.columns.end())
    return;
  if ((code == "missing" || code == "null") && column->required) {
    column->required = false;
    return;
  }
  if (column->type == "jsonb") {
    columns.doubts.push_back("no column for \"" + column->from + "\": its values cannot be stored");
    columns.columns.erase(column);
    return;
  }
  make_json(columns, column);
}

std::vector<std::size_t> key_candidates(const std::vector<ProposedColumn>& columns) {
  static constexpr std::string_view k_types[] = {"text", "integer", "bigint", "timestamp", "date"};
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].required && std::ranges::find(k_types, columns[i].type) != std::end(k_types))
      candidates.push_back(i);
  const auto rank = [&](std::size_t i) {
    const ProposedColumn& column = columns[i];
    if (is_id_name(column.name))
      return 0;
    return column.type == "timestamp" ? 1 : column.type == "date" ? 2 : 3;
  };
  std::ranges::stable_sort(candidates, {}, rank);
  return candidates;
}

}  // namespace longshore::admin
