@_spi(Host) public import HBMSim

/// Numbers in the host's memory, row-major.
///
/// Attention takes and gives tensors of shape [batch, heads, tokens, dim]. Copies share their
/// numbers, which never change.
public struct Tensor: Sendable {
  /// The sizes, the slowest first.
  public let shape: [Int]
  /// How the numbers lie in memory.
  public var elementType: ElementType { buffer.elementType }
  /// The memory that holds the numbers.
  @_spi(Host) public let buffer: HostBuffer

  /// Creates a tensor of these numbers, rounded to a type.
  ///
  /// - Throws: ``AttentionError/elementCount(shape:count:)`` where the shape holds more or fewer,
  ///   ``AttentionError/sizeNotPositive(name:size:)``, ``AttentionError/tooManyElements(factors:)``.
  public init(
    shape: [Int], _ values: [Float], of elementType: ElementType = .f32
  ) throws(AttentionError) {
    try self.init(shape: shape, buffer: HostBuffer(values, of: elementType))
  }

  /// Creates a tensor of truth values.
  ///
  /// - Throws: As ``init(shape:_:of:)``.
  public init(shape: [Int], _ values: [Bool]) throws(AttentionError) {
    try self.init(shape: shape, buffer: HostBuffer(values))
  }

  /// Creates a tensor of the numbers in a buffer, without copying them.
  ///
  /// - Throws: As ``init(shape:_:of:)``.
  @_spi(Host)
  public init(shape: [Int], buffer: HostBuffer) throws(AttentionError) {
    if try elementCount(of: shape) != buffer.count {
      throw .elementCount(shape: shape, count: buffer.count)
    }
    self.shape = shape
    self.buffer = buffer
  }

  /// Creates a tensor of standard normal numbers, the same for the same seed everywhere.
  ///
  /// - Throws: ``AttentionError/sizeNotPositive(name:size:)``,
  ///   ``AttentionError/tooManyElements(factors:)``.
  public init(normal shape: [Int], seed: UInt64) throws(AttentionError) {
    let buffer = HostBuffer(zeros: try elementCount(of: shape))
    var generator = NormalGenerator(seed: seed)
    buffer.withMutableElements { elements in
      for i in elements.indices { elements[i] = generator.next() }
    }
    self.shape = shape
    self.buffer = buffer
  }

  /// A tensor whose buffer has as many elements as its shape.
  init(shape: [Int], trusted buffer: HostBuffer) {
    self.shape = shape
    self.buffer = buffer
  }

  /// The same numbers in another type, rounded to nearest where it is narrower, ties to even; itself
  /// where it has that type already.
  public func converted(to type: ElementType) -> Tensor {
    Tensor(shape: shape, trusted: buffer.converted(to: type))
  }

  /// - Throws: ``AttentionError/shapesDisagree(what:first:_:second:_:)`` where a size of
  ///   [batch, heads, tokens, dim] is not the expected one.
  func require(
    _ expected: [Int], of first: String, as second: String
  ) throws(AttentionError) {
    let names = ["batches", "heads", "tokens", "features"]
    for ((expected, given), what) in zip(zip(expected, shape), names) where expected != given {
      throw .shapesDisagree(what: what, first: first, expected, second: second, given)
    }
  }

  /// Calls `body` with the numbers, without copying them.
  ///
  /// - Precondition: They are f32.
  public func withElements<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try buffer.withElements(body)
  }

  /// The numbers, copied.
  public var values: [Float] { buffer.floats }
}

/// The product of the sizes.
private func elementCount(of shape: [Int]) throws(AttentionError) -> Int {
  var count = 1
  for size in shape {
    if size <= 0 { throw .sizeNotPositive(name: "a dimension of shape \(shape)", size: size) }
    let (product, overflows) = count.multipliedReportingOverflow(by: size)
    if overflows || product > Int.max / 4 { throw .tooManyElements(factors: shape) }
    count = product
  }
  return count
}
