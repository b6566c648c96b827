/// The SIMD kernels of one instruction set, as a table of functions on raw memory.
///
/// A matrix in memory is `lines` runs of `lanes` consecutive floats, `stride` floats apart. Nothing
/// here knows what a line means: it may be a row of a matrix or a column of it. *Vertical* kernels
/// treat every lane by itself, *horizontal* ones every line.
///
/// Every line starts on memory that holds its lanes rounded up to a multiple of `Kernels.padding`:
/// kernels read and write whole vectors, so the padding must be there. What it holds is nobody's
/// business, before or after: it may be NaN. Only `transpose` and the conversions respect exact edges.
public struct Kernels: Sendable {
  /// The number of floats that a line's lanes are rounded up to in memory.
  public static let padding = 16

  /// `c[line][lane] (+)= scale · Σₖ a[line, k] · b[k][lane]`.
  public typealias Product =
    @Sendable (
      _ shape: ProductShape, _ a: BroadcastOperand, _ b: UnsafePointer<Float>, _ bStride: Int,
      _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ scale: Float, _ accumulates: Bool
    ) -> Void

  /// `c[line][lane] (+)= scale · Σₖ a[line][k] · b[lane][k]`.
  public typealias DotProduct =
    @Sendable (
      _ shape: ProductShape, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>,
      _ bStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ scale: Float,
      _ accumulates: Bool
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

  /// A map of a matrix onto itself with one parameter a lane (vertical) or a line (horizontal), which adds
  /// to one sum a lane or a line.
  public typealias SummingMap =
    @Sendable (
      _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ parameter: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>
    ) -> Void

  /// A map that rules elements out by their place in a range: of lines, with a lower and an upper
  /// bound a lane (vertical), or of lanes, with bounds a line (horizontal). Bounds are whole numbers.
  public typealias Ruling =
    @Sendable (
      _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ lower: UnsafePointer<Float>, _ upper: UnsafePointer<Float>
    ) -> Void

  /// `target[column][row] = source[row][column]`, exactly, with no padding read or written.
  public typealias Transpose =
    @Sendable (
      _ source: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ sourceStride: Int,
      _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
    ) -> Void

  /// A map of a matrix onto itself that drops elements at random, by their place.
  public typealias Dropout =
    @Sendable (
      _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ site: DropoutSite
    ) -> Void

  /// A map of a matrix onto itself that takes one parameter.
  public typealias UniformMap =
    @Sendable (
      _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ parameter: Float
    ) -> Void

  /// `x ← x − slope · |position − place|`, with the place of an element among the lines and a
  /// position a lane (vertical), or the place among the lanes and a position a line (horizontal).
  /// Positions are whole numbers.
  public typealias DistanceMap =
    @Sendable (
      _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ positions: UnsafePointer<Float>, _ slope: Float
    ) -> Void

  /// A reduction of two matrices of one shape, each with its stride.
  public typealias PairReduction =
    @Sendable (
      _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ lines: Int, _ lanes: Int,
      _ aStride: Int, _ bStride: Int, _ result: UnsafeMutablePointer<Float>
    ) -> Void

  /// A map of a matrix onto itself that takes a matrix of the same shape, with a stride of its own.
  public typealias PairMap =
    @Sendable (
      _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ other: UnsafePointer<Float>, _ otherStride: Int
    ) -> Void

  /// A map of a matrix onto itself that takes a matrix of the same shape, with a stride of its own, and
  /// one parameter.
  public typealias UniformPairMap =
    @Sendable (
      _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ other: UnsafePointer<Float>, _ otherStride: Int, _ parameter: Float
    ) -> Void

  /// A map of a matrix onto itself that takes a matrix of the same shape, with a stride of its own, and
  /// one parameter a lane (vertical) or a line (horizontal).
  public typealias ParametricPairMap =
    @Sendable (
      _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ stride: Int,
      _ other: UnsafePointer<Float>, _ otherStride: Int, _ parameter: UnsafePointer<Float>
    ) -> Void

  /// A conversion of exactly `count` elements, into memory that does not overlap the source.
  public typealias Conversion<Source, Target> =
    @Sendable (
      _ source: UnsafePointer<Source>, _ count: Int, _ target: UnsafeMutablePointer<Target>
    ) -> Void

  /// Steps of multiplications and additions on numbers in registers.
  ///
  /// - Returns: The operations: two a lane, value and step.
  public typealias Peak =
    @Sendable (_ steps: Int, _ result: UnsafeMutablePointer<Float>) -> Int

  /// The product of a matrix that is read by broadcasts and one that is read by vectors.
  public let product: Product
  /// The product of two matrices that both lie along the terms of its sums: for a few lines. It respects
  /// exact edges.
  public let dotProduct: DotProduct
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
  /// At most 1.2 ulp from exp of the rounded difference, 0.9 where multiply and add are fused and 0.6 with
  /// AVX-512, for x − m in [−87, 0]; exactly 0 below −87.34 and at −∞, NaN at NaN. Above 88 it is unspecified.
  public let exponentialHorizontal: Map
  /// The same as ``exponentialVertical``, with the sum of each lane added to its element of `sums`.
  public let exponentialSumVertical: SummingMap
  /// The same as ``exponentialHorizontal``, with the sum of each line added to its element of `sums`.
  public let exponentialSumHorizontal: SummingMap
  /// `x ← x · s` with `s` by lane.
  public let scaleVertical: Map
  /// `x ← x · s` with `s` by line.
  public let scaleHorizontal: Map
  /// −∞ for every line outside the range of its lane.
  public let keepVertical: Ruling
  /// −∞ for every lane outside the range of its line.
  public let keepHorizontal: Ruling
  /// −∞ for every line within the range of its lane.
  public let dropVertical: Ruling
  /// −∞ for every lane within the range of its line.
  public let dropHorizontal: Ruling
  /// `x ← x · scale` where the line, a key, is kept for the lane, a query, and exactly 0 elsewhere.
  public let dropoutVertical: Dropout
  /// `x ← x · scale` where the lane, a key, is kept for the line, a query, and exactly 0 elsewhere.
  public let dropoutHorizontal: Dropout
  /// `x ← c · tanh(x / c)` with parameter c: at most 3 ulp off, ±c at ±∞, NaN at NaN.
  ///
  /// Both c and 1/c are normal and positive.
  public let softcap: UniformMap
  /// `x ← x · (1 − (t / c)²)` with other matrix t and parameter c, 0 · x where t is −∞.
  ///
  /// Eight roundings; both c and 1/c are normal and positive, and |t| ≤ c where it is not −∞.
  public let softcapDerivative: UniformPairMap
  /// `x ← x − slope · |position − line|` with positions by lane.
  public let distancesVertical: DistanceMap
  /// `x ← x − slope · |position − lane|` with positions by line.
  public let distancesHorizontal: DistanceMap
  /// `Σ a · b` of each lane.
  public let productSumVertical: PairReduction
  /// `Σ a · b` of each line.
  public let productSumHorizontal: PairReduction
  /// `x ← p · (x − d)` with `d` by lane.
  public let softmaxGradientVertical: ParametricPairMap
  /// `x ← p · (x − d)` with `d` by line.
  public let softmaxGradientHorizontal: ParametricPairMap
  /// `x ← x + y`.
  public let add: PairMap
  /// `x ← x − y`.
  public let subtract: PairMap
  /// −∞ where `y` is 0, whatever `x` is there; `x` elsewhere, where `y` is NaN too.
  public let ruleOut: PairMap
  /// `x ← x · s` with parameter s where other matrix `y` is not 0, NaN included, and 0 where it is,
  /// whatever `x` is there.
  public let scaleWhere: UniformPairMap
  /// The transpose of a matrix.
  public let transpose: Transpose
  /// The floats of IEEE 754 binary16; NaN becomes quiet.
  public let widenHalf: Conversion<UInt16, Float>
  /// The floats whose upper halves bfloat16 are, NaN as it is.
  public let widenBFloat: Conversion<UInt16, Float>
  /// 1 where a byte is not 0, and 0 elsewhere.
  public let widenBool: Conversion<UInt8, Float>
  /// The nearest IEEE 754 binary16, ties to even; infinity from 65520 on.
  ///
  /// NaN becomes quiet, and keeps its sign and the upper bits of its payload.
  public let narrowHalf: Conversion<Float, UInt16>
  /// The nearest bfloat16, ties to even; NaN as by ``narrowHalf``.
  public let narrowBFloat: Conversion<Float, UInt16>
  /// 1 where a float is not 0, NaN included, and 0 where it is 0 or −0.
  public let narrowBool: Conversion<Float, UInt8>
  /// x ← x·½ + ½, over and over, of c independent values that begin as 2, 3, … c + 1: the most that a
  /// thread computes. The result is their sum, c + 2⁻ⁿ·c·(c + 1)/2 after n steps.
  public let fusedPeak: Peak

  /// Creates a table.
  public init(
    product: @escaping Product, dotProduct: @escaping DotProduct,
    maximumVertical: @escaping Reduction, maximumHorizontal: @escaping Reduction,
    sumVertical: @escaping Reduction, sumHorizontal: @escaping Reduction,
    exponentialVertical: @escaping Map, exponentialHorizontal: @escaping Map,
    exponentialSumVertical: @escaping SummingMap, exponentialSumHorizontal: @escaping SummingMap,
    scaleVertical: @escaping Map, scaleHorizontal: @escaping Map,
    keepVertical: @escaping Ruling, keepHorizontal: @escaping Ruling,
    dropVertical: @escaping Ruling, dropHorizontal: @escaping Ruling,
    dropoutVertical: @escaping Dropout, dropoutHorizontal: @escaping Dropout,
    softcap: @escaping UniformMap,
    softcapDerivative: @escaping UniformPairMap,
    distancesVertical: @escaping DistanceMap, distancesHorizontal: @escaping DistanceMap,
    productSumVertical: @escaping PairReduction, productSumHorizontal: @escaping PairReduction,
    softmaxGradientVertical: @escaping ParametricPairMap,
    softmaxGradientHorizontal: @escaping ParametricPairMap,
    add: @escaping PairMap, subtract: @escaping PairMap, ruleOut: @escaping PairMap,
    scaleWhere: @escaping UniformPairMap,
    transpose: @escaping Transpose,
    widenHalf: @escaping Conversion<UInt16, Float>,
    widenBFloat: @escaping Conversion<UInt16, Float>,
    widenBool: @escaping Conversion<UInt8, Float>,
    narrowHalf: @escaping Conversion<Float, UInt16>,
    narrowBFloat: @escaping Conversion<Float, UInt16>,
    narrowBool: @escaping Conversion<Float, UInt8>,
    fusedPeak: @escaping Peak
  ) {
    self.product = product
    self.dotProduct = dotProduct
    self.maximumVertical = maximumVertical
    self.maximumHorizontal = maximumHorizontal
    self.sumVertical = sumVertical
    self.sumHorizontal = sumHorizontal
    self.exponentialVertical = exponentialVertical
    self.exponentialHorizontal = exponentialHorizontal
    self.exponentialSumVertical = exponentialSumVertical
    self.exponentialSumHorizontal = exponentialSumHorizontal
    self.scaleVertical = scaleVertical
    self.scaleHorizontal = scaleHorizontal
    self.keepVertical = keepVertical
    self.keepHorizontal = keepHorizontal
    self.dropVertical = dropVertical
    self.dropHorizontal = dropHorizontal
    self.dropoutVertical = dropoutVertical
    self.dropoutHorizontal = dropoutHorizontal
    self.softcap = softcap
    self.softcapDerivative = softcapDerivative
    self.distancesVertical = distancesVertical
    self.distancesHorizontal = distancesHorizontal
    self.productSumVertical = productSumVertical
    self.productSumHorizontal = productSumHorizontal
    self.softmaxGradientVertical = softmaxGradientVertical
    self.softmaxGradientHorizontal = softmaxGradientHorizontal
    self.add = add
    self.subtract = subtract
    self.ruleOut = ruleOut
    self.scaleWhere = scaleWhere
    self.transpose = transpose
    self.widenHalf = widenHalf
    self.widenBFloat = widenBFloat
    self.widenBool = widenBool
    self.narrowHalf = narrowHalf
    self.narrowBFloat = narrowBFloat
    self.narrowBool = narrowBool
    self.fusedPeak = fusedPeak
  }
}
