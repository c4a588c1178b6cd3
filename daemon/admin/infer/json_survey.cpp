#include "admin/infer/json_survey.hpp"

#include "admin/infer/names.hpp"
#include "admin/infer/source.hpp"
#include "base/error.hpp"
#include "decode/decode.hpp"
#include "decode/json.hpp"
#include "decode/plan.hpp"
#include "decode/record_reader.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longshore::admin {
namespace {

// More members in all than this are not told apart: an object with ids as names.
constexpr std::size_t k_most_members = 4000;
constexpr decode::Limits k_limits;  // those of the trial

// Counts the events of all root values in a tree.
class Surveyor final : public decode::JsonHandler {
 public:
  explicit Surveyor(decode::Input& input) : m_input(input) {}

  void begin_value() { m_frames.clear(); }
  Member& root() { return m_root; }

  void scalar(const decode::Scalar& value) override {
    if (Member* member = enter())
      member->scalars.see(value);
  }
  void key(std::string_view name) override {
    Frame& frame = m_frames.back();
    m_next = frame.member ? member_of(*frame.member, name) : nullptr;
    if (!m_next)
      return;
    m_next->is_repeated = m_next->is_repeated || m_next->stamp == frame.stamp;
    m_next->stamp = frame.stamp;
  }
  void start_object() override { start(false); }
  void end_object() override { m_frames.pop_back(); }
  void start_array() override { start(true); }
  void end_array() override { m_frames.pop_back(); }

 private:
  struct Frame {
    Member* member = nullptr;
    bool is_array = false;
    std::uint64_t stamp = 0;
  };

  Member* enter() {
    Member* member = m_next;
    if (m_frames.empty())
      member = &m_root;
    else if (m_frames.back().is_array)
      member = element_of(m_frames.back().member);
    if (member)
      ++member->present;
    return member;
  }
  void start(bool is_array) {
    if (m_frames.size() >= k_limits.depth)
      throw decode::too_deep(m_input.Tell() - 1, k_limits.depth);
    Member* member = enter();
    if (member)
      ++(is_array ? member->arrays : member->objects);
    m_frames.push_back({member, is_array, ++m_stamp});
  }
  static Member* element_of(Member* array) {
    if (array && !array->element)
      array->element = std::make_unique<Member>();
    return array ? array->element.get() : nullptr;
  }
  Member* member_of(Member& object, std::string_view name) {
    if (Member* known = object.find(name))
      return known;
    if (m_members >= k_most_members) {
      object.is_open = true;
      return nullptr;
    }
    ++m_members;
    auto member = std::make_unique<Member>();
    member->name = name;
    return &object.append(std::move(member));
  }

  decode::Input& m_input;
  Member m_root;
  std::vector<Frame> m_frames;
  Member* m_next = nullptr;
  std::size_t m_members = 0;
  std::uint64_t m_stamp = 0;
};

class Ignore final : public decode::JsonHandler {
 public:
  void scalar(const decode::Scalar&) override {}
  void key(std::string_view) override {}
  void start_object() override { open(); }
  void end_object() override { --m_depth; }
  void start_array() override { open(); }
  void end_array() override { --m_depth; }

