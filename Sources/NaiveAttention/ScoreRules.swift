/// What becomes of scores and weights, beside softmax(τ·QKᵀ).
///
///     T = c·tanh(τ·QKᵀ / c)   S = T + B, −∞ where not visible   P = softmax(S)   O = (P∘Z)V
///
/// Without a rule its step is left out: without any, attention is the plain one, bit for bit. The
/// closures are called once for each row of each head that is computed, from several threads.
public struct ScoreRules: Sendable {
  /// The keys that a query row of a batch sees, in every head; `nil` where it sees all.
  ///
  /// The ranges are in ascending order, disjoint, and within the keys.
  public typealias Visibility = @Sendable (_ batch: Int, _ query: Int) -> [Range<Int>]

  /// A change of the row of a query of a head of a batch, one number for each key.
  public typealias RowChange =
    @Sendable (
      _ batch: Int, _ head: Int, _ query: Int, _ row: inout MutableSpan<Double>
    ) -> Void

  /// The keys that a row sees.
  public let visibleKeys: Visibility?

  /// The bound c of scores, or `nil` for none.
  public let softcap: Double?

  /// Turns a row of T into T + B: adds what does not depend on Q and K, and sets −∞ where a mask
  /// rules a key out.
  ///
  /// Gradients take it that S grows as T does, where it is not −∞. Numbers of keys that the row does
  /// not see are not those of T, and are not looked at.
  public let bias: RowChange?

  /// Turns a row of ones into Z: 0 where a weight is dropped, and 1/(1−p) where it is kept.
  ///
  /// S and its log-sum-exp are those without dropout.
  public let dropout: RowChange?

  /// Creates the rules.
  ///
  /// - Parameters:
  ///   - visibleKeys: The keys that a row sees; by default all.
  ///   - softcap: The bound c of scores; by default none.
  ///   - bias: What changes a row of capped scores; by default nothing.
  ///   - dropout: What turns a row of ones into the factors of its weights; by default nothing.
  /// - Precondition: A soft cap is positive and finite.
  public init(
    visibleKeys: Visibility? = nil, softcap: Double? = nil, bias: RowChange? = nil,
    dropout: RowChange? = nil
  ) {
    if let softcap {
      precondition(softcap > 0 && softcap.isFinite, "A soft cap that is not positive and finite")
    }
    self.visibleKeys = visibleKeys
    self.softcap = softcap
    self.bias = bias
    self.dropout = dropout
  }
}
