// A backup of a test's database.
#pragma once

#include "store/store.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace longshore::test {

// A copy of the current database; restore() replaces the database with it.
class Backup {
 public:
  explicit Backup(const store::Target& target) : m_target(target) {
    if (target.engine == store::Engine::sqlite) {
      session(target)->exec("vacuum into '" + copy() + "'");
      return;
    }
    session(beside())->exec("create database " + copy() + " template " + name());
  }
  void restore() {
    if (m_target.engine == store::Engine::sqlite) {
      for (const char* part : {"", "-wal", "-shm"})
        std::filesystem::remove(m_target.location + part);
      std::filesystem::rename(copy(), m_target.location);
      return;
    }
    session(beside())->exec("drop database " + name());
    session(beside())->exec("alter database " + copy() + " rename to " + name());
  }

 private:
  static std::unique_ptr<store::Session> session(const store::Target& target) {
    return store::open(target, store::Access::read_write, "longshore/test");
  }
  std::string name() const {
    const auto begin = m_target.location.find("dbname=") + 7;
    return m_target.location.substr(begin, m_target.location.find(' ', begin) - begin);
  }
  std::string copy() const {
    return m_target.engine == store::Engine::sqlite ? m_target.location + "-kept" : name() + "_kept";
  }
  store::Target beside() const {
    store::Target target = m_target;
    target.location.replace(target.location.find("dbname=") + 7, name().size(), "postgres");
    return target;
  }

  const store::Target m_target;
};

}  // namespace longshore::test
