/// How the elements of a matrix lie in HBM.
///
/// Cores compute in binary32: elements are widened when they are loaded and rounded, to nearest and
/// ties to even, when they are stored.
public enum ElementType: String, Sendable, CaseIterable {
  /// IEEE binary32.
  case f32
  /// IEEE binary16.
  case f16
  /// The upper half of a binary32.
  case bf16
  /// A byte: 0 for false, anything else for true. Loaded as 0 and 1; stored as 1 where a number is not
  /// 0.
  case bool

  /// Bytes of an element.
  public var size: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .bool: 1
    }
  }
}
