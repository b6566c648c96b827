internal import KernelInterface
internal import SIMDKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Numbers of one type in the host's memory: allocated, or borrowed from an owner such as a mapped
/// file, or from a caller.
public final class HostBuffer: @unchecked Sendable {
  /// How many elements.
  public let count: Int
  /// Their type.
  public let elementType: ElementType
  let base: UnsafeMutableRawPointer
  let isReadOnly: Bool
  private let origin: Origin

  /// Where the memory is from, and so what becomes of it.
  private enum Origin {
    /// The system's pages.
    case pages
    /// The heap, which gives what was freed to the next buffer of the size, without a fault a page.
    case heap
    /// Its owner, who keeps it alive; nil where the caller does.
    case borrowed(AnyObject?)
  }

  /// Elements that are all zero.
  ///
  /// The pages are the system's zero pages until they are written.
  public init(zeros count: Int, of elementType: ElementType = .f32) {
    precondition(count >= 0, "Negative count")
    self.count = count
    self.elementType = elementType
    origin = .pages
    self.isReadOnly = false
    let bytes = max(count, 1) * elementType.size
    guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | mapAnonymous, -1, 0),
      memory != UnsafeMutableRawPointer(bitPattern: -1)  // MAP_FAILED, which is not imported
    else { preconditionFailure("Out of memory") }
    base = memory
    bindMemory()
  }

  /// Elements whose values are undefined.
  init(undefined count: Int, of elementType: ElementType) {
    precondition(count >= 0, "Negative count")
    self.count = count
    self.elementType = elementType
    origin = .heap
    isReadOnly = false
    base = .allocate(byteCount: max(count, 1) * elementType.size, alignment: 64)
    bindMemory()
  }

  private func bindMemory() {
    switch elementType {
    case .f32: base.bindMemory(to: Float.self, capacity: count)
    case .f16, .bf16: base.bindMemory(to: UInt16.self, capacity: count)
    case .bool: base.bindMemory(to: UInt8.self, capacity: count)
    }
  }

  /// A copy of an array, rounded to a type.
  public convenience init(_ values: [Float], of elementType: ElementType = .f32) {
    self.init(zeros: values.count, of: elementType)
    values.withUnsafeBufferPointer { source in
      if let first = source.baseAddress {
        kernels.narrow(first, count: source.count, to: base, of: elementType)
      }
    }
  }

  /// A copy of an array of truth values.
  public convenience init(_ values: [Bool]) {
    self.init(zeros: values.count, of: .bool)
    let elements = base.assumingMemoryBound(to: UInt8.self)
    for (i, value) in values.enumerated() { elements[i] = value ? 1 : 0 }
  }

  /// Somebody else's numbers, which are read and never written.
  ///
  /// - Parameters:
  ///   - memory: The numbers, aligned to their size.
  ///   - elementType: Their type.
  ///   - owner: What keeps the memory valid as long as it lives.
  /// - Precondition: The memory holds whole elements.
  @_spi(Host)
  public convenience init(
    borrowing memory: UnsafeRawBufferPointer, of elementType: ElementType, owner: AnyObject
  ) {
    self.init(
      memory: UnsafeMutableRawBufferPointer(mutating: memory), of: elementType, isReadOnly: true,
      owner: owner)
  }

  /// A caller's numbers, which are read and never written, and valid as long as this buffer is used.
  ///
  /// - Parameters:
  ///   - memory: The numbers, aligned to their size.
  ///   - elementType: Their type.
  /// - Precondition: The memory holds whole elements.
  @_spi(Host)
  public convenience init(
    unowned memory: UnsafeRawBufferPointer, of elementType: ElementType
  ) {
    self.init(
      memory: UnsafeMutableRawBufferPointer(mutating: memory), of: elementType, isReadOnly: true,
      owner: nil)
  }

  /// A caller's memory for results, valid as long as this buffer is used; see
  /// ``HBM/provide(_:for:)``.
  ///
  /// - Parameters:
  ///   - memory: Where numbers go, aligned to their size.
  ///   - elementType: Their type.
  /// - Precondition: The memory holds whole elements.
  @_spi(Host)
  public convenience init(
    unownedResult memory: UnsafeMutableRawBufferPointer, of elementType: ElementType
  ) {
    self.init(memory: memory, of: elementType, isReadOnly: false, owner: nil)
  }

  private init(
    memory: UnsafeMutableRawBufferPointer, of elementType: ElementType, isReadOnly: Bool,
    owner: AnyObject?
  ) {
    precondition(memory.count % elementType.size == 0, "Half an element")
    count = memory.count / elementType.size
    self.elementType = elementType
    base = memory.baseAddress ?? UnsafeMutableRawPointer(bitPattern: elementType.size)!
    self.isReadOnly = isReadOnly
    origin = .borrowed(owner)
  }

  deinit {
    switch origin {
    case .pages: munmap(base, max(count, 1) * elementType.size)
    case .heap: base.deallocate()
    case .borrowed: break
    }
  }

  /// The same numbers in another type, rounded to nearest where it is narrower; itself where it has
  /// that type already. As truth values, what is not 0 is true.
  public func converted(to type: ElementType) -> HostBuffer {
    if type == elementType { return self }
    let result = HostBuffer(zeros: count, of: type)
    let part = 4096
    for first in stride(from: 0, to: count, by: part) {
      withFloats(in: first..<min(first + part, count)) { floats in
        floats.withUnsafeBufferPointer { floats in
          kernels.narrow(
            floats.baseAddress!, count: floats.count, to: result.base + first * type.size, of: type)
        }
      }
    }
    return result
  }

  /// Copies another buffer's numbers to this one, rounded to nearest where its elements are narrower.
  ///
  /// - Precondition: There are as many, they are numbers or of the same type, and this buffer's memory
  ///   may be written.
  @_spi(Host)
  public func copyElements(of other: HostBuffer) {
    precondition(!isReadOnly, "Borrowed memory is read-only")
    precondition(count == other.count, "Shape mismatch")
    let numbers = other.converted(to: elementType)
    base.copyMemory(from: numbers.base, byteCount: count * elementType.size)
  }

  /// The numbers as floats, copied.
  public var floats: [Float] { floats(in: 0..<count) }

  private func floats(in range: Range<Int>) -> [Float] {
    [Float](unsafeUninitializedCapacity: range.count) { target, initialized in
      if let target = target.baseAddress {
        kernels.widen(
          base + range.lowerBound * elementType.size, of: elementType, count: range.count,
          to: target)
      }
      initialized = range.count
    }
  }

  /// Calls `body` with a range of the numbers as floats, copied only where they are none.
  ///
  /// - Precondition: The range lies within the buffer.
  public func withFloats<Result, Failure: Error>(
    in range: Range<Int>, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(0 <= range.lowerBound && range.upperBound <= count, "Range out of bounds")
    if elementType == .f32 {
      return try withElements { (all) throws(Failure) in try body(all.extracting(range)) }
    }
    return try body(floats(in: range).span)
  }

  /// Calls `body` with the bytes of the elements.
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: base, count: count * elementType.size).bytes)
  }

  /// Calls `body` with the floats.
  ///
  /// - Precondition: The elements are floats.
  public func withElements<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(elementType == .f32, "Elements that are no floats")
    return try body(
      UnsafeBufferPointer(start: base.assumingMemoryBound(to: Float.self), count: count).span)
  }

  /// Calls `body` with the floats, to change them: before they are shared, or not at all.
  ///
  /// - Precondition: The elements are floats, and the memory is not borrowed.
  @_spi(Host)
  public func withMutableElements<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(!isReadOnly, "Borrowed memory is read-only")
    precondition(elementType == .f32, "Elements that are no floats")
    var span = UnsafeMutableBufferPointer(
      start: base.assumingMemoryBound(to: Float.self), count: count
    ).mutableSpan
    return try body(&span)
  }

  /// Calls `body` with the bytes of the truth values, to change them: before they are shared, or not at
  /// all.
  ///
  /// - Precondition: The elements are truth values, and the memory is not borrowed.
  @_spi(Host)
  public func withMutableTruthValues<Result, Failure: Error>(
    _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(!isReadOnly, "Borrowed memory is read-only")
    precondition(elementType == .bool, "Elements that are no truth values")
    var span = UnsafeMutableBufferPointer(
      start: base.assumingMemoryBound(to: UInt8.self), count: count
    ).mutableSpan
    return try body(&span)
  }
}

/// What converts on the host's side, uncounted.
nonisolated(unsafe) private let kernels = InstructionSet.best.kernelTable

#if canImport(Darwin)
  private let mapAnonymous = MAP_ANON
#else
  private let mapAnonymous = MAP_ANONYMOUS
#endif
