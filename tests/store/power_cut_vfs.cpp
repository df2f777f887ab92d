#include "store/power_cut_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace snom::store::testing {
namespace {

/// One file as the disk has it, and what was done to it since its last sync.
struct Disk {
  std::string synced;
  struct Write {
    std::size_t at;
    std::string bytes;
    bool truncate;  ///< to `at`
  };
  std::vector<Write> since;
};

void apply(std::string& content, const Disk::Write& write) {
  if (write.truncate) {
    content.resize(write.at);
    return;
  }
  if (content.size() < write.at + write.bytes.size()) content.resize(write.at + write.bytes.size());
  content.replace(write.at, write.bytes.size(), write.bytes);
}

}  // namespace

struct PowerCutDisk::State {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  std::mutex mutex;
  std::map<std::string, Disk> files;
  int syncs = 0;
  int cut_at = 0;  ///< 0 = never

  /// What is written from then on reaches no disk.
  [[nodiscard]] bool off() const { return cut_at != 0 && syncs >= cut_at; }
};

namespace {

/// What SQLite sees; the real file stands behind it in memory.
struct File {
  sqlite3_file base;
  PowerCutDisk::State* state;
  Disk* disk;  ///< null for files without a name, and for the index in shared memory
};

File& ours(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  File& self = ours(file);
  const int code = real(file)->pMethods->xWrite(real(file), bytes, size, at);
  const std::lock_guard lock(self.state->mutex);
  if (code == SQLITE_OK && self.disk != nullptr && !self.state->off()) {
    self.disk->since.push_back({static_cast<std::size_t>(at),
                                std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)), false});
  }
  return code;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  File& self = ours(file);
  const int code = real(file)->pMethods->xTruncate(real(file), size);
  const std::lock_guard lock(self.state->mutex);
  if (code == SQLITE_OK && self.disk != nullptr && !self.state->off()) {
    self.disk->since.push_back({static_cast<std::size_t>(size), "", true});
  }
  return code;
}

int sync(sqlite3_file* file, int /*flags*/) {
  // The real disk need not sync: that takes time, and this one remembers.
  File& self = ours(file);
  const std::lock_guard lock(self.state->mutex);
  ++self.state->syncs;
  if (self.disk == nullptr || self.state->off()) return SQLITE_OK;
  for (const Disk::Write& each : self.disk->since) apply(self.disk->synced, each);
  self.disk->since.clear();
  return SQLITE_OK;
}

template <auto Method, typename... Arguments>
int pass(sqlite3_file* file, Arguments... arguments) {
  return (real(file)->pMethods->*Method)(real(file), arguments...);
}

using Methods = sqlite3_io_methods;
const Methods methods = {
    2,
    &pass<&Methods::xClose>,
    &pass<&Methods::xRead, void*, int, sqlite3_int64>,
    &write,
    &truncate,
    &sync,
    &pass<&Methods::xFileSize, sqlite3_int64*>,
    &pass<&Methods::xLock, int>,
    &pass<&Methods::xUnlock, int>,
    &pass<&Methods::xCheckReservedLock, int*>,
    &pass<&Methods::xFileControl, int, void*>,
    &pass<&Methods::xSectorSize>,
    // Nothing is promised of writes that were not synced.
    [](sqlite3_file*) { return 0; },
    &pass<&Methods::xShmMap, int, int, int, void volatile**>,
    &pass<&Methods::xShmLock, int, int, int>,
    [](sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); },
    &pass<&Methods::xShmUnmap, int>,
    nullptr,
    nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto& state = *static_cast<PowerCutDisk::State*>(vfs->pAppData);
  File& self = ours(file);
  self.base.pMethods = nullptr;
  const int code = state.real->xOpen(state.real, name, real(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  self.base.pMethods = &methods;
  self.state = &state;
  const std::lock_guard lock(state.mutex);
  self.disk = name == nullptr ? nullptr : &state.files[name];
  return code;
}

/// A file that is removed is gone: SQLite syncs the folder where it counts on that.
int remove_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  auto& state = *static_cast<PowerCutDisk::State*>(vfs->pAppData);
  const std::lock_guard lock(state.mutex);
  if (!state.off()) {
    if (const auto found = state.files.find(name); found != state.files.end()) found->second = {};
  }
  return state.real->xDelete(state.real, name, sync_folder);
}

}  // namespace

PowerCutDisk::PowerCutDisk() : state_(std::make_unique<State>()) {
  state_->real = sqlite3_vfs_find(nullptr);
  state_->vfs = *state_->real;
  state_->vfs.zName = "power-cut";
  state_->vfs.pNext = nullptr;
  state_->vfs.pAppData = state_.get();
  state_->vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->real->szOsFile;
  state_->vfs.xOpen = open_file;
  state_->vfs.xDelete = remove_file;
  sqlite3_vfs_register(&state_->vfs, 1);
}

PowerCutDisk::~PowerCutDisk() {
  sqlite3_vfs_unregister(&state_->vfs);
  sqlite3_vfs_register(state_->real, 1);
}

void PowerCutDisk::cut_at_sync(int n) {
  const std::lock_guard lock(state_->mutex);
  state_->cut_at = n;
}

int PowerCutDisk::syncs() const {
  const std::lock_guard lock(state_->mutex);
  return state_->syncs;
}

std::string PowerCutDisk::after_cut(const std::string& file, std::mt19937& random) const {
  constexpr std::size_t sector = 512;
  const std::lock_guard lock(state_->mutex);
  const Disk& disk = state_->files[file];
  std::string content = disk.synced;
  for (const Disk::Write& each : disk.since) {
    if (each.truncate) {
      if (random() % 2 == 0) apply(content, each);
      continue;
    }
    for (std::size_t at = 0; at < each.bytes.size(); at += sector) {
      if (random() % 2 == 0) apply(content, {each.at + at, each.bytes.substr(at, sector), false});
    }
  }
  return content;
}

}  // namespace snom::store::testing
