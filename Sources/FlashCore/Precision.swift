public import HBMSim

/// How matrices lie in HBM. Arithmetic is in f32 whatever they are, and so are the statistics of rows:
/// m, ℓ, LSE and D.
public struct Precision: Sendable, Hashable {
  /// The elements of Q, K, V, O and their gradients, and of S, P, dS and dP.
  public var elementType: ElementType
  /// The elements of what is added up in HBM, block by block: Algorithm 1's O, and dQ where keys are in
  /// the outer loop.
  public var accumulatorType: ElementType

  /// Creates a precision.
  ///
  /// - Parameters:
  ///   - elementType: The elements of matrices.
  ///   - accumulatorType: The elements of what is added up in HBM: as the others, or f32.
  /// - Precondition: These are types of numbers.
  public init(_ elementType: ElementType, accumulatorType: ElementType? = nil) {
    precondition(elementType != .bool && accumulatorType != .bool, "Arithmetic on truth values")
    self.elementType = elementType
    self.accumulatorType = accumulatorType ?? elementType
  }

  /// IEEE binary32 throughout.
  public static let f32 = Precision(.f32)
  /// IEEE binary16.
  public static let f16 = Precision(.f16)
  /// The upper half of a binary32.
  public static let bf16 = Precision(.bf16)
}
