/// What a tensor occupies in HBM.
public struct TensorAllocation: Sendable, Hashable {
  /// The tensor's name.
  public let name: String
  /// The type of its elements.
  public let elementType: ElementType
  /// Elements of all its matrices.
  public let elements: Int

  /// Creates a description.
  public init(name: String, elementType: ElementType, elements: Int) {
    self.name = name
    self.elementType = elementType
    self.elements = elements
  }

  /// What it occupies, in bytes.
  public var bytes: Int { elements * elementType.size }
}
