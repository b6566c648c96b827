/// How the elements of a matrix lie in HBM.
public enum ElementType: String, Sendable, CaseIterable {
  /// IEEE binary32.
  case f32

  /// Bytes of an element.
  public var size: Int { 4 }
}
