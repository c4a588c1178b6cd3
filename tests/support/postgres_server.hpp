// One throwaway PostgreSQL cluster for the test process: started at first use on a Unix socket, gone when the process ends,
// however it ends. No PostgreSQL on the machine is a failure, never a silent skip.
#pragma once

#include "store/store.hpp"

namespace longshore::test {

// A new, empty database of that cluster: UTF8, C.UTF-8.
store::Target fresh_database();

}  // namespace longshore::test
