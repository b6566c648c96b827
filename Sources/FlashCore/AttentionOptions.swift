public import TileKernels

/// What attention does beside softmax(τ·QKᵀ)V.
public struct AttentionOptions: Sendable, Hashable {
  /// Which keys each query sees.
  public var mask: Mask
  /// A tensor of truth values in HBM: true where a query sees a key, as far as ``mask`` lets it.
  public var maskTensor: ScoreTensor?
  /// A tensor of numbers in HBM that are added to the scores, after the soft cap and before the masks.
  public var bias: ScoreTensor?
  /// Which blocks of S are computed: Algorithm 5.
  public var pattern: BlockPattern
  /// c of the soft cap of scores, s ← c·tanh(s/c).
  public var softcap: Float?
  /// ALiBi: a slope for each head; scores lose slope · |i − j|, where a query stands at its own key.
  public var slopes: [Float]?
  /// Dropout of attention weights.
  public var dropout: Dropout?

  /// Creates options; nothing, unless told otherwise.
  public init(
    mask: Mask = .none, maskTensor: ScoreTensor? = nil, bias: ScoreTensor? = nil,
    pattern: BlockPattern = .full, softcap: Float? = nil, slopes: [Float]? = nil,
    dropout: Dropout? = nil
  ) {
    self.mask = mask
    self.maskTensor = maskTensor
    self.bias = bias
    self.pattern = pattern
    self.softcap = softcap
    self.slopes = slopes
    self.dropout = dropout
  }

  /// The slopes of the ALiBi paper (Press et al. 2022): 2^(−8(h + 1)/heads) for a power of two heads;
  /// for others, those of the power below and every other one of the power above.
  public static func alibiSlopes(heads: Int) -> [Float] {
    precondition(heads > 0, "No heads")
    var power = 1
    while 2 * power <= heads { power *= 2 }
    func slopes(_ count: Int) -> [Float] {
      (1...count).map { Float.exponent2(-8 * Float($0) / Float(count)) }
    }
    if power == heads { return slopes(heads) }
    let finer = slopes(2 * power).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    return slopes(power) + finer.prefix(heads - power)
  }

  /// Whether every block is computed, and no element of it ruled out by a rule.
  public var leavesAll: Bool { mask == .none && pattern == .full }

  /// Whether weights are those of softmax(τ·QKᵀ) where they are not ruled out.
  public var leavesWeights: Bool {
    softcap == nil && slopes == nil && dropout == nil && bias == nil && maskTensor == nil
  }

  /// Bytes of an element of the wider one of the tensors that change scores; 0 without any.
  var scoreTensorSize: Int {
    max(maskTensor?.elementType.size ?? 0, bias?.elementType.size ?? 0)
  }

  /// - Throws: ``AttentionError/mask(_:)`` or ``AttentionError/option(_:)`` where something does not go
  ///   with the shape.
  func validate(for shape: AttentionShape) throws(AttentionError) {
    try mask.validate(for: shape)
    try maskTensor?.validate("mask", for: shape)
    try bias?.validate("bias", for: shape)
    if let type = maskTensor?.elementType, type != .bool {
      throw .elementTypesDisagree(tensor: "mask", type, expected: .bool)
    }
    if bias?.elementType == .bool {
      throw .option("A bias of truth values cannot be added to scores.")
    }
    if let softcap, !(softcap > 0x1p-100 && softcap < 0x1p100) {
      throw .option("A soft cap of \(softcap) is not between 2⁻¹⁰⁰ and 2¹⁰⁰.")
    }
    if let slopes, slopes.count != shape.heads {
      throw .option("\(slopes.count) ALiBi slopes do not go with \(shape.heads) heads.")
    }
    if let slope = slopes?.first(where: { !$0.isFinite }) {
      throw .option("An ALiBi slope of \(slope) is not finite.")
    }
    if let dropout, !(0..<1).contains(dropout.probability) {
      throw .option("A dropout of \(dropout.probability) is not in [0, 1).")
    }
  }
}
