// SQLite as it is set up for many processes: a write-ahead log, prepared statements.
#include <sqlite3.h>

#include <stdexcept>

#include "bench/store/bench_store.hpp"

namespace bench {
namespace {

struct sqlite_closer {
    void operator()(sqlite3* database) const { ::sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};
using database_handle = std::unique_ptr<sqlite3, sqlite_closer>;
using statement_handle = std::unique_ptr<sqlite3_stmt, sqlite_closer>;

class sqlite_store : public bench_store {
  public:
    sqlite_store(const std::string& path, state::durability lasts) {
        sqlite3* opened = nullptr;
        const int code = ::sqlite3_open(path.c_str(), &opened);
        database_.reset(opened);
        check(code);
        check(::sqlite3_busy_timeout(opened, 10'000));  // milliseconds
        run("PRAGMA journal_mode = WAL");
        run(lasts == state::durability::disk ? "PRAGMA synchronous = FULL"
                                             : "PRAGMA synchronous = OFF");
        run("CREATE TABLE IF NOT EXISTS pairs (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID");
        get_ = prepare("SELECT value FROM pairs WHERE key = ?1");
        put_ = prepare("INSERT OR REPLACE INTO pairs VALUES (?1, ?2)");
    }

    std::optional<std::string> get(const std::string& key) override {
        bind(get_, 1, key);
        std::optional<std::string> result;
        if (step(get_) == SQLITE_ROW) {
            result.emplace(reinterpret_cast<const char*>(::sqlite3_column_text(get_.get(), 0)),
                           static_cast<std::size_t>(::sqlite3_column_bytes(get_.get(), 0)));
        }
        check(::sqlite3_reset(get_.get()));  // ends the transaction, too
        return result;
    }
    void put(const std::string& key, const std::string& content) override {
        const std::string value = in_quotes(content);
        bind(put_, 1, key);
        bind(put_, 2, value);
        step(put_);
        check(::sqlite3_reset(put_.get()));
    }

  private:
    void check(int code) const {
        if (code == SQLITE_OK) return;
        throw std::runtime_error("sqlite: " + std::string(::sqlite3_errmsg(database_.get())));
    }
    void run(const char* text) {
        check(::sqlite3_exec(database_.get(), text, nullptr, nullptr, nullptr));
    }
    [[nodiscard]] statement_handle prepare(const char* text) const {
        sqlite3_stmt* made = nullptr;
        check(::sqlite3_prepare_v3(database_.get(), text, -1, SQLITE_PREPARE_PERSISTENT, &made,
                                   nullptr));
        return statement_handle(made);
    }
    // The text must stay until the statement is reset.
    void bind(const statement_handle& statement, int place, const std::string& text) const {
        check(::sqlite3_bind_text(statement.get(), place, text.data(),
                                  static_cast<int>(text.size()), SQLITE_STATIC));
    }
    int step(const statement_handle& statement) const {
        const int code = ::sqlite3_step(statement.get());
        if (code != SQLITE_ROW && code != SQLITE_DONE) check(code);
        return code;
    }

    database_handle database_;  // before the statements, which must end first
    statement_handle get_;
    statement_handle put_;
};

}  // namespace

std::unique_ptr<bench_store> open_sqlite(const store_place& place) {
    return std::make_unique<sqlite_store>(place.folder + "/sqlite.db", place.lasts);
}

}  // namespace bench
