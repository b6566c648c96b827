#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Bytes that never change, in a mapped file or in a buffer of their own.
///
/// The memory lives as long as the object. A part keeps the whole alive.
@safe
public final class TensorBytes: @unchecked Sendable {
  @safe
  private enum Owner {
    case mapping(MappedFile)
    case buffer(UnsafeMutableRawPointer)
    case whole(TensorBytes)
  }

  /// The alignment of a buffer that is not mapped, in bytes: a line of the cache.
  public static let bufferAlignment = 64

  /// The bytes, valid as long as the object lives.
  @unsafe public let region: UnsafeRawBufferPointer

  private let owner: Owner

  /// The bytes of a mapped file.
  public init(_ file: MappedFile) {
    owner = .mapping(file)
    unsafe region = file.region
  }

  /// Bytes in a new buffer that `initialize` fills wholly.
  ///
  /// - Throws: `outOfMemory` if the system has no such buffer, or what `initialize` throws.
  package init(
    byteCount: Int,
    initialize: (UnsafeMutableRawBufferPointer) throws(TensorFileError) -> Void
  ) throws(TensorFileError) {
    // Not UnsafeMutableRawPointer.allocate, which traps: the count may come from a file.
    var allocation: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&allocation, Self.bufferAlignment, max(byteCount, 1)) == 0,
      let base = unsafe allocation
    else { throw .outOfMemory(bytes: byteCount) }
    do throws(TensorFileError) {
      try unsafe initialize(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
    } catch {
      unsafe free(base)
      throw error
    }
    unsafe owner = .buffer(base)
    unsafe region = UnsafeRawBufferPointer(start: base, count: byteCount)
  }

  /// A part of `whole`, without a copy.
  ///
  /// - Precondition: The range lies within `whole`.
  init(_ whole: TensorBytes, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= whole.count, "Range out of bounds")
    owner = .whole(whole)
    unsafe region = UnsafeRawBufferPointer(rebasing: whole.region[range])
  }

  deinit {
    if case .buffer(let base) = owner { unsafe free(base) }
  }

  /// The number of bytes.
  public var count: Int { unsafe region.count }

  /// Whether the bytes are pages of a file rather than a copy.
  public var isMapped: Bool {
    switch owner {
    case .mapping: true
    case .buffer: false
    case .whole(let whole): whole.isMapped
    }
  }

  /// Calls `body` with the bytes, which are valid until it returns.
  @safe
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(region)
  }

  /// Calls `body` with the bytes.
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe region.bytes)
  }
}

extension TensorBytes {
  /// A copy of `bytes` in a buffer of its own.
  ///
  /// - Throws: `outOfMemory`.
  package convenience init(copying bytes: UnsafeRawBufferPointer) throws(TensorFileError) {
    try unsafe self.init(byteCount: bytes.count) { buffer in
      unsafe buffer.copyMemory(from: bytes)
    }
  }

  /// These bytes, or a copy of them if their address is not a multiple of `alignment`.
  func aligned(to alignment: Int) throws(TensorFileError) -> TensorBytes {
    guard let base = unsafe region.baseAddress, Int(bitPattern: base) % alignment != 0 else {
      return self
    }
    return try unsafe TensorBytes(copying: region)
  }
}
