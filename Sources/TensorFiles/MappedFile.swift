#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file mapped into memory, read-only, for as long as the object lives.
///
/// Pages are read when they are touched, so that a file larger than the memory can be opened. A
/// file that another program truncates meanwhile raises SIGBUS on access, as with any mapping;
/// `TensorFileWriter` therefore replaces files instead of overwriting them.
@safe
public final class MappedFile: @unchecked Sendable {
  /// The bytes of the file, valid as long as the object lives; an empty file has no base address.
  @unsafe public let region: UnsafeRawBufferPointer

  /// Maps the file at `path`.
  ///
  /// - Parameter path: The path of a regular file, which may be empty.
  /// - Throws: `cannotRead` with the system's reason, `isDirectory` or `notRegularFile`.
  public init(path: String) throws(TensorFileError) {
    let file = try FileDescriptor(reading: path)
    guard let status = file.status else {
      throw .cannotRead(path: path, reason: systemReason())
    }
    guard !status.isDirectory else { throw .isDirectory(path: path) }
    guard status.isRegularFile else { throw .notRegularFile(path: path) }
    // mmap refuses a length of 0.
    guard status.st_size > 0 else {
      unsafe region = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let count = Int(status.st_size)
    guard let base = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, file.number, 0),
      unsafe base != MAP_FAILED
    else { throw .cannotRead(path: path, reason: systemReason()) }
    unsafe region = UnsafeRawBufferPointer(start: base, count: count)
  }

  deinit {
    guard let base = unsafe region.baseAddress else { return }
    unsafe munmap(UnsafeMutableRawPointer(mutating: base), region.count)
  }
}
