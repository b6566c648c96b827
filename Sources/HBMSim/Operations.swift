/// What cores computed, by kind.
public struct Operations: Sendable, Hashable {
  /// Multiplications and additions of matrix products: 2 · rows · columns · depth each.
  public var matmul: Int
  /// Exponentials.
  public var exp: Int
  /// Everything else: one a comparison, addition, multiplication, division or logarithm.
  public var other: Int

  /// Creates a count; nothing, unless told otherwise.
  public init(matmul: Int = 0, exp: Int = 0, other: Int = 0) {
    self.matmul = matmul
    self.exp = exp
    self.other = other
  }

  /// The sum, kind by kind.
  public static func + (a: Operations, b: Operations) -> Operations {
    Operations(matmul: a.matmul + b.matmul, exp: a.exp + b.exp, other: a.other + b.other)
  }
}
