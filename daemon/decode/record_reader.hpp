// The interface between the decoder and the forms of a document. Each form has one implementation, in its own file.
// A reader finds where each record begins and ends, and passes it to RecordOutput.
// Decoder owns the reader and uses it for all its documents, one after the other.
#pragma once

#include "base/error.hpp"
#include "decode/record_output.hpp"

#include <string>

namespace longshore::decode {

inline Error bad_file(const Input& input, std::size_t offset, const std::string& text) {
  return Error(Fault::bad_file, text).at(input.position(offset));
}

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // Reads from the input's current place to the end of the document. Throws Error{bad_file} with a position if the
  // document as a whole is malformed. The only virtual call of this interface: once per document.
  virtual void read(RecordOutput& output) = 0;
};

}  // namespace longshore::decode
