#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file under a temporary name, which takes its place when it is complete.
///
/// Without `commit()` the file is removed at the end of the object's life.
package final class AtomicFile {
  /// The number of bytes appended.
  private(set) var count = 0

  /// The most bytes that the system is given at once.
  private static let chunk = 1 << 30

  /// The path that the errors name.
  private let path: String

  /// The path after symbolic links.
  private let target: String
  private let temporary: String
  private let descriptor: FileDescriptor
  private var firstFailure: TensorFileError?

  /// Creates the temporary file beside `path`, with the permissions of the file that is there.
  ///
  /// A symbolic link that leads nowhere is replaced.
  ///
  /// - Throws: `isDirectory`, `notRegularFile` (a rename over a device would remove it), or
  ///   `cannotWrite`.
  package init(replacing path: String) throws(TensorFileError) {
    self.path = path
    target = Self.resolved(path)
    let location = FileLocation(target)
    let random = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    temporary = "\(location.folder).\(location.name).tmp-\(getpid())-\(random)"

    var status = stat()
    let exists = unsafe stat(target, &status) == 0
    guard !exists || !status.isDirectory else { throw .isDirectory(path: path) }
    guard !exists || status.isRegularFile else { throw .notRegularFile(path: path) }
    descriptor = try FileDescriptor(creating: temporary, for: path)
    if exists {
      // If it fails, the file has the permissions of a new one: not worth losing the data.
      _ = fchmod(descriptor.number, status.st_mode & 0o777)
    }
  }

  deinit { unsafe unlink(temporary) }

  /// Writes `bytes` at the end.
  func append(_ bytes: RawSpan) throws(TensorFileError) {
    try write(bytes, at: count)
    count += bytes.byteCount
  }

  /// Writes `bytes` at the end.
  package func append(_ bytes: [UInt8]) throws(TensorFileError) {
    try append(unsafe bytes.span.bytes)
  }

  /// Writes `bytes` over those at `offset`.
  func overwrite(_ bytes: [UInt8], at offset: Int) throws(TensorFileError) {
    try write(unsafe bytes.span.bytes, at: offset)
  }

  /// Puts the file in its place.
  ///
  /// - Throws: `cannotWrite`, also if an earlier write failed and the caller went on.
  package func commit() throws(TensorFileError) {
    if let firstFailure { throw firstFailure }
    guard unsafe rename(temporary, target) == 0 else { throw failure() }
  }

  private func write(_ bytes: RawSpan, at offset: Int) throws(TensorFileError) {
    var written = 0
    while written < bytes.byteCount {
      // Systems refuse, or shorten, a write of 2 GiB and more.
      let part = bytes.extracting(written..<min(bytes.byteCount, written + Self.chunk))
      let result = unsafe part.withUnsafeBytes {
        unsafe pwrite(descriptor.number, $0.baseAddress, $0.count, off_t(offset + written))
      }
      if result < 0 {
        guard errno == EINTR else { throw failure() }
        continue
      }
      written += result
    }
  }

  private func failure() -> TensorFileError {
    let failure = TensorFileError.cannotWrite(path: path, reason: systemReason())
    firstFailure = firstFailure ?? failure
    return failure
  }

  private static func resolved(_ path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
