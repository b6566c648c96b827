/// The sizes of a product: `lines × depth` times `depth × lanes`.
public struct ProductShape: Sendable {
  /// Lines of the result.
  public var lines: Int
  /// Lanes of the result.
  public var lanes: Int
  /// Terms of each sum.
  public var depth: Int

  /// Creates a shape.
  public init(lines: Int, lanes: Int, depth: Int) {
    self.lines = lines
    self.lanes = lanes
    self.depth = depth
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