 private:
  void open() {
    if (++m_depth > k_limits.depth)
      throw decode::too_deep(0, k_limits.depth);
  }
  unsigned m_depth = 0;
};

struct Values {
  Member root;
  std::uint64_t skipped = 0;
  bool is_partial = false;
  std::optional<Error> fault;
};

template <class Read>
Values read_values(const std::string& path, const ReadLimit& limit, Read read) {
  BoundedDocument document{path, limit.bytes};
  decode::Input input{document, k_limits.record_bytes, {}};
  decode::JsonParser parser{k_limits.record_bytes};
  Surveyor surveyor{input};
  Values values;
  try {
    read(input, parser, surveyor, values);
  } catch (const LimitReached&) {
    values.is_partial = true;
  }
  values.root = std::move(surveyor.root());
  return values;
}

void read_stream(decode::Input& input, decode::JsonParser& parser, Surveyor& surveyor, Values& values) {
  for (input.skip_separators(); !input.at_end(); input.skip_separators()) {
    surveyor.begin_value();
    if (const auto fault = parser.parse(input, surveyor)) {
      values.fault = decode::bad_file(input, fault->offset, fault->reason.full());
      return;
    }
  }
}

// Whether the current line has only whole values.
bool is_whole_line(decode::Input& input, decode::JsonParser& parser) {
  Ignore ignore;
  for (input.skip_separators(); !input.at_end(); input.skip_separators())
    if (parser.parse(input, ignore))
      return false;
  return true;
}

// Parses each line twice, so that a broken one leaves nothing behind.
void read_lines(decode::Input& input, decode::JsonParser& parser, Surveyor& surveyor, Values& values) {
  while (input.next_line()) {
    const std::size_t begin = input.Tell();
    if (input.line_too_long() || !is_whole_line(input, parser)) {
      ++values.skipped;
      continue;
    }
    input.rewind(begin);
    for (input.skip_separators(); !input.at_end(); input.skip_separators()) {
      surveyor.begin_value();
      parser.parse(input, surveyor);
    }
  }
}

// The array of records in a root object.
struct Envelope {
  std::string pointer;
  Member* array = nullptr;
};

bool is_only_objects(const Member& element) {
  return element.objects > 0 && element.arrays == 0 && element.scalars.values() == 0;
}

void find_arrays(Member& object, const std::string& pointer, std::vector<Envelope>& found) {
  for (const auto& member : object.members) {
    if (!is_pointer_token(member->name))
      continue;
    const std::string below = decode::member_path(pointer, member->name);
    if (member->arrays == object.objects && member->element && is_only_objects(*member->element))
      found.push_back({below, member.get()});
    if (member->objects > 0 && member->arrays == 0)
      find_arrays(*member, below, found);
  }
}

// The only member of all root objects is an array of records, which may be empty.
bool is_alone(const Member& root) {
  if (root.members.size() != 1 || root.members[0]->arrays == 0 || !is_pointer_token(root.members[0]->name))
    return false;
  const Member* element = root.members[0]->element.get();
  return !element || is_only_objects(*element);
}

// A root object with an id and a time is rather a record than an envelope.
bool looks_like_record(const Member& root) {
  bool has_id = false;
  bool has_time = false;
  for (const auto& member : root.members) {
    has_id = has_id || (member->scalars.values() > 0 && is_id_name(member->name));
    has_time = has_time || member->scalars.all_texts_are(Form::timestamp);
  }
  return has_id && has_time;
}

std::optional<Envelope> find_envelope(Member& root) {
  if (root.objects == 0 || root.arrays > 0)
    return {};
  if (is_alone(root))
    return Envelope{decode::member_path("", root.members[0]->name), root.members[0].get()};
  std::vector<Envelope> found;
  find_arrays(root, "", found);
  if (found.empty() || root.present > 1 || looks_like_record(root))
    return {};
  return *std::ranges::max_element(found, {},
                                   [](const Envelope& envelope) { return envelope.array->element->objects; });
}

Survey survey_of(Values values) {
  Survey survey;
  survey.skipped = values.skipped;
  survey.is_partial = values.is_partial;
  Member& root = values.root;
  if (const auto envelope = find_envelope(root)) {
    survey.records = envelope->pointer;
    survey.is_record_doubted = !is_alone(root);
    if (envelope->array->element)
      survey.record = std::move(*envelope->array->element);
  } else if (root.arrays > 0 && root.objects == 0) {
    if (root.element)
      survey.record = std::move(*root.element);
  } else {
    survey.record = std::move(root);
  }
  if (survey.record.objects == 0)
    throw Error{Fault::bad_file, "contains no records: JSON objects in an array, or one after another"};
  return survey;
}

}  // namespace

Survey survey_json(const std::string& path, const ReadLimit& limit) {
  Values stream = read_values(path, limit, read_stream);
  if (!stream.fault)
    return survey_of(std::move(stream));
  // Lines that are not JSON cost only themselves, if most lines are records.
  Values lines = read_values(path, limit, read_lines);
  if (lines.root.objects > lines.skipped)
    return survey_of(std::move(lines));
  throw *stream.fault;
}

}  // namespace longshore::admin
