// A growing buffer of bytes for the hot path: appending is inlined, and clear() keeps the memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace longshore {

class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes& other) { append(other.view()); }
  Bytes(Bytes&& other) noexcept { swap(other); }
  Bytes& operator=(Bytes other) noexcept {
    swap(other);
    return *this;
  }
  ~Bytes() = default;

  const char* data() const { return m_bytes.get(); }
  char* data() { return m_bytes.get(); }
  std::size_t size() const { return m_size; }
  bool empty() const { return m_size == 0; }
  std::string_view view() const { return {data(), m_size}; }

  // Adds `count` uninitialized bytes, which the caller must set. The pointer is valid until the next call that adds
  // bytes.
  char* grow(std::size_t count) {
    if (m_capacity - m_size < count)
      reserve(std::max(m_size + count, 2 * m_capacity));
    char* const at = data() + m_size;
    m_size += count;
    return at;
  }
  void append(const char* bytes, std::size_t count) {
    if (count > 0)
      std::memcpy(grow(count), bytes, count);
  }
  void append(std::string_view bytes) { append(bytes.data(), bytes.size()); }
  void push_back(char byte) { *grow(1) = byte; }

  void clear() { m_size = 0; }
  // `size` is at most size().
  void shrink(std::size_t size) { m_size = size; }

 private:
  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };

  void swap(Bytes& other) noexcept {
    std::swap(m_bytes, other.m_bytes);
    std::swap(m_size, other.m_size);
    std::swap(m_capacity, other.m_capacity);
  }

  void reserve(std::size_t capacity) {
    capacity = std::max<std::size_t>(capacity, 64);
    char* const moved = static_cast<char*>(std::realloc(m_bytes.get(), capacity));
    if (!moved)
      throw std::bad_alloc{};
    (void)m_bytes.release();
    m_bytes.reset(moved);
    m_capacity = capacity;
  }

  std::unique_ptr<char, Free> m_bytes;
  std::size_t m_size = 0;
  std::size_t m_capacity = 0;
};

}  // namespace longshore
