#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An open file, closed at the end of its life.
struct FileDescriptor: ~Copyable {
  let number: Int32

  /// Opens a file for reading, or fails with the system's reason.
  ///
  /// A pipe without a writer would block the call; `O_NONBLOCK` lets it come as far as the check
  /// that refuses pipes, and means nothing to a regular file.
  init(reading path: String) throws(TensorFileError) {
    number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard number >= 0 else { throw .cannotRead(path: path, reason: systemReason()) }
  }

  /// Creates a file that must not exist yet, or fails with the system's reason about `target`.
  init(creating path: String, for target: String) throws(TensorFileError) {
    number = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard number >= 0 else { throw .cannotWrite(path: target, reason: systemReason()) }
  }

  deinit { close(number) }

  /// What the system knows about the file, or nil with the reason in `errno`.
  var status: stat? {
    var status = stat()
    return unsafe fstat(number, &status) == 0 ? status : nil
  }
}

/// The text of `errno`.
func systemReason() -> String { unsafe String(cString: strerror(errno)) }

extension stat {
  /// Whether the file is a folder.
  var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }

  /// Whether the file is neither a folder nor a device, a pipe or a socket.
  var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
}
