/// The SIMD kernels of one instruction set, as a table of functions on raw memory.
///
/// A matrix in memory is `lines` runs of `lanes` consecutive floats, `stride` floats apart. Nothing
/// here knows what a line means: it may be a row of a matrix or a column of it. *Vertical* kernels
/// treat every lane by itself, *horizontal* ones every line.
///
/// Every line starts on memory that holds its lanes rounded up to a multiple of `Kernels.padding`:
/// kernels read and write whole vectors, so the padding must be there. What it holds is nobody's
/// business, before or after: it may be NaN. Only `transpose` respects exact edges.
public struct Kernels: Sendable {
  /// The number of floats that a line's lanes are rounded up to in memory.
  public static let padding = 16

  /// `c[line][lane] (+)= scale · Σₖ a[line, k] · b[k][lane]`.
  public typealias Product =
    @Sendable (
      _ shape: ProductShape, _ a: BroadcastOperand, _ b: UnsafePointer<Float>, _ bStride: Int,
      _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ scale: Float, _ accumulates: Bool
    ) -> Void

  /// A reduction of a matrix to one number a lane (vertical) or a line (horizontal).
  public typealias Reduction =
    @Sendable (
      _ x: UnsafePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ result: UnsafeMutablePointer<Float>
    ) -> Void

  /// A map of a matrix onto itself that takes one parameter a lane (vertical) or a line (horizontal).
  public typealias Map =
    @Sendable (
      _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ parameter: UnsafePointer<Float>
    ) -> Void

  /// `target[column][row] = source[row][column]`, exactly, with no padding read or written.
  public typealias Transpose =
    @Sendable (
      _ source: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ sourceStride: Int,
      _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
    ) -> Void

  /// The product of a matrix that is read by broadcasts and one that is read by vectors.
  public let product: Product
  /// The greatest element of each lane; −∞ where there are no lines. NaN is passed over.
  public let maximumVertical: Reduction
  /// The greatest element of each line. NaN is passed over.
  public let maximumHorizontal: Reduction
  /// The sum of each lane.
  public let sumVertical: Reduction
  /// The sum of each line.
  public let sumHorizontal: Reduction
  /// `x ← exp(x − m)` with `m` by lane, where `m` = −∞ counts as 0; see ``exponentialHorizontal``.
  public let exponentialVertical: Map
  /// `x ← exp(x − m)` with `m` by line, where `m` = −∞ counts as 0.
  ///
  /// At most 1.2 ulp from exp of the rounded difference, 0.9 where multiply and add are fused, for
  /// x − m in [−87, 0]; exactly 0 below −87.34 and at −∞, NaN at NaN. Above 88 it is unspecified.
  public let exponentialHorizontal: Map
  /// `x ← x · s` with `s` by lane.
  public let scaleVertical: Map
  /// `x ← x · s` with `s` by line.
  public let scaleHorizontal: Map
  /// The transpose of a matrix.
  public let transpose: Transpose

  /// Creates a table.
  public init(
    product: @escaping Product,
    maximumVertical: @escaping Reduction, maximumHorizontal: @escaping Reduction,
    sumVertical: @escaping Reduction, sumHorizontal: @escaping Reduction,
    exponentialVertical: @escaping Map, exponentialHorizontal: @escaping Map,
    scaleVertical: @escaping Map, scaleHorizontal: @escaping Map,
    transpose: @escaping Transpose
  ) {
    self.product = product
    self.maximumVertical = maximumVertical
    self.maximumHorizontal = maximumHorizontal
    self.sumVertical = sumVertical
    self.sumHorizontal = sumHorizontal
    self.exponentialVertical = exponentialVertical
    self.exponentialHorizontal = exponentialHorizontal
    self.scaleVertical = scaleVertical
    self.scaleHorizontal = scaleHorizontal
    self.transpose = transpose
  }
}

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
