/// The sizes of a product: `lines × depth` times `depth × lanes`.
public struct ProductShape: Sendable {
  /// Lines of the result.
  public var lines: Int
  /// Lanes of the result.
  public var lanes: Int
  /// Terms of each sum.
  public var depth: Int
  /// What need not be computed; nil where everything is.
  public var bands: ProductBands?

  /// Creates a shape.
  public init(lines: Int, lanes: Int, depth: Int, bands: ProductBands? = nil) {
    self.lines = lines
    self.lanes = lanes
    self.depth = depth
    self.bands = bands
  }
}

/// Diagonals of the matrices of a product, as differences of two indices, outside of which the operands
/// are zero and nobody asks for the result: it may be computed or 0 there.
public struct ProductBands: Sendable, Equatable {
  /// Of the result: line − lane.
  public var result: Range<Int>
  /// Of the operand that is read element by element: line − term.
  public var elements: Range<Int>
  /// Of the operand that is read by vectors: term − lane.
  public var vectors: Range<Int>

  /// More diagonals than any matrix has.
  public static let all = Int.min / 4..<Int.max / 4

  /// Creates bands.
  public init(
    result: Range<Int> = all, elements: Range<Int> = all, vectors: Range<Int> = all
  ) {
    self.result = result
    self.elements = elements
    self.vectors = vectors
  }
}

/// The operand of a product that is read element by element, and so may lie either way:
/// element (line, k) is at `base[line · lineStride + k · depthStride]`.
public struct BroadcastOperand: @unchecked Sendable {
  /// Element (0, 0).
  public var base: UnsafePointer<Float>
  /// Floats from a line to the next.
  public var lineStride: Int
  /// Floats from a term of the sum to the next.
  public var depthStride: Int

  /// Creates an operand.
  public init(base: UnsafePointer<Float>, lineStride: Int, depthStride: Int) {
    self.base = base
    self.lineStride = lineStride
    self.depthStride = depthStride
  }
}
