# LMDB, the store of stage 07, as the target lmdb::lmdb. It brings no CMake package of its own, so its header and its
# library are looked for one by one.
include_guard(GLOBAL)

find_path(LMDB_INCLUDE_DIR lmdb.h)
find_library(LMDB_LIBRARY lmdb)
mark_as_advanced(LMDB_INCLUDE_DIR LMDB_LIBRARY)
if(NOT LMDB_INCLUDE_DIR OR NOT LMDB_LIBRARY)
    message(FATAL_ERROR "LMDB is missing (lmdb.h and liblmdb): install liblmdb-dev (Debian, Ubuntu), lmdb-devel "
                        "(Fedora, openSUSE), lmdb-dev (Alpine) or lmdb (Arch), or name its place in CMAKE_PREFIX_PATH")
endif()

add_library(lmdb::lmdb UNKNOWN IMPORTED GLOBAL)
set_target_properties(lmdb::lmdb PROPERTIES
                      IMPORTED_LOCATION "${LMDB_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${LMDB_INCLUDE_DIR}")
