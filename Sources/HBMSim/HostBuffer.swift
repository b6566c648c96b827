#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Floats in the host's memory: allocated, or borrowed from an owner such as a mapped file.
public final class HostBuffer: @unchecked Sendable {
  /// How many floats.
  public let count: Int
  let base: UnsafeMutablePointer<Float>
  let isReadOnly: Bool
  /// Keeps borrowed memory alive; nil where the memory is this buffer's own.
  private let owner: AnyObject?

  /// Floats that are all zero.
  ///
  /// The pages are the system's zero pages until they are written.
  public init(zeros count: Int) {
    precondition(count >= 0, "Negative count")
    self.count = count
    self.owner = nil
    self.isReadOnly = false
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | mapAnonymous, -1, 0),
      memory != UnsafeMutableRawPointer(bitPattern: -1)  // MAP_FAILED, which is not imported
    else { preconditionFailure("Out of memory") }
    base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  /// A copy of an array.
  public convenience init(_ values: [Float]) {
    self.init(zeros: values.count)
    values.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { base.update(from: first, count: source.count) }
    }
  }

  /// Somebody else's floats, which are read and never written.
  ///
  /// - Parameters:
  ///   - memory: The floats, aligned to four bytes.
  ///   - owner: What keeps the memory valid as long as it lives.
  @_spi(Host)
  public init(borrowing memory: UnsafeBufferPointer<Float>, owner: AnyObject) {
    count = memory.count
    base =
      UnsafeMutablePointer(mutating: memory.baseAddress)
      ?? UnsafeMutablePointer(bitPattern: MemoryLayout<Float>.alignment)!
    isReadOnly = true
    self.owner = owner
  }

  deinit {
    if owner == nil { munmap(base, max(count, 1) * MemoryLayout<Float>.stride) }
  }

  /// Calls `body` with the floats.
  public func withElements<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(start: base, count: count).span)
  }

  /// Calls `body` with the floats, to change them: before they are shared, or not at all.
  ///
  /// - Precondition: The memory is not borrowed.
  @_spi(Host)
  public func withMutableElements<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(!isReadOnly, "Borrowed memory is read-only")
    var span = UnsafeMutableBufferPointer(start: base, count: count).mutableSpan
    return try body(&span)
  }
}

#if canImport(Darwin)
  private let mapAnonymous = MAP_ANON
#else
  private let mapAnonymous = MAP_ANONYMOUS
#endif
